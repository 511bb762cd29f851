"""The export of the real MiniLM, beside what its caller does meanwhile."""

from pathlib import Path

import pytest

from index.models.graph import exporting, fingerprint_of
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model


@pytest.fixture(scope="module")
def weights() -> Path:
    return ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())


def test_graph_is_there_once_the_caller_has_done_something_else(weights: Path, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []
    with exporting(weights, tmp_path, lambda *progress: heard.append(progress)) as (graph, fingerprint):
        assert not graph.exists()
    assert graph.stat().st_size > 80_000_000
    assert fingerprint == fingerprint_of(weights)
    assert set(heard) == {("Preparing all-MiniLM-L6-v2", 0, 0)}
    assert list((tmp_path / "onnx").iterdir()) == [graph]
    with exporting(weights, tmp_path) as again:
        assert again == (graph, fingerprint)


def test_export_ends_with_what_its_caller_did_in_vain(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), exporting(weights, tmp_path):
        raise KeyboardInterrupt
    assert not list((tmp_path / "onnx").iterdir())
