"""Fit how surely the reader is right without a language model, on sets of cases, and test it.

    QA_ARTICLES=FOLDER python -m evals.training.alone SET[=SAMPLE] ... --sure 0.8 --silent -4 --write

Each case gives the reader's phrase, with its signals (`qa.reading.decision.readers_signals`) and whether it is right,
where it passes the checks; questions for yes or no are none of them. From the confidence `sure` on the phrase is the
answer at once, below the logit `silent` there is none; the tables show what each bound would do, each case by a fit on
other articles.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from evals.ablation import request_of
from evals.ask_cases import OpenSet, open_set
from evals.cases import Case
from evals.squad_metrics import f1
from evals.training.confidence import ANSWERABLE_WEIGHT, FILE, Example, fit, share
from qa.events import nobody
from qa.question.script import is_english
from qa.reading.decision import readers_phrase, readers_signals, verify
from qa.reading.evidence import choose_evidence
from qa.reading.grounding import Grounded
from qa.reading.yes_or_no import is_closed
from qa.settings import load_settings

RIGHT_F1 = 0.5
SURE = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
SILENT = (-1.0, -2.0, -2.5, -3.0, -3.5, -4.0, -5.0)


def main() -> None:
    """Read, fit, print tables, and write the coefficients if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--sure", type=float, default=0.8, help="the confidence from which the reader answers alone")
    parser.add_argument("--silent", type=float, default=-4.0, help="the logit below which the reader refuses alone")
    parser.add_argument("--articles", type=Path, help="of a file of cases that does not bring its own")
    parser.add_argument("--write", action="store_true", help="write qa/reading/confidence.json")
    given = parser.parse_args()
    read: list[Example] = []
    for name in given.sets:
        request = request_of(name, retrieval_only=True)
        opened = open_set(request, load_settings(offline=True, articles=given.articles), nobody)
        with closing(opened.index):
            read += read_alone(opened)
    weighed = [each for each in read for _ in range(ANSWERABLE_WEIGHT if each.answerable else 1)]
    found, guessed = fit("alone", weighed)
    for least in SURE:
        kept = [each for confidence, each in guessed if confidence >= least]
        print(f"    answers from {least:.2f}: {_worth(kept, len(guessed))}")
    for most in SILENT:
        kept = [each for _, each in guessed if each.signals["stated"] < most]
        print(f"    refuses below {most:.1f}: {_worth(kept, len(guessed))}")
    if given.write:
        fits = json.loads(FILE.read_text(encoding="utf-8"))
        fits["alone"] = found | {
            "least": given.sure,
            "silent": given.silent,
            "sets": [Path(n).name for n in given.sets],
        }
        FILE.write_text(json.dumps(fits, indent=1) + "\n", encoding="utf-8")


def read_alone(opened: OpenSet) -> Iterator[Example]:
    """Give what the reader alone makes of each case."""
    index = opened.index
    for case in opened.cases:
        if is_closed(case.question) or not is_english(case.question):
            continue
        evidence = choose_evidence(case.question, index.retriever().retrieve(case.question), index)
        if not evidence:
            continue
        grounded = readers_phrase(case.question, evidence)
        if isinstance(verify(case.question, grounded, index), Grounded):
            right = case.answerable and f1(grounded.phrase, case.answers) >= RIGHT_F1
            yield Example(_article(case), case.answerable, right, readers_signals(evidence))


def _article(case: Case) -> str:
    return case.evidence[0].article_id if case.evidence else (case.tags or (case.id,))[0]


def _worth(kept: Sequence[Example], count: int) -> str:
    answerable = [each for each in kept if each.answerable]
    right, of_answerable = (share(each.right for each in some) for some in (kept, answerable))
    return (
        f"{len(kept) / count:.2f} of the questions, {len(answerable) / max(1, len(kept)):.2f} of them answerable; "
        f"right {right:.3f}, of the answerable ones {of_answerable:.3f}"
    )


if __name__ == "__main__":
    main()
