"""Folders of synthetic articles that can be checked to the letter, and what an index of one must hold.

Every sentence of an article names its town and its version, so that a passage, a text or an evidence that mixes two
versions shows it, and its first sentence states a fact that no other article or version states.
"""

import random
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from llama_index.core.base.llms.types import (
    ChatMessage,
    ChatResponse,
    CompletionResponse,
    CompletionResponseGen,
    LLMMetadata,
    MessageRole,
)
from llama_index.core.llms import CustomLLM
from llama_index.core.schema import TextNode

from index.article_index import ArticleIndex
from index.articles import list_files, read_articles
from index.catalog.writer import Catalog
from index.formats.records import Fields
from index.formats.sandbox import Sandbox
from index.passages import Passage, group
from index.sentences import Offsets, split
from qa.testing import HashingEmbedding

Content = tuple[int, int]  # the number of a town, the version of its article

_NAMES = "Ada Bela Cora Dana Edda Finn Gita Hugo Ines Jude Kira Lars Mona Nils Olga Pia Rosa Sten Tara Ulla".split()
_PLACES = "marsh ridge field brook stone wood hill mere ford holm".split()
_NOUNS = (
    "bridge harbour council school market railway library river orchard station mill tower garden festival archive "
    "ferry quarry theatre hospital meadow canal bakery lighthouse workshop reservoir".split()
)
_VERBS = "repaired opened painted closed praised measured sold visited planned flooded rebuilt named guarded".split()
_ADJECTIVES = "old new narrow famous quiet northern empty crowded wooden costly wide early public late".split()


def mayor_of(content: Content) -> str:
    """Give the name that the article of this town states in this version, and no other article."""
    number, version = content
    draw = random.Random(f"mayor {number} {version}")
    return f"{draw.choice(_NAMES)} {draw.choice(_NOUNS).capitalize()}{draw.choice(_PLACES)}{number}v{version}"


def question_of(number: int) -> str:
    """Ask for the fact of a town's article."""
    return f"Who is the mayor of Town{number}?"


def text_of(content: Content, sentences: int = 24) -> str:
    """Write the article of a town in a version; versions differ in every sentence and in length."""
    number, version = content
    draw = random.Random(f"text {number} {version}")
    lines = [f"The mayor of Town{number} is {mayor_of(content)}."]
    for _ in range(sentences + draw.randrange(6)):
        first, second, third, fourth = (f"{draw.choice(_NOUNS)}{draw.choice(_PLACES)}" for _ in range(4))
        more = f" near the {draw.choice(_ADJECTIVES)} {fourth}" * draw.randrange(2)
        lines.append(
            f"In Town{number}v{version} the {draw.choice(_ADJECTIVES)} {first} was {draw.choice(_VERBS)} by the "
            f"{second} of {third}{more}."
        )
    paragraphs = [" ".join(lines[start : start + 8]) for start in range(0, len(lines), 8)]
    return "\n\n".join([f"Report on Town{number}", *paragraphs]) + "\n"


def versions_in(text: str) -> set[int]:
    """Give the versions that a text says it has; more than one is a mix."""
    return {int(found) for found in re.findall(r"\dv(\d+)\b", text)}


@dataclass
class Folder:
    """A folder of articles with what each holds, by path; the changes drawn are the same for a `seed`."""

    path: Path
    seed: int = 0
    sentences: int = 24
    contents: dict[str, Content] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)
        self._numbers = 0

    def add(self, count: int) -> None:
        """Add articles of new towns."""
        for _ in range(count):
            self._numbers += 1
            self._write(f"{self._numbers % 7}/town-{self._numbers:04}.txt", (self._numbers, 1))

    def edit(self, paths: Sequence[str]) -> None:
        """Replace these articles by their next version."""
        for path in paths:
            number, version = self.contents[path]
            self._write(path, (number, version + 1))

    def delete(self, paths: Sequence[str]) -> None:
        """Delete these articles."""
        for path in paths:
            (self.path / path).unlink()
            del self.contents[path]

    def rename(self, paths: Sequence[str]) -> None:
        """Move these articles to new paths."""
        for path in paths:
            number = self.contents[path][0]
            new = f"moved/town-{number:04}-{self._draw.randrange(10**6):06}.txt"
            (self.path / "moved").mkdir(exist_ok=True)
            (self.path / path).rename(self.path / new)
            self.contents[new] = self.contents.pop(path)

    def some(self, count: int) -> list[str]:
        """Draw paths."""
        return self._draw.sample(sorted(self.contents), min(count, len(self.contents)))

    def change(self, adds: int, edits: int, deletes: int, renames: int) -> None:
        """Make changes of each kind to different articles."""
        drawn = self.some(edits + deletes + renames)
        self.edit(drawn[:edits])
        self.delete(drawn[edits : edits + deletes])
        self.rename(drawn[edits + deletes :])
        self.add(adds)

    def _write(self, path: str, content: Content) -> None:
        place = self.path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_name(f".{place.name}")
        draft.write_text(text_of(content, self.sentences), encoding="utf-8")
        draft.replace(place)
        self.contents[path] = content


