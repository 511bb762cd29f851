"""What an index of such a folder must hold, and what is wrong with it where it does not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from llama_index.core.schema import TextNode

from evals.robustness.folders import Content, Folder, question_of, text_of, versions_in
from index.article_index import ArticleIndex
from index.articles import list_files, read_articles
from index.catalog.writer import Catalog
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.passages import Passage, group
from index.sentences import Offsets, split
from qa.testing import HashingEmbedding


@dataclass(frozen=True)
class Expected:
    """What a catalog must hold of one version of an article."""

    text: str
    sentences: list[Offsets]
    passages: list[Passage]


@cache
def expected_of(content: Content, sentences: int) -> Expected:
    """Read, split and group an article as a sync does, outside of any index."""
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        (Path(folder) / "town.txt").write_text(text_of(content, sentences), encoding="utf-8")
        (file,) = list_files(Path(folder))
        (article,) = read_articles(file, sandbox, Fields())
        offsets = split(article.text, article.body_start)
        return Expected(article.text, offsets, group(article, offsets, HashingEmbedding().count_tokens))


@dataclass(frozen=True)
class Retrieved:
    """A passage as it was retrieved."""

    path: str
    start: int
    end: int
    text: str
    score: float


def retrieve(index: ArticleIndex, number: int) -> list[Retrieved]:
    """Retrieve what an index finds on the question for a town's fact."""
    found = []
    for each in index.retriever().retrieve(question_of(number)):
        assert isinstance(each.node, TextNode)
        start, end = each.node.start_char_idx or 0, each.node.end_char_idx or 0
        found.append(Retrieved(each.metadata["article"], start, end, each.text, each.score or 0.0))
    return found


def is_mixed(passage: Retrieved, catalog: Catalog) -> bool:
    """Tell whether a passage is of two versions, or not what its article says; to be asked in the same transaction."""
    article = catalog.article(passage.path)
    whole = article is not None and article.text[passage.start : passage.end] == passage.text
    return not whole or len(versions_in(passage.text)) != 1


def prepare(folder: Folder) -> None:
    """Know what a catalog of this folder must hold, once and not in each fork."""
    for content in folder.contents.values():
        for passage in expected_of(content, folder.sentences).passages:
            _vector_of(passage.embedded_text)


def examine(catalog: Catalog, old: Folder, new: Folder, hashing: bool = True) -> list[str]:
    """Say what is wrong with a catalog that a sync from one state of a folder to the next has left, at any moment.

    Each town's article must be wholly that of the old state or wholly that of the new one, with its sentences, and with
    its passages, words and vectors too where the catalog was made with `HashingEmbedding`, as `hashing` says.
    """
    stored = {path: catalog.article(path) for path in catalog.hashes()}
    wrong = catalog.faults()
    found = {}
    for path, article in stored.items():
        assert article
        fitting = [
            content
            for content in {old.contents.get(path), new.contents.get(path)} - {None}
            if content and expected_of(content, new.sentences).text == article.text
        ]
        if fitting:
            found[path] = fitting[0]
            wrong += _examine_article(catalog, path, expected_of(fitting[0], new.sentences), hashing)
        else:
            wrong.append(f"{path} is neither as it was nor as it is")
    wrong += _examine_towns(found, old.contents, new.contents)
    return wrong + catalog.word_faults()


def _examine_article(catalog: Catalog, path: str, expected: Expected, hashing: bool) -> list[str]:
    wrong = []
    if catalog.sentences(path, 0, 10**6) != expected.sentences:
        wrong.append(f"the sentences of {path} are not those of its text")
    if not hashing:
        return wrong
    article = catalog.article(path)
    assert article
    found = catalog.passages(passage for passage, _, _ in catalog.passage_bounds(article.key))
    stored = sorted(found, key=lambda each: each.first)
    wanted = [(each.first, each.last, each.start, each.end, each.id) for each in expected.passages]
    if [(each.first, each.last, each.start, each.end, each.vector_id) for each in stored] != wanted:
        return [*wrong, f"the passages of {path} are not those of its text"]
    vectors = catalog.vectors([each.vector_id for each in stored])
    for vector, passage in zip(vectors, expected.passages, strict=True):
        if vector.astype("<f4").tobytes() != _vector_of(passage.embedded_text):
            wrong.append(f"a passage of {path} has another vector")
    return wrong


@cache
def _vector_of(text: str) -> bytes:
    return np.array(HashingEmbedding().get_text_embedding(text), "<f4").tobytes()


def _examine_towns(found: dict[str, Content], old: Mapping[str, Content], new: Mapping[str, Content]) -> list[str]:
    counted = Counter(number for number, _ in found.values())
    before, after = ({number for number, _ in contents.values()} for contents in (old, new))
    lost = [number for number in before & after if counted[number] != 1]
    doubled = [number for number in before ^ after if counted[number] > 1]
    return [f"Town{number} is there {counted[number]} times" for number in lost + doubled]
