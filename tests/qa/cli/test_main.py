"""The command line: what it prints where, and which code it ends with."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index import errors
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.cli.main import app

HEAVY = (
    "torch transformers sentence_transformers llama_index chromadb onnxruntime xllamacpp numpy pydantic httpx rich"
).split()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models folder with the real embedder in it and nothing else; no test changes it."""
    source = ensure_model(find_model("all-MiniLM-L6-v2"), default_models_dir())
    folder = tmp_path_factory.mktemp("main") / "models"
    shutil.copytree(source, folder / source.name)
    shutil.copytree(default_models_dir() / "onnx", folder / "onnx", dirs_exist_ok=True)
    return folder


@pytest.fixture
def qa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models: Path):  # type: ignore[no-untyped-def]
    """Run `qa` in an empty folder, offline, with its own index."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QA_INDEX", str(tmp_path / "index"))
    monkeypatch.setenv("QA_MODELS_DIR", str(models))
    monkeypatch.setenv("QA_OFFLINE", "1")

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=stdin)

    return run


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys\nfrom qa.cli.main import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in run.stdout
    assert "ask" in run.stdout


def test_every_error_is_drawn_in_the_tree() -> None:
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.ArticleQAError)
    ]
    assert len(kinds) >= 7
    assert all(kind is errors.ArticleQAError or kind.__name__ in str(errors.__doc__) for kind in kinds)


@pytest.mark.parametrize("question", ["", "   ", "?", "why " * 5000])
def test_a_question_of_no_word_or_too_many_is_an_error(qa, seeds: Path, question: str) -> None:  # type: ignore[no-untyped-def]
    result = qa("ask", question, "--articles", str(seeds))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: The question" in result.stderr


def test_a_folder_that_is_not_there_is_an_error_that_says_what_to_type(qa) -> None:  # type: ignore[no-untyped-def]
    for command in (["ask", "Who?", "--articles", "nowhere"], ["index", "nowhere"], ["eval", "--articles", "nowhere"]):
        result = qa(*command)
        assert result.exit_code == 2
        assert "There is no folder nowhere" in result.stderr
        assert "--articles FOLDER" in result.stderr


def test_no_folder_at_all_is_an_error_that_says_what_to_type(qa) -> None:  # type: ignore[no-untyped-def]
    result = qa("ask", "Who?")
    assert result.exit_code == 2
    assert "--articles FOLDER" in result.stderr


def test_an_empty_folder_has_no_articles(qa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "empty").mkdir()
    result = qa("index", "empty")
    assert result.exit_code == 10
    assert "holds no article" in result.stderr


def test_a_binary_file_is_skipped_with_its_reason_and_the_others_are_indexed(qa, make_folder, seeds: Path) -> None:  # type: ignore[no-untyped-def]
    seed = next(seeds.iterdir()).read_bytes()
    folder = make_folder({"good.txt": seed, "bad.txt": bytes(range(256)) * 9})
    result = qa("index", str(folder), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 3
    assert report["added"] == ["good.txt"]
    assert report["skipped"] == [{"path": "bad.txt", "reason": "binary, not text"}]
    assert set(report) == set("added updated renamed removed unchanged skipped passages seconds".split())
    assert qa("index", str(folder)).exit_code == 3
    assert json.loads(qa("index", str(folder), "--json").stdout)["unchanged"] == 1


def test_an_altered_model_file_is_never_used(
    qa, seeds: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    own = shutil.copytree(models, tmp_path / "models")
    monkeypatch.setenv("QA_MODELS_DIR", str(own))
    weights = next(own.rglob("model.safetensors"))
    with weights.open("r+b") as file:
        file.seek(5_000_000)
        byte = file.read(1)
        file.seek(5_000_000)
        file.write(bytes([byte[0] ^ 1]))
    result = qa("index", str(seeds))
    assert result.exit_code == 2
    assert "model.safetensors" in result.stderr
    assert "qa models pull all-MiniLM-L6-v2" in result.stderr.replace("\n", " ")
    assert "altered" in qa("models", "list").stdout


def test_a_missing_model_says_where_it_comes_from(qa, seeds: Path) -> None:  # type: ignore[no-untyped-def]
    result = qa("ask", "Who did Rubio call?", "--articles", str(seeds))
    assert result.exit_code == 2
    assert "offline" in result.stderr
    assert "qa models pull" in result.stderr.replace("\n", " ")


def test_a_file_that_is_no_model_is_a_model_error(qa, seeds: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "fake.gguf").write_bytes(b"GGUF" + bytes(1000))
    result = qa("ask", "Who did Rubio call?", "--articles", str(seeds), "--llm", "fake.gguf")
    assert result.exit_code == 4
    assert "fake.gguf does not load" in result.stderr


@pytest.mark.parametrize("name", ["locl", "gpt-5", "all-MiniLM-L6-v2", "missing.gguf"])
def test_a_model_that_is_not_known_is_an_error(qa, seeds: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    result = qa("ask", "Who?", "--articles", str(seeds), "--llm", name)
    assert result.exit_code == 2
    assert "Error" in result.stderr


def test_models_are_listed_as_text_and_as_json(qa) -> None:  # type: ignore[no-untyped-def]
    rows = [json.loads(line) for line in qa("models", "list", "--json").stdout.splitlines()]
    assert {row["name"]: row["status"] for row in rows} == {
        "local:1.5b": "absent",
        "local:0.5b": "absent",
        "all-MiniLM-L6-v2": "ready",
    }
    assert "Apache-2.0" in qa("models", "list").stdout
    assert qa("models", "verify", "all-MiniLM-L6-v2").exit_code == 0


def test_control_characters_and_markup_of_articles_do_not_reach_the_terminal(qa, make_folder) -> None:  # type: ignore[no-untyped-def]
    folder = make_folder({"a\x1b[31m[red].txt": b"\x00"})
    result = qa("index", str(folder))
    assert result.exit_code == 10
    assert "\x1b" not in result.stderr
    assert "[red].txt" in result.stderr


def test_an_unknown_setting_is_refused_by_name(qa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "qa.toml").write_text('artcles = "x"\n')
    result = qa("models", "list")
    assert result.exit_code == 2
    assert "artcles" in result.stderr


def test_settings_come_from_flag_then_environment_then_file(
    qa, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # type: ignore[no-untyped-def]
    def folder_in_error(*flags: str) -> str:
        return str(qa("index", *flags).stderr)

    (tmp_path / "pyproject.toml").write_text('[tool.qa]\narticles = "from-pyproject"\n')
    assert "from-pyproject" in folder_in_error()
    (tmp_path / "qa.toml").write_text('articles = "from-toml"\n')
    assert "from-toml" in folder_in_error()
    monkeypatch.setenv("QA_ARTICLES", "from-environment")
    assert "from-environment" in folder_in_error()
    assert "from-flag" in folder_in_error("from-flag")


def test_an_interrupt_ends_at_once_with_its_code_and_keeps_the_index_usable(qa, tmp_path: Path, models: Path) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(400):
        (folder / f"{number}.txt").write_text(f"Article {number} tells of the town of Number{number}. " * 6)
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", "index", str(folder)], stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )
    assert process.stderr is not None
    before = ""
    while "Indexing" not in before:  # after the first batch is written, and after what libraries may tell before it
        before += (line := process.stderr.readline())
        assert line, before
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=60)[1]
    assert process.returncode == 130, (before, rest)
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    report = json.loads(qa("index", str(folder), "--json").stdout)
    assert 0 < len(report["added"]) < 400
    assert len(report["added"]) + report["unchanged"] == 400
