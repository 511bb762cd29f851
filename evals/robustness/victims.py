"""What a crash is done to: a sync that can be killed at any moment, and the looks at what it leaves behind.

`ForkedSync` runs the index's own functions in forks of this process, with an embedder that costs nothing, and tells the
phases of its work. `Command` runs `qa index` and `qa ask` as a person does, with the real models.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import chromadb  # noqa: F401  # imported once, before the forks

from evals.robustness.expected import examine, is_mixed, retrieve
from evals.robustness.folders import FactReader, Folder, mayor_of, question_of
from evals.robustness.processes import Process, Timeline, run
from evals.robustness.states import UNFINISHED, catalog_state, chroma_state
from evals.robustness.stores import Store
from index.article_index import ArticleIndex
from index.catalog.sqlite.place import FolderPlace
from index.catalog.writer import Catalog
from qa.as_json import answer_as_dict
from qa.ask import ask
from qa.opening import open_index
from qa.settings import load_settings
from qa.testing import HashingEmbedding

QUESTIONS = 6
ABSTAINED = 1
CATALOG_PHASES = ("open", "compare, read", "embed", "catalog: write", "catalog: commit")
SERVER_PHASES = ("chroma: server",)
FOLDER_PHASES = (
    "chroma: copy, write",
    "chroma: seal",
    "chroma: audit",
    "chroma: stamp",
    "chroma: sweep",
)


@dataclass(frozen=True)
class Left:
    """The state that a kill left, in words, and what is wrong with it."""

    catalog: str
    chroma: str
    faults: list[str]


class ForkedSync:
    """Syncs of `folder` into the index of a store in forks of this process."""

    def __init__(self, folder: Folder, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._is_folder = isinstance(store.place, FolderPlace)
        chroma = FOLDER_PHASES if self._is_folder else SERVER_PHASES if store.chroma else ()
        self.phases = (*CATALOG_PHASES, *chroma, "close")
        self.timeline = Timeline(self.phases)

    def measure(self) -> dict[str, float]:
        """Sync undisturbed and give the seconds of each phase."""
        outcome = run(self._sync)
        assert not outcome.fault, outcome.fault
        entries = [*self.timeline.entries(), ("end", outcome.value)]
        chroma = self._store.place.folder / "chroma"
        assert not self._is_folder or len(list(chroma.iterdir())) == 2, (
            "something was left in the Chroma folder for good"
        )
        seconds = dict.fromkeys(self.phases, 0.0)
        for (name, began), (_, ended) in pairwise(entries):
            seconds[name] += ended - began
        return seconds

    def start(self) -> Process:
        """Begin a sync."""
        self.timeline.clear()
        return Process(self._sync)

    def look(self, old: Folder) -> Left:
        """Retrieve without a sync, both ways, and examine the whole index; `old` is what the last whole sync saw."""
        outcome = run(lambda: self._look(old))
        return Left("unreadable", "unreadable", [outcome.fault]) if outcome.fault else outcome.value

    def ask(self, path: str) -> list[str]:
        """Ask for an article's fact as a command does, and say what is wrong with the answer or the index after it."""
        outcome = run(lambda: self._ask(self._folder.contents[path][0]))
        if outcome.fault:
            return [outcome.fault]
        after = run(self._examine_synced)
        wrong = check_answer(json.loads(outcome.value), path, self._folder)
        return wrong + ([after.fault] if after.fault else after.value)

    def _sync(self) -> float:
        """Sync as `qa index` does, telling the phases, and give the time of the end."""
        self.timeline.clear()
        self.timeline.enter("open")
        embedder = _TellingEmbedding(self.timeline)
        with closing(self._store.open_to_write(self._folder.path, embedder)) as index:
            _tell_writing(index.catalog, self.timeline)
            self.timeline.enter("compare, read")
            index.sync()
            if self._is_folder:
                sys.addaudithook(self._tell_event)
                self.timeline.enter(FOLDER_PHASES[0])
            elif self._store.chroma:
                self.timeline.enter(*SERVER_PHASES)
            index.sync_store()
            self.timeline.enter("close")
        return time.monotonic()

    def _look(self, old: Folder) -> Left:
        with closing(self._open()) as index:
            wrong = examine(index.catalog, old, self._folder)
            exact = retrieve_both(index, old, self._folder, wrong)
            state = catalog_state(index.catalog, old, self._folder)
        with closing(self._open(searched=True)) as index:
            left = Left(state, chroma_state(index), wrong)
            if self._store.has_chroma and retrieve_both(index, old, self._folder, wrong) != exact:
                wrong.append("Chroma finds other passages than the exact scan")
        return left

    def _ask(self, number: int) -> str:
        with closing(self._store.open_to_write(self._folder.path, HashingEmbedding())) as index:
            index.sync()
            printed = json.dumps(answer_as_dict(ask(question_of(number), index, FactReader())))
            index.sync_store()
        return printed

    def _examine_synced(self) -> list[str]:
        """Examine the index after an ask: it must hold the folder as it is."""
        with closing(self._open(searched=True)) as index:
            wrong = examine(index.catalog, self._folder, self._folder)
            states = catalog_state(index.catalog, self._folder, self._folder), chroma_state(index)
        wanted = ("old", "none", "in step", f"in step{UNFINISHED}")  # what a kill left there goes with the next change
        return wrong + [f"after the ask: {state}" for state in states if state not in wanted]

    def _open(self, searched: bool = False) -> ArticleIndex:
        return self._store.open(self._folder.path, HashingEmbedding(), searched)

    def _tell_event(self, event: str, values: tuple[Any, ...]) -> None:
        """Tell where the writing of Chroma is, by what Python reports of files and processes."""
        if event == "subprocess.Popen":
            self.timeline.enter("chroma: audit")
        elif event == "shutil.rmtree":
            self.timeline.enter("chroma: sweep")
        elif event == "open" and str(values[0]).endswith("current.json.partial"):
            self.timeline.enter("chroma: stamp")
        elif event == "open" and values[1] == "r+":
            self.timeline.enter("chroma: seal")


