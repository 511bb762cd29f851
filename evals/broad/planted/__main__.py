"""Measure lists and counts on facts that are planted in invented articles, so that all of them are known.

    python -m evals.broad.planted [--articles 300] [--seed 29] [--kind told] [--keep FOLDER] [--verbose]
    python -m evals.broad.planted --set invented

13 relations have 8 to 12 facts each, told in 9 to 12 wordings, alone, after a sentence that gives the name, or several
in one sentence; beside them stand denials, plans, other years and places, and near names. The wordings and the 52
questions (44 on what is planted, 8 on what is not) were written by someone who had not seen how lists are made. Half
of them are `seen`, on which may be tuned, half are `held`, which are other relations. With `--set invented` ten
questions written by hand are asked of `evals/invented`. With `--kind told` each is asked with its kind.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory

import numpy as np
from llama_index.core.llms import LLM

from evals.broad.planted.judge import judge
from evals.broad.planted.questions import Item, Question, plant
from evals.broad.summhay import planned_kind
from evals.intervals import interval
from index.article_index import ArticleIndex
from qa.answer import Kind, Span
from qa.ask import ask
from qa.opening import open_both
from qa.settings import load_settings

HERE = Path(__file__).parent
INVENTED = HERE.parent.parent / "invented" / "articles"
TIME = "seconds"
ALL = "all"

Figures = dict[str, dict[str, list[float]]]


def main() -> None:
    """Make the articles, ask, and print the figures of each half."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=["planted", "invented"], default="planted")
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--seed", type=int, default=29)
    parser.add_argument("--kind", choices=["told", "planned"], default="planned")
    parser.add_argument("--keep", type=Path, help="folder in which articles and index are kept for the next run")
    parser.add_argument("--verbose", action="store_true")
    given = parser.parse_args()
    with kept_or_temporary(given.keep) as folder:
        if given.set == "invented":
            articles, questions = INVENTED, written_by_hand()
        else:
            articles = folder / "articles"
            questions = write_planted(articles, given.articles, given.seed)
        index, llm = open_both(load_settings(articles=articles, index=folder / "index"))
        with closing(index):
            index.sync()
            show(measure(questions, index, llm, given.kind == "told", given.verbose))


def write_planted(folder: Path, number: int, seed: int) -> list[Question]:
    """Write the articles below a folder, and give the questions on them."""
    articles, questions = plant(number, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in articles.texts.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="")
    for path in set(folder.iterdir()) - {folder / name for name in articles.texts}:
        path.unlink()
    return questions


def written_by_hand() -> list[Question]:
    """Give the questions on `evals/invented`, each quote as the span where it stands."""
    lines = (HERE / "on_invented.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        Question(
            each["id"],
            each["question"],
            Kind(each["kind"]),
            "by hand",
            tuple(Item(tuple(item["names"]), tuple(map(_span, item["quotes"]))) for item in each["items"]),
            each["number"],
        )
        for each in map(json.loads, lines)
    ]


def measure(questions: Sequence[Question], index: ArticleIndex, llm: LLM, is_told: bool, verbose: bool) -> Figures:
    """Ask each question and give the figures of each half, and of all."""
    figures: Figures = defaultdict(lambda: defaultdict(list))
    for question in questions:
        answer = ask(question.text, index, llm, kind=question.kind if is_told else None)
        found = {"planned": float(planned_kind(question.text, index) == question.kind)}
        found |= judge(question, answer) | {TIME: answer.timings_ms["total"] / 1000}
        for name, value in found.items():
            figures[question.split][name].append(value)
            figures[ALL][name].append(value)
        if verbose:
            shown = " ".join(f"{name} {value:.2f}" for name, value in found.items())
            print(f"{question.id:<18} {answer.kind:<5} {shown}  {question.text}", flush=True)
    return figures


def show(figures: Figures) -> None:
    """Print each figure with its 95 % interval and the number of questions that it rests on."""
    for half, by_name in figures.items():
        if half == ALL and len(figures) == 2:
            continue  # the same as the one half
        print(half)
        for name, values in by_name.items():
            if name == TIME:
                print(f"  {name:<11} median {median(values):.2f}, p90 {np.quantile(values, 0.9):.2f}")
                continue
            low, high = interval(values)
            shown = f"[{low:.2f}, {high:.2f}]" if low is not None else ""
            print(f"  {name:<11} {fmean(values):.3f} {shown:<13} n {len(values)}")


@contextmanager
def kept_or_temporary(kept: Path | None) -> Iterator[Path]:
    """Give a folder that stays, or else one that goes."""
    if kept:
        yield kept
        return
    with TemporaryDirectory() as scratch:
        yield Path(scratch)


def _span(quote: dict[str, str]) -> Span:
    text = (INVENTED / quote["article"]).read_bytes().decode()
    start = text.index(quote["quote"])
    return Span(quote["article"], start, start + len(quote["quote"]))


if __name__ == "__main__":
    main()
