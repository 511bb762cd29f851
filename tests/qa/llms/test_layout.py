"""Whether weights are repacked follows from what was measured of this model on this machine."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
import xllamacpp

from index.models.manifest import default_models_dir, find_model, model_file
from index.models.pull import ensure_model
from qa.llms.layout import MAX_MEASURED_BYTES, is_repacked


def keep(model: Path, states: Path, plain_s: float, repacked_s: float) -> Path:
    kept = states / f"{model.stem}.layout.json"
    facts = [str(model.resolve()), model.stat().st_size, version("xllamacpp"), xllamacpp.get_system_info()]
    kept.write_text(json.dumps({"of": facts, "plain_s": plain_s, "repacked_s": repacked_s}))
    return kept


@pytest.mark.parametrize(("repacked_s", "expected"), [(1.0, True), (2.8, False), (3.9, False)])
def test_weights_are_repacked_where_that_reads_much_faster(tmp_path: Path, repacked_s: float, expected: bool) -> None:
    model = tmp_path / "small.gguf"
    model.write_bytes(b"GGUF")
    keep(model, tmp_path, 3.0, repacked_s)
    assert is_repacked(model, tmp_path) == expected


def test_what_was_measured_of_another_file_does_not_count(tmp_path: Path) -> None:
    model = tmp_path / "small.gguf"
    model.write_bytes(b"GGUF")
    keep(model, tmp_path, 3.0, 1.0)
    model.write_bytes(b"GGUF, but no model")
    assert not is_repacked(model, tmp_path)


def test_a_file_that_is_no_model_is_measured_by_nobody_and_nothing_is_kept_of_it(tmp_path: Path) -> None:
    model = tmp_path / "fake.gguf"
    model.write_bytes(b"GGUF" + bytes(1000))
    assert not is_repacked(model, tmp_path)
    assert list(tmp_path.iterdir()) == [model]


def test_a_large_model_is_not_loaded_to_be_measured(tmp_path: Path) -> None:
    model = tmp_path / "large.gguf"
    with model.open("wb") as file:
        file.truncate(MAX_MEASURED_BYTES + 1)
    assert is_repacked(model, tmp_path)
    assert list(tmp_path.iterdir()) == [model]


@pytest.mark.model
def test_a_model_is_measured_once(tmp_path: Path) -> None:
    model = model_file(find_model("local"), default_models_dir())
    ensure_model(find_model("local"), default_models_dir())
    first = is_repacked(model, tmp_path)
    (kept,) = tmp_path.iterdir()
    known = json.loads(kept.read_bytes())
    assert 0.1 < known["plain_s"] < 100
    assert 0.1 < known["repacked_s"] < 100
    written = kept.stat().st_mtime_ns
    assert is_repacked(model, tmp_path) == first
    assert kept.stat().st_mtime_ns == written
