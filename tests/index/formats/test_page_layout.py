"""Columns and tables of a page, in whatever order its lines are drawn."""

import random
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.formats.page_layout import Line, in_reading_order
from index.formats.sandbox import Sandbox
from tests.support.documents import make_pdf

WEIR = [
    "The weir at Dunmoor leaks again,",
    "its warden Bruno Heron said on the",
    "morning of Monday. It is to be men-",
    "ded by the firm Stork from June on",
    "for 2 million euros.",
]
FERRY = [
    "Norlink has bought the ferry Siri",
    "and wants to let her go to Vell twice",
    "a day. The price was not told by the",
    "owners, but the harbour office spoke",
    "of 3 million euros.",
]
WEIR_TEXT = (
    "The weir at Dunmoor leaks again, its warden Bruno Heron said on the morning of Monday. It is to be mended by the "
    "firm Stork from June on for 2 million euros."
)
FERRY_TEXT = " ".join(FERRY)
SECOND = "the report that ships wait for too long."
Placed = list[tuple[float, float, str]]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(memory_bytes=512 * 2**20) as sandbox:
        yield sandbox


def text_of(sandbox: Sandbox, folder: Path, lines: Placed) -> str:
    (folder / "a.pdf").write_bytes(make_pdf([lines]))
    (extract,) = sandbox.read(folder / "a.pdf", ".pdf")
    return extract.text


def column(lines: Sequence[str], left: float, top: float = 700) -> Placed:
    return [(left, top - 14 * i, line) for i, line in enumerate(lines)]


def by_row(*columns: Placed) -> Placed:
    return sorted((line for each in columns for line in each), key=lambda line: (-line[1], line[0]))


@pytest.mark.parametrize("offset", [0, 5], ids=["on the same lines", "between the lines"])
@pytest.mark.parametrize("order", ["by column", "by row", "right first", "at random"])
def test_columns_are_read_one_after_the_other(sandbox: Sandbox, tmp_path: Path, order: str, offset: int) -> None:
    left, right = column(WEIR, 60), column(FERRY, 320, 700 - offset)
    lines = {"by column": left + right, "by row": by_row(left, right), "right first": right + left}.get(order, [])
    if not lines:
        lines = by_row(left, right)
        random.Random(7).shuffle(lines)
    assert text_of(sandbox, tmp_path, lines) == f"{WEIR_TEXT}\n\n{FERRY_TEXT}"


def test_heading_across_the_columns_stands_between_what_is_above_and_below_it(sandbox: Sandbox, tmp_path: Path) -> None:
    heading = "What the town of Lowmoor will have to say of all that in the coming summer months"
    above, below = by_row(column(WEIR, 60), column(FERRY, 320)), by_row(column(FERRY, 60, 560), column(WEIR, 320, 560))
    lines = [*above, (60.0, 600.0, heading), *below]
    expected = [WEIR_TEXT, FERRY_TEXT, heading, FERRY_TEXT, WEIR_TEXT]
    assert text_of(sandbox, tmp_path, lines).split("\n\n") == expected


def test_three_columns_of_different_length_are_read_from_the_left() -> None:
    lengths = {"a": 9, "b": 6, "c": 4}
    columns = [[f"Column {name} has line {i} of text" for i in range(count)] for name, count in lengths.items()]
    placed = [(180.0 * at, 12 * i, text) for at, lines in enumerate(columns) for i, text in enumerate(lines)]
    drawn = [[Line(text, x, x + 150, 700 - y, 10) for x, y, text in placed if y == 12 * i] for i in range(9)]
    assert [line.text for line in in_reading_order(drawn)] == [text for lines in columns for text in lines]


def test_lines_of_three_ragged_columns_are_put_in_order_out_of_any() -> None:
    rng = random.Random(2)
    placed = [
        Line(
            f"Line {i} of the column {at} goes on",
            34 + 185.0 * at,
            190 + 185 * at + 14 * rng.random(),
            720 - 8.7 * i,
            8,
        )
        for at in range(3)
        for i in range(70)
    ]
    drawn = [[line] for line in placed]
    rng.shuffle(drawn)
    assert in_reading_order(drawn) == placed


def test_running_head_of_pages_in_columns_is_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    pages = []
    for number, columns in enumerate([(WEIR, FERRY), (FERRY, WEIR)], 1):
        head = [(60.0, 790.0, "THE GAZETTE"), (300.0, 790.0, "Monday, 6 May 2024"), (510.0, 790.0, str(number))]
        foot = [(60.0, 60.0, "Gazette Press"), (400.0, 60.0, "Lowmoor")]
        pages.append(head + by_row(column(columns[0], 60), column(columns[1], 320)) + foot)
    (tmp_path / "a.pdf").write_bytes(make_pdf(pages))
    (extract,) = sandbox.read(tmp_path / "a.pdf", ".pdf")
    assert extract.text.split("\n\n") == [WEIR_TEXT, FERRY_TEXT, FERRY_TEXT, WEIR_TEXT]