class Command:
    """`qa index` on `folder`, and `qa ask`, each in an interpreter of its own, with the real models."""

    phases = ("all",)
    timeline = Timeline(("all",))

    def __init__(self, folder: Folder, store: Store, llm: str) -> None:
        self._folder = folder
        place = ["--index", str(store.place if "://" in str(store.place) else store.place.folder)]
        if store.chroma:
            os.environ["QA_CHROMA"] = store.chroma.url
        self._index = [sys.executable, "-m", "qa", "index", str(folder.path), *place]
        self._ask = [sys.executable, "-m", "qa", "ask", "--json", "--llm", llm, "--articles", str(folder.path), *place]
        self._settings = load_settings(articles=folder.path, index=place[1])

    def measure(self) -> dict[str, float]:
        """Index undisturbed and give the seconds."""
        began = time.perf_counter()
        subprocess.run(self._index, check=True, capture_output=True)
        return {"all": time.perf_counter() - began}

    def start(self) -> Process:
        """Begin `qa index`."""
        return Process(command=self._index)

    def look(self, old: Folder) -> Left:
        """Retrieve without a sync and examine the index, all but what depends on the embedder."""
        outcome = run(lambda: self._look(old))
        return Left("unreadable", "unreadable", [outcome.fault]) if outcome.fault else outcome.value

    def ask(self, path: str) -> list[str]:
        """Run `qa ask --json` for an article's fact and say what is wrong with what it prints."""
        question = question_of(self._folder.contents[path][0])
        done = subprocess.run([*self._ask, question], capture_output=True, text=True)
        if done.returncode not in (0, ABSTAINED) or "Traceback" in done.stderr:
            return [f"qa ask ended with {done.returncode}: {done.stderr[-500:]}"]
        return check_answer(json.loads(done.stdout), path, self._folder, reads_well=False)

    def _look(self, old: Folder) -> Left:
        index = open_index(self._settings)
        wrong = examine(index.catalog, old, self._folder, hashing=False)
        retrieve_both(index, old, self._folder, wrong)
        left = Left(catalog_state(index.catalog, old, self._folder), chroma_state(index), wrong)
        index.close()
        return left


def _tell_writing(catalog: Catalog, timeline: Timeline) -> None:
    """Tell when a catalog's transactions begin, and when they are about to end."""
    writing = catalog.writing

    @contextmanager
    def told() -> Iterator[None]:
        timeline.enter("catalog: write")
        with writing():
            yield
            timeline.enter("catalog: commit")

    catalog.writing = told  # type: ignore[method-assign]


class _TellingEmbedding(HashingEmbedding):
    """Tell when a sync reads and when it embeds."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline

    def count_tokens(self, texts: list[str]) -> list[int]:
        self._timeline.enter("compare, read")
        return super().count_tokens(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        self._timeline.enter("embed")
        return super()._get_text_embedding(text)


def check_answer(answer: dict[str, Any], path: str, folder: Folder, reads_well: bool = True) -> list[str]:
    """Say what is wrong with an answer, as `qa ask --json` prints it, to the question for an article's fact.

    The fact must be among the evidence, and what is cited must be what the files say. That the answer is the fact is
    asked only of a model that `reads_well`: a small one takes the sentence of another town now and then.
    """
    wanted = mayor_of(folder.contents[path])
    wrong = []
    if not any(wanted in _text_at(each, folder) for each in answer["evidence"]):
        wrong.append(f"the evidence of {path} does not hold {wanted}")
    if reads_well and answer["short_answer"] != wanted:
        wrong.append(f"of {path} the answer is {answer['short_answer']} ({answer['reason']}), not {wanted}")
    misquoted = [each for each in answer["citations"] if each["quote"] != _text_at(each, folder)]
    return wrong + [f"the citation {each} is not what the file says there" for each in misquoted]


def _text_at(span: dict[str, Any], folder: Folder) -> str:
    return (folder.path / str(span["article"])).read_text(encoding="utf-8")[span["start"] : span["end"]]


def retrieve_both(index: ArticleIndex, old: Folder, new: Folder, wrong: list[str]) -> list[tuple[str, int]]:
    """Ask for towns of both states, note what does not stand where it should, and give what is found."""
    found = []
    numbers = sorted({number for folder in (old, new) for number, _ in folder.contents.values()})
    for number in numbers[:: max(1, len(numbers) // QUESTIONS)]:
        with index.catalog.reading():
            for passage in retrieve(index, number):
                found.append((passage.path, passage.start))
                if is_mixed(passage, index.catalog):
                    wrong.append(f"a passage of {passage.path} is not what its article says")
    return found
