"""Measure overviews on SummHay's news: 500 documents as one folder, 42 broad questions with their insights.

    python -m evals.broad.summhay DOCUMENTS QUERIES [--kind told] [--keep FOLDER] [--verbose]

Laban et al. 2024, arXiv 2407.01370; the two files are JSONL, gzipped: documents with `id` and `text`, questions with
the `insights` that a good account holds, each with the `documents` that say it. A question gets an account of at most
ten statements; two baselines give ten as well: the first sentences of the ten articles that are retrieved best, and the
ten sentences that BM25 finds best.

An insight is carried where the vector of a statement has a cosine of .72 or more with the insight's (MiniLM; .90 of the
documents that hold an insight have such a sentence, and .09 of the others). Of a carried one the documents that its
statement cites are compared with the insight's, and of a question all documents that are cited with those of all its
insights. Intervals are 95 % bootstrap intervals over questions. With `--kind told` each question is asked as an
overview, else as what the planner takes it for.
"""

import argparse
import gzip
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from evals.agreement import f1_of_sets
from evals.intervals import interval_of_pairs
from index.article_index import ArticleIndex
from index.bm25 import search_words
from qa.answer import Answer, Kind
from qa.ask import ask
from qa.opening import open_both
from qa.question.plan import load_planner
from qa.settings import load_settings

SAME_MEANING = 0.72
MAX_SENTENCES = 10_000  # of an article
STATEMENTS = 10
RETRIEVED = 100  # passages, among which there are ten articles
SUFFIX = ".txt"


@dataclass(frozen=True)
class Said:
    """A statement, and the ids of the articles that it cites."""

    text: str
    articles: frozenset[str]


@dataclass(frozen=True)
class Score:
    """What an account of one question holds: sums over its insights, so that questions can be drawn as a whole."""

    insights: int
    carried: int
    f1_of_carried: float
    f1_of_all: float
    seconds: float


Account = Callable[[str], list[Said]]


