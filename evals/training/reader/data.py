"""Gather what the reader is trained and measured on, and pack it (see `examples`): two to five minutes.

    python -m evals.training.reader.data TRAIN_DATA_FOLDER SQUAD2_HALF_DEV.json --out FOLDER

Writes `train.xz`; `held.xz`, of articles held apart (every fifth of SQuAD 2.0's other dev half, every eighth news
document of QAMR, BoolQ's dev questions), on which thresholds are fitted; and `measured.xz`, the bench file's questions,
each on its own paragraph, which nothing is ever trained on. The folder's README names each set's source and licence.
"""

import argparse
import gzip
import json
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from evals.training.reader.examples import Example, Span, save, stating_of
from evals.training.reader.negatives import mine, pair_unsettled, vary
from index.sentences import split
from qa.reading.reader_io import Passage

SEED = 1
NEIGHBOURS = 3  # sentences of a document before and after the one that a QAMR question was asked about
QAMR_PER_SOURCE = {"wikinews": 9000, "wikipedia": 3000}
SHIFTS_PER_FILE = {"new_wiki": 8000, "amazon_reviews": 3000, "reddit": 4000}
UNSURE = 0.5  # weight of labels that were derived, not written
Row = dict[str, Any]


def main() -> None:
    """Write the three packs and print what is in them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("measured", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    train, held = list[Example](), list[Example]()
    for read in (read_squad2, read_others, read_nq_and_stories, read_timeqa, read_qamr, read_selqa, read_boolq):
        for example, is_held in read(given.folder):
            (held if is_held else train).append(example)
    for file in SHIFTS_PER_FILE:
        train += read_shifts(given.folder, file)
    rng = random.Random(SEED)
    made = [*vary(train, rng), *pair_unsettled(train, rng)]
    impossible = sum(not example.answerable for example in [*train, *made])
    train += [*made, *mine(train, impossible // 2, rng)]  # half of the others: a third of all
    rng.shuffle(train)
    for name, examples in (("train", train), ("held", held), ("measured", list(read_squad_json(given.measured)))):
        save(examples, given.out / f"{name}.xz")
        counts = Counter((each.source, each.kind, each.answerable) for each in examples)
        print(f"{name}: {len(examples)}", *(f"  {counts[key]:6} {key}" for key in sorted(counts)), sep="\n")


def read_squad2(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read SQuAD 2.0: train questions, and the other dev half without the passages that xquad-en shares."""
    for row in _rows(folder, "squad2-train-part"):
        yield _example(row, "squad2-train", 0.8 if row.get("placed") == "answer+words" else 1.0), False
    rows = [row for row in _rows(folder, "squad2-dev-other-half") if not row["in_xquad"]]
    held = set(sorted({row["title"] for row in rows})[3::5])
    for row in rows:
        yield _example(row, "squad2-dev"), row["title"] in held


