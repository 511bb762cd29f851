"""Proposals stand in the articles, are asked back, and a third of them asks for what the articles do not say."""

import json
import math
import textwrap
from io import StringIO
from pathlib import Path

import pytest
from llama_index.core.base.llms.types import LogProb
from llama_index.core.llms import LLM
from pydantic import Field

from evals.drafting.propose import MIN_ROUND_TRIP_F1, PROPOSED, Draft, Tally, draft_cases, to_line, write_draft
from evals.drafting.question_faults import Fault
from evals.squad_metrics import f1
from index.article_index import ArticleIndex
from index.errors import ModelError
from qa.answer import Span
from qa.ask import ask
from qa.opening import open_both
from qa.settings import load_settings
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder

SALE = "The painter Eva Lund bought the island of Tirnholm for $2 million in May 1962."
BRIDGE = "The engineer Tom Berg built the Halvorsen Bridge in Bergen with 340 workers in 1987."
# Names of the same kind elsewhere: persons behind their professions.
OTHERS = "The singer Ada King left Oslo after a concert. Crowds followed the singer Ada King to the station."


def indexed(folder: Path, tmp_path: Path) -> ArticleIndex:
    index = ArticleIndex(folder, tmp_path / "index", HashingEmbedding())
    index.sync()
    return index


class Answering(ScriptedLLM):
    """Asks what was scripted for the words that an answer is wanted from, and answers as was scripted."""

    questions: dict[str, str]
    answers: dict[str, str]
    replies: list[str] = Field(default_factory=list)

    def chat(self, messages, **kwargs):  # type: ignore[no-untyped-def]
        last = str(messages[-1].content)
        known = self.questions if "\nAnswer: " in last else self.answers
        self.replies.append(known.get(last.splitlines()[-1].split(": ", 1)[1], "not stated"))
        return super().chat(messages, **kwargs)


QUESTIONS = {
    "Eva Lund": "Who bought the island of Tirnholm in May 1962?",
    "Tirnholm": "Which island did the painter Eva Lund buy in May 1962?",
    "$2 million": "How much did the painter Eva Lund pay for Tirnholm?",
    "May 1962": "When did the painter Eva Lund buy Tirnholm?",
    "Tom Berg": "Who built the Halvorsen Bridge in Bergen?",
    "340": "How many workers built the Halvorsen Bridge in Bergen?",
    "1987": "In what year did the engineer Tom Berg build the Halvorsen Bridge?",
}
ANSWERS = {question: f"{answer} [1]" for answer, question in QUESTIONS.items()}


def drafted(index: ArticleIndex, llm: LLM, count: int, seed: int = 1) -> tuple[list[Draft], Tally]:
    tally = Tally(count)
    return list(draft_cases(index, llm, count, seed, tally)), tally


