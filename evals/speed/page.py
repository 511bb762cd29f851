"""Measure the page in a real browser: how soon something is to be seen, its weight, and how smoothly it scrolls.

    python -m evals.speed.page
    python -m evals.speed.page --questions 20

`qa serve` is started in a process of its own, on the seed article and on one of 2 MB. Its language model is an endpoint
that always replies the same after a second, so that what comes before the answer is measured. Times are medians from
Enter on, as the page's own clock has them; of scrolling the browser's trace tells.
"""

import argparse
import shutil
import statistics
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from evals.speed.clients import canned_endpoint, served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUESTION, OF_LONG = "Who did Rubio call?", "When did the lighthouse keeper Odalys Brenner retire?"
LONG_CHARS, PARAGRAPHS = 2_000_000, 40
WEATHER = (
    "The keeper wrote down the wind, the height of the sea and the ships that passed. Two trawlers went out before "
    "dawn, and the ferry came in an hour late. Towards evening the fog closed in, and the horn "
    "was sounded every minute."
)
SCROLLED_PX, PX_PER_S = 40_000, 8_000
CATEGORIES = "devtools.timeline,disabled-by-default-devtools.timeline.frame,toplevel,cc,benchmark"

_WATCH = """
addEventListener("keydown", (event) => {
  if (event.key === "Enter") sessionStorage.setItem("asked", performance.timeOrigin + performance.now());
}, true);
const since = () => performance.timeOrigin + performance.now() - Number(sessionStorage.getItem("asked"));
new MutationObserver((_, observer) => {
  if (!document.querySelector(".evidence li")) return;
  requestAnimationFrame(() => { window.firstEvidence = since(); });
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntriesByName("first-contentful-paint"))
    window.firstPaint = performance.timeOrigin + each.startTime - Number(sessionStorage.getItem("asked"));
}).observe({ type: "paint", buffered: true });
"""


def main() -> None:
    """Measure and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--questions", type=int, default=9)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch, canned_endpoint(delay_s=1.0) as url:
        folder = make_articles(Path(scratch) / "articles")
        environment = {"QA_LLM": "openai:canned", "QA_LLM_URL": url, "QA_LLM_KEY": "none", "QA_CACHE": "0"}
        with served(["--articles", str(folder), "--index", f"{scratch}/index"], environment) as (url_served, _):
            address = url_served.rstrip("/")
            httpx.post(f"{address}/api/sync", timeout=3600).raise_for_status()
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
                measure_asking(browser, address, given.questions)
                measure_scrolling(browser, address)
                browser.close()


def make_articles(folder: Path) -> Path:
    """Write the seed article and one of 2 MB, most of whose paragraphs are there many times over."""
    folder.mkdir()
    seed = next(Path("seeds").glob("*.txt"))
    shutil.copy(seed, folder)
    paragraphs = [f"Day {number}. {WEATHER}" for number in range(PARAGRAPHS)]
    block = "\n\n".join(paragraphs)
    half = "\n\n".join([block] * (LONG_CHARS // len(block) // 2))
    told = "The lighthouse keeper Odalys Brenner retired on 4 May 2024 after forty years at Skarn Point."
    (folder / "long.txt").write_text(f"{half}\n\n{told}\n\n{half}", encoding="utf-8")
    return folder


def measure_asking(browser: Browser, address: str, questions: int) -> None:
    """Ask by Enter and print when the page first paints, when evidence is there, and what was loaded."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.add_init_script(_WATCH)
    paints, evidence = list[float](), list[float]()
    for number in range(questions + 2):
        page.goto(address)
        page.locator("#question").fill(QUESTION)
        page.keyboard.press("Enter")
        page.locator(".answered").wait_for(state="attached", timeout=60_000)
        if number > 1:  # the first ones load what the first question loads
            paints.append(page.evaluate("window.firstPaint"))
            evidence.append(page.evaluate("window.firstEvidence"))
    for name, times in (("first paint", paints), ("first evidence", evidence)):
        print(f"{name}: median {statistics.median(times):.0f} ms, longest {max(times):.0f} ms, of {len(times)}")
    print(f"page weight: {weight(browser, f'{address}/?q={quote(QUESTION)}') / 1000:.1f} kB with all that it loads")


def weight(browser: Browser, url: str) -> int:
    """Give how many bytes a page and what it loads are, with nothing kept from before."""
    page = browser.new_page()
    sizes = list[int]()
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(url, wait_until="networkidle")
    page.close()
    return sum(sizes)


def measure_scrolling(browser: Browser, address: str) -> None:
    """Scroll through the article of 2 MB beside its answer, and print the longest frame and task of the trace."""
    page = browser.new_page(viewport={"width": 1600, "height": 1000})
    page.goto(f"{address}/?q={quote(OF_LONG)}", timeout=120_000)
    page.locator(".rail svg").first.wait_for(state="attached")
    page.wait_for_timeout(1000)
    events = traced_scroll(page)
    main = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    on_main = [e for e in events if (e["pid"], e["tid"]) in main and "dur" in e]
    tasks = [e["dur"] / 1000 for e in on_main if e["name"].endswith("RunTask")]
    drawn = sorted(e["ts"] / 1000 for e in events if e["name"] == "DrawFrame")
    frames = [after - before for before, after in pairwise(drawn)]
    chars = page.evaluate("document.querySelector('.reading .is-read .page').textContent.length")
    print(f"scrolling {SCROLLED_PX:,} px of an article of {chars:,} characters:")
    print(f"  {len(frames)} frames, longest {max(frames):.0f} ms, {sum(each > 50 for each in frames)} over 50 ms")
    print(f"  longest task of the main thread {max(tasks):.0f} ms, {sum(each > 50 for each in tasks)} over 50 ms")
    page.close()


def traced_scroll(page: Page) -> list[dict[str, Any]]:
    """Scroll as a person does who keeps turning the wheel, and give the events of the browser's trace."""
    session: CDPSession = page.context.new_cdp_session(page)
    box = page.locator(".reading").bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    events = list[dict[str, Any]]()
    ended = list[bool]()
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.append(True))
    session.send("Tracing.start", {"transferMode": "ReportEvents", "categories": CATEGORIES})
    gesture = {"yDistance": -SCROLLED_PX, "speed": PX_PER_S, "gestureSourceType": "mouse", "preventFling": True}
    session.send("Input.synthesizeScrollGesture", place | gesture)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    return events


if __name__ == "__main__":
    main()
