"""What is told while a folder is opened, taken in and asked: a small closed set, and one callback that hears it.

Whoever shows, writes down or streams what goes on is a listener; what tells knows none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.models.manifest import Model
    from index.sync import SyncReport
    from qa.answer import Citation, Evidence


@dataclass(frozen=True)
class Progressed:
    """Long work moved on: `done` of `total` files, cases or whatever `label` is about, bytes where `in_bytes`.

    Of work that nobody can measure only that it goes on is told, with a `total` of 0.
    """

    label: str
    done: int
    total: int
    note: str = ""
    in_bytes: bool = False


@dataclass(frozen=True)
class FetchAnnounced:
    """These models are not here and are about to be fetched into `folder`."""

    models: "Sequence[Model]"
    folder: Path


@dataclass(frozen=True)
class FilesSkipped:
    """The files that are no articles, each with its reason."""

    files: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Synced:
    """The index was brought in step with its folder."""

    report: "SyncReport"


@dataclass(frozen=True)
class QuestionCompleted:
    """A line that leans on the question before is asked as this."""

    text: str


@dataclass(frozen=True)
class EvidenceChosen:
    """The sentences that are read for an answer, known seconds before a local model has read them."""

    evidence: "Sequence[Evidence]"


@dataclass(frozen=True)
class StatementMade:
    """A model wrote this statement and it stands on its citations; the answer that follows may have it, or not."""

    text: str
    citations: "Sequence[Citation]"


@dataclass(frozen=True)
class ReplyAwaited:
    """A model of an endpoint has not replied yet; told again and again, and whoever hears it may end the question."""


@dataclass(frozen=True)
class StepEnded:
    """A step of question number `question` ended; `facts` has its `ms`, and `failed` if it did not end well."""

    question: int
    step: str
    began: datetime
    facts: dict[str, Any]


@dataclass(frozen=True)
class Warned:
    """Something went otherwise than it should, and the work goes on."""

    message: str


Event = (
    Progressed
    | FetchAnnounced
    | FilesSkipped
    | Synced
    | QuestionCompleted
    | EvidenceChosen
    | StatementMade
    | ReplyAwaited
    | StepEnded
    | Warned
)
Listener = Callable[[Event], None]


def nobody(event: Event) -> None:
    """Listen to nothing."""


def progress_of(tell: Listener, in_bytes: bool = False) -> Callable[[str, int, int], None]:
    """Give the callback that `index` reports progress to."""
    return lambda label, done, total: tell(Progressed(label, done, total, in_bytes=in_bytes))
