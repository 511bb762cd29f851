"""Whatever articles, file names, titles and a model's replies hold is visible text on the page, and nothing else."""

from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Browser

from index.catalog.writer import Catalog
from qa.web.page.address import Address
from qa.web.page.asking import render_answer
from qa.web.page.rendering import render
from tests.qa.web.page.answers import abstention, fact, listed, timeline
from tests.qa.web.page.conftest import Watch, violations
from tests.qa.web.page.hostile import CROWDS, PAYLOADS, VALUES, HostileLLM, strange_in

IMAGE = PAYLOADS["image"]
NAMED_AS_IMAGE = quote(f"second/{VALUES.index(IMAGE):03} {IMAGE}.jsonl#1")


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


def test_every_article_is_text_on_a_page_of_its_own(hostile: tuple[str, HostileLLM]) -> None:
    found: dict[str, object] = {}
    with httpx.Client(base_url=hostile[0], timeout=30) as client:
        ids = [each["article"] for each in client.get("/api/articles", params={"limit": 200}).json()["articles"]]
        assert len(ids) == len(PAYLOADS) + len(CROWDS)
        for article in ids:
            response = client.get("/article", params={"id": article, "mark": "1.1.4.20"})
            if response.status_code != 200 or (strange := strange_in(response.text)):
                found[article] = response.status_code, strange
    assert found == {}


def test_in_a_browser_all_payloads_are_quiet(hostile: tuple[str, HostileLLM], chromium: Browser) -> None:
    address, _ = hostile
    context = chromium.new_context(viewport={"width": 1600, "height": 1000}, reduced_motion="reduce")
    page = context.new_page()
    watch = Watch(page)
    page.goto(address)
    page.locator(".skipped summary").click()
    assert violations(page) == []
    listed = f"{address}/?q={quote('Which articles do you have?')}"
    for path in (listed, f"{address}/?q={quote('Who <b>sold</b> the owl?')}", f"{address}/article?id={NAMED_AS_IMAGE}"):
        page.goto(path)
        page.locator(".source").first.wait_for(state="attached")
        for key in "jjk":
            page.keyboard.press(key)
        assert strange_in(page.content()) == set()
        assert violations(page) == []
    page.goto(listed)
    assert page.locator("tbody tr").count() == 100
    context.close()
    assert (watch.foreign(address), watch.complaints) == ([], [])
