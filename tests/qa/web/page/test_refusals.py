"""A browser that may not come in, or asks for what is not there, gets a page that says what to do, and no secret."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from qa.web.desk import Desk
from tests.qa.web.page.conftest import Watch, violations
from tests.support.web import serving

TOKEN = "a token of twenty-two characters"
PERSON = {"Accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def guarded(desk: Desk) -> Iterator[str]:
    with serving(desk, closes=False, token=TOKEN) as address:
        yield address


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with chromium.new_context(reduced_motion="reduce") as context:
        yield context.new_page()


def test_without_the_token_a_browser_is_asked_for_it_and_led_on_to_where_it_went(page: Page, guarded: str) -> None:
    watch = Watch(page)
    page.goto(f"{guarded}/?q=Who+bought+the+ferry%3F")
    for scheme, width in (("light", 1600), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        assert violations(page) == []
    text = page.locator("body").inner_text()
    assert "news" not in text
    assert TOKEN not in page.content()
    page.keyboard.type("not the token")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("The token is wrong")
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator(".statement")).to_contain_text("The council of Orsby", timeout=30_000)
    assert page.url == f"{guarded}/?q=Who+bought+the+ferry%3F"
    page.goto(f"{guarded}/")
    expect(page.locator("#question")).to_be_visible()
    assert watch.foreign(guarded) == []
    assert [each for each in watch.complaints if "401" not in each] == []  # those are the browser's own
    assert len(watch.complaints) == 2


def test_a_program_is_told_as_it_reads(guarded: str) -> None:
    for path, headers, kind in (
        ("/", PERSON, "text/html; charset=utf-8"),
        ("/", {}, "application/problem+json"),
        ("/api/articles", PERSON, "application/problem+json"),
        ("/mcp", PERSON, "application/problem+json"),
        ("/v1/models", PERSON, "application/json"),
    ):
        response = httpx.get(f"{guarded}{path}", headers=headers)
        assert (response.status_code, response.headers["content-type"]) == (401, kind)
        assert response.headers["www-authenticate"] == "Bearer"
        assert "unsafe" not in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/models", {"Host": "attacker.example"}, 421),
        ("/v1/models", {"Origin": "https://attacker.example"}, 403),
        ("/v1/nothing", {}, 404),
        ("/v1/chat/completions", {}, 405),
    ],
)
def test_below_v1_a_refusal_is_openais_object(address: str, path: str, headers: dict[str, str], status: int) -> None:
    response = httpx.get(f"{address}{path}", headers=headers)
    error = response.json()["error"]
    assert response.status_code == status
    assert error.keys() >= {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/nowhere", {}, 404), ("/feedback", {}, 405), ("/", {"Host": "attacker.example"}, 421)],
)
def test_a_browser_reads_why_on_a_page(address: str, path: str, headers: dict[str, str], status: int) -> None:
    response = httpx.get(f"{address}{path}", headers=PERSON | headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert "<h1>" in response.text
