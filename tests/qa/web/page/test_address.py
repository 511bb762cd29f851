"""The address of a page says all that it shows."""

from datetime import date

import pytest
from starlette.datastructures import QueryParams

from index.errors import UsageError
from qa.answer import Kind
from qa.web.page.address import MAX_LINES, Address

EVERYTHING = (
    "q=Who%3F&q=And+when%3F&folder=news&since=2025-03-01&until=2025-03-31&article=vote%2F%2A&source=Post&kind=list"
)


def test_what_an_address_says_is_written_as_the_same_address() -> None:
    address = Address.of(QueryParams(EVERYTHING))
    assert (address.history, address.question) == (("Who?",), "And when?")
    assert (address.since, address.until) == (date(2025, 3, 1), date(2025, 3, 31))
    assert (address.only.article, address.only.source, address.kind) == ("vote/*", "Post", Kind.LIST)
    assert Address.of(QueryParams(address.url().removeprefix("/?"))) == address


def test_an_earlier_question_of_a_thread_has_an_address_of_its_own() -> None:
    address = Address(("one?", "two?", "three?"), kind=Kind.LIST)
    assert [line for line, _ in address.thread()] == ["one?", "two?"]
    assert [Address.of(QueryParams(url.removeprefix("/?"))).lines for _, url in address.thread()] == [
        ("one?",),
        ("one?", "two?"),
    ]


def test_nothing_asked_is_no_question() -> None:
    assert Address.of(QueryParams("q=&q=+")).question == ""
    assert Address().url() == "/"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("q=Who%3F&since=yesterday", "yesterday is no day"),
        ("q=Who%3F&kind=poem", "There is no kind 'poem'"),
        ("q=" + "a" * 2001, "2,001 characters"),
        ("&".join(["q=Who%3F"] * (MAX_LINES + 1)), f"at most {MAX_LINES} questions"),
    ],
)
def test_a_wrong_address_is_refused(query: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Address.of(QueryParams(query))
