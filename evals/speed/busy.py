"""Measure what a busy process beside it costs a question: the language model, the reader, the embedder.

    python -m evals.speed.busy
    python -m evals.speed.busy --runs 5 --environment GOMP_SPINCOUNT=300000 --environment GOMP_SPINCOUNT=3000

Each is timed alone, beside a loop that never rests in the same session of the system (a terminal is one), and beside
one in another session, to which Linux gives as much of a core as to a whole session of threads. The language model
reads a prompt of some 200 tokens and writes 10, as it is and with each `--environment`; GOMP_SPINCOUNT=300000 is how
libgomp waits where nothing is set. Printed are medians, the longest, and the ratio to the median alone, as it is.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from qa.llms.llama import Llama
from qa.opening import llm_file, open_embedder
from qa.reading.reader import Context, load_reader
from qa.settings import Settings, load_settings

AS_IT_IS = "as it is"
NEIGHBOURS = ("alone", "loop, same session", "loop, other session")
LOOP = (sys.executable, "-c", "while True: pass")
SENTENCE = (
    "The council of the harbour town voted on Tuesday to close the old bridge for repairs that will last until the "
    "spring of next year, said its engineer, who had measured span {number}."
)
PROMPT_SENTENCES = 5
WRITTEN_TOKENS = 10
SENTENCES_READ = 60
EMBEDDED_PASSAGES = 60

Timed = Callable[[int], dict[str, float]]


def main() -> None:
    """Measure and print a line for each part, way and neighbour."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--environment", action="append", default=[], metavar="NAME=VALUE")
    arguments.add_argument("--llm")
    given = arguments.parse_args()
    settings = load_settings(llm=given.llm, offline=True)
    alone: dict[str, float] = {}
    for changed in ["", *given.environment]:
        with opened_llm(changed, settings) as llama:
            measure(changed or AS_IT_IS, partial(ask, llama), given.runs, alone)
    measure(AS_IT_IS, small_models(settings), given.runs, alone)


def measure(way: str, timed: Timed, runs: int, alone: dict[str, float]) -> None:
    """Print the medians of the parts that `timed` times; `alone` keeps the first ones without a neighbour."""
    timed(0)  # reads files, and is not counted
    for neighbour in NEIGHBOURS:
        with beside(neighbour):
            measured = [timed(run) for run in range(1, runs + 1)]
        for part in measured[0]:
            seconds = [each[part] for each in measured]
            median = statistics.median(seconds)
            ratio = median / alone.setdefault(part, median)
            print(
                f"{part:<22} {way:<24} {neighbour:<20} median {median:>6.2f} s  longest {max(seconds):>6.2f} s"
                f"  ratio {ratio:>5.2f}",
                flush=True,
            )


def ask(llama: Llama, run: int) -> dict[str, float]:
    """Time a prompt that no other run has read, and what is written after it, as llama.cpp counts."""
    prompt = " ".join(SENTENCE.format(number=f"{run}{number}") for number in range(PROMPT_SENTENCES))
    body = {"prompt": f"{run} {prompt}", "n_predict": WRITTEN_TOKENS, "temperature": 0}
    timings = llama.post("/completion", body | {"ignore_eos": True, "cache_prompt": False})["timings"]
    read, written = timings["prompt_ms"] / 1000, timings["predicted_ms"] / 1000
    return {f"{timings['prompt_n']} tokens read": read, f"{WRITTEN_TOKENS} tokens written": written}


def small_models(settings: Settings) -> Timed:
    """Give what times the reader and the embedder."""
    reader, embedder = load_reader(), open_embedder(settings)
    sentences = [Context(SENTENCE.format(number=number), title="Bridge") for number in range(SENTENCES_READ)]
    passages = [" ".join([SENTENCE.format(number=number)] * PROMPT_SENTENCES) for number in range(EMBEDDED_PASSAGES)]

    def timed(_: int) -> dict[str, float]:
        began = time.perf_counter()
        reader.read("Who closed the bridge?", sentences)
        read = time.perf_counter()
        embedder.get_text_embedding_batch(passages)
        embedded = time.perf_counter()
        return {f"{len(sentences)} read": read - began, f"{len(passages)} embedded": embedded - read}

    return timed


@contextmanager
def opened_llm(changed: str, settings: Settings) -> Iterator[Llama]:
    """Open the language model in a process whose environment has the variable of `changed`, as NAME=VALUE."""
    name, _, value = changed.partition("=")
    if name:
        os.environ[name] = value
    with tempfile.TemporaryDirectory() as states:
        llama = Llama(llm_file(settings), Path(states))
        os.environ.pop(name, None)
        try:
            yield llama
        finally:
            llama.close()


@contextmanager
def beside(neighbour: str) -> Iterator[None]:
    """Have a loop run meanwhile, unless it is `alone`."""
    if neighbour == "alone":
        yield
        return
    with subprocess.Popen(LOOP, start_new_session="other" in neighbour) as process:
        with suppress(OSError):  # where this session was given a weight, the loop's gets the same
            weight = Path("/proc/self/autogroup").read_text().split()[-1]
            Path(f"/proc/{process.pid}/autogroup").write_text(weight)
        try:
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    main()
