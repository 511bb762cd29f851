"""`qa eval` on the command line, with the real embedder and without a language model."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.errors import UsageError
from index.models.manifest import default_models_dir, find_model
from index.models.pull import ensure_model
from qa.cli.commands.eval import _sample
from qa.cli.main import app

Run = Callable[..., Result]
TEXT = (
    "The old bridge over the Low was closed on Monday. Moira Ashworth leads the council of Lowmoor.\n\n"
    "A pair of owls nests in the tower of Pelham. Hugh Pell is the warden there."
)
QUOTES = {
    "What was closed on Monday?": "The old bridge over the Low",
    "Who leads the council of Lowmoor?": "Moira Ashworth",
    "Where does a pair of owls nest?": "the tower of Pelham",
    "Who is the warden?": "Hugh Pell",
}


@pytest.fixture
def qa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `qa` in a folder with articles and cases, offline, with folders of its own."""
    models = default_models_dir()
    ensure_model(find_model("all-MiniLM-L6-v2"), models)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("QA_MODELS_DIR", str(models))
    monkeypatch.setenv("QA_OFFLINE", "1")
    (tmp_path / "news").mkdir()
    (tmp_path / "news" / "a.txt").write_text(TEXT)
    write_cases(tmp_path / "my.jsonl", QUOTES)
    return lambda *arguments: CliRunner().invoke(app, ["eval", *arguments])


def write_cases(file: Path, quotes: dict[str, str]) -> None:
    cases = [
        {"id": f"c{number}", "question": question, "answers": [quote]}
        | {"evidence": [{"article": "a.txt", "quote": quote}]}
        for number, (question, quote) in enumerate(quotes.items())
    ]
    file.write_text("\n".join(map(json.dumps, cases)))


def test_a_gate_is_made_and_holds_and_the_page_shows_the_cases(qa: Run, tmp_path: Path) -> None:
    asked = ("my.jsonl", "--articles", "news", "--retrieval-only", "--gate", "baseline.json")
    without = qa(*asked)
    assert without.exit_code == 2
    assert "--update-baseline" in without.output
    made = qa(*asked, "--update-baseline", "--report", "page.html")
    assert made.exit_code == 0
    assert "recall at 1" in made.output
    assert "Who leads the council of Lowmoor?" in (tmp_path / "page.html").read_text(encoding="utf-8")
    again = qa(*asked, "--json")
    assert again.exit_code == 0
    run, verdict = (json.loads(line) for line in again.stdout.splitlines())
    assert run["figures"]["recall_at_10"] == {"value": 1.0, "low": 1.0, "high": 1.0, "n": 4}
    assert verdict["gate"] == "green"
    assert (tmp_path / "data" / "article-qa" / "runs").is_dir()


def test_the_gate_is_red_when_the_evidence_is_not_found_any_more(qa: Run, tmp_path: Path) -> None:
    asked = ("my.jsonl", "--articles", "news", "--retrieval-only", "--gate", "baseline.json", "--json")
    assert qa(*asked, "--update-baseline").exit_code == 0
    (tmp_path / "news" / "a.txt").write_text(f"{TEXT}\n\n" + "The weather will be fair. " * 300)
    write_cases(tmp_path / "my.jsonl", dict.fromkeys(QUOTES, "fair. The weather"))
    result = qa(*asked)
    assert result.exit_code == 1
    verdict = json.loads(result.stdout.splitlines()[-1])
    fallen = {case for each in verdict["changes"] if each["worse"] for case in each["fallen"]}
    assert verdict["gate"] == "red"
    assert "c1  Who leads the council of Lowmoor?" in fallen


def test_two_runs_are_compared(qa: Run) -> None:
    for name in ("one.json", "two.json"):
        assert qa("my.jsonl", "--articles", "news", "--retrieval-only", "--out", name).exit_code == 0
    result = qa("compare", "one.json", "two.json", "--json")
    assert result.exit_code == 0
    assert {each["difference"] for each in json.loads(result.stdout)} == {0.0}
    assert "recall at 3" in qa("compare", "one.json", "two.json").output


def test_squad_is_asked_as_a_folder_and_of_its_own_paragraphs(qa: Run, tmp_path: Path) -> None:
    paragraphs = [
        {
            "context": context,
            "qas": [
                {
                    "id": str(number),
                    "question": question,
                    "answers": [{"text": answer, "answer_start": context.find(answer)}],
                }
            ],
        }
        for number, (context, (question, answer)) in enumerate(
            zip(TEXT.split("\n\n"), [list(QUOTES.items())[1], list(QUOTES.items())[3]], strict=True)
        )
    ]
    (tmp_path / "s.json").write_text(json.dumps({"data": [{"title": "News", "paragraphs": paragraphs}]}))
    for arguments, only in (((), [None, None]), (("--reading",), ["News/0001.txt", "News/0002.txt"])):
        assert qa("s.json", "--retrieval-only", "--out", "run.json", *arguments).exit_code == 0
        run = json.loads((tmp_path / "run.json").read_text())
        assert [case["only"] for case in run["cases"]] == only
        assert [case["recall_at_1"] for case in run["cases"]] == [1.0, 1.0]
        assert run["format"] == "squad"
    assert qa("s.json", "--retrieval-only", "--sample", "1").exit_code == 0
    assert len(list((tmp_path / "cache" / "article-qa" / "evals").iterdir())) == 2, "a sample embeds nothing anew"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("my.jsonl", "--articles", "news", "--update-baseline"), "Which baseline"),
        (("my.jsonl", "--articles", "nowhere", "--retrieval-only"), "no folder"),
        (("my.jsonl", "--articles", "news", "--sample", "a few", "--retrieval-only"), "no number of cases"),
        (("compare", "none.json", "my.jsonl"), "not the file of a run"),
        (("none.jsonl", "--articles", "news"), "cannot be read"),
        (("my.jsonl", "--articles", "news", "--kinds", "overview,maps"), "no kind 'maps'"),
        (("my.jsonl", "--articles", "news", "--kinds", "overview", "--retrieval-only"), "No case of my.jsonl"),
    ],
)
def test_what_cannot_be_done_is_told(qa: Run, arguments: tuple[str, ...], complaint: str) -> None:
    result = qa(*arguments)
    assert result.exit_code == 2
    assert complaint in result.output


def test_help_names_the_commands_and_their_options(qa: Run) -> None:
    assert "compare" in qa("--help").output
    assert "--retrieval-only" in qa("run", "--help").output


@pytest.mark.parametrize(
    ("text", "meant"), [(None, (None, None)), ("45", (45, None)), ("150+100", (250, 150)), ("0+5", (5, 0))]
)
def test_a_sample_is_a_number_or_two(text: str | None, meant: tuple[int | None, int | None]) -> None:
    assert _sample(text) == meant


@pytest.mark.parametrize("text", ["", "0", "-3", "1+", "+1", "1+-1", "x"])
def test_another_sample_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        _sample(text)
