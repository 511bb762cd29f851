"""What an eval found: a verdict for each case, figures over all of them."""

import json
import statistics
from dataclasses import dataclass
from typing import Any

from evals.cases import Case
from evals.metrics import mean

RIGHT_F1 = 0.5


@dataclass(frozen=True)
class Verdict:
    """How one case went.

    `exact_match` and `f1` compare the short answer with the gold answers; for an unanswerable case abstaining is 1,
    anything else 0. `cited_spans` are those that answer, `holding` those of them that contain a gold span, `touching`
    those that overlap one, `valid` those whose quote stands in the file at their offsets.
    """

    case: Case
    answer: dict[str, Any]
    exact_match: float
    f1: float
    cited_spans: int
    valid: int
    holding: int
    touching: int
    evidence_holds: bool
    seconds: float

    @property
    def right(self) -> bool:
        """Tell whether the case is right: abstained where nothing is said, else a token F1 of at least `RIGHT_F1`."""
        return self.f1 >= RIGHT_F1

    @property
    def abstained(self) -> bool:
        """Tell whether the answer abstains."""
        return bool(self.answer["abstained"])


@dataclass(frozen=True)
class Report:
    """The verdicts of one run with the settings that made them."""

    verdicts: list[Verdict]
    settings: dict[str, Any]

    def figures(self) -> dict[str, float | int | None]:
        """Give every figure by name: answerable (HasAns) and unanswerable (NoAns) cases apart, times in seconds."""
        answerable = [each for each in self.verdicts if each.case.answerable]
        others = [each for each in self.verdicts if not each.case.answerable]
        located = [each for each in answerable if each.case.evidence]
        cited = [each for each in located if each.cited_spans]
        abstained = [each for each in self.verdicts if each.abstained]
        spans = sum(each.cited_spans for each in self.verdicts)
        seconds = sorted(each.seconds for each in self.verdicts)
        return {
            "answerable": len(answerable),
            "exact_match": mean(each.exact_match for each in answerable),
            "f1": mean(each.f1 for each in answerable),
            "right": mean(each.right for each in answerable),
            "wrongly_abstained": mean(each.abstained for each in answerable),
            "evidence_recall": mean(each.evidence_holds for each in located),
            "citation_recall": mean(each.holding > 0 for each in cited),
            "citation_precision": _share(sum(e.touching for e in cited), sum(e.cited_spans for e in cited)),
            "citation_validity": _share(sum(each.valid for each in self.verdicts), spans),
            "unanswerable": len(others),
            "abstained": mean(each.abstained for each in others),
            "hallucinated": mean(not each.abstained for each in others),
            "refusal_precision": mean(not each.case.answerable for each in abstained),
            "seconds_median": round(statistics.median(seconds), 2),
            "seconds_p90": round(seconds[int(0.9 * (len(seconds) - 1))], 2),
        }

    def to_json(self) -> str:
        """Give the figures and every case as JSON."""
        cases = [
            {"id": v.case.id, "answers": v.case.answers, "right": v.right, "exact_match": v.exact_match, "f1": v.f1}
            | v.answer
            for v in self.verdicts
        ]
        return json.dumps({"figures": self.figures(), "settings": self.settings, "cases": cases}, ensure_ascii=False)

    def to_text(self) -> str:
        """Give the figures, one a line, then the cases that went wrong."""
        lines = [f"{name.replace('_', ' '):<19} {_number(value)}" for name, value in self.figures().items()]
        missed = [each for each in self.verdicts if not each.right]
        lines.append(f"\n{len(missed)} of {len(self.verdicts)} missed" + (":" if missed else "."))
        for each in missed:
            said = each.answer["answer"] or f"abstained, {each.answer['reason']}"
            wanted = " / ".join(each.case.answers[:2]) or "the articles do not say"
            lines.append(f"  {each.case.id}  {each.case.question}\n      said:   {said}\n      wanted: {wanted}")
        return "\n".join(lines)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _number(value: float | int | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
