"""Where an answer is in doubt the model is asked again, apart from how it found it, and that decides."""

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, LogProb
from pydantic import Field

from index.article_index import ArticleIndex
from qa.answer import Abstention, Evidence, Lead, Span
from qa.ask import ask
from qa.reading.confidence import confidence_of, is_in_doubt
from qa.reading.decision import decide
from qa.reading.grounding import Grounded
from qa.reading.language_model import Reading
from qa.reading.reply import parse_reply
from qa.reading.second_thought import LEAST_LOGPROB, SecondThoughts
from qa.testing import HashingEmbedding, ScriptedLLM
from qa.trace import Trace
from tests.support.articles import MakeFolder

CALLED = Evidence(Span("a.txt", 0, 27), "Rubio called Sergei Lavrov.", "News", None, 2.5)
DOUBTFUL = {
    **{"stated": -0.5, "agreement": 0.5, "refused": 0.0, "closed": 0.0},
    **{"first_probability": 0.4, "refusal_probability": 0.2},
}


class Unsure(ScriptedLLM):
    """A model that is not sure of its answer, and when it is asked again says yes with the probability `yes`."""

    thinks_again: bool = True
    yes: float = 0.5
    warmed: list[int] = Field(default_factory=list)

    def warm(self, prefix: Sequence[ChatMessage]) -> None:
        """Note how long the prompt is that comes."""
        self.warmed.append(len(prefix))

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Reply, with the likeliest first tokens."""
        if "\nAnswer: " not in str(messages[-1].content):
            response = super().chat(messages, **kwargs)
            response.logprobs = [[LogProb(token="S", logprob=math.log(0.45)), LogProb(token="not", logprob=-1.5)]]
            return response
        self.prompts.append("\n".join(str(message.content) for message in messages))
        said = [LogProb(token=" Yes", logprob=math.log(self.yes)), LogProb(token="no", logprob=math.log(1 - self.yes))]
        message = ChatMessage(role="assistant", content="yes")
        raw = {"timings": {"prompt_n": 40}}
        return ChatResponse(message=message, logprobs=[said if self.yes < 0.9 else said[:1]], raw=raw)


@pytest.mark.parametrize(("yes", "odds"), [(0.5, 0.0), (0.2, math.log(0.25)), (0.9, math.log(0.9) - LEAST_LOGPROB)])
def test_it_is_the_log_odds_of_yes_over_no(yes: float, odds: float) -> None:
    llm = Unsure(replies=[], yes=yes)
    assert SecondThoughts("Who did Rubio call?", llm, Trace())(Grounded("Lavrov", CALLED)) == pytest.approx(odds)


def test_the_model_is_shown_one_sentence_and_then_warmed_for_the_next_question() -> None:
    lead = Lead(Span("a.txt", 0, 9), "INTERVIEWER: Whom did he call?")
    llm = Unsure(replies=[])
    evidence = Evidence(Span("a.txt", 10, 17), "Lavrov.", "News {today}", None, 2.5, lead=lead)
    thoughts = SecondThoughts("Who did Rubio call?", llm, Trace())
    thoughts(Grounded("Lavrov", evidence))
    expected = "News {today}: INTERVIEWER: Whom did he call? Lavrov.\n\nQuestion: Who did Rubio call?\nAnswer: Lavrov"
    assert llm.prompts[-1].endswith(expected)
    assert len(llm.warmed) == 2
    assert llm.warmed[0] != llm.warmed[1]


def test_the_surer_the_second_thought_the_higher_the_confidence() -> None:
    confidences = [confidence_of(DOUBTFUL | {"second_thought": thought}) for thought in (-4.0, 0.0, 4.0)]
    assert confidences == sorted(set(confidences))


def test_only_what_is_in_doubt_is_thought_over() -> None:
    assert is_in_doubt(DOUBTFUL)
    sure = {"stated": 9.0, "agreement": 1.0, "first_probability": 0.99, "refusal_probability": 1e-5}
    assert not is_in_doubt(DOUBTFUL | sure)
    assert not is_in_doubt(DOUBTFUL | {"stated": -15.0, "refusal_probability": 0.9})
    assert not is_in_doubt(DOUBTFUL | {"foreign": 1.0})
    assert not is_in_doubt({name: value for name, value in DOUBTFUL.items() if "probability" not in name})


@pytest.mark.parametrize(("thought", "abstention"), [(6.0, None), (-6.0, Abstention.UNCERTAIN)])
def test_an_answer_in_doubt_stands_or_falls_with_it(
    make_folder: MakeFolder, tmp_path: Path, thought: float, abstention: Abstention | None
) -> None:
    index = ArticleIndex(make_folder({"a.txt": CALLED.text}), tmp_path / "index", HashingEmbedding())
    index.sync()
    evidence = [replace(CALLED, stated=-0.5)]
    reading = Reading(parse_reply("Sergei Lavrov [1]"), evidence, first_probability=0.4, refusal_probability=0.2)
    asked: list[str] = []

    def think(grounded: Grounded) -> float:
        asked.append(grounded.phrase)
        return thought

    reason, [(proposal, _)] = decide("Who did Rubio call?", reading, evidence, index, None, think)
    index.close()
    assert (reason, asked) == (abstention, ["Sergei Lavrov"])
    assert proposal.signals["second_thought"] == thought
    assert proposal.confidence == confidence_of(proposal.signals)


def test_only_a_model_that_thinks_again_is_asked_again(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = ArticleIndex(make_folder({"a.txt": CALLED.text}), tmp_path / "index", HashingEmbedding())
    index.sync()
    for thinks in (True, False):
        llm = Unsure(replies=["Sergei Lavrov [1]"], thinks_again=thinks)
        with patch("qa.reading.decision.is_in_doubt", lambda _: True):
            answer = ask("Who did Rubio call?", index, llm, why=True)
        assert ("second_thought" in answer.signals) is thinks
        assert len(llm.prompts) == 1 + thinks
        assert answer.prompt_tokens == (40 if thinks else None)
        assert answer.explanation
        assert len(answer.explanation.exchanges) == 1 + thinks
        assert ("asked again, the model does not hold it to be" in answer.explanation.outcome) is thinks
    index.close()
