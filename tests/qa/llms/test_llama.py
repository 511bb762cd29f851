"""The process that runs llama.cpp tells why it cannot, and does not outlive whoever started it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.errors import ModelError
from index.models.manifest import default_models_dir, find_model, model_file
from index.models.pull import ensure_model
from qa.llms.llama import Llama

QUESTION = {"messages": [{"role": "user", "content": "Say yes."}], "max_tokens": 2}


@pytest.fixture
def llama() -> Iterator[Llama]:
    model = find_model("local")
    ensure_model(model, default_models_dir())
    llama = Llama(model_file(model, default_models_dir()), default_models_dir() / "states")
    yield llama
    llama.close()


def is_running(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def wait_policy_of_process(folder: Path) -> str:
    llama = Llama(folder / "absent.gguf", folder)
    told = ""
    while not told:  # it is empty for a moment after the process began
        told = Path(f"/proc/{llama.pid}/environ").read_text()
    llama.close()
    return dict(line.split("=", 1) for line in told.split("\0") if "=" in line)["OMP_WAIT_POLICY"]


def test_a_file_that_is_no_model_is_told_with_every_request(tmp_path: Path) -> None:
    (tmp_path / "fake.gguf").write_bytes(b"GGUF" + bytes(1000))
    llama = Llama(tmp_path / "fake.gguf", tmp_path)
    for _ in range(2):
        with pytest.raises(ModelError, match=r"fake\.gguf does not load as a GGUF model: \w+"):
            llama.post("/v1/chat/completions", QUESTION)
    llama.close()


def test_its_threads_wait_asleep_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    assert wait_policy_of_process(tmp_path) == "passive"
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    assert wait_policy_of_process(tmp_path) == "active"


@pytest.mark.model
def test_a_process_that_died_is_an_error_and_none_is_left(llama: Llama) -> None:
    assert "choices" in llama.post("/v1/chat/completions", QUESTION)
    assert is_running(llama.pid)
    llama.close()
    assert not is_running(llama.pid)
    with pytest.raises(ModelError, match="does not answer any more"):
        llama.post("/v1/chat/completions", QUESTION)
