"""SQLite files that cannot be opened or read."""

from pathlib import Path

import pytest

from index.catalog.sqlite.writer import SqliteCatalog
from index.errors import IndexDamagedError


def test_catalog_that_cannot_be_opened_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "catalog.sqlite").mkdir()
    for place, read_only in (("file/catalog.sqlite", False), ("catalog.sqlite", False), ("nowhere.sqlite", True)):
        with pytest.raises(IndexDamagedError, match=r"cannot be opened \(.*\): make that folder writable, or name"):
            SqliteCatalog(tmp_path / place, read_only)
    assert not (tmp_path / "nowhere.sqlite").exists()


@pytest.mark.parametrize("content", [b"no database at all " * 500, b"SQLite format 3\0" + b"\xff" * 8000])
@pytest.mark.parametrize("read_only", [False, True])
def test_file_that_is_no_database_is_damage(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "catalog.sqlite"
    path.write_bytes(content)
    with pytest.raises(IndexDamagedError, match=r"cannot be read \(.*\): delete that folder"):
        SqliteCatalog(path, read_only)
