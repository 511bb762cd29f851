"""Tell what is indexed of a folder, since when and how much, without a model."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from index.catalog.made_with import stored_identity
from index.catalog.writer import Catalog
from index.formats.exports import ARCHIVES
from index.sync import find_changes
from qa.opening import open_catalog
from qa.paths import articles_folder, index_place, reading_place
from qa.settings import Settings
from qa.text import one_line

_PLACE = re.compile(r" \d+")


@dataclass(frozen=True)
class IndexStatus:
    """What an index holds; `waiting` counts the files that the next sync reads, moves or forgets."""

    articles_folder: str
    index_folder: str
    articles: int
    passages: int
    near_duplicates: int
    dated: int
    first_date: str | None
    last_date: str | None
    skipped: int
    waiting: int
    complete: bool
    synced: str | None
    bytes: int
    made_with: dict[str, str | int | bool]
    exports: dict[str, int] = field(default_factory=dict)  # by archive: the articles that its exports hold
    replica: str | None = None
    replica_age_s: float | None = None  # null where the index itself is read, as the replica is too old or silent

    def to_json(self) -> str:
        """Give the object that scripts read."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def to_text(self) -> str:
        """Give a line for each fact."""
        dates = f", {self.dated} dated from {self.first_date} to {self.last_date}" if self.dated else ", none dated"
        state = f"in step since {self.synced}" if self.complete else "a sync was interrupted: run `qa index`"
        if self.waiting:
            state = f"{self.waiting} files to take in: asking or `qa index` does it"
        exports = ", ".join(f"{count} of {archive}" for archive, count in self.exports.items())
        rows = {
            "articles": f"{self.articles}{dates}",
            "folder": one_line(self.articles_folder),
            **({"from exports": exports} if exports else {}),
            "near-duplicates": f"{self.near_duplicates}",
            "passages": f"{self.passages}",
            "skipped files": f"{self.skipped}",
            "state": state,
            "index": f"{one_line(self.index_folder)}, {self.bytes / 1e6:,.1f} MB",
            **({"replica": self._replica_told()} if self.replica else {}),
            "made with": ", ".join(f"{name} {value}" for name, value in self.made_with.items()),
        }
        return "\n".join(f"{name:<17}{value}" for name, value in rows.items())

    def _replica_told(self) -> str:
        age = self.replica_age_s
        told = f"at most {age:g} s old" if age is not None else "too old or silent: the index itself answers"
        return f"{one_line(self.replica or '')}, {told}"


@dataclass(frozen=True)
class SkippedFiles:
    """The files of a folder that are no articles, each with its reason."""

    files: list[tuple[str, str]]

    def to_json(self) -> str:
        """Give a list of objects that scripts read."""
        return json.dumps([{"path": path, "reason": reason} for path, reason in self.files], ensure_ascii=False)

    def to_text(self) -> str:
        """Give a line for each file, and the number of files for each reason."""
        lines = [one_line(f"{path}: {reason}") for path, reason in self.files]
        return "\n".join([*lines, *by_reason(self.files)]) or "no file was left out"


def by_reason(skipped: Sequence[tuple[str, str]]) -> list[str]:
    """Give a line for each reason, the most frequent first; numbers such as the place of a fault make no other one."""
    counts = Counter(_PLACE.sub(" N", reason) for _, reason in skipped)
    first = {_PLACE.sub(" N", reason): reason for _, reason in reversed(skipped)}
    return [
        f"Left out: {count} {'files' if count > 1 else 'file'}: {one_line(reason if count > 1 else first[reason])}"
        for reason, count in counts.most_common()
    ]


def skipped_of(settings: Settings) -> SkippedFiles:
    """Tell which files of the folder that is set were left out at the last sync.

    Raises:
        UsageError: nothing is indexed of it yet.
    """
    catalog = open_catalog(index_place(settings))
    try:
        return SkippedFiles(catalog.skipped())
    finally:
        catalog.close()


def status_of(settings: Settings) -> IndexStatus:
    """Look at the index of the folder that is set.

    Raises:
        UsageError: nothing is indexed of it yet.
    """
    articles, place = articles_folder(settings), index_place(settings)
    catalog = open_catalog(place)
    try:
        count, passages = catalog.counts()
        dates = catalog.dates()
        changes = find_changes(articles, catalog)
        synced = catalog.meta("synced")
        return IndexStatus(
            articles_folder=str(articles),
            index_folder=str(place),
            articles=count,
            passages=passages,
            near_duplicates=dates.copies,
            dated=dates.dated,
            first_date=dates.first,
            last_date=dates.last,
            skipped=len(catalog.skipped()),
            waiting=len(changes.files) + len(changes.renamed) + len(changes.gone),
            complete=catalog.meta("state") == "complete",
            synced=synced and datetime.fromtimestamp(int(synced), UTC).astimezone().isoformat(timespec="seconds"),
            bytes=catalog.size_bytes(),
            made_with=stored_identity(catalog),
            exports=_exports_in(catalog),
            replica=str(settings.replica) if settings.replica else None,
            replica_age_s=_age_of_replica(settings),
        )
    finally:
        catalog.close()


def _age_of_replica(settings: Settings) -> float | None:
    """Give how old what a question would read may be, in seconds; None where it would read the index itself."""
    if settings.replica is None:
        return None
    with closing(reading_place(settings).open(read_only=True)) as catalog, catalog.reading():
        return catalog.age_s


def _exports_in(catalog: Catalog) -> dict[str, int]:
    """Count the articles of each archive, whose fields were read in its exports."""
    counted = sorted(catalog.count_sources().items())
    return {name: count for name, count in counted if name in ARCHIVES}
