"""What a person sees who asks for the first time."""

import sys
from pathlib import Path

import pytest

from index.errors import NoArticlesError, UsageError
from qa.answer import Answer, Citation, Span
from qa.cli.display import Display
from qa.cli.first_run import hint_at_source
from qa.events import EvidenceChosen, nobody
from qa.opening import announce_fetch
from qa.settings import Settings
from tests.support.articles import MakeFolder


@pytest.fixture
def settings(make_folder: MakeFolder, tmp_path: Path) -> Settings:
    folder = make_folder({"a.txt": "The bridge opened on Monday."})
    return Settings(articles=folder, index=tmp_path / "index", models_dir=tmp_path / "models", llm="local:1.5b")


def told(settings: Settings, capsys: pytest.CaptureFixture[str], llm: bool = True) -> list[str]:
    announce_fetch(settings, Display().hear, llm=llm)
    return capsys.readouterr().err.splitlines()


def test_the_first_question_says_in_three_lines_what_is_fetched_and_what_else_there_is(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    what, other, stop = told(settings, capsys)
    assert "local:1.5b (1,117 MB)" in what
    assert "all-MiniLM-L6-v2 (" in what
    assert str(tmp_path / "models") in what
    assert "--llm local:0.5b (491 MB)" in other
    assert "Ctrl-C" in stop


@pytest.mark.parametrize("llm", ["model.gguf", "openai:gpt-4o-mini"])
def test_a_model_that_is_not_fetched_is_not_spoken_of(
    settings: Settings, capsys: pytest.CaptureFixture[str], llm: str
) -> None:
    lines = told(settings.model_copy(update={"llm": llm}), capsys)
    assert len(lines) == 2
    assert "1,117 MB" not in lines[0]


def test_indexing_alone_fetches_the_embedder_alone(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert "local:1.5b" not in "".join(told(settings, capsys, llm=False))


def test_nothing_is_said_where_nothing_may_be_fetched(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(settings.model_copy(update={"offline": True}), capsys) == []


def test_off_a_terminal_only_the_first_question_says_that_its_evidence_is_read(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with Display() as display:
        display.hear(EvidenceChosen([]))
        assert capsys.readouterr().err == ""
        announce_fetch(settings, display.hear)
        capsys.readouterr()
        display.hear(EvidenceChosen([]))
    assert capsys.readouterr().err == "Reading 0 sentences ...\n"


def test_an_empty_folder_is_told_before_anything_is_fetched(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "empty" / ".git").mkdir(parents=True)
    with pytest.raises(NoArticlesError, match="holds no article: put articles there"):
        announce_fetch(settings.model_copy(update={"articles": tmp_path / "empty"}), nobody)


def test_no_folder_at_all_is_told_with_what_to_type(settings: Settings) -> None:
    with pytest.raises(UsageError, match="--articles FOLDER"):
        announce_fetch(settings.model_copy(update={"articles": None}), nobody)


def test_who_asked_first_is_told_how_to_see_the_source(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    citation = Citation(Span("a b.txt", 4, 10), "bridge", "", None)
    answer = Answer("What opened?", citations=(citation,))
    Display().hint(hint_at_source(answer, settings))
    assert capsys.readouterr().err == "", "off a terminal nobody is there to be told"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    Display().hint(hint_at_source(answer, settings))
    assert f"qa show 'a b.txt:4-10' --articles {settings.articles}" in capsys.readouterr().err
