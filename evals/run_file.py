"""The file of a run: what was asked with what, every answer, and the figures. Interrupted, it goes on where it was."""

import contextlib
import hashlib
import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from platformdirs import user_data_path

from index.errors import UsageError
from qa.files import write_text

VERSION = 1


class RunLog:
    """The cases of a run as they are judged, each kept at once beside the file that the finished run becomes.

    The same run started again, of the same cases, settings, articles, models and code, finds what is `done` already.
    """

    def __init__(self, identity: dict[str, Any], file: Path | None = None) -> None:
        key = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
        folder = runs_folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._partial = folder / f"{key}.partial.jsonl"
        began, self.done = _read_partial(self._partial)
        self._began = began or datetime.now(UTC).isoformat(timespec="seconds")
        self._identity = identity
        self._started = time.perf_counter()
        stamp = self._began[:19].replace("-", "").replace(":", "")
        self.id = f"{stamp}-{Path(identity['cases_file']).stem}"
        self.file = file or folder / f"{self.id}.json"

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the run for this process.

        Raises:
            UsageError: another process is at the same run.
        """
        try:
            with FileLock(f"{self._partial}.lock", timeout=0):
                if not self._partial.is_file():
                    self._append({"began": self._began})
                yield
        except Timeout:
            raise UsageError("Another process is at this very run: wait for it, or change --sample or --seed") from None

    def add(self, case: dict[str, Any]) -> None:
        """Keep a case that was judged."""
        self.done[case["id"]] = case
        self._append(case)

    def finish(
        self,
        counts: dict[str, int],
        figures: dict[str, Any],
        cases: list[dict[str, Any]],
        kinds: dict[str, dict[str, Any]] | None = None,
    ) -> dict[str, Any]:
        """Write the finished run as one file and give it; `kinds` are the figures of each kind of broad question."""
        run = {"version": VERSION, "id": self.id, "began": self._began} | self._identity
        run |= {"seconds": round(time.perf_counter() - self._started, 1), "finished": True}
        run |= {"counts": counts, "figures": figures, "kinds": kinds or {}, "cases": cases}
        write_run(run, self.file)
        self._partial.unlink(missing_ok=True)
        Path(f"{self._partial}.lock").unlink(missing_ok=True)
        return run

    def _append(self, fields: dict[str, Any]) -> None:
        with self._partial.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(fields))  # in front, so that a line that was cut ends there


def runs_folder() -> Path:
    """Give the folder where finished runs are kept."""
    return user_data_path("article-qa") / "runs"


def write_run(run: dict[str, Any], file: Path) -> None:
    """Write a run, one case a line, so that two files compare well."""
    head = {name: value for name, value in run.items() if name != "cases"}
    cases = ",\n".join(json.dumps(case) for case in run["cases"])
    write_text(json.dumps(head, indent=1).removesuffix("\n}") + f',\n "cases": [\n{cases}\n]\n}}\n', file)


def load_run(file: Path) -> dict[str, Any]:
    """Read the file of a finished run.

    Raises:
        UsageError: it cannot be read, or is none of this version.
    """
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} is not the file of a run ({error}): make one with `qa eval --out {file}`") from error
    if not isinstance(run, dict) or run.get("version") != VERSION or not isinstance(run.get("cases"), list):
        raise UsageError(f"{file} is not the file of a run of this version: make one with `qa eval --out {file}`")
    return run


def code_revision() -> dict[str, str | None]:
    """Name the code that runs: the product's version and, in a git checkout, the commit and what was changed since."""
    return {"product": version("article-qa"), "git": _git_revision(Path(__file__).parent.parent)}


def _git_revision(folder: Path) -> str | None:
    if not (folder / ".git").exists():
        return None
    try:
        commit = _git(folder, "rev-parse", "HEAD").strip()
        changed = _git(folder, "diff", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{commit} with changes {hashlib.sha256(changed.encode()).hexdigest()[:8]}" if changed else commit


def _git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=True).stdout


def _read_partial(file: Path) -> tuple[str | None, dict[str, dict[str, Any]]]:
    """Read what an interrupted run left, but for a last line that was cut."""
    if not file.is_file():
        return None, {}
    rows = []
    for line in file.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            rows.append(json.loads(line))
    return (rows[0].get("began"), {row["id"]: row for row in rows[1:] if "id" in row}) if rows else (None, {})
