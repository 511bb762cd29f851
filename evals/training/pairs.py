"""Make (question, sentence) pairs to train the judge on from files in SQuAD's format.

Each answerable question gives the sentence that holds its answer, and sentences that do not: the ones of its paragraph
and of its whole file that share most words with it, and the very sentence of the answer with a name, a number or a
predicate of the question swapped. An impossible question gives sentences of its paragraph, the plausible one first.
"""

import json
import random
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from index.sentences import split

NEAR, FAR = 2, 2
NEAR_IMPOSSIBLE, FAR_IMPOSSIBLE = 3, 1
SEARCHED = 12
SWAPS = 2
TRIED_PARTS = 20
OPPOSITES = [
    pair.split("/")
    for pair in (
        "first/last earliest/latest oldest/youngest highest/lowest largest/smallest biggest/smallest longest/shortest "
        "most/least more/less more/fewer best/worst before/after north/south northern/southern east/west "
        "eastern/western northeast/southwest northwest/southeast increase/decrease increased/decreased rise/fall "
        "rose/fell won/lost win/lose born/died began/ended begin/end start/end started/ended opened/closed "
        "founded/dissolved created/destroyed joined/left entered/left arrived/departed bought/sold buy/sell "
        "accepted/rejected agreed/refused allowed/banned support/oppose supported/opposed attacked/defended "
        "gained/lost found/lost built/demolished male/female father/mother son/daughter husband/wife brother/sister "
        "men/women man/woman king/queen early/late old/new public/private official/unofficial major/minor "
        "maximum/minimum majority/minority upper/lower inside/outside above/below import/export imported/exported "
        "love/hate loved/hated like/dislike likes/dislikes cheap/expensive good/bad easy/hard hot/cold always/never "
        "killed/wounded injured/killed arrested/released hired/fired asked/answered gave/received sent/received"
    ).split()
]
_OPPOSITE = {a: b for pair in OPPOSITES for a, b in (pair, pair[::-1])}
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_ASKED = re.compile(r"(?<=[Hh]ow many )\w+|(?<=[Ww]hat )\w+(?= (?:did|was|is|were|are|does|do))|(?<=[Ww]hich )\w+")
_NO_TITLE = re.compile(r"Amazon_Reviews|Filtered_Reddit")


@dataclass(frozen=True)
class Pair:
    """A question, a sentence with what stands before it, and the offsets of the answer in it, None if it has none."""

    question: str
    sentence: str
    before: str
    title: str
    answer: tuple[int, int] | None = None


def make_pairs(file: Path, titles: set[str] | None, seed: int) -> list[Pair]:
    """Make the pairs of a file in SQuAD's format, of the articles in `titles` only if given."""
    articles = json.loads(file.read_text(encoding="utf-8"))["data"]
    sentences, paragraphs, questions = _read([each for each in articles if titles is None or each["title"] in titles])
    near = _nearest([each["question"] for _, each in questions], sentences)
    titles_asked = ((sentences[paragraphs[paragraph].start].title, each["question"]) for paragraph, each in questions)
    swaps = _Swaps(titles_asked, random.Random(seed))
    pairs: list[Pair] = []
    for (paragraph, asked), nearest in zip(questions, near, strict=True):
        own = paragraphs[paragraph]
        pairs += _pairs_of(asked, own, [i for i in nearest if i not in own], sentences, swaps)
    return pairs


def _read(articles: Sequence[dict[str, Any]]) -> tuple[list[Pair], list[range], list[tuple[int, dict[str, Any]]]]:
    """Give all sentences (as pairs without question), which ones each paragraph has, and the questions of each."""
    sentences: list[Pair] = []
    paragraphs: list[range] = []
    questions: list[tuple[int, dict[str, Any]]] = []
    for article in articles:
        title = "" if _NO_TITLE.match(article["title"]) else article["title"].replace("_", " ")
        for paragraph in article["paragraphs"]:
            text, first, before = paragraph["context"], len(sentences), ""
            offsets = split(text)
            for start, end in offsets:
                sentences.append(Pair("", text[start:end], before, title))
                before = text[start:end]
            questions += [
                (len(paragraphs), asked | {"gold": _golds(asked, offsets, first)}) for asked in paragraph["qas"]
            ]
            paragraphs.append(range(first, len(sentences)))
    return sentences, paragraphs, questions


