"""Draft cases of broad questions: what an article is about, which articles mention a name, and how many do.

What a good answer holds is proved by the catalog: the first sentences of an article, the articles that have a name's
words one behind the other. A question that the assistant does not answer with these is dropped, as of facts.
"""

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from llama_index.core.llms import LLM

from evals.broad_gold import BroadFields, find_gold
from evals.broad_verdict import judge_broad
from evals.drafting.candidates import MAX_SENTENCES, is_statement, name_spans, stands_alone
from evals.drafting.propose import PROPOSED, UNTELLING_TITLE, Tally, id_of, to_line
from evals.drafting.question_faults import Fault
from index.article_index import ArticleIndex
from index.catalog.reader import CatalogReader
from index.catalog.rows import StoredArticle
from index.filter import EVERYTHING
from index.models.sources import Progress
from qa.answer import Kind
from qa.ask import ask
from qa.question.words import tokens
from qa.text import one_line

LEAD_SENTENCES, FEWEST_SENTENCES = 3, 2
TITLE_WORDS = range(3, 16)
NAME_WORDS = range(2, 5)
MENTIONING = range(2, 11)  # articles: of one it is no broad question, of many nobody checks the list
TRIES_PER_CASE = 8


@dataclass(frozen=True)
class BroadDraft:
    """A proposed case of a broad question; `holds` are its fields that tell what a good answer holds."""

    question: str
    kind: Kind
    holds: Mapping[str, object]
    tags: tuple[str, ...]

    def to_json(self) -> str:
        """Give the case as a line of JSON, marked as not yet reviewed."""
        fields = {"id": id_of(self.question), "question": self.question, "kind": str(self.kind)}
        return to_line({**fields, **self.holds, "tags": list(self.tags), "status": PROPOSED})


def draft_broad_cases(
    index: ArticleIndex, llm: LLM, count: int, seed: int, tally: Tally, progress: Progress | None = None
) -> Iterator[BroadDraft]:
    """Propose up to `count` cases of broad questions, of each sort in turn; each is given as soon as it is found.

    `tally` is brought up to date on the way.

    Raises:
        ModelError: the language model failed.
    """
    asked: set[str] = set()
    for draft in islice(_proposals(index, random.Random(seed)), count * TRIES_PER_CASE):
        if tally.kept >= count:
            return
        if progress:
            progress("Drafting", tally.kept, count)
        tally.tried += 1
        fault = Fault.REPEATED if draft.question.casefold() in asked else check_back(draft, index, llm)
        if fault:
            tally.dropped[fault] += 1
            continue
        asked.add(draft.question.casefold())
        tally.answerable += 1
        yield draft


def check_back(draft: BroadDraft, index: ArticleIndex, llm: LLM) -> Fault | None:
    """Ask the assistant; it must take the question for what it is and give the very articles, or half of the points."""
    gold, _ = find_gold(BroadFields.model_validate_json(json.dumps(dict(draft.holds))), index.catalog.text_of)
    verdict = judge_broad(draft.kind, gold, ask(draft.question, index, llm), index, None)
    exact = [verdict.scores[name] for name in ("number_exact", "articles_f1") if name in verdict.scores]
    is_found = verdict.right and verdict.scores["kind_planned"] and all(each == 1 for each in exact)
    return None if is_found else Fault.NOT_FOUND


def articles_mentioning(name: str, catalog: CatalogReader) -> list[str]:
    """Give the ids of the articles that have a name's words one behind the other, in their title or text."""
    words = tokens(name)
    ids = sorted(each.id for each in catalog.articles_with(words, EVERYTHING))
    found = (article for each in ids if (article := catalog.article(each)))
    return [each.id for each in found if _holds(words, each.title) or _holds(words, each.text)]


def _proposals(index: ArticleIndex, generator: random.Random) -> Iterator[BroadDraft]:
    """Give an overview, a number of articles and a list of articles in turn, of the articles in random order."""
    ids = sorted(index.catalog.hashes())
    generator.shuffle(ids)
    names = _names_mentioned(ids, index, generator)
    sorts = [_overviews(ids, index), map(_how_many, names), map(_which, names)]
    while sorts:
        for each in list(sorts):
            if (draft := next(each, None)) is None:
                sorts.remove(each)
            else:
                yield draft


def _overviews(ids: list[str], index: ArticleIndex) -> Iterator[BroadDraft]:
    titles = [one_line(title) for title in index.catalog.titles()]
    for article_id in ids:
        article = index.catalog.article(article_id)
        if article is None or article.original is not None or not tells(article.title):
            continue
        title = one_line(article.title)
        points = _lead_of(article, index.catalog)
        if titles.count(title) == 1 and len(points) >= FEWEST_SENTENCES:
            question = f"What is the article “{title}” about?"
            yield BroadDraft(question, Kind.OVERVIEW, {"points": points}, ("overview",))


def _lead_of(article: StoredArticle, catalog: CatalogReader) -> list[dict[str, object]]:
    """Give the first sentences of an article that state something and stand alone, as points with their quotes."""
    quotes = (article.text[start:end] for start, end in catalog.sentences(article.id, 0, MAX_SENTENCES))
    said = (quote for quote in quotes if is_statement(one_line(quote)) and stands_alone(one_line(quote)))
    once = (quote for quote in said if article.text.count(quote) == 1)
    return [
        {"text": one_line(quote), "evidence": [{"article": article.id, "quote": quote}]}
        for quote in islice(once, LEAD_SENTENCES)
    ]


def _names_mentioned(ids: list[str], index: ArticleIndex, generator: random.Random) -> Iterator[tuple[str, list[str]]]:
    """Give names of several words that some articles mention, with these articles, each name once."""
    told: set[str] = set()
    for article_id in ids:
        text = index.catalog.text_of(article_id) or ""
        names = sorted({each for each in _names_in(text) if len(each.split()) in NAME_WORDS})
        generator.shuffle(names)
        for name in names:
            if name.casefold() not in told:
                told.add(name.casefold())
                if len(mentioning := articles_mentioning(name, index.catalog)) in MENTIONING:
                    yield name, mentioning


def _names_in(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield from (line[start:end] for start, end in name_spans(line, text))


def _how_many(named: tuple[str, list[str]]) -> BroadDraft:
    name, articles = named
    holds = {"number": len(articles), "articles": articles}
    return BroadDraft(f"How many articles mention {name}?", Kind.FOLDER, holds, ("folder", "how many"))


def _which(named: tuple[str, list[str]]) -> BroadDraft:
    name, articles = named
    return BroadDraft(f"Which articles mention {name}?", Kind.FOLDER, {"articles": articles}, ("folder", "which"))


def tells(title: str) -> bool:
    """Say whether a title tells what its article is about, rather than being a number or a quotation."""
    return len(tokens(title)) in TITLE_WORDS and not UNTELLING_TITLE.search(title) and not re.search('[“”"]', title)


def _holds(words: list[str], text: str) -> bool:
    said = tokens(text)
    return any(said[at : at + len(words)] == words for at in range(len(said) - len(words) + 1))
