"""The ONNX graph of a sentence-transformers model, made once for its weights by a process of its own."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import UsageError
from index.models.sources import Progress

MODEL_FILES = ("model.safetensors", "tokenizer.json", "sentence_bert_config.json")
TELL_EVERY_S = 1


def fingerprint_of(folder: Path) -> str:
    """Name the model in a folder and its weights.

    Raises:
        UsageError: it is no sentence-transformers model with safetensors.
    """
    for name in MODEL_FILES:
        if not (folder / name).is_file():
            raise UsageError(f"{folder} is no sentence-transformers model with safetensors: {name} is missing")
    with (folder / "model.safetensors").open("rb") as file:
        return f"{folder.name}:{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"


def exported(folder: Path, cache: Path, report: Progress | None = None) -> tuple[Path, str]:
    """Give the ONNX graph of the model in `folder` and its fingerprint, made anew when the weights are other ones.

    `report(label, 0, 0)` hears now and then that it goes on; how far it is nobody knows.

    Raises:
        UsageError: it is no model, or cannot be exported.
    """
    with exporting(folder, cache, report) as made:
        pass
    return made


@contextmanager
def exporting(folder: Path, cache: Path, report: Progress | None = None) -> Iterator[tuple[Path, str]]:
    """Do as `exported` does while the caller does something else; the graph is there when that has ended."""
    fingerprint = fingerprint_of(folder)
    graph = cache / "onnx" / f"{fingerprint.rpartition(':')[2]}.onnx"
    if graph.is_file():
        yield graph, fingerprint
        return
    graph.parent.mkdir(parents=True, exist_ok=True)
    draft = graph.with_suffix(f".{os.getpid()}.partial")
    command = [sys.executable, "-m", "index.models.onnx_export", str(folder), str(draft)]
    try:
        with _begun(command) as process:
            yield graph, fingerprint
            said = _await_end(process, f"Preparing {folder.name}", report)
        if process.returncode:
            raise UsageError(f"{folder} could not be exported to ONNX: {said}")
        draft.replace(graph)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _begun(command: list[str]) -> Iterator["subprocess.Popen[str]"]:
    """Run a command beside what the caller does, and no longer."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _await_end(process: "subprocess.Popen[str]", label: str, report: Progress | None) -> str:
    """Wait for a process, and give the last line that it said on stderr."""
    while True:
        try:
            _, said = process.communicate(timeout=TELL_EVERY_S)
            return next(reversed(said.strip().splitlines()), "no reason given")
        except subprocess.TimeoutExpired:
            if report:
                report(label, 0, 0)
