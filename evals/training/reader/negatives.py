"""Make questions that a passage does not answer, though it looks so, from questions that it answers.

Swapped: a name, a number, the thing that is counted or asked for, or a word for its opposite (before and after, for
and against) is put into the question; that what is put in stands nowhere in the passage is checked. Removed: the
sentence that answers is taken out. Echoed: an interviewer's question, or a sentence made of the question's own words,
stands in its place; so that an echo proves nothing, it also stands before answers that are kept. Mined: a passage with
many of the question's words that lacks the answer (Karpukhin et al. 2020, arXiv 2004.04906, section 3.2).
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from evals.training.reader.examples import Example, Span
from qa.reading.reader_io import Passage

SHARES = {"swapped": 0.16, "removed": 0.09, "interviewer": 0.035, "own words": 0.035, "echo answered": 0.07}
UNSURE = 0.7  # weight: an opposite or another name may be answered all the same
MOST_MINED = 8000
UNSETTLED = 3500
SEARCHED = 12
TRIED_PARTS = 20
MINED_FOR = {"nq-open-oracle", "qamr-wikinews", "new_wiki", "amazon_reviews", "reddit", "squad1-dev-13articles"}
INTERVIEWER = ("{}", "Q: {}", '"{}" the interviewer asked.', "Asked: {}", "Question: {}", "I asked him: {}")
OWN_WORDS = (
    "It is not known {}.",
    "Many have wondered {}.",
    "The report does not say {}.",
    "Asked {}, the spokesman declined to comment.",
    "There was much talk about {}.",
    "The panel discussed {}.",
)

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
_TAKES_SIDE = re.compile(
    r"\b(?:vote\w*|voting|case|argu\w+|reasons?|campaign\w*|fought|fight|spoke|speak|evidence) (for|against)\b"
)
_NAME = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_ASKED = re.compile(r"(?<=[Hh]ow many )\w+|(?<=[Ww]hat )\w+(?= (?:did|was|is|were|are|does|do))|(?<=[Ww]hich )\w+")


def vary(examples: Sequence[Example], rng: random.Random) -> list[Example]:
    """Give made examples for a share of those whose answering sentence is known."""
    known = [each for each in examples if each.answerable and each.answers and each.stating]
    swaps = _Swaps(known, rng)
    made: list[Example | None] = []
    for example in known:
        if rng.random() < SHARES["swapped"]:
            made.append(swaps.swap(example))
        if rng.random() < SHARES["removed"]:
            made.append(_without_answer(example, "", "removed"))
        if rng.random() < SHARES["interviewer"]:
            made.append(_without_answer(example, _interviewer(example, rng), "interviewer"))
        if rng.random() < SHARES["own words"]:
            made.append(_without_answer(example, _own_words(example, rng), "own words"))
        if rng.random() < SHARES["echo answered"]:
            made.append(_with_echo(example, rng.choice((_interviewer, _own_words))(example, rng)))
    return [each for each in made if each]


def pair_unsettled(examples: Sequence[Example], rng: random.Random) -> Iterator[Example]:
    """Put yes/no questions beside the passage of another article that is most like them: it does not settle them."""
    asked = rng.sample([each for each in examples if each.verdict], UNSETTLED)
    passages = list(dict.fromkeys(each.passage for each in examples if each.passage.title))
    for example, near in zip(asked, _nearest([each.question for each in asked], passages), strict=True):
        others = [passages[i] for i in near if passages[i].title.split(" / ")[0] != example.passage.title]
        if others:
            yield replace(_silent(example, others[0], "mined"), verdict="unsettled", weight=UNSURE)


def mine(examples: Sequence[Example], most: int, rng: random.Random) -> Iterator[Example]:
    """Put natural questions beside passages with their words that lack the answer, at most `most` of them."""
    asked = [each for each in examples if each.source in MINED_FOR and each.answers and each.kind == "own"]
    asked = rng.sample(asked, min(most, MOST_MINED, len(asked)))
    passages = list(dict.fromkeys(each.passage for each in examples))
    texts = [passage.text.lower() for passage in passages]
    for example, near in zip(asked, _nearest([each.question for each in asked], passages), strict=True):
        golds = [gold.lower() for gold in example.golds]
        silent = [i for i in near if passages[i] != example.passage and not any(gold in texts[i] for gold in golds)]
        if silent:
            yield _silent(example, passages[rng.choice(silent[:4])], "mined")


def _silent(example: Example, passage: Passage, kind: str) -> Example:
    return replace(example, passage=passage, answerable=False, answers=(), stating=(), golds=(), kind=kind)


def _without_answer(example: Example, instead: str, kind: str) -> Example | None:
    """Take out the sentences that answer, put `instead` where the first was; None where it is still told."""
    passage, dropped = example.passage, set(example.stating or ())
    pieces = [passage.text[begin:end] for begin, end in passage.sentences]
    first = min(dropped)
    kept = [piece for i, piece in enumerate(pieces) if i not in dropped]
    if not kept or any(gold.lower() in piece.lower() for gold in example.golds for piece in kept):
        return None
    at = sum(i < first for i in range(len(pieces)) if i not in dropped)
    return _silent(example, _joined(passage, [*kept[:at], *filter(None, [instead]), *kept[at:]])[0], kind)


def _with_echo(example: Example, echo: str) -> Example:
    """Put `echo` before the sentence that answers, which still does."""
    passage, position = example.passage, (example.stating or (0,))[0]
    pieces = [passage.text[begin:end] for begin, end in passage.sentences]
    echoed, starts = _joined(passage, [*pieces[:position], echo, *pieces[position:]])
    moved = tuple(
        (
            start - passage.sentences[position][0] + starts[position + 1],
            end - passage.sentences[position][0] + starts[position + 1],
        )
        for start, end in example.answers
        if passage.sentences[position][0] <= start and end <= passage.sentences[position][1]
    )
    return replace(example, passage=echoed, answers=moved, stating=(position + 1,), kind="echo answered")


def _joined(passage: Passage, pieces: Sequence[str]) -> tuple[Passage, list[int]]:
    sentences, at = list[Span](), 0
    for piece in pieces:
        sentences.append((at, at + len(piece)))
        at += len(piece) + 1
    return replace(passage, text=" ".join(pieces), sentences=tuple(sentences)), [start for start, _ in sentences]


def _interviewer(example: Example, rng: random.Random) -> str:
    return rng.choice(INTERVIEWER).format(example.question)


def _own_words(example: Example, rng: random.Random) -> str:
    question = example.question.rstrip("? ")
    return rng.choice(OWN_WORDS).format(question[:1].lower() + question[1:])


def _nearest(questions: Sequence[str], passages: Sequence[Passage]) -> Iterator[list[int]]:
    """Give for each question the passages with the most similar words, best first."""
    words = TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32)
    matrix = words.fit_transform([f"{passage.title} {passage.text}" for passage in passages]).T.tocsr()
    asked = words.transform(questions)
    for begin in range(0, len(questions), 200):
        scores = (asked[begin : begin + 200] @ matrix).toarray()
        best = np.argpartition(-scores, SEARCHED, axis=1)[:, :SEARCHED]
        for row, columns in zip(scores, best, strict=True):
            yield [int(i) for i in sorted(columns, key=lambda i: -row[i])]


class _Swaps:
    """Puts into a question what other questions of its article ask."""

    def __init__(self, examples: Sequence[Example], rng: random.Random) -> None:
        self._rng = rng
        self._pools: dict[tuple[str, str], list[str]] = defaultdict(list)
        for example in examples:
            for kind, found in _parts(example.question):
                self._pools[_article(example), kind].append(found[0])

    def swap(self, example: Example) -> Example | None:
        """Swap one part, of a kind chosen at random among those that the question has."""
        question, passage = example.question, example.passage
        known = f"{passage.title} {passage.before} {passage.text}".lower()
        ways: dict[str, list[str]] = {}
        for kind, found in _parts(question):
            if new := self._other(_article(example), kind, found[0], known):
                ways.setdefault(f"swapped {kind}", []).append(_put(question, found.span(), new))
        for found in re.finditer(r"\w+", question):
            opposite = _OPPOSITE.get(found[0].lower())
            if opposite and not re.search(rf"\b{opposite}\b", known):
                ways.setdefault("swapped opposite", []).append(_put(question, found.span(), opposite))
        for found in _TAKES_SIDE.finditer(question):
            side = "against" if found[1] == "for" else "for"
            ways.setdefault("swapped side", []).append(_put(question, found.span(1), side))
        if not ways:
            return None
        kind = self._rng.choice(sorted(ways))
        swapped = replace(example, question=self._rng.choice(ways[kind]), weight=min(example.weight, UNSURE))
        return _silent(swapped, passage, kind)

    def _other(self, article: str, kind: str, old: str, known: str) -> str | None:
        for _ in range(TRIED_PARTS):
            new = self._rng.choice(self._pools[article, kind])
            if (
                new.lower() not in known
                and new.lower() != old.lower()
                and abs(len(new.split()) - len(old.split())) <= 1
            ):
                return new
        return None


def _article(example: Example) -> str:
    return example.passage.title or example.source


def _put(question: str, at: Span, new: str) -> str:
    return question[: at[0]] + new + question[at[1] :]


def _parts(question: str) -> Iterator[tuple[str, re.Match[str]]]:
    for kind, pattern in (("name", _NAME), ("number", _NUMBER), ("asked", _ASKED)):
        for found in pattern.finditer(question):
            yield kind, found