def read_others(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read SQuAD 1.1's and AdversarialQA's answerable questions."""
    for name in ("squad1-dev-13articles", "adversarialqa-part"):
        for row in _rows(folder, name):
            if not row.get("in_xquad"):
                yield _example(row, name), False


def read_nq_and_stories(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read natural search questions, and why and how in stories."""
    for name, weight in (("nq-open-oracle", 1.0), ("fairytaleqa-spans", 0.5)):
        for row in _rows(folder, name):
            yield _example(row, name, weight), False


def read_timeqa(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read questions with dates; another paragraph of an article that answers was never checked to be silent."""
    for row in _rows(folder, "timeqa-human"):
        yield _example(row, "timeqa", UNSURE if row["kind"].startswith("another") else 1.0), False


def read_qamr(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read questions on single sentences, with their neighbours in the document as the passage."""
    rows = list(_rows(folder, "qamr-sentences"))
    documents = defaultdict[str, dict[tuple[int, ...], str]](dict)
    for row in rows:
        documents[row["doc"]][_place(row)] = row["context"]
    held = set(sorted({row["doc"] for row in rows if row["source"] == "wikinews"})[::8])
    random.Random(SEED).shuffle(rows)
    for source, count in QAMR_PER_SOURCE.items():
        for row in islice((each for each in rows if each["source"] == source), count):
            yield _with_neighbours(row, documents[row["doc"]]), row["doc"] in held


def read_selqa(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read which sentences of a section answer; their words are not marked."""
    for row in _rows(folder, "selqa-sentences"):
        text, sentences = _join(row["sentences"])
        stating = tuple(row["gold"])
        passage = Passage(text, sentences, row["title"])
        yield Example(row["question"], passage, bool(stating), stating=stating, source="selqa"), False


def read_boolq(folder: Path) -> Iterator[tuple[Example, bool]]:
    """Read yes/no questions; which sentence settles them is not marked."""
    for row in _rows(folder, "boolq"):
        passage = _passage(row["passage"], row["title"])
        yield (
            Example(row["question"] + "?", passage, True, verdict=row["answer"], source="boolq"),
            row["split"] == "dev",
        )


def read_shifts(folder: Path, name: str) -> list[Example]:
    """Read a share of a SQuADShifts file; only Wikipedia's titles say anything."""
    found = list(read_squad_json(folder / f"squadshifts-{name}.json", name, titled=name == "new_wiki"))
    return random.Random(SEED).sample(found, min(len(found), SHIFTS_PER_FILE[name]))


def read_squad_json(file: Path, source: str = "squad2-half-dev", titled: bool = True) -> Iterator[Example]:
    """Read a file in SQuAD's own format."""
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        title = article["title"].replace("_", " ") if titled else ""
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                answers = [{"text": each["text"], "start": each["answer_start"]} for each in asked["answers"]]
                row = {"question": asked["question"], "context": paragraph["context"], "answers": answers}
                yield _example(row | {"title": title, "impossible": not answers}, source)


def _rows(folder: Path, name: str) -> Iterator[Row]:
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _example(row: Row, source: str, weight: float = 1.0) -> Example:
    passage = _passage(row["context"], (row.get("title") or "").replace("_", " "))
    golds = tuple(each["text"] for each in row["answers"])
    spans = sorted(((each["start"], each["start"] + len(each["text"])) for each in row["answers"]), key=_length)
    stating = stating_of(spans, passage.sentences)
    return Example(
        row["question"].strip(),
        passage,
        not row["impossible"],
        tuple(dict.fromkeys(spans)),
        stating,
        None,
        weight,
        source,
        "own",
        golds,
    )


def _length(span: Span) -> int:
    return span[1] - span[0]


@lru_cache(None)
def _passage(text: str, title: str) -> Passage:
    return Passage(text, tuple(split(text)) or ((0, len(text)),), title)


def _place(row: Row) -> tuple[int, ...]:
    """Read paragraph and sentence off an id such as `qamr-wikinews:1524901:1:2-181-0-21_23`."""
    return tuple(int(number) for number in row["id"].split("-")[1].split(":")[2:])


def _with_neighbours(row: Row, document: dict[tuple[int, ...], str]) -> Example:
    places = sorted(document)
    at = places.index(_place(row))
    near = [document[place] for place in places[max(0, at - NEIGHBOURS) : at + NEIGHBOURS + 1]]
    text, sentences = _join(near)
    own = min(at, NEIGHBOURS)
    shift = sentences[own][0]
    row = row | {"context": text, "answers": [each | {"start": each["start"] + shift} for each in row["answers"]]}
    made = _example(row, f"qamr-{row['source']}", UNSURE)
    return replace(made, passage=Passage(text, sentences), stating=(own,))


def _join(texts: list[str]) -> tuple[str, tuple[Span, ...]]:
    sentences, at = list[Span](), 0
    for text in texts:
        sentences.append((at, at + len(text)))
        at += len(text) + 1
    return " ".join(texts), tuple(sentences)


if __name__ == "__main__":
    main()