TABLE = [("Port", "Boats", "Catch"), ("Vell", "24", "310"), ("Ness", "9", "122"), ("Orm", "17", "205")]


@pytest.mark.parametrize("order", ["by row", "by column"])
def test_rows_of_a_table_carry_its_header(sandbox: Sandbox, tmp_path: Path, order: str) -> None:
    table = [(72.0 + 130 * x, 640.0 - 16 * y, cell) for y, row in enumerate(TABLE) for x, cell in enumerate(row)]
    if order == "by column":
        table.sort()
    lines = [(72.0, 700.0, "The catch fell for the third year."), *table, (72.0, 540.0, "So the office says.")]
    markdown = (
        "| Port | Boats | Catch |\n| --- | --- | --- |\n| Vell | 24 | 310 |\n| Ness | 9 | 122 |\n| Orm | 17 | 205 |"
    )
    text = text_of(sandbox, tmp_path, lines)
    assert text.split("\n\n") == ["The catch fell for the third year.", markdown, "So the office says."]


def test_wide_gaps_within_a_column_are_no_gutter(sandbox: Sandbox, tmp_path: Path) -> None:
    rng = random.Random(5)
    lines: Placed = []
    for i in range(12):
        cut = 200 + rng.random() * 150
        lines += [(72, 700 - 14 * i, f"line {i} begins with this"), (cut + 60, 700 - 14 * i, "and ends so")]
    text = text_of(sandbox, tmp_path, lines)
    assert [text.find(f"line {i} begins with this and ends so") >= 0 for i in range(12)] == [True] * 12


def test_page_of_a_thousand_words_in_disorder_is_read_in_no_time() -> None:
    rng = random.Random(3)
    drawn = [
        [Line("some words of it all", x := rng.random() * 500, x + 60, rng.random() * 800, 9.0)] for _ in range(2_900)
    ]
    began = time.perf_counter()
    assert len(in_reading_order(drawn)) == 2_900
    assert time.perf_counter() - began < 20


@pytest.mark.skipif(not shutil.which("chromium"), reason="no browser that prints")
def test_page_that_a_browser_prints_in_columns_is_read(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in TABLE)
    flow = "".join(f"<p>{WEIR_TEXT} {FERRY_TEXT} The end of part {i}.</p>" for i in range(6))
    page = f"<h1>Weir</h1><div style='columns:2;column-gap:24px'>{flow}</div><table cellpadding=20>{rows}</table>"
    (tmp_path / "a.html").write_text(f"<meta charset=utf-8><body>{page}</body>")
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile",
         "--no-pdf-header-footer", f"--print-to-pdf={tmp_path}/a.pdf", f"{tmp_path}/a.html"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    (extract,) = sandbox.read(tmp_path / "a.pdf", ".pdf")
    parts = extract.text.split("\n\n")
    assert [part for part in parts if part.startswith("The weir")] == [
        f"{WEIR_TEXT} {FERRY_TEXT} The end of part {i}." for i in range(6)
    ]
    assert "| Ness | 9 | 122 |" in parts[-1]


def test_header_in_the_middle_of_its_columns_is_one(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [(110, "Lock"), (290, "Ships"), (470, "Days")], [(72, "Low Gate"), (250, "118"), (430, "9")]
    rows += [(72, "Ame"), (250, "7"), (430, "31")], [(72, "Dunmoor"), (250, "64"), (430, "12")]
    drawn = [(left, 600 - 18 * place, text) for place, row in enumerate(rows) for left, text in row]
    text = text_of(sandbox, tmp_path, [(72, 640, "Each lock has a keeper."), *drawn])
    assert "| Lock | Ships | Days |\n| --- | --- | --- |\n| Low Gate | 118 | 9 |\n" in text


def test_rows_of_numbers_without_a_header_stay_apart(sandbox: Sandbox, tmp_path: Path) -> None:
    rows = [("Low Gate", "118"), ("Ame", "7"), ("Dunmoor", "64")]
    drawn = [
        (left, 600 - 18 * place, text)
        for place, row in enumerate(rows)
        for left, text in zip((72, 250), row, strict=True)
    ]
    text = text_of(sandbox, tmp_path, [(72, 640, "Ships of last year, by lock."), *drawn])
    assert text.endswith("Low Gate | 118\n\nAme | 7\n\nDunmoor | 64")


def test_edges_of_pages_are_known_where_paragraphs_have_two_lines(sandbox: Sandbox, tmp_path: Path) -> None:
    pages = []
    for number in (1, 2):
        lines = [
            (
                72.0,
                700.0 - 40 * place - 14 * second,
                SECOND if second else f"The keeper {place} of the lock at Dunmoor says in",
            )
            for place in range(15)
            for second in (0, 1)
        ]
        pages.append([(200.0, 730.0, "Report of the locks"), *lines, (280.0, 100.0, f"Page {number} of 2")])
    (tmp_path / "a.pdf").write_bytes(make_pdf(pages))
    (extract,) = sandbox.read(tmp_path / "a.pdf", ".pdf")
    assert "Report" not in extract.text
    assert "Page" not in extract.text
