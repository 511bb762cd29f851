"""Measure how long a question takes: cold and warm, asked again, and against the tutorial's pipeline.

    python -m evals.speed.ask
    python -m evals.speed.ask --articles news --cases my.jsonl --sample 30 --cold 5 --tutorial 4

Cold is `qa ask` in a fresh process on a terminal, its files in the system's cache: seconds until the evidence is shown,
until the answer is printed, and the same question once more in another process. Warm are the questions that one process
is asked after its first; memory is the most that it and the language model's process held meanwhile. The tutorial's
pipeline (`evals.speed.tutorial`) is then asked the first of these questions in the same process, with the same models.
"""

import argparse
import os
import pty
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from evals.ask_cases import SEEDS
from evals.cases import draw
from evals.question_sets import bring_set, find_format, load_set
from evals.speed.tutorial import MAX_REPLY_TOKENS, open_tutorial
from index.article_index import ArticleIndex
from qa.answer import Answer
from qa.ask import ask
from qa.llms.local import LocalLLM
from qa.llms.warming import warm
from qa.opening import open_both, open_index
from qa.settings import Settings, load_settings

EVIDENCE_MARK = "…".encode()


def main() -> None:
    """Measure and print the figures."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--articles", type=Path, help="folder of articles; the seed article without")
    arguments.add_argument("--cases", type=Path, default=SEEDS, help="any file that `qa eval` reads")
    arguments.add_argument("--sample", type=int, default=20, help="warm questions")
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--cold", type=int, default=3, help="questions asked in fresh processes")
    arguments.add_argument("--tutorial", type=int, default=4, help="questions asked of the tutorial's pipeline")
    arguments.add_argument("--llm")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        settings = load_settings(articles=given.articles, llm=given.llm, index=Path(scratch, "index"))
        settings, questions = prepare(given.cases, given.sample + 1, given.seed, settings, Path(scratch))
        measure_cold(questions[: given.cold], settings)
        measure_warm(questions, given.tutorial, settings, Path(scratch))


def prepare(cases: Path, number: int, seed: int, settings: Settings, scratch: Path) -> tuple[Settings, list[str]]:
    """Index the articles and draw the questions; a set that brings its own articles is asked of those."""
    form = find_format(cases)
    drawn = []
    if form.brings_articles:
        drawn = bring_set(cases, form, scratch / "articles", choose=lambda found: draw(found, number, seed))
        settings = settings.model_copy(update={"articles": scratch / "articles"})
    with closing(open_index(settings)) as index:
        index.sync()
        index.sync_store()
        drawn = drawn or draw(load_set(cases, form, index.catalog.text_of), number, seed)
    return settings, list(dict.fromkeys(case.question for case in drawn))


def measure_cold(questions: Sequence[str], settings: Settings) -> None:
    """Ask each question in a fresh process, and then once more in another."""
    if not questions:
        return
    run_command(questions[0], settings, "--no-cache")  # what the first process alone pays: files, saved prompt state
    first = [run_command(question, settings) for question in questions]
    again = [run_command(question, settings) for question in questions]
    show("cold process, first evidence", [evidence for evidence, _ in first if evidence is not None], "s")
    show("cold process, answer printed", [printed for _, printed in first], "s")
    show("asked again, fresh process", [printed for _, printed in again], "s")


def run_command(question: str, settings: Settings, *flags: str) -> tuple[float | None, float]:
    """Run `qa ask` with a terminal for messages; give the seconds to the evidence, if it is shown, and to its end."""
    terminal, its_end = pty.openpty()
    command = [sys.executable, "-m", "qa", "ask", question, *flags]
    environment = os.environ | {"QA_ARTICLES": str(settings.articles), "QA_INDEX": str(settings.index)}
    environment |= {"QA_LLM": settings.llm, "TERM": "xterm", "COLUMNS": "120"}
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=its_end, env=environment) as process:
        os.close(its_end)
        evidence = None
        for chunk in iter(lambda: _read(terminal), b""):
            if evidence is None and EVIDENCE_MARK in chunk:
                evidence = time.perf_counter() - began
        assert process.stdout
        printed = process.stdout.read()
        seconds = time.perf_counter() - began
    os.close(terminal)
    if process.returncode not in (0, 1) or not printed:
        raise SystemExit(f"`qa ask` ended with {process.returncode}")
    return evidence, seconds


def measure_warm(questions: Sequence[str], tutorial: int, settings: Settings, scratch: Path) -> None:
    """Ask one process all questions, the first one not counted, and then the tutorial's pipeline."""
    index, llm = open_both(settings)
    with closing(index):
        warm(llm)
        answers = [ask_synced(question, index, llm) for question in questions][1:]
        for step in ("sync", "retrieve", "evidence", "generate"):
            show(f"warm, {step}", [answer.timings_ms[step] / 1000 for answer in answers], "s")
        before = ("sync", "retrieve", "evidence")
        show("warm, first evidence", [sum(each.timings_ms[step] for step in before) / 1000 for each in answers], "s")
        seconds = [(each.timings_ms["sync"] + each.timings_ms["total"]) / 1000 for each in answers]
        show("warm, answer", seconds, "s")
        show("prompt tokens read", [each.prompt_tokens for each in answers if each.prompt_tokens is not None], "tokens")
        assert isinstance(llm, LocalLLM)
        print(f"memory while answering, at most: {peak_megabytes(os.getpid()) + peak_megabytes(llm.pid):,.0f} MB")
        if tutorial:
            spent = ask_tutorial(questions[1 : tutorial + 1], index, llm, scratch)
            show("the tutorial's pipeline", spent, "s")
            ratio = statistics.median(spent) / statistics.median(seconds[: len(spent)])
            print(f"ratio of the medians over these {len(spent)}: {ratio:.1f}")


def ask_synced(question: str, index: ArticleIndex, llm: Any) -> Answer:
    """Sync and ask; the answer's timings hold both."""
    began = time.perf_counter()
    index.sync()
    synced_ms = round((time.perf_counter() - began) * 1000)
    answer = ask(question, index, llm)
    answer.timings_ms["sync"] = synced_ms
    return answer


def ask_tutorial(questions: Sequence[str], index: ArticleIndex, llm: LocalLLM, scratch: Path) -> list[float]:
    """Ask the tutorial's pipeline of the same articles and give the seconds of each question."""
    texts = {key: index.catalog.text_of(key) or "" for key in index.catalog.hashes()}
    wordy = llm.model_copy(update={"max_tokens": MAX_REPLY_TOKENS})
    engine = open_tutorial(texts, index.embedder, wordy, scratch / "tutorial")
    seconds = []
    for question in questions:
        began = time.perf_counter()
        engine.query(question)
        seconds.append(time.perf_counter() - began)
    return seconds


def show(what: str, measured: Sequence[float], unit: str) -> None:
    """Print median and 90th percentile."""
    if measured:
        ordered = sorted(measured)
        p90 = ordered[round(0.9 * (len(ordered) - 1))]
        print(
            f"{what:<30} median {statistics.median(ordered):>8.2f}  p90 {p90:>8.2f} {unit}  n {len(ordered)}",
            flush=True,
        )


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # its other end is closed
        return b""


def peak_megabytes(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000


if __name__ == "__main__":
    main()
