"""Whatever articles, file names, titles and a model's replies hold is visible text on the page, and nothing else."""

import json
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from lxml import html as lxml_html
from playwright.sync_api import Browser

from index.catalog.writer import Catalog
from qa.web.desk import Desk
from qa.web.page.address import Address
from qa.web.page.asking import render_answer
from qa.web.page.rendering import render
from tests.qa.web.page.answers import abstention, fact, listed, timeline
from tests.qa.web.page.conftest import KnowingLLM, Watch, take_in
from tests.support import ROOT
from tests.support.web import serving, settings_of

PAYLOADS: dict[str, str] = json.loads((ROOT / "tests" / "support" / "payloads.json").read_text(encoding="utf-8"))
OWN_TAGS = set(
    "html head meta title link script body a header svg path span nav p main form input button h1 h2 h3 section div "
    "bdi ul ol li details summary b mark table caption thead tbody tr th td textarea label fieldset legend q article "
    "rect output footer kbd time blockquote progress code".split()
)


def foreign(text: str) -> set[str]:
    """Give the characters that are not to be seen, but for ends of lines."""
    return {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - set("\r\n")


def strange_in(text: str) -> set[str]:
    """Give what of a page or a part of one is not its own."""
    tree = lxml_html.document_fromstring(text)
    elements = [each for each in tree.iter() if isinstance(each.tag, str)]
    strange = {str(each.tag) for each in elements} - OWN_TAGS
    strange |= {name for each in elements for name in each.attrib if name.startswith("on") or name == "style"}
    links = [each.get(name) for each in elements for name in ("href", "src", "action") if each.get(name)]
    return strange | {link for link in links if not re.match(r"/(?!/)|#", link)} | foreign(text)


def everywhere(answer: dict[str, Any], payload: str) -> dict[str, Any]:
    """Put a payload wherever an answer holds text that is not ours."""
    answer |= {
        "question": payload,
        "model": payload,
        "read_as": payload,
        "did_you_mean": [payload],
        "not_stated": [payload],
    }
    for each in answer["citations"]:
        each |= {"title": payload, "publisher": payload, "url": payload, "also_in": [payload]}
    for each in answer["statements"]:
        each["text"] = payload
        each["cells"] = {name: payload for name in each.get("cells", {}) if name not in ("day", "total")}
    return answer


def test_no_payload_in_an_answer_is_more_than_text(catalog: Catalog) -> None:
    found = {}
    for name, payload in PAYLOADS.items():
        lines = (payload,) if any(char.isalnum() for char in payload) else ("Who?",)
        sent = payload.encode("utf-8", "replace").decode()  # as a request can say it
        address = Address(lines, folder=sent, article=sent, source=sent)
        for told in (fact, timeline, listed, abstention):
            part = render_answer(everywhere(told(catalog), payload), address, payload, None, catalog)
            if strange := strange_in(f"<main><section>{part}</main>"):
                found[name, told.__name__] = strange
    assert found == {}


def test_no_payload_on_the_way_to_an_answer_is_more_than_text() -> None:
    told = {
        "rewrite": lambda text: {"question": text},
        "progress": lambda text: {"label": text, "done": 1, "total": 2},
        "warning": lambda text: {"message": text},
        "evidence": lambda text: [{"article": text, "quote": text}],
        "statement": lambda text: {"text": text},
    }
    found = {}
    for name, payload in PAYLOADS.items():
        parts = [render("step.html", name=step, told=make(payload), kinds={}) for step, make in told.items()]
        problem = {"class": "UsageError", "detail": payload}
        parts.append(render("problem.html", problem=problem, address=Address((payload,))))
        if strange := strange_in(f"<main>{''.join(parts)}</main>"):
            found[name] = strange
    assert found == {}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Desk]]:
    """A server of a folder that has an article for each payload, in its name, text, title and facts."""
    folder = tmp_path_factory.mktemp("hostile") / "<b>hostile"
    folder.mkdir()
    for number, payload in enumerate(PAYLOADS.values()):
        safe = re.sub("[\0/\ud800-\udfff]", "_", payload)[:60]
        facts = {"title": f"Owl {payload}", "publisher": f"Press {payload}", "url": f"javascript:alert({payload})"}
        text = f"The owl{number} of Lowmoor sat on the mill {payload} on Monday.\n\n{payload}\n"
        (folder / f"{number:03} {safe}.jsonl").write_text(json.dumps(facts | {"text": text}), encoding="utf-8")
    (folder / "<script>alert(1)<script>.pdf").write_bytes(b"%PDF <script>alert(2)</script>")
    llm = KnowingLLM(replies=[], known={"Where did the owl": "on the mill <img src=x onerror=alert(1)> [1]"})
    with closing(Desk([settings_of(folder, tmp_path_factory.mktemp("index") / "index")], llm)) as desk:
        take_in(desk)
        with serving(desk, closes=False) as address:
            yield address, desk


def test_every_article_is_text_on_a_page_of_its_own(hostile: tuple[str, Desk]) -> None:
    found: dict[str, object] = {}
    with httpx.Client(base_url=hostile[0], timeout=30) as client:
        ids = [each["article"] for each in client.get("/api/articles", params={"limit": 200}).json()["articles"]]
        assert len(ids) == len(PAYLOADS)
        for article in ids:
            response = client.get("/article", params={"id": article, "mark": "1.1.4.20"})
            if response.status_code != 200 or (strange := strange_in(response.text)):
                found[article] = response.status_code, strange
    assert found == {}


def test_in_a_browser_all_payloads_are_quiet(hostile: tuple[str, Desk], chromium: Browser) -> None:
    address, _ = hostile
    context = chromium.new_context(viewport={"width": 1600, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    watch = Watch(page)
    page.goto(address)
    page.locator(".skipped summary").click()
    for question in ("Which articles do you have?", "Where did the owl7 of Lowmoor sit?", "Who <b>sold</b> the owl?"):
        page.goto(f"{address}/?q={quote(question)}")
        page.locator(".answered").wait_for(state="attached")
        for key in "jjk":
            page.keyboard.press(key)
        assert page.evaluate("document.querySelectorAll('main script, main img, main iframe, main style').length") == 0
    page.goto(f"{address}/?q={quote('Which articles do you have?')}")
    assert page.locator("tbody tr").count() == 100
    context.close()
    assert (watch.foreign(address), watch.complaints) == ([], [])
