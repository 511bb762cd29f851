"""Every payload of the untrusted-text table as what the model replies, in answers of all kinds, in a real browser."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from qa.text import one_line
from tests.qa.web.page.conftest import Watch, violations
from tests.qa.web.page.hostile import CROWDS, HALF, LINES, VALUES, HostileLLM, strange_in, told_in

Ask = Callable[..., Page]

LEAST_TOLD = 0.8  # of the payloads; the others are no part of what a sentence is held to say
BROAD = {
    "overview": ("What do the articles say about Lowmoor?", ".statement", ("first", "second")),
    "timeline": ("What happened at Lowmoor?", ".timeline p", ("first",)),
    "compare": ("Compare the owl and the mill of Lowmoor", ".sides p", ("second",)),
    "list": ("List what sat on the mill of Lowmoor", "tbody td:first-child", ("second",)),
    "count": ("How many owls are there?", "tbody td:first-child", ("first",)),
}


@pytest.fixture
def llm(hostile: tuple[str, HostileLLM]) -> Iterator[HostileLLM]:
    llm = hostile[1]
    yield llm
    llm.says = llm.failing = ""


@pytest.fixture
def ask(hostile: tuple[str, HostileLLM], chromium: Browser) -> Iterator[Ask]:
    """Ask in one tab; whatever comes, the page holds nothing but its own, is quiet, and asks no other server."""
    context = chromium.new_context(reduced_motion="reduce")
    page = context.new_page()
    watch = Watch(page)

    def ask(*lines: str, **given: str) -> Page:
        page.goto(f"{hostile[0]}/?{urlencode([*(('q', line) for line in lines), *given.items()], errors='replace')}")
        page.locator(".answered").wait_for(state="attached")
        assert strange_in(page.content()) == set()
        return page

    yield ask
    context.close()
    assert (watch.foreign(hostile[0]), watch.complaints) == ([], [])


def texts_of(page: Page, selector: str) -> list[str]:
    return [one_line(each) for each in page.locator(selector).all_text_contents()]


@pytest.mark.parametrize("kind", BROAD)
def test_in_broad_answers_they_are_text(ask: Ask, kind: str) -> None:
    question, place, halves = BROAD[kind]
    shown = list[str]()
    for half in halves:
        page = ask(question, kind=kind, article=f"{half}/*")
        shown += texts_of(page, place)
        assert violations(page) == []
    if kind in ("list", "count"):  # whose rows are phrases of sentences, without what no word stands in
        assert len(shown) > HALF / 2
        assert kind == "count" or any("img src=x onerror=alert(1" in text for text in shown)
    else:
        assert len(told_in(shown)) > LEAST_TOLD * HALF * len(halves)


def test_as_short_answers_they_are_text(ask: Ask) -> None:
    herons = (f"Where did the heron{number} of Highmoor sit?" for number in range(len(CROWDS)))
    shown = [text for question in herons for text in texts_of(ask(question, kind="fact"), ".statement")]
    assert len(told_in(shown)) > LEAST_TOLD * len(VALUES)


def test_in_questions_that_were_completed_they_are_text(ask: Ask, llm: HostileLLM) -> None:
    shown = list[str]()
    for at in range(0, len(CROWDS), 2):
        named = ", ".join(each for crowd in CROWDS[at : at + 2] for each in crowd)
        llm.says = f"When did {named} of Highmoor sit?"
        page = ask(f"Where did {named} of Highmoor sit?", "When did it sit there?", kind="fact")
        shown += texts_of(page, ".said .asked-as")
    assert len(told_in(shown)) > LEAST_TOLD * len(VALUES)


def test_in_the_error_of_a_model_they_are_text(ask: Ask, llm: HostileLLM) -> None:
    llm.failing = " ".join(VALUES)
    page = ask("Where did the owl7 of Lowmoor sit?", kind="fact")
    assert texts_of(page, ".problem p") == [one_line(llm.failing)]
    assert violations(page) == []
    page = ask("What do the articles say about Lowmoor?", kind="overview")
    assert f"{one_line(llm.failing)}; answered without it" in texts_of(page, ".work .notice")


def test_of_what_no_sentence_says_nothing_is_told(ask: Ask, llm: HostileLLM) -> None:
    for llm.says in (" ".join(VALUES), " ".join(LINES)):
        page = ask("Who sold the gull of Farmoor?", kind="fact")
        assert page.locator(".none").count() == 1
        assert not told_in(texts_of(page, ".none")) & {each for each in VALUES if "evil" in each}
        assert violations(page) == []
