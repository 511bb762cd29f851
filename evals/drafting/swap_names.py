"""Make a question that the articles do not answer from one that they do, by swapping a name or a year."""

import random
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from evals.drafting.candidates import DEMONYM, Candidate, name_spans
from index.article_index import ArticleIndex
from index.models.embedding import Vectors
from qa.question.words import mentions, stems, tokens

POOL_ARTICLES = 40
MAX_POOL = 400
MIN_SIMILARITY, SURE_SIMILARITY = 0.35, 0.5  # where the words beside a name tell its kind, and where they do not
OWN_ARTICLE_BONUS = 0.3
TOLD_BONUS = 0.1
TRIED_SWAPS = 6
YEARS_APART = range(3, 60)
CHECKED_PASSAGES = 50
MAX_CARRIED = 0.5
MIN_SHARE = 0.35
MIN_USES = 2  # of a name of one word: what opens a sentence once is often none

_YEAR = re.compile(r"\b(?:1\d{3}|20\d{2})\b")
_SENTENCE = re.compile(r"[^.!?\n]+")
_PLACING = frozenset("in at near across throughout outside inside around".split())
_EXAMPLES = {
    "person": ("John Smith", "Maria Garcia", "Ines Okafor", "Napoleon", "Einstein", "Chinggis", "Lavrov", "Paul Reyes"),
    "place": ("London", "Nigeria", "Texas", "Bergen", "Palestine", "Eastern Asia", "Odessa", "Lake County"),
    "thing": ("Microsoft", "Stanford College", "World Cup", "Nobel Prize", "Star Trek", "Lincoln Stadium", "Buddhist"),
}
_TITLES = frozenset(
    "president minister king queen sir lord lady dr mr mrs ms professor senator governor coach captain general bishop "
    "pope prince princess emperor secretary chancellor judge architect director engineer artist singer actor writer "
    "author painter son daughter wife husband brother sister father mother".split()
)
_PERSONAL = re.compile(
    r"(?:, (?:who|whose)\b| (?:said|told|says|wrote|himself|herself|died|married|was born|argued|believed|thought|"
    r"agreed|announced|resigned|joined|studied|lived|moved|refused)\b)"
)


@dataclass(frozen=True)
class Swap:
    """A question that the articles do not answer, and what was put in the place of what."""

    question: str
    old: str
    new: str


@dataclass
class _Name:
    """How a name is used in the articles, by the words beside it."""

    uses: int = 0
    beside: Counter[str] = field(default_factory=Counter)
    articles: set[str] = field(default_factory=set)

    def kind(self, name: str) -> str | None:
        """Tell names apart that cannot stand for one another, None where the words beside do not tell."""
        if name.isupper():
            return "initials"
        if self.beside["the"] >= MIN_SHARE * self.uses:
            return "with the"
        if self.beside["person"] > self.beside["place"]:
            return "person"
        return "place" if self.beside["place"] >= MIN_SHARE * self.uses else None


