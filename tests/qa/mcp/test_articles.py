"""An article is a resource, whole or by its characters, whatever its name holds; no name leads to a file."""

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp.shared.exceptions import MCPError
from mcp.shared.uri_template import UriTemplate
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from qa.mcp.articles import TEMPLATE, TEMPLATE_OF_SEVERAL, Addresses
from qa.mcp.server import build_mcp
from qa.web.desk import Desk
from tests.support.articles import MakeFolder
from tests.support.assistant import call, object_of, read
from tests.support.web import desk_of, settings_of

ARTICLE = "000_a545c6f73c904d3a.txt"
NAMES = [
    "2025/März/a b.txt",
    "a#b?c&d=e.txt",
    "100%.txt",
    "a%2Fb.txt",
    "c:d.txt",
    "x../a...txt",
    "a+b,c;d.txt",
    "null",
    "[1].md",
]


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.none() | st.integers(0, 10**9))
def test_an_address_leads_to_its_article(article: str, start: int | None) -> None:
    matched = UriTemplate.parse(TEMPLATE).match(Addresses().of(article, start))
    assert matched == {"path": article} | ({"start": str(start)} if start is not None else {})
    of_several = UriTemplate.parse(TEMPLATE_OF_SEVERAL).match(Addresses(article).of(article, start, 7))
    assert of_several is not None
    assert (of_several["path"], of_several["folder"], of_several["end"]) == (article, article, "7")


def test_names_of_all_kinds_can_be_read(make_folder: MakeFolder, tmp_path: Path) -> None:
    named = [name if name.endswith((".txt", ".md")) else f"{name}.txt" for name in NAMES]
    folder = make_folder({name: f"This is the article {number}." for number, name in enumerate(named)})
    with desk_of([settings_of(folder, tmp_path / "index")]) as desk:
        server = build_mcp(desk)
        listed = [each["article"] for each in object_of(call(server, "list_articles"))["articles"]]
        assert sorted(listed) == sorted(named)
        for number, name in enumerate(named):
            assert read(server, Addresses().of(name)) == f"This is the article {number}."
            assert object_of(call(server, "read_article", article=name))["text"] == f"This is the article {number}."


@pytest.fixture(scope="module")
def server(desk: Desk) -> Any:
    return build_mcp(desk)


def test_an_article_is_read_whole_and_by_its_characters(server: Any, seeds: Path) -> None:
    with (seeds / ARTICLE).open(encoding="utf-8", newline="") as file:
        text = file.read()
    assert read(server, f"article://{ARTICLE}") == text
    assert read(server, f"article://{ARTICLE}?start=1179&end=1413") == text[1179:1413]
    assert read(server, f"article://{ARTICLE}?end=1413&start=1179") == text[1179:1413]
    assert read(server, f"article://{ARTICLE}?start=1179") == text[1179:]
    assert read(server, f"article://{ARTICLE}?end=20") == text[:20]


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("article://nothing.txt", "There is no article nothing.txt"),
        ("article://..%2F..%2Fetc%2Fpasswd", "There is no article ../../etc/passwd"),
        ("article://%2Fetc%2Fpasswd", "There is no article /etc/passwd"),
        ("article://%252e%252e%252fetc", "There is no article %2e%2e%2fetc"),
        (f"article://{ARTICLE}%00.txt", f"There is no article {ARTICLE}.txt"),
        (f"article://seeds%2F..%2F{ARTICLE}", "There is no article seeds/../"),
        ("article://../../etc/passwd", "Unknown resource"),
        ("article:///etc/passwd", "Unknown resource"),
        ("article://", "There is no article"),
        ("file:///etc/passwd", "Unknown resource"),
        (f"article://{ARTICLE}?start=9&end=9", "has no characters 9 to 9: it has 2330"),
        (f"article://{ARTICLE}?start=9&end=2331", "has no characters 9 to 2331"),
        (f"article://{ARTICLE}?start=-1", "-1 is no number of a character"),
        (f"article://{ARTICLE}?start=%D9%A1", "is no number of a character"),
        (f"article://{ARTICLE}?end={'9' * 5000}", "is no number of a character"),
    ],
)
def test_what_is_not_there_is_an_error_of_the_request(server: Any, uri: str, told: str) -> None:
    with pytest.raises(MCPError, match=re.escape(told)) as raised:
        read(server, uri)
    assert raised.value.code == INVALID_PARAMS


def test_an_index_that_is_not_there_yet_is_an_error_of_the_server(seeds: Path, tmp_path: Path) -> None:
    with desk_of([settings_of(seeds, tmp_path / "index")]) as desk:
        (tmp_path / "index" / "catalog.sqlite").rename(tmp_path / "elsewhere")
        with pytest.raises(MCPError, match="are being taken in") as raised:
            read(build_mcp(desk), f"article://{ARTICLE}")
    assert raised.value.code == INTERNAL_ERROR
