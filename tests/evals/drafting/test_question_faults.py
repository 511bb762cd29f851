"""A question's own words tell whether it can be kept."""

import pytest

from evals.drafting.candidates import Candidate, Kind, answer_spans
from evals.drafting.question_faults import Fault, fault_of
from index.catalog.rows import StoredArticle
from qa.answer import Span

SENTENCE = "The painter Eva Lund bought 14 boats in Bergen for $2 million on 3 May 1962, said Ada King."


def candidate(answer: str, sentence: str = SENTENCE) -> Candidate:
    text = f"{sentence} The mayor of Bergen and Eva Lund knew."
    article = StoredArticle(1, "a.txt", "Lake Osha", None, None, None, text, None)
    spans = {sentence[start:end]: (kind, start, end) for kind, start, end in answer_spans(sentence, text)}
    kind, start, end = spans[answer]
    return Candidate(article, Span("a.txt", 0, len(sentence)), sentence, start, end, kind)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who bought 14 boats in Bergen?", "Eva Lund"),
        ("Where did Eva Lund buy 14 boats?", "Bergen"),
        ("In which town did Eva Lund buy 14 boats?", "Bergen"),
        ("How many boats did Eva Lund buy in Bergen?", "14"),
        ("How much did Eva Lund pay for 14 boats?", "$2 million"),
        ("When did Eva Lund buy 14 boats in Bergen?", "3 May 1962"),
    ],
)
def test_a_question_that_stands_alone_and_fits_its_answer_has_no_fault(question: str, answer: str) -> None:
    assert fault_of(question, candidate(answer)) is None


@pytest.mark.parametrize(
    ("question", "answer", "fault"),
    [
        ("Eva Lund bought 14 boats.", "Bergen", Fault.MALFORMED),
        ("Did Eva Lund buy 14 boats?", "Bergen", Fault.MALFORMED),
        ("Who bought the boats? And where in Bergen?", "Eva Lund", Fault.MALFORMED),
        ("Who bought \x1b]8;;http://x in Bergen?", "Eva Lund", Fault.MALFORMED),
        ("Who is mentioned in the sentence on Bergen?", "Eva Lund", Fault.LEANING),
        ("Where did she buy 14 boats?", "Bergen", Fault.LEANING),
        ("Who bought these boats in Bergen?", "Eva Lund", Fault.LEANING),
        ("Where did Eva Lund of Bergen buy 14 boats?", "Bergen", Fault.TELLING),
        ("Where did Eva Lund win the game in May?", "Bergen", Fault.LEANING),
        ("Where did Eva Lund buy the boats?", "Bergen", Fault.LEANING),
        ("Who bought 14 boats in Oslo?", "Eva Lund", Fault.STRANGE_NAME),
        ("Who bought the many boats?", "Eva Lund", Fault.NAMELESS),
        ("Who bought 14 boats with Eva Lund?", "Bergen", Fault.UNFIT),
        ("When did Eva Lund buy 14 boats?", "Bergen", Fault.UNFIT),
        ("In what year did Eva Lund buy 14 boats?", "3 May 1962", Fault.UNFIT),
        ("How many people knew Eva Lund in Bergen?", "14", Fault.UNFIT),
        ("How many boats did Eva Lund buy in Bergen?", "$2 million", Fault.UNFIT),
        ("How much did Eva Lund buy in Bergen?", "14", Fault.UNFIT),
        ("Where did Eva Lund catch large herrings?", "Bergen", Fault.STRAYING),
        ("How many boats were bought on Lake Osha in Bergen?", "14", Fault.STRANGE_NAME),
        ("Who was or was not in Bergen?", "Eva Lund", Fault.VAGUE),
    ],
)
def test_each_fault_is_found(question: str, answer: str, fault: Fault) -> None:
    assert fault_of(question, candidate(answer)) is fault


def test_kinds_of_answers_are_told_apart() -> None:
    assert candidate("14").kind is Kind.NUMBER
    assert candidate("3 May 1962").kind is Kind.DATE
    assert candidate("Eva Lund").kind is Kind.NAME
