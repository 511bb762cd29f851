"""Results as the JSON objects that scripts read; an answer's own is `Answer.as_dict`. Fields are only ever added."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from index.models.manifest import Model
    from index.sync import SyncReport
    from qa.inspection.doctor import Finding


def sync_as_dict(report: "SyncReport") -> dict[str, Any]:
    """Give what a sync did, or would do."""
    skipped = [{"path": path, "reason": reason} for path, reason in report.skipped]
    renamed = [{"from": old, "to": new} for old, new in report.renamed]
    return asdict(report) | {"skipped": skipped, "renamed": renamed}


def finding_as_dict(finding: "Finding") -> dict[str, Any]:
    """Give what was examined, and the cure where there is a fault."""
    return {"subject": finding.subject, "found": finding.found, "cure": finding.cure}


def model_as_dict(model: "Model", state: str, folder: Path) -> dict[str, Any]:
    """Give a model of the manifest and its state in the folder of models."""
    row = {"name": model.name, "kind": model.kind, "license": model.license}
    return row | {"bytes": model.size, "status": state, "folder": str(folder)}