def test_proposals_stand_in_their_articles_and_are_answered_by_asking_them_back(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    index = indexed(make_folder({"sale.txt": SALE, "bridge.txt": BRIDGE, "concert.txt": OTHERS}), tmp_path)
    drafts, tally = drafted(index, Answering(questions=QUESTIONS, answers=ANSWERS), 4)
    answerable = [each for each in drafts if each.answer]
    assert {each.span and each.span.article_id for each in answerable} == {"sale.txt", "bridge.txt"}
    for each in answerable:
        assert each.span
        assert each.quote
        article = index.catalog.article(each.span.article_id)
        assert article
        assert article.text[each.span.start : each.span.end] == each.quote
        assert each.answer in each.quote
        assert QUESTIONS[each.answer] == each.question
    assert tally.answerable == len(answerable)
    index.close()


def test_what_the_assistant_answers_otherwise_is_dropped_and_counted(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = indexed(make_folder({"sale.txt": SALE, "bridge.txt": BRIDGE}), tmp_path)
    wrong = dict.fromkeys(ANSWERS, "Bergen [1]")
    drafts, tally = drafted(index, Answering(questions=QUESTIONS, answers=wrong), 4)
    assert drafts == []
    assert tally.dropped[Fault.NOT_FOUND] >= 4
    assert "0 of 4 proposed" in tally.to_text()
    assert str(Fault.NOT_FOUND) in tally.to_text()
    index.close()


def test_a_badly_worded_question_is_dropped_without_asking_it(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = indexed(make_folder({"sale.txt": SALE}), tmp_path)
    llm = Answering(questions=dict.fromkeys(QUESTIONS, "What is this article about?"), answers={})
    drafts, tally = drafted(index, llm, 3)
    assert drafts == []
    assert len(llm.prompts) == tally.tried == tally.dropped[Fault.LEANING] > 0
    index.close()


def test_another_sentence_with_the_questions_words_and_another_answer_makes_it_ambiguous(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    rival = "The painter Eva Lund bought the island of Tirnholm for $9 million, the Times wrote."
    index = indexed(make_folder({"sale.txt": SALE, "times.txt": rival}), tmp_path)
    question = {"$2 million": QUESTIONS["$2 million"]}
    drafts, tally = drafted(index, Answering(questions=question, answers=dict.fromkeys(ANSWERS, "$2 million")), 2)
    assert [each for each in drafts if each.answer == "$2 million"] == []
    assert tally.dropped[Fault.AMBIGUOUS] == 1
    index.close()


def test_an_answer_that_the_model_hesitates_over_is_dropped(make_folder: MakeFolder, tmp_path: Path) -> None:
    class Hesitating(Answering):
        def chat(self, messages, **kwargs):  # type: ignore[no-untyped-def]
            response = super().chat(messages, **kwargs)
            return response.model_copy(update={"logprobs": [[LogProb(token="E", logprob=math.log(0.6), bytes=[])]]})

    index = indexed(make_folder({"sale.txt": SALE}), tmp_path)
    drafts, tally = drafted(index, Hesitating(questions=QUESTIONS, answers=ANSWERS), 2)
    assert drafts == []
    assert tally.dropped[Fault.UNSURE] == tally.tried > 0
    index.close()


def test_the_same_seed_asks_in_the_same_order(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = indexed(make_folder({"sale.txt": SALE, "bridge.txt": BRIDGE}), tmp_path)
    orders = []
    for seed in (1, 1, 2, 3, 4):
        llm = Answering(questions={}, answers={})
        drafted(index, llm, 10, seed)
        orders.append(llm.prompts)
    assert orders[0] == orders[1]
    assert any(order != orders[0] for order in orders[2:])
    index.close()


def test_a_sentence_over_several_lines_is_quoted_as_it_stands(make_folder: MakeFolder, tmp_path: Path) -> None:
    text = textwrap.fill(f"{SALE} {BRIDGE} {OTHERS}", 52)
    index = indexed(make_folder({"sale.txt": text}), tmp_path)
    llm = Answering(questions={"Eva Lund": QUESTIONS["Eva Lund"]}, answers=ANSWERS)
    drafts, _ = drafted(index, llm, 2)
    assert [each.answer for each in drafts if each.answer] == ["Eva Lund"]
    assert drafts[0].quote == text[: len(SALE)] != SALE
    assert any(f"Sentence: {SALE}" in prompt for prompt in llm.prompts)
    index.close()


def test_a_copy_of_an_article_is_not_asked_about_again(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = indexed(make_folder({"sale.txt": SALE, "copy.txt": SALE}), tmp_path)
    drafts, _ = drafted(index, Answering(questions=QUESTIONS, answers=ANSWERS), 9)
    assert len([each for each in drafts if each.answer]) == 1
    index.close()


def test_a_failing_model_keeps_what_was_given_before(make_folder: MakeFolder, tmp_path: Path) -> None:
    class Failing(Answering):
        def chat(self, messages, **kwargs):  # type: ignore[no-untyped-def]
            if len(self.prompts) == 2:
                raise ModelError("The language model failed")
            return super().chat(messages, **kwargs)

    index = indexed(make_folder({"sale.txt": SALE, "bridge.txt": BRIDGE}), tmp_path)
    drafts = draft_cases(index, Failing(questions=QUESTIONS, answers=ANSWERS), 9, 1, Tally(9))
    assert next(drafts).answer
    assert next(drafts).answer is None  # its swap
    with pytest.raises(ModelError):
        next(drafts)
    index.close()


def test_a_swapped_question_names_what_no_article_says_that_of(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder({"sale.txt": SALE, "bridge.txt": BRIDGE, "concert.txt": OTHERS})
    index = indexed(folder, tmp_path)
    questions = {"340": QUESTIONS["340"], "$2 million": QUESTIONS["$2 million"]}
    drafts, tally = drafted(index, Answering(questions=questions, answers=ANSWERS), 3)
    unanswerable = [each for each in drafts if each.answer is None]
    assert tally.unanswerable == len(unanswerable) == 1
    (swapped,) = unanswerable
    assert swapped.tags == ("unanswerable", "swap")
    assert swapped.question not in ANSWERS
    assert (swapped.span, swapped.quote) == (None, None)
    index.close()


@pytest.mark.model
def test_the_real_model_proposes_questions_that_it_answers_from_their_sentences(
    make_folder: MakeFolder, tmp_path: Path
) -> None:
    folder = make_folder({"island.txt": SALE, "bridge.txt": BRIDGE})
    index, llm = open_both(load_settings(articles=folder, index=tmp_path / "index", offline=True))
    index.sync()
    drafts, tally = drafted(index, llm, 1)
    answerable = [each for each in drafts if each.answer]
    assert answerable, tally.to_text()
    for each in answerable:
        assert each.quote in (SALE, BRIDGE)
        assert each.answer in each.quote
        assert each.question.endswith("?")
        assert each.answer.lower() not in each.question.lower()
        answer = ask(each.question, index, llm)
        assert answer.short_answer
        assert f1(answer.short_answer, [each.answer]) >= MIN_ROUND_TRIP_F1
        assert answer.citations[0].quote == each.quote
    index.close()


def test_lines_are_cases_marked_as_proposed() -> None:
    file = StringIO()
    write_draft(
        Draft("Who bought Tirnholm?", "Eva\u2028Lund", Span("a.txt", 0, 9), "Eva\u2028Lund\u202e.", ("who",)), file
    )
    write_draft(Draft("Who sold it?", None, None, None, ("unanswerable", "swap")), file)
    first, second = (json.loads(line) for line in file.getvalue().splitlines())
    assert first["answers"] == ["Eva\u2028Lund"]
    assert first["evidence"] == [{"article": "a.txt", "quote": "Eva\u2028Lund\u202e."}]
    assert second["answers"] == second["evidence"] == []
    assert first["status"] == second["status"] == PROPOSED
    assert first["id"] != second["id"]
    assert to_line({"a": "\u202e"}).isascii()
