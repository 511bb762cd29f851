"""What the reader learns from: a question with a passage, and what is known of the answer; packed into one file.

A pack is xz-compressed JSON lines: first the passages, each once, then the examples, which name theirs by position. It
needs neither the data sets nor a sentence splitter, so that it can travel to a machine that has neither.
"""

import json
import lzma
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from qa.reading.reader_io import Passage

Span = tuple[int, int]
Verdict = Literal["yes", "no", "unsettled"]
VERDICTS: tuple[Verdict, ...] = ("yes", "no", "unsettled")


@dataclass(frozen=True)
class Example:
    """A question about a passage.

    `answers` are the spans that answer, best first: none where it is not answerable, or where only the fact that it is
    answered is known. `stating` are the positions of the sentences that state the answer, None where unknown. `golds`
    are all accepted answers as text, for measuring. `kind` says how a made example was made ("own": it was not).
    """

    question: str
    passage: Passage
    answerable: bool
    answers: tuple[Span, ...] = ()
    stating: tuple[int, ...] | None = None
    verdict: Verdict | None = None
    weight: float = 1.0
    source: str = ""
    kind: str = "own"
    golds: tuple[str, ...] = ()


def save(examples: Sequence[Example], file: Path) -> None:
    """Pack the examples; the file has its name only when it is whole."""
    passages = list(dict.fromkeys(example.passage for example in examples))
    positions = {passage: position for position, passage in enumerate(passages)}
    unfinished = file.with_suffix(".partial")
    with lzma.open(unfinished, "wt", encoding="utf-8", preset=6) as lines:
        lines.write(json.dumps({"passages": len(passages)}) + "\n")
        for row in (asdict(passage) for passage in passages):
            lines.write(_dump(row))
        for example in examples:
            row = {name: value for name, value in vars(example).items() if name != "passage"}
            lines.write(_dump(row | {"passage": positions[example.passage]}))
    unfinished.replace(file)


def load(file: Path) -> list[Example]:
    """Unpack the examples."""
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        count = json.loads(next(lines))["passages"]
        passages = [_passage(json.loads(next(lines))) for _ in range(count)]
        return [_example(json.loads(line), passages) for line in lines]


def stating_of(answers: Iterable[Span], sentences: Sequence[Span]) -> tuple[int, ...]:
    """Give the positions of the sentences in which an answer begins."""
    starts = [start for start, _ in answers]
    return tuple(i for i, (begin, end) in enumerate(sentences) if any(begin <= start < end for start in starts))


def crop(example: Example, first: int, last: int) -> Example:
    """Give the example with the sentences `first` to `last` only, the one before `first` as context.

    Not answerable where no sentence that is left states the answer; `stating` must be known.
    """
    passage = example.passage
    kept = passage.sentences[first : last + 1]
    begin, end = kept[0][0], kept[-1][1]
    before = passage.text[slice(*passage.sentences[first - 1])] if first else passage.before
    sentences = tuple((start - begin, stop - begin) for start, stop in kept)
    answers = tuple((start - begin, stop - begin) for start, stop in example.answers if begin <= start and stop <= end)
    stating = tuple(i - first for i in example.stating or () if first <= i <= last)
    return replace(
        example,
        passage=replace(passage, text=passage.text[begin:end], sentences=sentences, before=before),
        answerable=example.answerable and bool(stating),
        answers=answers,
        stating=stating,
    )


def sentence_pairs(example: Example, silent: int, rng: random.Random) -> Iterator[Example]:
    """Give the example sentence by sentence: one that states the answer, and the `silent` ones most like the question.

    Of a question without answer one more is given. Sentences that hold the words of the answer elsewhere are left out:
    they may state it too. Nothing comes of an example of which only the whole passage's label is known.
    """
    if example.stating is None:
        return
    words = set(example.question.lower().rstrip("?").split())
    texts = [example.passage.text[begin:end].lower() for begin, end in example.passage.sentences]
    golds = [example.passage.text[begin:end].lower() for begin, end in example.answers]
    others = [i for i in range(len(texts)) if i not in example.stating and not any(gold in texts[i] for gold in golds)]
    others.sort(key=lambda i: -len(words & set(texts[i].split())) + 0.5 * rng.random())
    stating = rng.sample(example.stating, min(1, len(example.stating))) if example.answerable else []
    for position in [*stating, *others[: silent + (not example.answerable)]]:
        yield crop(example, position, position)


def _dump(row: dict[str, Any]) -> str:
    return (
        json.dumps({name: value for name, value in row.items() if value not in ("", None)}, ensure_ascii=False) + "\n"
    )


def _passage(row: dict[str, Any]) -> Passage:
    return Passage(**row | {"sentences": _spans(row["sentences"])})


def _example(row: dict[str, Any], passages: Sequence[Passage]) -> Example:
    stating = tuple(row["stating"]) if "stating" in row else None
    known = {"passage": passages[row["passage"]], "answers": _spans(row["answers"]), "stating": stating}
    return Example(**row | known | {"golds": tuple(row["golds"])})


def _spans(rows: Iterable[Sequence[int]]) -> tuple[Span, ...]:
    return tuple((start, end) for start, end in rows)
