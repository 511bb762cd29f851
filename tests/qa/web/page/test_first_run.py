"""The first page while its folder is taken in: how far it is, when it will be done, and what is skipped."""

import pytest
from playwright.sync_api import Browser, Route, expect

from index.catalog.writer import Catalog
from qa.web.desk import Progress
from qa.web.page.address import Address
from qa.web.page.asking import render_answer
from qa.web.page.frame import left
from qa.web.page.rendering import render
from tests.qa.web.page.answers import fact
from tests.qa.web.page.conftest import Open, violations


def written(progress: Progress | None) -> str:
    return render("progress.html", progress=progress, left=left(progress) if progress else "")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(None, ""), (0.4, ""), (1, "about 5 s"), (38, "about 40 s"), (59.9, "about 60 s"), (100, "about 2 min")],
)
def test_the_time_that_is_left_is_said_roughly(seconds: float | None, said: str) -> None:
    assert left(Progress("news", seconds_left=seconds)) == said


def test_progress_tells_whether_questions_can_be_asked_and_what_went_wrong() -> None:
    begun = Progress("news", 312, 1040, 38, articles=300)
    assert "<b>312 of 1,040 files</b>, about 40 s; you can ask now." in written(begun)
    assert "a question will wait for the first" in written(Progress("news", 0, 1040))
    assert written(Progress("news", fault="No <b>room</b>")).strip() == (
        '<p class="notice">No &lt;b&gt;room&lt;/b&gt;</p>'
    )
    assert written(None).strip() == ""


def test_an_answer_given_before_all_was_read_says_so(catalog: Catalog) -> None:
    begun = Progress("news", 312, 1040, 38, articles=300)
    told = render_answer(fact(catalog), Address(("Who bought the ferry?",)), "", begun, catalog)
    assert "Answered from 312 of 1,040 files; the others are still being read." in told
    assert "Answered from" not in render_answer(fact(catalog), Address(("Who?",)), "", None, catalog)


def test_the_first_page_follows_how_far_it_is_and_then_shows_the_folder(chromium: Browser, address: str) -> None:
    steps = [Progress("news", 10, 40, 8, 9), Progress("news", 30, 40, 3, 29), None]
    page = chromium.new_page()

    def first(route: Route) -> None:
        text = route.fetch().text()
        if len(steps) > 1:
            text = text.replace('<div id="state">', f'<div id="state">{written(steps[0])}')
        route.fulfill(body=text, content_type="text/html")

    page.route(f"{address}/", first)
    page.route(f"{address}/state*", lambda route: route.fulfill(body=written(steps.pop(1)), content_type="text/html"))
    page.goto(address)
    expect(page.locator(".going")).to_contain_text("10 of 40 files, about 10 s")
    assert violations(page) == []
    expect(page.locator(".going")).to_contain_text("30 of 40 files, about 5 s")
    expect(page.locator(".going")).to_have_count(0)
    expect(page.locator(".counts")).to_contain_text("4 articles, 3 March 2025 to 21 April 2025")
    page.close()


def test_skipped_files_are_listed_with_their_reason(open_page: Open) -> None:
    page = open_page("/")
    page.locator(".skipped summary").click()
    expect(page.locator(".skipped li")).to_contain_text(["broken.pdf"])


def test_a_drafted_question_is_answered(open_page: Open) -> None:
    page = open_page("/")
    page.locator(".suggested a").first.click()
    expect(page.locator(".said")).to_contain_text("Orsby")
    expect(page.locator(".none")).to_have_count(0)
