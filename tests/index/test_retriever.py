"""Retrieval by words and by meaning over small invented articles, in a real catalog and a real collection."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from llama_index.core.schema import QueryBundle

from index.article_index import ArticleIndex
from index.bm25 import search_words, words_of
from index.catalog.place import Place
from index.catalog.sqlite.place import FolderPlace
from index.retriever import ARTICLE_WEIGHT, DENSE_WEIGHT, PASSAGE_WEIGHT
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder

ARTICLES: dict[str, str | bytes] = {
    "bridge.txt": "2024-05-07\nA bridge for Lowmoor\n\nThe bridge over the Low opened in May. It cost nine million.",
    "bakery.md": "# The bakery in Mill Lane\n\nMarta Quill bakes rye bread at night. A loaf costs three pounds.",
    "owls.txt": "Owls in the tower\r\n\r\nA pair of barn owls nests in the church tower. The vicar closed the belfry.",
    "council.txt": "The council voted against a new car park on Monday. Seven members were in favour, nine against.",
    "school.txt": "The school in Highmoor has a new head teacher, Osei Bright. She taught physics in Accra before.",
    "flood.txt": "The flood of 1953 drowned forty sheep. Nobody in Lowmoor was hurt, said the chronicle.",
    "café.txt": "The “Café Zürich” 🦉 serves tea — and seven kinds of cake — until ten.\n\nOn Sundays it is closed.",
    "rail/line.txt": "The railway to Highmoor will close in autumn. Trains carried only forty passengers a day.",
}


@pytest.fixture
def articles(make_folder: MakeFolder) -> Path:
    return make_folder(ARTICLES)


@pytest.fixture
def folder(place: Place) -> Path:
    """The folder of an index that lies in one, with Chroma beside its catalog."""
    if not isinstance(place, FolderPlace):
        pytest.skip("of an index that lies in a folder")
    return place.folder


@pytest.fixture
def index(articles: Path, place: Place, embedder: HashingEmbedding) -> Iterator[ArticleIndex]:
    with closing(ArticleIndex(articles, place, embedder)) as index:
        index.sync()
        yield index


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("How much did the bridge cost?", "bridge.txt"),
        ("Who bakes the bread?", "bakery.md"),
        ("Where do the owls nest?", "owls.txt"),
        ("How did the council vote on the car park?", "council.txt"),
        ("Who is the head teacher?", "school.txt"),
        ("How many sheep drowned?", "flood.txt"),
        ("What does the cafe in Zurich serve?", "café.txt"),
        ("When will the railway close?", "rail/line.txt"),
    ],
)
def test_article_that_answers_is_first(index: ArticleIndex, question: str, article: str) -> None:
    best = index.retriever().retrieve(question)[0]
    assert best.node.metadata["article"] == article


QUESTIONS = ["How much did the bridge cost?", "Who bakes the bread?", "Where do the owls nest?", "forty", "Lowmoor"]


def ranking(index: ArticleIndex, question: str) -> list[tuple[str, float]]:
    found = index.retriever().retrieve(question)
    return sorted(
        ((each.node.metadata["article"], each.score or 0.0) for each in found), key=lambda each: (-each[1], each)
    )


def test_ranking_is_the_same_through_chroma_as_by_the_exact_scan(
    index: ArticleIndex, articles: Path, folder: Path, embedder: HashingEmbedding, caplog: pytest.LogCaptureFixture
) -> None:
    index.sync_store()
    with closing(ArticleIndex(articles, folder, embedder, exact_passages=0)) as through_chroma:
        for question in QUESTIONS:
            (names, scores), (exact_names, exact_scores) = (
                zip(*ranking(each, question), strict=True) for each in (through_chroma, index)
            )
            assert names == exact_names
            assert scores == pytest.approx(exact_scores)
        assert caplog.messages == []


def test_exact_scan_stands_in_for_a_chroma_that_was_lost(
    index: ArticleIndex, articles: Path, folder: Path, embedder: HashingEmbedding
) -> None:
    index.sync_store()
    with closing(ArticleIndex(articles, folder, embedder, exact_passages=0)) as through_chroma:
        for question in QUESTIONS:
            shutil.rmtree(folder / "chroma", ignore_errors=True)
            assert ranking(through_chroma, question) == ranking(index, question)


def test_best_score_is_one_and_the_others_follow_in_order(index: ArticleIndex) -> None:
    scores = [node.score for node in index.retriever().retrieve("How much did the bridge cost?")]
    assert scores[0] == pytest.approx(1)
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0


def test_passage_found_by_its_vector_alone_scores_by_its_vector_alone(
    index: ArticleIndex, embedder: HashingEmbedding
) -> None:
    meaning = embedder.get_query_embedding("barn owls in the church tower")
    best = index.retriever().retrieve(QueryBundle("qwertyuiop", embedding=meaning))[0]
    assert best.node.metadata["article"] == "owls.txt"
    assert best.score == pytest.approx(DENSE_WEIGHT)


def test_score_is_that_of_the_meaning_the_passage_and_the_article(make_folder: MakeFolder, index: ArticleIndex) -> None:
    one = "Nothing of note was said in the hall that evening by anyone who had come to listen to it. " * 12
    two = "Few people ever walk along that lonely path in winter because of all its mud and its fallen trees. " * 12
    make_folder({"one.txt": f"Swans came.\n\n{one}\n\nHerons left.", "two.txt": f"Swans came.\n\n{two}\n\nAll left."})
    index.sync()
    nowhere = [-1.0] + [0.0] * 255
    found = index.retriever(50).retrieve(QueryBundle("swans herons", embedding=nowhere))
    scores = {(each.node.metadata["article"], each.node.get_content()[:5]): each.score for each in found}
    assert scores["one.txt", "Swans"] > scores["two.txt", "Swans"], "the article tells of herons elsewhere"
    assert max(scores.values()) == pytest.approx(PASSAGE_WEIGHT + ARTICLE_WEIGHT), "nothing is near in meaning"
    assert pytest.approx(1) == DENSE_WEIGHT + PASSAGE_WEIGHT + ARTICLE_WEIGHT


def test_passage_of_a_copy_that_says_nothing_new_is_not_retrieved(make_folder: MakeFolder, index: ArticleIndex) -> None:
    make_folder({"reprint.txt": ARTICLES["owls.txt"], "zoo/reprint.txt": ARTICLES["owls.txt"]})
    index.sync()
    found = [each.node.metadata["article"] for each in index.retriever(50).retrieve("barn owls in the church tower")]
    assert found[0] == "owls.txt"
    assert not {"reprint.txt", "zoo/reprint.txt"} & set(found)


def test_passage_found_by_its_words_alone_is_found(index: ArticleIndex, embedder: HashingEmbedding) -> None:
    elsewhere = embedder.get_query_embedding("barn owls in the church tower")
    found = index.retriever(2).retrieve(QueryBundle("Osei Bright", embedding=elsewhere))
    assert {node.node.metadata["article"] for node in found} == {"owls.txt", "school.txt"}


def test_offsets_of_a_node_slice_the_file(index: ArticleIndex, articles: Path) -> None:
    texts = {name: (articles / name).read_bytes().decode() for name in ARTICLES}
    found = index.retriever(50).retrieve("bridge bakery owls council school flood café railway")
    assert {node.node.metadata["article"] for node in found} == set(ARTICLES)
    for node in found:
        text = texts[node.node.metadata["article"]]
        assert text[node.node.start_char_idx : node.node.end_char_idx] == node.node.get_content() != ""


def test_node_names_its_article_date_and_sentences(index: ArticleIndex) -> None:
    node = index.retriever(1).retrieve("How much did the bridge cost?")[0].node
    assert node.metadata.pop("scores") == {"dense": 1.0, "bm25": 1.0, "bm25_of_article": 1.0}
    assert node.metadata == {
        "article": "bridge.txt",
        "title": "A bridge for Lowmoor",
        "published": "2024-05-07",
        "first_sentence": 0,
        "last_sentence": 2,
    }
    assert node.get_content().startswith("A bridge for Lowmoor")


@pytest.mark.parametrize("top_k", [1, 3, 100])
def test_no_more_than_top_k_passages_are_given(index: ArticleIndex, top_k: int) -> None:
    found = index.retriever(top_k).retrieve("the bridge")
    assert len(found) == min(top_k, len(ARTICLES))
    assert found[0].node.metadata["article"] == "bridge.txt"


@pytest.mark.parametrize(
    "question",
    [
        "",
        "what is the of it?",
        '"AND OR NEAR( * "',
        '"" NOT ^bridge title: {a b} + - * " \' \\ ; drop table passages',
        "?!… 🦉 \0 \u202e",
        "_ __ a_b",
        " ".join(f"word{number}" for number in range(3000)),
        "bridge " * 5000,
    ],
    ids=["nothing", "stop words", "operators", "syntax", "no words", "underscores", "many words", "repeated word"],
)
def test_any_question_may_be_asked(index: ArticleIndex, question: str) -> None:
    assert len(index.retriever(3).retrieve(question)) <= 3


def test_question_without_words_scores_nothing(index: ArticleIndex) -> None:
    assert {node.score for node in index.retriever().retrieve("what is the of it?")} == {0.0}


def test_operators_are_words_like_any_other() -> None:
    assert search_words('"Bridge" AND NEAR(bridge, "river*")') == ["bridge", "near", "river"]
    assert search_words("Who is it?") == []


def test_stop_words_and_case_are_left_out() -> None:
    assert words_of("What did the U.S. say to Zürich?") == ["u", "s", "say", "zürich"]
