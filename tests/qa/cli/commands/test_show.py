"""`qa show`: an article with what is known of it, its very text for programs, and nothing but words for a terminal."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from index.article_index import ArticleIndex
from qa.cli.main import app
from qa.testing import HashingEmbedding

PAGE = (
    '<html><head><title>A bridge for Lowmoor</title><meta property="og:site_name" content="Gazette">'
    '<meta property="article:published_time" content="2025-03-16T08:00:00Z">'
    '<link rel="canonical" href="https://example.org/bridge"></head>'
    "<body><article><p>The bridge opened on Monday.</p><p>It is long.</p></article></body></html>"
)
# Sequences that set a title, clear the screen, write a link or to the clipboard; C1 forms; backspaces; bidi controls.
CONTROLS = (
    "\x1b]0;owned\x07\x1b[2J\x1b]8;;https://evil.example\x1b\\link\x1b]52;c;AAAA\x07\x9b2J\x9d0;x\x9c\x08\x08\x7f"
)
HIDDEN = "\u202ereversed\u202c \u2066isolated\u2069 \u200bnarrow\ufeff \u00adsoft \U000e0041tag"
FILES = {
    "page.html": PAGE,
    "2025-03-16-plain.txt": "The bridge opened.\r\n\r\n  It is\tlong.\r\nE\u0301 🦉 — “tea”.\u2028End.",
    "notes.md": "---\ntitle: 'Notes: [bold]of[/bold] Lowmoor'\ndate: 2024-05-06\nsource: Ada Finch\n---\n"
    "[red]It[/red] opened.\n",
    "dump.jsonl": json.dumps({"headline": "One", "body": "The first."}) + "\n" + json.dumps({"body": "The second."}),
    "hostile.jsonl": json.dumps(
        {"title": f"A {CONTROLS}{HIDDEN} title", "text": f"The {CONTROLS} bridge {HIDDEN} opened."}
    ),
    "a\x1b[31m\u202etxt.txt": "The tunnel opened.",
}

Show = Callable[..., Result]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArticleIndex]:
    folder = tmp_path_factory.mktemp("articles")
    for name, text in FILES.items():
        (folder / name).write_bytes(text.encode())
    index = ArticleIndex(folder, tmp_path_factory.mktemp("index") / "index", HashingEmbedding())
    assert index.sync().skipped == []
    yield index
    index.close()


@pytest.fixture
def show(index: ArticleIndex) -> Show:
    """Run `qa show` in this process, its output piped."""
    places = ("--articles", str(index.articles), "--index", str(index.folder))
    return lambda *arguments: CliRunner().invoke(app, ["show", *arguments, *places])


def seen_on_terminal(index: ArticleIndex, *arguments: str) -> str:
    """Give what `qa show` writes to a terminal, stdout and stderr together."""
    places = ["--articles", str(index.articles), "--index", str(index.folder)]
    above, below = pty.openpty()
    command = [sys.executable, "-m", "qa", "show", *arguments, *places]
    with subprocess.Popen(
        command, stdin=below, stdout=below, stderr=below, env=dict(os.environ) | {"TERM": "xterm-256color"}
    ):
        os.close(below)
        written = bytearray()
        try:
            while chunk := os.read(above, 65536):
                written += chunk
        except OSError:  # how Linux tells that the other side is closed
            pass
    os.close(above)
    return written.decode()


# For people


def test_article_is_shown_below_what_is_known_of_it_and_where_that_was_read(show: Show) -> None:
    result = show("page.html")
    assert result.exit_code == 0
    assert result.stdout == (
        "title      A bridge for Lowmoor (html)\n"
        "published  2025-03-16 (html)\n"
        "publisher  Gazette (html)\n"
        "url        https://example.org/bridge (html)\n"
        "\n"
        "The bridge opened on Monday.\n\nIt is long.\n"
    )


@pytest.mark.parametrize(
    ("article_id", "lines"),
    [
        ("2025-03-16-plain.txt", ["title      plain (file name)", "published  2025-03-16 (file name)"]),
        ("dump.jsonl#1", ["title      One (record)"]),
        ("dump.jsonl#2", ["title      dump 2 (file name)"]),
        (
            "notes.md",
            [
                "title      Notes: [bold]of[/bold] Lowmoor (front matter)",
                "published  2024-05-06 (front matter)",
                "publisher  Ada Finch (front matter)",
            ],
        ),
    ],
)
def test_each_fact_has_its_source_and_one_that_is_not_known_no_line(
    show: Show, article_id: str, lines: list[str]
) -> None:
    assert show(article_id).stdout.partition("\n\n")[0].splitlines() == lines


def test_markup_of_a_text_is_shown_as_it_is(show: Show) -> None:
    assert "[red]It[/red] opened.\n" in show("notes.md").stdout


# A span amid its surroundings


@pytest.mark.parametrize("span", [("17:26",), ("17-26",)])
def test_span_is_marked_amid_its_surroundings_without_colour(show: Show, span: tuple[str, ...]) -> None:
    assert show("page.html", *span).stdout.partition("\n\n")[2] == (
        "page.html:17-26 of 41 characters\n\nThe bridge opened>>> on Monda<<<y.\n\nIt is long.\n"
    )


def test_article_and_span_may_be_pasted_as_an_answer_prints_them(show: Show) -> None:
    assert show("page.html:17-26").stdout == show("page.html", "17:26").stdout
    assert show("dump.jsonl#1:4-9").stdout == show("dump.jsonl#1", "4:9").stdout


def test_of_a_long_article_only_the_surroundings_are_shown(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("owls hoot " * 1000)
    index = ArticleIndex(tmp_path, tmp_path / "index", HashingEmbedding())
    index.sync()
    index.close()
    places = ("--articles", str(tmp_path), "--index", str(tmp_path / "index"))
    shown = CliRunner().invoke(app, ["show", "long.txt", "5000:5004", *places]).stdout.rpartition("\n\n")[2]
    assert shown.startswith("… ")
    assert shown.endswith(" …\n")
    assert ">>>owls<<<" in shown
    assert 1000 < len(shown) < 1300


def test_text_of_a_span_alone_is_exact(show: Show) -> None:
    text = FILES["2025-03-16-plain.txt"]
    assert show("2025-03-16-plain.txt", "16:32", "--text").stdout_bytes == text[16:32].encode()
    fields = json.loads(show("2025-03-16-plain.txt", "16:32", "--json").stdout)
    assert (fields["start"], fields["end"], fields["quote"]) == (16, 32, text[16:32])


@pytest.mark.parametrize(
    ("span", "message"),
    [
        ("x", "x is no span: give two offsets"),
        ("-3:9", "No such option|is no span"),
        ("3", "3 is no span"),
        ("9:9", "The span 9:9 is empty"),
        ("9:3", "The span 9:3 is empty"),
        ("9:900", "ends behind the article, which has 41 characters"),
        (f"0:{'9' * 5000}", "is no span"),
    ],
)
def test_what_is_no_span_is_an_error_that_says_why(show: Show, span: str, message: str) -> None:
    result = show("page.html", span)
    assert (result.exit_code, result.stdout) == (2, "")
    assert re.search(message, result.stderr)


def test_terminal_sees_the_span_in_reverse(index: ArticleIndex) -> None:
    seen = seen_on_terminal(index, "page.html", "17:26")
    assert "\x1b[1;7m on Monda\x1b[0m" in seen
    assert ">>>" not in seen


@pytest.mark.parametrize(("lines", "paged"), [(5, False), (500, True)])
def test_terminal_gets_a_pager_only_for_what_does_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: int, paged: bool
) -> None:
    (tmp_path / "a.txt").write_text("The owl sat.\n\n" * lines)
    index = ArticleIndex(tmp_path, tmp_path / "index", HashingEmbedding())
    index.sync()
    index.close()
    monkeypatch.setenv("PAGER", "sed -e s/owl/pager/")
    assert ("The pager sat." in seen_on_terminal(index, "a.txt")) == paged
    monkeypatch.delenv("PAGER")
    assert "The pager sat." not in seen_on_terminal(index, "a.txt")


# For programs


@pytest.mark.parametrize("name", ["2025-03-16-plain.txt", "notes.md"])
def test_text_alone_is_the_file_to_the_byte(show: Show, name: str) -> None:
    assert show(name, "--text").stdout_bytes == FILES[name].encode()


def test_text_alone_is_exact_whatever_is_in_it(show: Show) -> None:
    assert show("hostile.jsonl#1", "--text").stdout == json.loads(FILES["hostile.jsonl"])["text"]


@pytest.mark.parametrize("flags", [("--text",), ("--text", "--json")])
def test_no_setting_of_colour_and_no_other_flag_changes_the_text_alone(
    index: ArticleIndex, flags: tuple[str, ...]
) -> None:
    places = ["--articles", str(index.articles), "--index", str(index.folder)]
    done = subprocess.run(
        [sys.executable, "-m", "qa", "show", "2025-03-16-plain.txt", *flags, *places],
        capture_output=True, check=True, env=dict(os.environ) | {"FORCE_COLOR": "1", "TTY_COMPATIBLE": "1"},
    )  # fmt: skip
    assert done.stdout == FILES["2025-03-16-plain.txt"].encode()


def test_json_has_text_facts_and_sources(show: Show) -> None:
    assert json.loads(show("page.html", "--json").stdout) == {
        "article": "page.html",
        "title": "A bridge for Lowmoor",
        "published": "2025-03-16",
        "publisher": "Gazette",
        "url": "https://example.org/bridge",
        "sources": dict.fromkeys(("title", "published", "publisher", "url"), "html"),
        "text": "The bridge opened on Monday.\n\nIt is long.",
    }


def test_fact_that_is_not_known_is_null_in_json(show: Show) -> None:
    shown = json.loads(show("dump.jsonl#2", "--json").stdout)
    assert (shown["published"], shown["publisher"], shown["url"]) == (None, None, None)
    assert shown["sources"] == {"title": "file name"}


# What is not there


@pytest.mark.parametrize(
    ("asked", "near"),
    [("page.htm", "page.html"), ("dump.jsonl", "dump.jsonl#1"), ("plain.txt", "2025-03-16-plain.txt")],
)
def test_article_that_is_not_there_is_an_error_that_names_near_ones(show: Show, asked: str, near: str) -> None:
    result = show(asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: There is no article {asked}: is it ")
    assert near in result.stderr
    assert result.stderr.count(" or ") == 2
    assert result.stderr.count("\n") == 1


def test_folder_that_was_never_indexed_is_an_error_that_says_what_to_type(tmp_path: Path) -> None:
    places = ["--articles", str(tmp_path), "--index", str(tmp_path / "index")]
    result = CliRunner().invoke(app, ["show", "a.txt", *places])
    assert result.exit_code == 2
    assert "run `qa index`" in result.stderr
    assert not (tmp_path / "index").exists()


# Terminals


@pytest.mark.parametrize("flags", [(), ("--text",), ("--text", "--json")], ids=" ".join)
def test_terminal_sees_the_words_of_a_hostile_article_and_no_control(
    index: ArticleIndex, flags: tuple[str, ...]
) -> None:
    seen = seen_on_terminal(index, "hostile.jsonl#1", *flags)
    assert seen.replace("\r\n", "").isprintable()
    assert "bridge reversed isolated narrow soft tag opened." in seen


def test_terminal_sees_json_of_the_same_value_without_controls(index: ArticleIndex) -> None:
    seen = seen_on_terminal(index, "hostile.jsonl#1", "--json")
    assert seen.replace("\r\n", "").isprintable()
    assert json.loads(seen)["text"] == json.loads(FILES["hostile.jsonl"])["text"]


def test_terminal_sees_no_control_of_a_name(index: ArticleIndex) -> None:
    seen = seen_on_terminal(index, "a\x1b[31m.txt\x07")
    assert re.sub("\x1b\\[(?:31|0)?m|\r\n", "", seen).isprintable()  # the error itself is red
    assert "a[31m.txt" in seen
    assert "a[31mtxt.txt" in seen