class FactReader(CustomLLM):
    """A language model that finds the mayor in the numbered sentences of a prompt, or says that nothing is stated.

    So what it replies is what the index gave it, not what a script knows.
    """

    @property
    def metadata(self) -> LLMMetadata:
        """Name the model."""
        return LLMMetadata(model_name="fact-reader", is_chat_model=True)

    def chat(self, messages: Sequence[ChatMessage], **kwargs: Any) -> ChatResponse:
        """Reply with the name that a sentence states."""
        prompt = str(messages[-1].content)
        asked = re.search(r"Question: Who is the mayor of (Town\d+)\?", prompt)
        found = asked and re.search(rf"\[(\d+)\] The mayor of {asked[1]} is (\w+ \w+)\.", prompt)
        reply = f"{found[2]} [{found[1]}]" if found else "not stated"
        return ChatResponse(message=ChatMessage(role=MessageRole.ASSISTANT, content=reply))

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        """Reply to a bare prompt."""
        reply = self.chat([ChatMessage(role=MessageRole.USER, content=prompt)])
        return CompletionResponse(text=reply.message.content or "")

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponseGen:
        """Give the reply as one piece."""
        yield self.complete(prompt)


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
    return wrong + _examine_whole(catalog)


def examine_words(path: Path) -> list[str]:
    """Have SQLite compare both word indexes of a catalog with what they index."""
    wrong = []
    with closing(sqlite3.connect(path)) as db:
        for table, rank in (("articles_fts", 1), ("passages_fts", 0)):
            try:
                db.execute(f"insert into {table} ({table}, rank) values ('integrity-check', ?)", (rank,))
            except sqlite3.DatabaseError as error:
                wrong.append(f"{table}: {error}")
        db.rollback()
    return wrong


def _examine_article(catalog: Catalog, path: str, expected: Expected, hashing: bool) -> list[str]:
    wrong = []
    if catalog.sentences(path, 0, 10**6) != expected.sentences:
        wrong.append(f"the sentences of {path} are not those of its text")
    if not hashing:
        return wrong
    rows = catalog.db.execute(
        "select first, last, start, end, vector, body, embedding from passages join articles on key = article "
        "left join passages_fts on passages_fts.rowid = passages.id left join vectors on vectors.id = vector "
        "where articles.id = ? order by first",
        (path,),
    ).fetchall()
    wanted = [(each.first, each.last, each.start, each.end, each.id) for each in expected.passages]
    if [row[:5] for row in rows] != wanted:
        return [*wrong, f"the passages of {path} are not those of its text"]
    for row, passage in zip(rows, expected.passages, strict=True):
        if row[5] != expected.text[passage.start : passage.end]:
            wrong.append(f"a passage of {path} has other words in the word index")
        if row[6] != _vector_of(passage.embedded_text):
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


def _examine_whole(catalog: Catalog) -> list[str]:
    wrong = []
    for what, query in {
        "passages without an article": "select count(*) from passages where article not in (select key from articles)",
        "passages without a vector": "select count(*) from passages where vector not in (select id from vectors)",
        "passages without words": "select count(*) from passages where id not in (select rowid from passages_fts)",
        "words without a passage": "select count(*) from passages_fts where rowid not in (select id from passages)",
        "articles without words": "select count(*) from articles where key not in (select rowid from articles_fts)",
        "articles without a file": "select count(*) from articles where file not in (select path from files)",
    }.items():
        ((count,),) = catalog.db.execute(query).fetchall()
        if count:
            wrong.append(f"{count} {what}")
    return wrong + examine_words(catalog.path)