def _golds(asked: dict[str, Any], offsets: list[tuple[int, int]], first: int) -> list[tuple[int, int, int]]:
    """Give (sentence, start, end) of each gold answer, the shortest first; plausible ones of an impossible question."""
    golds = []
    for gold in asked["answers"] or asked.get("plausible_answers", []):
        at = bisect_right(offsets, (gold["answer_start"], 10**9)) - 1
        start, end = offsets[max(at, 0)]
        here = gold["answer_start"] - start
        if at >= 0 and here + len(gold["text"]) <= end - start:
            golds.append((first + at, here, here + len(gold["text"])))
    return sorted(golds, key=lambda each: each[2] - each[1])


def _pairs_of(
    asked: dict[str, Any], own: range, found: list[int], sentences: list[Pair], swaps: "_Swaps"
) -> Iterator[Pair]:
    question, golds = asked["question"].strip(), asked["gold"]
    if not golds:
        return
    stating = {sentence for sentence, _, _ in golds}
    answers = {gold["text"].lower() for gold in asked["answers"]}

    def is_silent(sentence: int) -> bool:
        return sentence not in stating and not any(each in sentences[sentence].sentence.lower() for each in answers)

    words = _words(question)
    near = sorted(filter(is_silent, own), key=lambda each: -len(words & _words(sentences[each].sentence)))
    far = list(filter(is_silent, found))
    if asked.get("is_impossible"):
        for silent in [golds[0][0], *near[:NEAR_IMPOSSIBLE], *far[:FAR_IMPOSSIBLE]]:
            yield replace(sentences[silent], question=question)
        return
    best, start, end = golds[0]
    yield replace(sentences[best], question=question, answer=(start, end))
    for silent in near[:NEAR] + far[:FAR]:
        yield replace(sentences[silent], question=question)
    for swapped in swaps.swap(question, sentences[best]):
        yield replace(sentences[best], question=swapped)


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _nearest(questions: list[str], sentences: list[Pair]) -> list[list[int]]:
    """Give for each question the sentences with the most similar words, best first."""
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english")
    matrix = words.fit_transform([each.sentence for each in sentences])
    asked = words.transform(questions)
    nearest: list[list[int]] = []
    for begin in range(0, len(questions), 500):
        scores = (asked[begin : begin + 500] @ matrix.T).toarray()
        best = np.argpartition(-scores, SEARCHED, axis=1)[:, :SEARCHED]
        for row, columns in zip(scores, best, strict=True):
            nearest.append([int(i) for i in sorted(columns, key=lambda i: -row[i])])
    return nearest


class _Swaps:
    """Puts into a question what makes the sentence that answers it silent: what other questions of its article ask."""

    def __init__(self, asked: Iterable[tuple[str, str]], rng: random.Random) -> None:
        self._rng = rng
        self._pools: dict[tuple[str, str], list[str]] = defaultdict(list)
        for title, question in asked:
            for kind, found in _parts(question):
                self._pools[title, kind].append(found[0])

    def swap(self, question: str, answering: Pair) -> list[str]:
        """Give at most `SWAPS` variants, each with one part swapped, of different kinds where the question has them."""
        known = f"{answering.title} {answering.before} {answering.sentence}".lower()
        ways: dict[str, list[str]] = {}
        for kind, found in _parts(question):
            if new := self._other(answering.title, kind, found[0], known):
                ways.setdefault(kind, []).append(question[: found.start()] + new + question[found.end() :])
        for found in re.finditer(r"\w+", question):
            if opposite := _OPPOSITE.get(found[0].lower()):
                changed = question[: found.start()] + opposite + question[found.end() :]
                ways.setdefault("opposite", []).append(changed)
        kinds = self._rng.sample(sorted(ways), min(SWAPS, len(ways)))
        return [self._rng.choice(ways[kind]) for kind in kinds]

    def _other(self, title: str, kind: str, old: str, known: str) -> str | None:
        length = len(old.split())
        for _ in range(TRIED_PARTS):
            new = self._rng.choice(self._pools[title, kind])
            if new.lower() not in known and new.lower() != old.lower() and abs(len(new.split()) - length) <= 1:
                return new
        return None


def _parts(question: str) -> Iterator[tuple[str, re.Match[str]]]:
    for kind, pattern in (("name", _NAME), ("number", _NUMBER), ("asked", _ASKED)):
        for found in pattern.finditer(question):
            yield kind, found
