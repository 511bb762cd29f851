"""An answer that is taken along is text: no markup of an article in Markdown, no formula in a spreadsheet."""

import csv
import io

import pytest

from index.catalog.writer import Catalog
from qa.web.page.copies import as_csv, as_markdown
from tests.qa.web.page.answers import BOUGHT, abstention, fact, listed, timeline
from tests.qa.web.page.hostile import PAYLOADS


def test_markdown_has_a_footnote_for_each_citation(catalog: Catalog) -> None:
    written = as_markdown(timeline(catalog)).splitlines()
    assert written[0] == "**What happened?**"
    assert written[2].startswith("- 3 March 2025: The council of Orsby put off")
    assert written[2].endswith("[^1]")
    assert written[3].endswith("[^2][^1]")
    assert written[6].startswith(f"[^2]: “{BOUGHT}” Orsby buys the ferry, Harbour Post, 2025-04-14 (vote/second.md:")
    assert as_markdown(fact(catalog)).splitlines()[2] == f"{BOUGHT}[^1]"


def test_markdown_of_an_abstention_says_why(catalog: Catalog) -> None:
    assert "The articles do not say: the model finds no sentence" in as_markdown(abstention(catalog))


def test_csv_has_a_row_for_each_statement(catalog: Catalog) -> None:
    rows = list(csv.reader(io.StringIO(as_csv(listed(catalog)))))
    assert rows[0] == ["statement", "total", "item", "articles", "places", "quote"]
    assert rows[2][:4] == ["Ida Brandt", "", "Ida Brandt", "vote/first.md | vote/second.md"]
    assert all(len(row) == len(rows[0]) for row in rows)


@pytest.mark.parametrize("text", ['=HYPERLINK("https://evil.example")', "+1+1", "-cmd", "@SUM(A1)", "\t=1"])
def test_no_cell_begins_a_formula(catalog: Catalog, text: str) -> None:
    answer = fact(catalog)
    answer["statements"][0] |= {"text": text, "cells": {text: text}}
    answer["citations"][0] |= {"quote": text, "article": text}
    rows = list(csv.reader(io.StringIO(as_csv(answer))))
    assert [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))] == []


def test_a_negative_number_stays_one(catalog: Catalog) -> None:
    answer = fact(catalog)
    answer["statements"][0] |= {"text": "-4.5"}
    assert list(csv.reader(io.StringIO(as_csv(answer))))[1][0] == "-4.5"


def test_no_payload_is_markup_in_markdown(catalog: Catalog) -> None:
    for name, payload in PAYLOADS.items():
        answer = fact(catalog)
        answer["question"] = answer["statements"][0]["text"] = payload
        answer["citations"][0] |= {"quote": payload, "title": payload, "article": payload}
        written = as_markdown(answer)
        assert (name, len(written.splitlines())) == (name, 5)
        bare = written.replace("[^1]", "").replace("**", "")
        assert (name, [char for at, char in enumerate(bare) if char in "<>[]`" and bare[at - 1] != "\\"]) == (name, [])
        assert (name, "http:" in bare or "https:" in bare) == (name, False)
