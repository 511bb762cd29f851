"""Opening what a question needs, where some of it is not here yet."""

import shutil
from pathlib import Path

import pytest

from index.errors import ModelMissingError, UsageError
from index.models.manifest import default_models_dir, find_model, model_dir
from index.models.pull import ensure_model
from qa.opening import open_both
from qa.settings import Settings
from tests.support.articles import MakeFolder


@pytest.fixture
def settings(make_folder: MakeFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings with a copy of the embedder, which was never exported, and no way to any language model."""
    embedder = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    models = tmp_path / "models"
    shutil.copytree(embedder, model_dir(find_model("all-MiniLM-L6-v2"), models))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    folder = make_folder({"a.txt": "The bridge opened on Monday."})
    return Settings(articles=folder, index=tmp_path / "index", models_dir=models, llm="local:1.5b")


def test_a_language_model_that_cannot_be_fetched_ends_the_export_that_began_beside_it(settings: Settings) -> None:
    with pytest.raises(ModelMissingError, match="no source gave qwen"):
        open_both(settings)
    assert list((settings.models_dir / "onnx").iterdir()) == []


def test_an_embedder_that_cannot_be_exported_is_told_before_the_language_model(settings: Settings) -> None:
    folder = model_dir(find_model("all-MiniLM-L6-v2"), settings.models_dir)
    own = settings.model_copy(update={"embedder": str(folder)})
    (folder / "sentence_bert_config.json").unlink()
    with pytest.raises(UsageError, match=r"sentence_bert_config\.json is missing"):
        open_both(own)
