"""An index copied from one database to the other and back."""

from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from evals.robustness.servers import Server
from index.article_index import ArticleIndex
from index.catalog.copying import copy_catalog, digest_of
from index.catalog.place import Place
from index.catalog.postgres.place import PostgresPlace
from index.catalog.postgres.url import PostgresUrl
from index.catalog.sqlite.place import FolderPlace
from index.errors import UsageError
from qa.testing import HashingEmbedding
from tests.support.articles import CountingEmbedding, MakeFolder

TEXT = "2025-03-{:02}\nBridge {}\n\nThe bridge number {} opened 🌉 in Zürich. It cost {} million.\n\nOwls nest in it."
QUESTION = "Which bridge cost 21 million?"
FILES: dict[str, str | bytes] = {
    **{f"{n}.txt": TEXT.format(n + 1, n, n, n * 7) for n in range(20)},
    "copy.txt": TEXT.format(25, 3, 3, 21),
    "none.bin": b"\0",
    "news.csv": "title,text,date\nOne,A mill burned.,2024-01-02\nTwo,Nobody was hurt.,\n",
}


def test_copy_there_and_back_is_the_same_index(
    make_folder: MakeFolder, tmp_path: Path, postgres: Server, counting: CountingEmbedding
) -> None:
    articles = make_folder(FILES)
    url = PostgresUrl.parse(f"{postgres.url}&schema=copied")
    places: list[Place] = [
        FolderPlace(tmp_path / "a"),
        PostgresPlace(url, tmp_path / "own"),
        FolderPlace(tmp_path / "b"),
    ]
    with closing(ArticleIndex(articles, places[0], HashingEmbedding())) as index:
        index.sync()
        whole = list(index.catalog.whole_articles())
        ranking = [(each.node.node_id, each.score) for each in index.retriever().retrieve(QUESTION)]
    for source, target in pairwise(places):
        with closing(source.open(read_only=True)) as reader, closing(target.open()) as writer:
            assert copy_catalog(reader, writer) == len(whole)
            assert digest_of(writer) == digest_of(reader)
            assert list(writer.whole_articles()) == whole
            assert writer.faults() == writer.word_faults() == []
    for place in places[1:]:
        with closing(ArticleIndex(articles, place, counting)) as index:
            assert index.sync().unchanged == len(whole)
            found = index.retriever().retrieve(QUESTION)
            assert [each.node.node_id for each in found] == [name for name, _ in ranking]
            assert [each.score for each in found] == pytest.approx([score for _, score in ranking])
            make_folder({"new.txt": "A new mill opened in Lowmoor on Sunday."})
            assert index.sync().added == ["new.txt"], "keys and ids that were copied are not given again"
            assert index.catalog.faults() == index.catalog.word_faults() == []
        (articles / "new.txt").unlink()
    assert [text for text in counting.embedded if text != QUESTION] == [
        "new\nA new mill opened in Lowmoor on Sunday."
    ] * 2


def test_digest_tells_what_differs(make_folder: MakeFolder, tmp_path: Path) -> None:
    digests = set()
    for number, text in enumerate(("The bridge opened.", "The bridge closed.")):
        place = FolderPlace(tmp_path / str(number))
        with closing(ArticleIndex(make_folder({"a.txt": text}), place, HashingEmbedding())) as index:
            index.sync()
            digests.add(digest_of(index.catalog))
    assert len(digests) == 2


def test_nothing_is_copied_over_an_index(make_folder: MakeFolder, tmp_path: Path) -> None:
    with closing(ArticleIndex(make_folder({"a.txt": "It opened."}), tmp_path / "a", HashingEmbedding())) as index:
        index.sync()
        with pytest.raises(UsageError, match="index already"):
            copy_catalog(index.catalog, index.catalog)
