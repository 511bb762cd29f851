"""Filters: which articles they let through, and that retrieval by words and by meaning keeps to them."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest
from llama_index.core.schema import QueryBundle

from index.article_index import ArticleIndex
from index.catalog.place import Place
from index.catalog.sqlite.place import FolderPlace
from index.dense import open_store
from index.filter import EVERYTHING, Filter
from qa.testing import HashingEmbedding
from tests.support.articles import MakeFolder
from tests.support.catalogs import DATABASES, MakePlace, maker_of_places

DATED = {
    "2024/05 may.txt": "2024-05-07\nA bridge for Lowmoor\n\nThe bridge over the Low opened in May.",
    "2024/june.md": "2024-06-01\n# The bridge in June\n\nThe bridge was closed again for a week.",
    "2025/[draft] bridge.txt": "2025-03-16\nA draft\n\nThe bridge may be lit at night.",
    "2025/deep/down/bridge.txt": "2025-03-17\nDeep down\n\nThe bridge stands on soft clay.",
    "Bridge.txt": "The bridge has no date at all.",
    "news.csv": "title,date,text\nOne,2025-03-17,The bridge was painted.\nTwo,,The bridge was cleaned.\n",
    "owls.txt": "2025-03-17\nOwls\n\nA pair of barn owls nests in the church tower.",
}
EVERY_ID = {*DATED, "news.csv#1", "news.csv#2"} - {"news.csv"}


@pytest.fixture(scope="module", params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The place of the index of a folder of articles that lies beside this machine's own."""
    folder = tmp_path_factory.mktemp("filter")
    for name, text in DATED.items():
        path = folder / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    with maker_of_places(request, folder) as make:
        place = make("index")
        with closing(ArticleIndex(folder / "articles", place, HashingEmbedding())) as index:
            index.sync()
            index.sync_store()
            assert open_store(place, index.catalog, None).is_current(index.catalog)
        yield place


@pytest.fixture(params=[100_000, 0], ids=["exact scan", "Chroma"])
def index(
    request: pytest.FixtureRequest, place: Place, embedder: HashingEmbedding, caplog: pytest.LogCaptureFixture
) -> Iterator[ArticleIndex]:
    if request.param == 0 and not isinstance(place, FolderPlace):
        pytest.skip("a Chroma folder stands beside a SQLite file alone")
    articles = place.folder.parent / "articles"
    with closing(ArticleIndex(articles, place, embedder, exact_passages=request.param)) as index:
        assert index.needs_store == (request.param == 0)
        yield index
    assert not caplog.messages, "Chroma failed, and the exact scan stood in for it"


def ids_of(index: ArticleIndex, only: Filter) -> set[str]:
    listed = {each.id for each in index.catalog.list_articles(only, 0, 100)}
    assert listed == {each.id for each in index.catalog.articles_of(only)}
    assert len(listed) == index.catalog.count_articles(only)
    return listed


def found(index: ArticleIndex, only: Filter, query: str | QueryBundle) -> set[str]:
    return {node.node.metadata["article"] for node in index.retriever(50, only).retrieve(query)}


MAY, JUNE, MARCH_16, MARCH_17 = date(2024, 5, 7), date(2024, 6, 1), date(2025, 3, 16), date(2025, 3, 17)
ON_MARCH_17 = {"2025/deep/down/bridge.txt", "news.csv#1", "owls.txt"}
FILTERS = {
    "everything": (EVERYTHING, EVERY_ID),
    "since, that day included": (Filter(since=MARCH_16), {"2025/[draft] bridge.txt", *ON_MARCH_17}),
    "since the day after": (Filter(since=MARCH_17), ON_MARCH_17),
    "until, that day included": (Filter(until=JUNE), {"2024/05 may.txt", "2024/june.md"}),
    "until the day before": (Filter(until=date(2024, 5, 31)), {"2024/05 may.txt"}),
    "one day": (Filter(since=JUNE, until=JUNE), {"2024/june.md"}),
    "from a later to an earlier day": (Filter(since=MARCH_17, until=MAY), set()),
    "before every article": (Filter(until=date(1, 1, 1)), set()),
    "whose names match": (Filter(article="2024/*"), {"2024/05 may.txt", "2024/june.md"}),
    "star goes over folders": (
        Filter(article="*bridge.txt"),
        {"2025/[draft] bridge.txt", "2025/deep/down/bridge.txt"},
    ),
    "star alone": (Filter(article="*"), EVERY_ID),
    "one character": (Filter(article="news.csv#?"), {"news.csv#1", "news.csv#2"}),
    "one of several characters": (Filter(article="2024/[a-k]*"), {"2024/june.md"}),
    "none of several characters": (Filter(article="[^2n]*"), {"Bridge.txt", "owls.txt"}),
    "a bracket itself": (Filter(article="2025/[[]draft]*"), {"2025/[draft] bridge.txt"}),
    "a name with brackets is a pattern": (Filter(article="2025/[draft] bridge.txt"), set()),
    "case counts": (Filter(article="bridge.txt"), set()),
    "a name in full": (Filter(article="owls.txt"), {"owls.txt"}),
    "part of a name": (Filter(article="owls"), set()),
    "an empty name": (Filter(article=""), set()),
    "a quote": (Filter(article="' or 1 --"), set()),
    "what stands at their head, in whatever case": (Filter(source="deep DOWN"), {"2025/deep/down/bridge.txt"}),
    "what stands at the head of none": (Filter(source="Harbour Courier"), set()),
    "days and names": (
        Filter(since=MARCH_16, until=MARCH_17, article="2025/*"),
        {"2025/[draft] bridge.txt", "2025/deep/down/bridge.txt"},
    ),
}


