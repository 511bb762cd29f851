"""`qa config` and the settings: what sets each one, what is refused, and where the files lie."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qa.cli.main import app
from qa.settings import Settings

KEY = "sk-sentinel-2b7f"


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty folder, with a configuration of one's own and no variable of ours."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in [name for name in os.environ if name.startswith("QA_")]:
        monkeypatch.delenv(name)


def config(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["config", *arguments])


def origins(*arguments: str) -> dict[str, str]:
    facts: dict[str, Any] = json.loads(config(*arguments, "--json").stdout)
    return {name: fact["origin"] for name, fact in facts.items()}


def test_every_setting_is_shown_with_its_default() -> None:
    assert origins() == dict.fromkeys(Settings.model_fields, "default")


def test_each_source_is_named_the_strongest_one_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "config" / "article-qa" / "config.toml"
    own.parent.mkdir(parents=True)
    own.write_text('articles = "a"\nllm = "local:0.5b"\noffline = true\nmax_error = 0.2\ncache = false\n')
    Path("pyproject.toml").write_text(
        '[tool.qa]\narticles = "b"\nllm = "local:0.5b"\noffline = true\nmax_error = 0.1\n'
    )
    Path("qa.toml").write_text('articles = "c"\nllm = "local:0.5b"\noffline = true\n')
    monkeypatch.setenv("QA_ARTICLES", "d")
    monkeypatch.setenv("QA_LLM", "local:0.5b")
    found = origins("--articles", "e")
    assert (found["articles"], found["llm"], found["offline"]) == ("--articles", "QA_LLM", "qa.toml")
    assert (found["max_error"], found["cache"], found["fields"]) == ("pyproject.toml", str(own), "default")
    line = next(line for line in config().stdout.splitlines() if line.startswith("max_error"))
    assert line.split() == ["max_error", "0.1", "pyproject.toml"]
    assert config("--path").stdout.strip() == str(own)


@pytest.mark.parametrize("flags", [(), ("--json",)])
def test_keys_and_passwords_are_masked(monkeypatch: pytest.MonkeyPatch, flags: tuple[str, ...]) -> None:
    monkeypatch.setenv("QA_LLM_KEY", KEY)
    monkeypatch.setenv("QA_LLM_URL", f"http://user:{KEY}@host/v1")
    shown = config(*flags).stdout
    assert KEY not in shown
    assert "********" in shown
    assert "http://********@host/v1" in shown


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("qa.toml", 'artcles = "news"\n', "qa.toml sets artcles, which is no setting: did you mean articles?"),
        (
            "pyproject.toml",
            "[tool.qa]\nzzz = 1\n",
            "pyproject.toml sets zzz, which is no setting: there are articles, ",
        ),
        ("qa.toml", "max_error = 2\n", "qa.toml sets max_error wrongly (Input should be less than or equal to 1)"),
        ("config/article-qa/config.toml", "lmm = 1\n", "config.toml sets lmm, which is no setting: did you mean llm?"),
        ("qa.toml", "llm = \n", "is no TOML"),
    ],
)
def test_a_wrong_file_is_refused_by_name_with_a_suggestion(file: str, text: str, said: str) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text)
    result = config()
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr.replace("\n", " ")


def test_a_misspelt_variable_is_refused_and_somebody_elses_is_none_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_TEAM", "blue")
    assert config().exit_code == 0
    monkeypatch.setenv("QA_ARTCLES", KEY)
    result = config()
    assert result.exit_code == 2
    assert "QA_ARTCLES is no setting: did you mean QA_ARTICLES?" in result.stderr
    assert KEY not in result.stderr


def test_files_lie_where_the_xdg_variables_say(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path\nfrom index.article_files import index_folder_of\n"
        "from qa.settings import Settings, user_config\n"
        "print(user_config(), Settings().models_dir, index_folder_of(Path('.')), sep='\\n')"
    )
    homes = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "CACHE", "DATA")}
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=os.environ | homes
    )
    own, models, index = map(Path, run.stdout.splitlines())
    assert own == tmp_path / "config" / "article-qa" / "config.toml"
    assert models == tmp_path / "cache" / "article-qa" / "models"
    assert index.parent == tmp_path / "data" / "article-qa" / "indexes"
