"""An answer as a chat completion: each annotation stands at its statement, and nothing in it is markup."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa.answer import Abstention, Answer, Citation, Coverage, Kind, Span, Statement
from qa.as_json import answer_as_dict
from qa.web.chat_completion import Completion, spoken
from tests.support import ROOT

PAYLOADS: dict[str, str] = json.loads((ROOT / "tests" / "support" / "payloads.json").read_text(encoding="utf-8"))
ACTIVE = {"image", "link_open", "html_inline", "html_block"}


def answer_of(*texts: str, **changed: Any) -> Answer:
    """An answer of some statements, each with a citation of its own and the first one's."""
    citations = tuple(Citation(Span(f"{each}.txt", 7, 9), "is", "A title", None) for each in range(len(texts)))
    statements = tuple(Statement(text, tuple(sorted({0, each}))) for each, text in enumerate(texts))
    return Answer("Who?", statements, citations, **changed)


def completion_of(answer: Answer) -> Completion:
    return Completion(
        "chatcmpl-1", 7, "news", answer_as_dict(answer), lambda each: f"http://here/{each['article']}?{each['start']}"
    )


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.lists(st.text(max_size=9), max_size=2))
def test_every_annotation_stands_at_the_words_of_its_statement(texts: list[str], silent: list[str]) -> None:
    completion = completion_of(answer_of(*texts, not_stated=tuple(silent)))
    places = [each["url_citation"] for each in completion.annotations]
    lines = completion.content.split("\n")
    assert len(lines) == len(texts) + len(silent)
    said = iter(places)
    for number in range(len(texts)):
        for article in sorted({0, number}):
            place = next(said)
            words = completion.content[place["start_index"] : place["end_index"]]
            marks = "[1]" if number == 0 else f"[1][{number + 1}]"
            assert lines[number] == f"{words} {marks}"
            assert (place["article"], place["start_char_index"], place["end_char_index"]) == (f"{article}.txt", 7, 9)
    assert next(said, None) is None


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5))
def test_the_chunks_are_the_whole(texts: list[str]) -> None:
    completion = completion_of(answer_of(*texts))
    chunks = list(completion.chunks())
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert "".join(delta.get("content", "") for delta in deltas) == completion.content
    assert [delta["annotations"] for delta in deltas if "annotations" in delta] == [completion.annotations]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    whole = completion.whole()
    assert {name: whole[name] for name in ("abstained", "reason", "confidence")}.items() <= chunks[-1].items()
    assert {chunk["id"] for chunk in chunks} == {whole["id"]}


def test_a_citation_tells_its_place_in_the_article() -> None:
    cited = Citation(Span("2025/a b.txt", 3, 12), "the mayor", "A  title\x1b", None)
    completion = completion_of(Answer("Who?", (Statement("Ada is.", (0,)),), (cited,)))
    assert completion.annotations == [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": 0,
                "end_index": 7,
                "title": "A title",
                "url": "http://here/2025/a b.txt?3",
                "document_title": "A title",
                "article": "2025/a b.txt",
                "start_char_index": 3,
                "end_char_index": 12,
                "cited_text": "the mayor",
            },
        }
    ]


def test_an_abstention_says_why_and_what_may_be_meant() -> None:
    answer = Answer("Who is Haugl?", abstention=Abstention.NAME_UNCLEAR, did_you_mean=("Haugland", "Hauglund"))
    whole = completion_of(answer).whole()
    assert whole["choices"][0]["message"]["content"].splitlines() == [
        "The articles do not say.",
        "(no article mentions a name of the question as it is spelt)",
        "Did you mean Haugland or Hauglund?",
    ]
    assert (whole["abstained"], whole["reason"]) == (True, str(Abstention.NAME_UNCLEAR))
    assert whole["choices"][0]["message"]["annotations"] == []
    assert whole["choices"][0]["finish_reason"] == "stop"


def test_a_broad_answer_tells_its_coverage_behind_its_statements() -> None:
    answer = answer_of("One.", "Two.", kind=Kind.OVERVIEW, coverage=Coverage(2, 9, 5, 6), read_as="Who is Ada?")
    assert completion_of(answer).content.splitlines()[2:] == [
        "(2 of 9 articles; 5 of 6 sentences read)",
        "(Asked as: Who is Ada?)",
    ]


@pytest.mark.parametrize("name", PAYLOADS)
def test_nothing_that_an_article_or_a_model_says_becomes_markup(name: str) -> None:
    payload = PAYLOADS[name]
    answer = answer_of(f"He said {payload}", payload, f"{payload}{payload}", not_stated=(payload,), read_as=payload)
    lines = list(spoken(answer_as_dict(answer)))
    assert len(lines) == 5
    assert not [char for line in lines for char in line if unicodedata.category(char) in ("Cc", "Cf", "Cs")]
    tokens = MarkdownIt("commonmark").parse("\n".join(lines))
    kinds = {each.type for token in tokens for each in (token, *(token.children or []))}
    assert not kinds & ACTIVE