def test_filter_lets_through_its_articles_and_no_other(index: ArticleIndex) -> None:
    for name, (only, expected) in FILTERS.items():
        assert ids_of(index, only) == expected, name
        keys = {index.catalog.article(id_).key for id_ in expected}  # type: ignore[union-attr]
        assert set(index.catalog.article_keys(only)) == keys, name
        assert {passage for passage, _ in index.catalog.passage_ids(only)} <= {
            passage for passage, _ in index.catalog.passage_ids()
        }, name


def test_retrieval_keeps_to_the_filter(index: ArticleIndex) -> None:
    for name, (only, expected) in FILTERS.items():
        assert found(index, only, "Where is the bridge, and where nest the owls?") == expected, name


def test_retrieval_by_words_alone_keeps_to_the_filter(index: ArticleIndex) -> None:
    nowhere = [-1.0] + [0.0] * 255
    for name, (only, expected) in FILTERS.items():
        by_words = found(index, only, QueryBundle("bridge", embedding=nowhere))
        assert by_words <= expected, name
        assert by_words >= expected - {"owls.txt"}, name


def test_retrieval_by_meaning_alone_keeps_to_the_filter(index: ArticleIndex, embedder: HashingEmbedding) -> None:
    meaning = embedder.get_query_embedding("owls in the tower")
    for name, (only, expected) in FILTERS.items():
        assert found(index, only, QueryBundle("qwertyuiop", embedding=meaning)) == expected, name


@pytest.mark.parametrize("exact_passages", [100_000, 0], ids=["exact scan", "Chroma"])
def test_copy_is_retrieved_where_the_filter_keeps_its_original_out(
    make_place: MakePlace, make_folder: MakeFolder, embedder: HashingEmbedding, exact_passages: int
) -> None:
    text = "The old bridge over the Low was closed on Friday. Engineers found cracks in two of its piers."
    folder = make_folder(
        {
            "wire/a.txt": f"2025-03-17\nBridge\n\n{text}",
            "paper/b.txt": f"2025-03-18\nBridge\n\n{text}",
            "paper/owls.txt": "2025-03-18\nOwls\n\nA pair of owls nests in the tower.",
        }
    )
    place = make_place("index")
    if exact_passages == 0 and not isinstance(place, FolderPlace):
        pytest.skip("a Chroma folder stands beside a SQLite file alone")
    with closing(ArticleIndex(folder, place, embedder, exact_passages=exact_passages)) as index:
        index.sync()
        index.sync_store()
        meaning = QueryBundle("qwertyuiop", embedding=embedder.get_query_embedding("cracks in the piers of the bridge"))
        for query in ("Where were cracks found?", meaning):
            assert "paper/b.txt" not in found(index, EVERYTHING, query)
            assert found(index, Filter(article="paper/*"), query) >= {"paper/b.txt"}
            assert found(index, Filter(since=MARCH_17 + timedelta(1)), query) >= {"paper/b.txt"}
            assert "paper/b.txt" not in found(index, Filter(article="*.txt"), query)


def test_only_the_filter_that_names_nothing_is_false() -> None:
    assert not Filter()
    assert all((Filter(since=MAY), Filter(until=MAY), Filter(article=""), Filter(article="*")))
