"""Measure broad questions on large folders: how long a folder count, an overview and a list take, and what memory.

    python -m evals.speed.broad [--articles 1000 10000] [--sets 4] [--kinds folder overview list] [--keep FOLDER]

The articles are those of `evals.broad.planted`. So many sets of facts, each of another seed, are spread over folders of
each size, so that a question has as many candidates in a large folder as in a small one. Each size is indexed once
(with `--keep` for later runs too) and asked in a process of its own, each question once, after one that is not counted.
Printed are the median of the candidates (the sentences that were weighed), median and p90 of the seconds, and of the
processor's seconds that this process and that of the language model spent, on all cores together, which another process
beside them disturbs less; and the memory that both held at most.

To make a large index in minutes only passages that hold a planted sentence are embedded by the model, the others have a
random vector. So what time depends on the folder's size is in the figures: scan, words, counts and catalog; passages on
other matter that are near a topic by chance are not.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import PrivateAttr

from evals.broad.planted.questions import Question, plant
from evals.speed.ask import peak_megabytes, show
from index.article_index import ArticleIndex
from index.models.embedding import Embedder, OnnxEmbedding
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.answer import Kind
from qa.ask import ask
from qa.llms.llama import Llama
from qa.llms.local import LocalLLM
from qa.llms.warming import warm
from qa.opening import llm_file
from qa.settings import load_settings

SEED = 29
KINDS = (Kind.FOLDER, Kind.OVERVIEW, Kind.LIST)
SUBJECTS = (
    "the job cuts",
    "the flood in the villages",
    "the bird flu on the farms",
    "the ban on fireworks",
    "the Sarn dam",
    "the strikes",
    "the closed bridges",
    "the stolen paintings",
)
MENTIONED = ("Karrel", "bird flu", "fireworks", "the Orrin Prize", "bridges", "beavers", "a lighthouse", "chess")

_SENTENCE_END = re.compile(r"(?<=[.\"]) |\n+")


class PlantedEmbedding(Embedder):
    """Gives what holds a planted sentence the real model's vector, as it does questions, and the rest a random one."""

    model_name: str = "all-MiniLM-L6-v2"  # for a planner that was trained with its vectors
    _real: OnnxEmbedding = PrivateAttr()
    _planted: Collection[str] = PrivateAttr()

    def __init__(self, planted: Collection[str]) -> None:
        folder = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir(), offline=True)
        real = OnnxEmbedding(folder, default_models_dir())
        super().__init__(fingerprint="planted-1", dimension=real.dimension)
        self._real, self._planted = real, planted

    def count_tokens(self, texts: list[str]) -> list[int]:
        """Count word pieces."""
        return self._real.count_tokens(texts)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._real.get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        if any(sentence in self._planted for sentence in _SENTENCE_END.split(text)):
            return self._real.get_text_embedding(text)
        vector = np.random.default_rng(zlib.crc32(text.encode())).standard_normal(self.dimension)
        return (vector / np.linalg.norm(vector)).tolist()  # type: ignore[no-any-return]


def main() -> None:
    """Index each size, and ask it in a process of its own."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--articles", type=int, nargs="+", default=[1_000, 10_000])
    arguments.add_argument("--sets", type=int, default=4)
    arguments.add_argument("--keep", type=Path, help="folder in which articles and indexes are kept for the next run")
    arguments.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    arguments.add_argument("--verbose", action="store_true", help="a line for each question")
    arguments.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.ask:
        (articles,) = given.articles
        ask_all(given.keep, articles, given.sets, [Kind(each) for each in given.kinds], given.verbose)
        return
    with _folder(given.keep) as folder:
        for articles in given.articles:
            command = [sys.executable, "-m", "evals.speed.broad", "--ask", "--sets", str(given.sets)]
            command += ["--articles", str(articles), "--keep", str(folder), *["--verbose"] * given.verbose]
            command += ["--kinds", *given.kinds]
            subprocess.run(command, check=True)


def ask_all(folder: Path, articles: int, sets: int, kinds: Sequence[Kind], verbose: bool) -> None:
    """Index a folder of so many articles, unless that was done before, and ask it all questions of each kind."""
    place = folder / f"{articles}-{sets}"
    planted, lists = write_sets(place / "articles", articles, sets)
    asked = {
        Kind.FOLDER: [f"How many articles mention {each}?" for each in MENTIONED],
        Kind.OVERVIEW: [f"What do the articles say about {each}?" for each in SUBJECTS],
        Kind.LIST: lists,
    }
    settings = load_settings()
    llm = LocalLLM(Llama(llm_file(settings), settings.models_dir / "states"))
    with closing(ArticleIndex(place / "articles", place / "index", PlantedEmbedding(planted))) as index:
        index.sync()
        warm(llm)
        found, passages = index.catalog.counts()[:2]
        print(f"{found:,} articles, {passages:,} passages, {sets} sets of facts", flush=True)
        for kind in kinds:
            measure(kind, asked[kind], index, llm, verbose)
    memory = peak_megabytes(os.getpid()), peak_megabytes(llm.pid)
    print(f"memory at most: {memory[0]:,.0f} MB, and {memory[1]:,.0f} MB of the language model", flush=True)


def measure(kind: Kind, questions: Sequence[str], index: ArticleIndex, llm: LocalLLM, verbose: bool) -> None:
    """Ask all questions, the first one without counting it; print their candidates and seconds."""
    ask(questions[0], index, llm, kind=kind)
    candidates, seconds, of_processor = list[int](), list[float](), list[float]()
    for question in questions[1:]:
        before = processor_seconds(llm.pid)
        answer = ask(question, index, llm, kind=kind)
        of_processor.append(processor_seconds(llm.pid) - before)
        seconds.append(answer.timings_ms["total"] / 1000)
        candidates.append(answer.coverage.read if answer.coverage else 0)
        if verbose:
            print(f"  {candidates[-1]:>6,} candidates {seconds[-1]:>7.2f} s {of_processor[-1]:>7.2f} s  {question}")
    show(f"{kind}, {median(candidates):,.0f} candidates", seconds, "s")
    show("  of the processor", of_processor, "s")


def processor_seconds(other: int) -> float:
    """Give the seconds that this process and another one have spent on the processor, all threads together."""
    fields = Path(f"/proc/{other}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # utime and stime, fields 14 and 15 of proc_pid_stat(5)
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def first_lists(questions: Sequence[Question]) -> list[str]:
    """Give the first list question on each relation."""
    lists = [each for each in questions if each.kind is Kind.LIST and not each.is_silent]
    return list({each.id.split("-")[0]: each.text for each in reversed(lists)}.values())[::-1]


def write_sets(folder: Path, articles: int, sets: int) -> tuple[set[str], list[str]]:
    """Write sets of facts over so many articles; give the sentences that are planted, and the list questions."""
    planted, questions = set[str](), list[Question]()
    for number in range(sets):
        made, questions = plant(articles // sets, SEED + number)
        place = folder / f"set-{number}"
        place.mkdir(parents=True, exist_ok=True)
        for name, text in made.texts.items():
            path = place / name
            if not path.exists():
                path.write_text(text, encoding="utf-8", newline="")
        for span in (span for spans in made.told.values() for span in spans):
            planted.add(made.texts[span.article_id][span.start : span.end])
    return planted, first_lists(questions)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        yield kept
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield Path(scratch)


if __name__ == "__main__":
    main()
