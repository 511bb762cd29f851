"""The page in a real browser: the whole way from a question to its evidence, by mouse, by keys, and without scripts."""

import json
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from qa.web.page.feedback import feedback_file
from tests.qa.web.page.answers import BOUGHT
from tests.qa.web.page.conftest import KnowingLLM, Open, asked_and_held

ASKED = f"/?q={quote('Who bought the ferry?')}"
BROAD = f"/?q={quote('What happened with the ferry?')}&kind=timeline"
LISTED = f"/?q={quote('Which articles do you have?')}"


def is_in_sight(page: Page, selector: str) -> bool:
    """Tell whether an element lies within the part of the article that is to be seen."""
    return bool(
        page.evaluate(
            """(selector) => {
              const box = document.querySelector(selector).getBoundingClientRect();
              const pane = document.querySelector(".reading").getBoundingClientRect();
              return box.top >= Math.max(0, pane.top) && box.bottom <= Math.min(innerHeight, pane.bottom);
            }""",
            selector,
        )
    )


def hue_of(page: Page, selector: str) -> str:
    return str(page.evaluate("(s) => getComputedStyle(document.querySelector(s)).backgroundColor", selector))


def test_the_whole_way(open_page: Open) -> None:
    page = open_page("/")
    expect(page.locator("#question")).to_be_focused()
    page.keyboard.type("Who bought the ferry?")
    page.keyboard.press("Enter")
    statement = page.locator(".statement")
    expect(statement).to_contain_text("The council of Orsby")
    assert page.locator("mark").inner_text().endswith(BOUGHT)
    assert is_in_sight(page, "mark")
    assert hue_of(page, ".statement .n") == hue_of(page, "mark") != "rgba(0, 0, 0, 0)"
    page.keyboard.press("j")
    expect(page).to_have_url(f"{page.url.partition('#')[0]}#c1")
    expect(page.locator(".stepper .at")).to_have_text("1 of 1")
    expect(page.get_by_role("status")).to_contain_text(f"Citation 1 of 1, Orsby buys the ferry: {BOUGHT}")
    page.locator("#further").fill("How much did the ferry cost?")
    page.keyboard.press("Enter")
    expect(page.locator(".statement b")).to_have_text("2.4 million crowns")
    expect(page.locator(".thread a")).to_have_text("Who bought the ferry?")
    expect(page.locator(".thread .small")).to_have_text("The council of Orsby")
    page.go_back()
    expect(page.locator("h1.question")).to_have_text("Who bought the ferry?")
    assert page.url.endswith("#c1")
    page.get_by_role("button", name="Yes").click()
    expect(page.locator(".noted")).to_contain_text("qa eval review")
    (line,) = feedback_file("news").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["answers"] == ["The council of Orsby"]


def test_a_thumb_down_asks_what_would_be_right(open_page: Open) -> None:
    page = open_page(ASKED)
    page.get_by_role("button", name="No", exact=True).click()
    expect(page.locator("#note")).to_be_focused()
    page.keyboard.type("The town of Orsby")
    page.keyboard.press("Enter")
    expect(page.locator("#note")).to_have_count(0)
    (line,) = feedback_file("news").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["answers"] == ["The town of Orsby"]


def test_hovering_lights_a_statement_and_its_span_and_a_click_pins_them(open_page: Open) -> None:
    page = open_page(BROAD)
    last = page.locator(".timeline .n").last
    number = last.get_attribute("data-c")
    last.hover()
    lit = page.locator(f".lit[data-c~='{number}']")
    assert {each.evaluate("e => e.tagName") for each in lit.all()} >= {"A", "MARK"}
    last.click()
    expect(page.locator(f"mark.pinned#c{number}")).to_be_visible()
    assert is_in_sight(page, f"#c{number}")
    assert page.url.endswith(f"#c{number}")
    page.reload()
    expect(page.locator(f"mark.pinned#c{number}")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".pinned")).to_have_count(0)
    assert "#" not in page.url