def main() -> None:
    """Ask all questions, and print a line for each way to answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--kind", choices=["told", "planned"], default="planned")
    parser.add_argument("--keep", type=Path, help="folder in which documents and index are kept for the next run")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    with _folder(given.keep) as folder:
        write_documents(read_lines(given.documents), folder / "articles")
        index, llm = open_both(load_settings(articles=folder / "articles", index=folder / "index"))
        with closing(index):
            index.sync()
            kind = Kind.OVERVIEW if given.kind == "told" else None
            measure(read_lines(given.queries), index, lambda text: ask(text, index, llm, kind=kind), given.verbose)


def measure(
    queries: Sequence[dict[str, Any]], index: ArticleIndex, answer: Callable[[str], Answer], verbose: bool
) -> None:
    """Answer each question in each way, and print what the accounts hold."""
    planned = [planned_kind(each["question"], index) for each in queries]
    print(f"{len(queries)} questions; the planner takes {sum(each is not Kind.FACT for each in planned)} for broad")
    with closing(sentence_table(index)) as table:
        ways: dict[str, Account] = {
            "as it is": lambda question: said_by(answer(question)),
            "first sentences": lambda question: first_sentences(question, index),
            "BM25 sentences": lambda question: best_sentences(question, table),
        }
        for way, account in ways.items():
            scores = []
            for query, kind in zip(queries, planned, strict=True):
                scores.append(score(query, account, index))
                if verbose:
                    print(way, kind, scores[-1], query["question"])
            print(f"{way:<16} {line_of(scores)}", flush=True)


def score(query: dict[str, Any], account: Account, index: ArticleIndex) -> Score:
    """Time an account, and compare it with the insights of its question."""
    began = time.perf_counter()
    said = account(query["question"])
    seconds = time.perf_counter() - began
    insights = query["insights"]
    gold = [{each + SUFFIX for each in insight["documents"]} for insight in insights]
    carried = [
        f1_of_sets(documents, said[row.argmax()].articles)
        for documents, row in zip(gold, _alike([each["text"] for each in insights], said, index), strict=True)
        if said and row.max() >= SAME_MEANING
    ]
    cited = {article for each in said for article in each.articles}
    return Score(len(insights), len(carried), sum(carried), f1_of_sets(set().union(*gold), cited), seconds)


def said_by(answer: Answer) -> list[Said]:
    """Give the statements of an answer, none where it abstained."""
    articles = [each.span.article_id for each in answer.citations]
    return [Said(each.text, frozenset(articles[i] for i in each.citations)) for each in answer.statements]


def first_sentences(question: str, index: ArticleIndex) -> list[Said]:
    """Give the first sentence of each of the articles that are retrieved best."""
    found = index.retriever(RETRIEVED).retrieve(question)
    articles = list(dict.fromkeys(each.node.metadata["article"] for each in found))[:STATEMENTS]
    firsts = [index.catalog.sentences(article, 0, 0)[0] for article in articles]
    texts = [index.catalog.text_of(article) or "" for article in articles]
    return [
        Said(text[start:end], frozenset([article]))
        for article, text, (start, end) in zip(articles, texts, firsts, strict=True)
    ]


def sentence_table(index: ArticleIndex) -> sqlite3.Connection:
    """Make a table in memory in which FTS5 ranks all sentences of the folder."""
    table = sqlite3.connect(":memory:")
    table.execute("create virtual table sentences using fts5(text, article unindexed, tokenize = 'porter unicode61')")
    for article_id, text in index.catalog.texts():
        offsets = index.catalog.sentences(article_id, 0, MAX_SENTENCES)
        table.executemany("insert into sentences values (?, ?)", ((text[slice(*each)], article_id) for each in offsets))
    return table


def best_sentences(question: str, table: sqlite3.Connection) -> list[Said]:
    """Give the sentences that BM25 finds best, each wording once."""
    rows = table.execute(
        "select text, article from sentences where sentences match ? group by text order by min(rank) limit ?",
        (" OR ".join(f'"{word}"' for word in search_words(question)), STATEMENTS),
    )
    return [Said(text, frozenset([article])) for text, article in rows]


def line_of(scores: Sequence[Score]) -> str:
    """Write the figures of a way, each with its interval."""
    figures: dict[str, list[tuple[float, float]]] = {
        "insights": [(each.carried, each.insights) for each in scores],
        "F1 of a carried insight's documents": [(each.f1_of_carried, each.carried) for each in scores],
        "F1 of all documents": [(each.f1_of_all, 1) for each in scores],
    }
    shown = [f"{name} {_with_interval(pairs)}" for name, pairs in figures.items()]
    return ", ".join([*shown, f"median {median(each.seconds for each in scores):.2f} s"])


def planned_kind(question: str, index: ArticleIndex) -> Kind:
    """Tell for what the planner takes a question, be it answered as that or not."""
    return load_planner().plan(question, index.embedder.get_query_embedding(question)).kind


def write_documents(documents: Sequence[dict[str, Any]], folder: Path) -> None:
    """Write each document as an article, unless it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in documents:
        path = folder / f"{each['id']}{SUFFIX}"
        if not path.exists():
            path.write_text(each["text"], encoding="utf-8")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return list(map(json.loads, lines))


def _alike(insights: Sequence[str], said: Sequence[Said], index: ArticleIndex) -> Any:
    embed = index.embedder.get_text_embedding_batch
    texts = [each.text for each in said]
    return np.array(embed(list(insights))) @ np.array(embed(texts)).T if said else np.zeros((len(insights), 0))


def _with_interval(pairs: Sequence[tuple[float, float]]) -> str:
    value = _ratio(np.array(pairs, dtype=np.float64))
    low, high = interval_of_pairs(pairs, _ratio)
    return f"{value:.3f} [{low:.3f}, {high:.3f}]" if low is not None else f"{value:.3f}"


def _ratio(pairs: Any) -> float:
    sums = pairs.sum(axis=0)
    return float(sums[0] / sums[1]) if sums[1] else float("nan")


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
        return
    with TemporaryDirectory() as scratch:
        yield Path(scratch)


if __name__ == "__main__":
    main()