class Swapper:
    """Swaps names and years of questions by others of the same kind that the folder's articles hold."""

    def __init__(self, index: ArticleIndex, seed: int) -> None:
        self._index = index
        self._names, self._years = _pool(index, random.Random(seed))
        self._vectors = dict(zip(self._names, embed(list(self._names), index), strict=True))
        self._examples = {kind: embed(list(names), index) for kind, names in _EXAMPLES.items()}

    def swap(self, question: str, candidate: Candidate) -> Swap | None:
        """Give a variant of a question that no article answers as far as its words tell, None where there is none.

        What comes in is used like what goes, has the most similar embedding, is not in the sentence that answers the
        question, and stands nowhere beside the question's other words.
        """
        for old in self._replaceable(question, candidate):
            for new in self._substitutes(old, question, candidate):
                swapped = re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", lambda _, new=new: new, question)  # type: ignore[misc]
                if swapped != question and self._is_unanswered(swapped, new, candidate):
                    return Swap(swapped, old, new)
        return None

    def _replaceable(self, question: str, candidate: Candidate) -> list[str]:
        whole = [
            question[start:end]
            for start, end in name_spans(question, candidate.article.text)
            if start
            and not re.search(r"(?:[A-Z][\w.]*|&) $", question[:start])
            and not re.match(r" [A-Z\d&]", question[end:])
        ]
        known = [name for name in whole if name in self._names]
        certain = [name for name in known if self._is_told(name)]
        return certain + _YEAR.findall(question) + [name for name in known if name not in certain]

    def _substitutes(self, old: str, question: str, candidate: Candidate) -> list[str]:
        near = set(tokens(f"{question} {candidate.sentence} {candidate.article.title}"))
        if old.isdecimal():
            own = set(tokens(candidate.article.text))
            years = [year for year in self._years if year not in own and abs(int(year) - int(old)) in YEARS_APART]
            return sorted(years, key=lambda year: abs(int(year) - int(old)))[:TRIED_SWAPS]
        kind = self._kind(old)
        others = [
            name
            for name in self._names
            if self._kind(name) == kind
            and _shape(name) == _shape(old)
            and not any(mentions(near, word) for word in tokens(name))
        ]
        return self._most_similar(old, others, candidate.article.id)[:TRIED_SWAPS]

    def _kind(self, name: str) -> str:
        """Tell a name's kind from the words beside it, or else from the examples that its embedding is nearest to."""
        told = self._names[name].kind(name)
        return told or max(_EXAMPLES, key=lambda kind: float((self._examples[kind] @ self._vectors[name]).max()))

    def _is_told(self, name: str) -> bool:
        """Tell whether the words beside a name say that it is a person's or a place's."""
        return self._names[name].kind(name) in _EXAMPLES

    def _most_similar(self, name: str, others: list[str], article_id: str) -> list[str]:
        """Order names by the cosine of their embeddings with a name, those of its own article a little before."""
        others = [each for each in others if not set(tokens(each)) & set(tokens(name))]
        certain = self._is_told(name)
        scores = {}
        for each in others:
            cosine, told = float(self._vectors[each] @ self._vectors[name]), self._is_told(each)
            if (certain and told) or cosine >= (MIN_SIMILARITY if told else SURE_SIMILARITY):
                own = article_id in self._names[each].articles
                scores[each] = cosine + OWN_ARTICLE_BONUS * own + TOLD_BONUS * told
        return sorted(scores, key=lambda each: -scores[each])

    def _is_unanswered(self, question: str, new: str, candidate: Candidate) -> bool:
        """Tell whether no sentence with half of the question's other words has the new name beside or in it.

        In articles other than the question's own it suffices that the name stands anywhere.
        """
        rest, wanted = set(stems(question)) - set(stems(new)), tokens(new)
        for passage in self._index.retriever(top_k=CHECKED_PASSAGES).retrieve(question):
            article = self._index.catalog.article(passage.node.metadata["article"])
            if article is None or not _names_all(wanted, f"{article.title} {article.text}"):
                continue
            sentences = ["", *_SENTENCE.findall(passage.node.get_content()), ""]
            for (before, sentence), (_, after) in zip(pairwise(sentences), pairwise(sentences[1:]), strict=False):
                carried = len(rest & set(stems(sentence))) >= MAX_CARRIED * len(rest)
                elsewhere = article.id != candidate.article.id
                if carried and (elsewhere or _names_all(wanted, f"{before} {sentence} {after}")):
                    return False
        return True


def _shape(name: str) -> tuple[int, bool, bool]:
    """Tell what grammar minds of a name: its words, whether it looks plural, and whether like an adjective."""
    return len(name.split()), name.endswith("s"), bool(DEMONYM.search(name))


def embed(texts: list[str], index: ArticleIndex) -> Vectors:
    """Embed texts, shape (len(texts), dimension)."""
    return np.array(index.embedder.get_text_embedding_batch(texts), np.float32).reshape(
        len(texts), index.embedder.dimension
    )


def _names_all(words: list[str], text: str) -> bool:
    said = set(tokens(text))
    return all(mentions(said, word) for word in words)


def _pool(index: ArticleIndex, generator: random.Random) -> tuple[dict[str, _Name], list[str]]:
    """Collect the names and years that some articles of the folder hold, the frequent names first."""
    ids = sorted(index.catalog.hashes())
    found: dict[str, _Name] = {}
    years: set[str] = set()
    for article_id in generator.sample(ids, min(len(ids), POOL_ARTICLES)):
        article = index.catalog.article(article_id)
        text = article.text if article else ""
        years.update(_YEAR.findall(text))
        for sentence in (each.strip() for each in _SENTENCE.findall(text)):
            for start, end in name_spans(sentence, text):
                use = found.setdefault(sentence[start:end], _Name())
                use.uses += 1
                use.articles.add(article_id)
                use.beside.update(_context(sentence[:start], sentence[end:]))
    frequent = sorted(found, key=lambda name: -found[name].uses)[:MAX_POOL]
    return {name: found[name] for name in frequent if found[name].uses >= MIN_USES or " " in name}, sorted(years)


def _context(before: str, after: str) -> list[str]:
    """Name what the words beside a name tell of its kind."""
    last = "".join(re.findall(r"[\w’']+", before)[-1:]).lower()
    told = ["the"] if last == "the" else []
    told += ["place"] if last in _PLACING else []
    return told + (["person"] if last in _TITLES or _PERSONAL.match(after) else [])
