"""A set's folder holds what the set has and nothing else, under names that are safe everywhere."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.formats.folders import Names, write_folder
from index.errors import UsageError
from index.formats.text import decode


def files_below(folder: Path) -> dict[str, bytes]:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Normans", "Normans"),
        ("A/B", "A_B"),
        ("Sky_(United_Kingdom)", "Sky__United_Kingdom_"),
        ("[a]*?", "_a_"),
        ("..", "_"),
        (".hidden", "hidden"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("", "_"),
        ("St. John's", "St._John_s"),
        ("Cafe\u0301", "Café"),
        ("a\x1b[31m\n", "a_31m_"),
        ("x" * 300, "x" * 60),
    ],
)
def test_a_name_keeps_letters_digits_and_little_else(title: str, name: str) -> None:
    assert Names().take(title) == name


def test_names_that_are_alike_after_cleaning_are_numbered() -> None:
    names = Names()
    assert [names.take(title) for title in ("A/B", "A?B", "a_b", "A_B_2", "C")] == [
        "A_B",
        "A_B_2",
        "a_b_3",
        "A_B_2_2",
        "C",
    ]


@given(st.lists(st.text(max_size=80), max_size=8))
def test_no_title_makes_a_name_that_is_unsafe_or_taken(titles: list[str]) -> None:
    names = Names()
    taken = [names.take(title) for title in titles]
    assert len({name.casefold() for name in taken}) == len(titles)
    for name in taken:
        assert not set(name) & set("[]*?/\\\0 \n")
        assert not name.startswith(".")
        assert 0 < len(f"{name}.txt".encode()) < 255


def test_a_folder_is_written_once_and_then_left_as_it_is(tmp_path: Path) -> None:
    articles = {"A.txt": "Ada.\r\nBob. 😀", "B/0001.txt": "Bob."}
    for _ in range(2):
        write_folder(tmp_path, articles)
        assert files_below(tmp_path) == {name: text.encode() for name, text in articles.items()}
        for name in articles:
            os.utime(tmp_path / name, ns=(7, 7))
    write_folder(tmp_path, articles | {"A.txt": "Eve."})
    assert (tmp_path / "A.txt").read_bytes() == b"Eve."
    assert (tmp_path / "A.txt").stat().st_mtime_ns != 7
    assert (tmp_path / "B/0001.txt").stat().st_mtime_ns == 7


def test_text_files_of_another_sample_are_removed_with_their_folders(tmp_path: Path) -> None:
    write_folder(tmp_path, {"A.txt": "x", "B/1.txt": "x", "B/C/2.txt": "x", "D/3.txt": "x"})
    (tmp_path / "D" / "notes.pdf").write_bytes(b"not of a set")
    write_folder(tmp_path, {"A.txt": "x", "B": "x"})
    assert files_below(tmp_path) == {"A.txt": b"x", "B": b"x", "D/notes.pdf": b"not of a set"}


def test_what_a_link_points_at_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").write_text("mine")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "link").symlink_to(tmp_path / "mine")
    write_folder(tmp_path / "set", {"b.txt": "x"})
    assert (tmp_path / "mine" / "a.txt").read_text() == "mine"


def test_a_text_that_begins_with_a_byte_order_mark_reads_back_whole(tmp_path: Path) -> None:
    write_folder(tmp_path, {"a.txt": "\ufeffAda."})
    assert decode((tmp_path / "a.txt").read_bytes()) == "\ufeffAda."


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        write_folder(tmp_path / "file", {"a.txt": "x"})
