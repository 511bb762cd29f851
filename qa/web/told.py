"""What a session tells, as the events that a face streams: plain JSON values, with nothing of the settings in them."""

from typing import Any

from qa.answer import Citation, Evidence
from qa.as_json import citation_as_dict
from qa.events import (
    Event,
    EvidenceChosen,
    FetchAnnounced,
    FilesSkipped,
    Progressed,
    QuestionCompleted,
    ReplyAwaited,
    StatementMade,
    StepEnded,
    Synced,
    Warned,
)

STEPS = ("plan", "retrieve")


def told_of(event: Event) -> tuple[str, Any] | None:
    """Give name and data of what is streamed for an event, None for what concerns nobody there."""
    match event:
        case QuestionCompleted(text):
            return "rewrite", {"question": text}
        case Synced(report):
            names = ("added", "updated", "renamed", "removed", "skipped")
            return "sync", {name: len(getattr(report, name)) for name in names} | {"unchanged": report.unchanged}
        case Progressed(label, done, total, note, in_bytes):
            return "progress", {"label": label, "done": done, "total": total, "note": note, "in_bytes": in_bytes}
        case FetchAnnounced(models):
            return "warning", {"message": f"Fetching {', '.join(each.name for each in models)} first"}
        case StepEnded(step=step, facts=facts) if step in STEPS and "failed" not in facts:
            return step, {name: value for name, value in facts.items() if name != "ms"}
        case EvidenceChosen(evidence):
            return "evidence", [_evidence(each) for each in evidence]
        case StatementMade(text, citations):
            return "statement", _statement(text, citations)
        case Warned(message):
            return "warning", {"message": message}
        case StepEnded() | FilesSkipped() | ReplyAwaited():
            return None


def _evidence(each: Evidence) -> dict[str, Any]:
    span = each.span
    return {
        "article": span.article_id,
        "start": span.start,
        "end": span.end,
        "quote": each.text,
        "title": each.title,
        "published": each.published and each.published.isoformat(),
        "score": each.score,
    }


def _statement(text: str, citations: "tuple[Citation, ...] | list[Citation] | Any") -> dict[str, Any]:
    return {"text": text, "citations": [citation_as_dict(each) for each in citations]}