def test_keys_go_through_the_citations_and_can_be_turned_off(open_page: Open) -> None:
    page = open_page(BROAD)
    total = page.locator(".stepper .at").inner_text().split()[0]
    for key, place in (("j", "1"), ("j", "2"), ("k", "1"), ("k", total)):
        page.keyboard.press(key)
        expect(page.locator(".stepper .at")).to_have_text(f"{place} of {total}")
    page.keyboard.press("/")
    expect(page.locator(".ask input").first).to_be_focused()
    page.keyboard.type("jk/")
    expect(page.locator(".ask input").first).to_have_value("jk/")
    page.keyboard.press("Escape")
    page.locator("#keys").uncheck()
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator(".stepper .at")).to_have_text(f"{total} of {total}")


def test_the_number_of_a_span_leads_back_to_its_statement(open_page: Open) -> None:
    page = open_page(ASKED)
    page.locator("mark .n").click()
    expect(page.locator(".statement .n")).to_be_focused()


def test_escape_stops_an_answer(open_page: Open, llm: KnowingLLM) -> None:
    page = open_page("/")
    with asked_and_held(page, llm):
        page.keyboard.press("Escape")
        expect(page.locator(".work")).to_contain_text("Stopped.")
    page.get_by_role("link", name="Ask again").click()
    expect(page.locator(".statement")).to_contain_text("The council of Orsby")


def test_rows_sort_by_each_column(open_page: Open) -> None:
    page = open_page(LISTED)
    days = page.locator("tbody td.day")
    expect(days).to_have_text(["21 Apr 2025", "20 Apr 2025", "14 Apr 2025", "3 Mar 2025"])
    page.get_by_role("button", name="Published").click()
    expect(days).to_have_text(["3 Mar 2025", "14 Apr 2025", "20 Apr 2025", "21 Apr 2025"])
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Published")
    page.get_by_role("button", name="Title").click()
    expect(page.locator("tbody td:first-child").first).to_have_text("Council puts off the ferry vote")


def test_where_the_articles_do_not_say_the_closest_sentence_is_marked_and_ways_on_are_offered(open_page: Open) -> None:
    page = open_page(f"/?q={quote('Who sold the ferry to Orsby?')}&since=2025-04-01")
    expect(page.get_by_role("heading", name="The articles do not say.")).to_be_visible()
    expect(page.locator("mark.h0").first).to_be_visible()
    page.get_by_role("link", name="Ask all articles").click()
    expect(page.locator(".chips")).to_have_count(0)
    page.get_by_role("link", name="Ask for an overview").click()
    expect(page.locator(".chips")).to_contain_text("as an overview")


def test_a_facet_keeps_to_some_articles(open_page: Open) -> None:
    page = open_page("/")
    page.get_by_role("link", name="March 2025").click()
    expect(page.locator(".chips")).to_contain_text("March 2025")
    page.locator("#question").fill("Which articles mention Orsby?")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Council puts off the ferry vote")
    expect(page.locator("main")).not_to_contain_text("Orsby buys the ferry")


def test_an_article_from_right_to_left_is_read_that_way(open_page: Open) -> None:
    page = open_page(f"/?q={quote('من افتتح الجسر؟')}")
    box = "(s) => { const e = document.querySelector(s), r = document.createRange(); r.selectNodeContents(e);"
    box += " const b = r.getClientRects()[0], p = e.closest('p').getBoundingClientRect();"
    box += " return [p.right - b.right, b.left - p.left]; }"
    right, left = page.evaluate(box, "mark")
    assert right < 8 < left
    assert page.evaluate("getComputedStyle(document.querySelector('h1.question')).direction") == "rtl"


def test_copies_are_text_on_the_clipboard(open_page: Open) -> None:
    page = open_page(ASKED, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy as Markdown").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").startswith("**Who bought the ferry?**")


@pytest.mark.parametrize(
    "path", ["/", ASKED, BROAD, LISTED, f"/?q={quote('Who sold the ferry?')}", "/article?id=vote/first.md"]
)
def test_nothing_is_wider_than_the_page(open_page: Open, path: str) -> None:
    page = open_page(path)
    for width in (1600, 390, 320):  # the last is what 400 % of 1,280 pixels leave (WCAG 2.2, 1.4.10)
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_on_a_phone_a_marker_leads_down_to_its_span_and_a_link_back(open_page: Open) -> None:
    page = open_page(ASKED, width=390, height=844)
    page.locator(".statement .n").click()
    assert is_in_sight(page, "mark")
    page.locator(".stepper a").click()
    expect(page.locator(".statement")).to_be_in_viewport()
