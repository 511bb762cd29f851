"""Questions in another script than Latin are answered by articles in theirs, by the model alone, or refused truly."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.article_index import ArticleIndex
from qa.answer import Abstention, Answer
from qa.ask import ask
from qa.reading.confidence import MAX_FOREIGN, confidence_of
from qa.reading.reader import UNREAD_LOGIT
from qa.testing import HashingEmbedding, ScriptedLLM
from tests.support.articles import MakeFolder

ARTICLES = {
    "en.txt": "The bridge at Holm cost 4 million crowns, Mayor Ida Berg said.",
    "de.txt": "Die neue Schule in Holm kostet 9 Millionen Kronen, sagte Ida Berg.",
    "zh.txt": "青石大桥昨日开放。市长王伟说，工程耗资五亿元，历时三年。",
    "ja.txt": "青石大橋がきのう開通した。工事には7年かかり、31人が働いたという。",
    "ru.txt": "Мост в Лесном открыли во вторник. Ремонт стоил 52 миллиона рублей, сказал мэр Пётр Орлов.",
    "ar.txt": "افتتح الجسر يوم الثلاثاء. وقال المدير إن الكلفة بلغت خمسة ملايين دينار.",
}
ANY = "".join(f"[{number}]" for number in range(1, 12))


@pytest.fixture
def index(make_folder: MakeFolder, tmp_path: Path) -> Iterator[ArticleIndex]:
    index = ArticleIndex(make_folder(dict(ARTICLES)), tmp_path / "index", HashingEmbedding())
    index.sync()
    yield index
    index.close()


def asked(index: ArticleIndex, question: str, reply: str) -> Answer:
    return ask(question, index, ScriptedLLM(replies=[f"{reply} {ANY}"]))


@pytest.mark.parametrize(
    ("question", "reply", "article"),
    [
        ("青石大桥工程花了多少钱？", "五亿元", "zh.txt"),
        ("工事には何人が働きましたか。", "31人", "ja.txt"),
        ("Сколько стоил ремонт моста в Лесном?", "52 миллиона рублей", "ru.txt"),
        ("كم بلغت كلفة الجسر؟", "خمسة ملايين دينار", "ar.txt"),
    ],
)
def test_the_models_words_are_the_answer_where_they_stand_in_an_article_of_the_script(
    index: ArticleIndex, question: str, reply: str, article: str
) -> None:
    answer = asked(index, question, reply)
    assert (answer.short_answer, answer.citations[0].span.article_id) == (reply, article)
    assert answer.confidence is not None
    assert answer.confidence <= MAX_FOREIGN
    assert {each.span.article_id for each in answer.evidence} == {article}


@pytest.mark.parametrize(
    ("question", "reply"),
    [
        ("青石大桥工程花了多少钱？", "六亿元"),
        ("青石大桥工程花了多少钱？", "耗资五亿多元"),
        ("青石大桥工程花了多少钱？", "4 million crowns"),
        ("كم بلغت كلفة الجسر؟", "五亿元"),
        ("Сколько стоил ремонт моста в Лесном?", "58 миллионов рублей"),
    ],
)
def test_words_that_stand_in_no_such_article_are_none(index: ArticleIndex, question: str, reply: str) -> None:
    assert asked(index, question, reply).abstention is Abstention.UNSUPPORTED


@pytest.mark.parametrize(
    ("question", "reply"), [("白川病院の工事には何年かかりましたか。", "7年"), ("消防局雇用了多少人？", "五亿元")]
)
def test_what_the_article_of_the_script_does_not_name_is_no_answer(
    index: ArticleIndex, question: str, reply: str
) -> None:
    assert asked(index, question, reply).abstention is Abstention.NAME_MISSING


def test_the_reader_says_nothing_of_what_it_cannot_read(index: ArticleIndex) -> None:
    answer = asked(index, "青石大桥工程花了多少钱？", "not stated")
    assert answer.abstention is Abstention.NOT_STATED
    assert {each.stated for each in answer.evidence} == {UNREAD_LOGIT}


def test_where_no_article_has_the_script_the_refusal_says_so(make_folder: MakeFolder, tmp_path: Path) -> None:
    index = ArticleIndex(make_folder({"en.txt": ARTICLES["en.txt"]}), tmp_path / "index", HashingEmbedding())
    index.sync()
    refused = asked(index, "Сколько стоил мост в Холме?", "4 million crowns")
    answered = asked(index, "橋はいくらでしたか。", "4 million crowns")
    index.close()
    assert refused.abstention is Abstention.OTHER_SCRIPT
    assert answered.short_answer == "4 million crowns"


def test_an_english_question_is_not_answered_from_another_script(index: ArticleIndex) -> None:
    assert asked(index, "What did the bridge cost?", "五亿元").abstention is Abstention.UNSUPPORTED


def test_the_confidence_is_capped_where_the_question_is_in_another_language(index: ArticleIndex) -> None:
    german = asked(index, "Wieviel kostet die neue Schule?", "9 Millionen Kronen")
    assert german.short_answer == "9 Millionen Kronen"
    assert german.confidence is not None
    assert german.confidence <= MAX_FOREIGN


def test_a_model_that_was_near_to_refusing_is_less_likely_right() -> None:
    sure = {"foreign": 1.0, "refused": 0.0, "first_probability": 0.9, "refusal_probability": 0.0}
    unsure = sure | {"first_probability": 0.3, "refusal_probability": 0.4}
    assert confidence_of(sure) == MAX_FOREIGN
    assert confidence_of(unsure) == pytest.approx(0.18)
