"""With a token nothing is told to whoever does not bring it along, however it is asked for."""

from collections.abc import Iterator

import httpx
import pytest

from qa.web.desk import Desk
from tests.support.web import serving, status_of

TOKEN = "a token of twenty-two characters"


@pytest.fixture
def guarded(desk: Desk) -> Iterator[str]:
    """The address of a server with a token."""
    with serving(desk, closes=False, token=TOKEN) as address:
        yield address


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer " + TOKEN[:-1]},
        {"Authorization": "Bearer \xff\xfe"},
        {"Cookie": f"article-qa={TOKEN}"},
        {"Cookie": "article-qa=; other=x"},
    ],
    ids=["none", "wrong", "not bearer", "a part", "no text", "the token as cookie", "empty cookie"],
)
def test_without_the_token_nothing_is_told(guarded: str, headers: dict[str, str]) -> None:
    for path in ("/api/articles", "/api/openapi.json", "/", "/?token=wrong", f"/?token={TOKEN}&token=x"):
        assert status_of(guarded, "GET", path.replace(" ", "+"), headers) == 401


def test_the_token_opens_and_one_visit_with_it_leaves_a_cookie_that_does_not_tell_it(guarded: str) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert httpx.get(f"{guarded}/api/articles", headers=bearer).status_code == 200
    with httpx.Client(base_url=guarded) as visitor:
        visit = visitor.get("/api/articles", params={"token": TOKEN, "limit": "5"})
        assert (visit.status_code, visit.headers["location"]) == (303, "/api/articles?limit=5")
        cookie = visit.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert TOKEN not in cookie
        assert visitor.get("/api/articles").status_code == 200


def test_a_visit_with_the_token_leads_to_no_other_host(guarded: str) -> None:
    status = status_of(guarded, "GET", f"//attacker.example/?token={TOKEN.replace(' ', '+')}", {})
    response = httpx.get(f"{guarded}//attacker.example/", params={"token": TOKEN})
    assert (status, response.headers["location"]) == (303, "/attacker.example/")


def test_tokens_cannot_be_tried_by_the_thousand(guarded: str) -> None:
    with httpx.Client(base_url=guarded) as guesser:
        statuses = [
            guesser.get("/api/articles", headers={"Authorization": f"Bearer {guess}"}).status_code
            for guess in range(40)
        ]
        assert statuses[:10] == [401] * 10
        assert statuses[-10:] == [429] * 10
        assert guesser.get("/api/articles", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
