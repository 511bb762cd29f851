"""What is known of an article beside its text: dates in every form they have, titles, publishers, links."""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.dates import DAY_FIRST, MONTH_FIRST, day_order, in_doubt, parse_date
from index.formats.extract import Metadata
from index.formats.metadata import from_file_name, from_first_lines, from_mapping, merge

DAY = date(2025, 3, 16)

# Dates alone


@pytest.mark.parametrize(
    "written",
    [
        *("2025-03-16", "2025/03/16", "2025.3.16", "16/03/2025", "3/16/2025", "16.03.2025", "16-3-2025", "20250316"),
        *("16 March 2025", "16th of March, 2025", "16-Mar-2025", "March 16, 2025", "Mar. 16th 2025", "MARCH 16 2025"),
        *("Sunday, 16 March 2025", "Sun Mar 16, 2025", "(16 March 2025)", " 16\u00a0March  2025. "),
        *("2025-03-16T10:30:00Z", "2025-03-16 10:30:00.123456789", "2025-03-16T10:30:00+01:00"),
        *("Sun, 16 Mar 2025 10:00:00 +0000", "Sun, 16 Mar 2025 10:00:00 GMT", "Sun Mar 16 10:00:00 +0000 2025"),
        "Sun Mar 16 2025 10:00:00 GMT+0000 (Coordinated Universal Time)",
        *("March 16, 2025 at 10:30 AM EST", "Mar 16, 2025, 10:30am EDT", "10:30 AM EDT, Sun March 16, 2025"),
        *("Sun 16 Mar 2025 10.30 GMT", "16 March 2025 - 10:30", "March 16, 2025 9 a.m."),
        *("1742083200", "1742083200000", "1742083200.5"),
    ],
)
def test_date_is_read_in_every_form_that_says_the_day_beyond_doubt(written: str) -> None:
    assert parse_date(written) == DAY


@pytest.mark.parametrize(
    "written",
    [
        *("16 mars 2025", "dimanche 16 mars 2025 à 10h30", "16. März 2025", "Sonntag, 16. März 2025, 14:05 Uhr"),
        *("16 de marzo de 2025", "domingo, 16 de março de 2025", "16 marzo 2025", "16 maart 2025", "16 marca 2025"),
        *("16 марта 2025 г.", "16 березня 2025", "16. března 2025", "16 Mart 2025", "16 martie 2025", "16 mars 2025"),
        *("2025. március 16.", "16 Μαρτίου 2025", "16 Maret 2025", "16 tháng 3, 2025", "16 مارس 2025", "16 במרץ 2025"),
        *("16. maaliskuuta 2025", "16 मार्च 2025", "2025年3月16日", "2025년 3월 16일"),
    ],
)
def test_date_is_read_in_other_languages(written: str) -> None:
    assert parse_date(written) == DAY


@pytest.mark.parametrize(
    "value",
    [
        *(DAY, datetime(2025, 3, 16, 23, 59, tzinfo=timezone(timedelta(hours=-8))), 20250316),
        *(1742083200, 1742083200.5, 1742083200_000, 1742083200_000_000, 1742083200_000_000_000),
    ],
)
def test_date_of_a_record_may_be_a_number_or_a_date_already(value: object) -> None:
    assert parse_date(value) == DAY


@pytest.mark.parametrize("value", [datetime.now(UTC).date() + timedelta(days=1), date(1600, 1, 1), "05/05/2025"])
def test_date_at_the_edge_is_taken(value: object) -> None:
    assert parse_date(value) is not None


@pytest.mark.parametrize(
    "value",
    [
        *("03/04/2025", "03.04.2025", "03-04-2025", "3/4/25", "16/03/25", "2025-13-45", "2025-02-30", "31 June 2025"),
        *("0000-00-00", "1599-12-31", "2999-01-01", "March 16, 2999", "2025", "March 2025", "16 March", "2025-03"),
        *("yesterday", "2 days ago", "today", "", " ", "n/a", "10:30", "12", "1e400", "99999999999999999999"),
        *("The 10 best of 2024", "Die 10 besten 2024", "Model 3 review 2024", "Euro 16 final 2016", "Top 10 2024"),
        *("On March 3, 1990 he was born", "March 16, 2025" + " " * 200 + "and more"),
        *(None, True, 0, -5, 2025, 1e30, float("nan"), float("inf"), [], {}, b"2025-03-16"),
        *(datetime.now(UTC).date() + timedelta(days=2), date(1599, 12, 31)),
    ],
)
def test_what_is_no_day_beyond_doubt_is_no_date(value: object) -> None:
    assert parse_date(value) is None


@given(
    st.dates(date(1600, 1, 1), date(2025, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%A, %d %b %Y"])
)
def test_day_that_was_written_is_the_day_that_is_read(day: date, form: str) -> None:
    assert parse_date(day.strftime(form)) == day


@given(st.text(st.sampled_from("0123456789 -/.,:TZ+Marchfebdeum年月日|")))
def test_no_text_breaks_the_reading_of_dates(text: str) -> None:
    parse_date(text)


@given(st.floats() | st.integers())
def test_no_number_breaks_the_reading_of_dates(number: float) -> None:
    parse_date(number)


@pytest.mark.parametrize(
    ("written", "order"),
    [
        *(("25/05/2024", DAY_FIRST), ("05/25/2024", MONTH_FIRST), ("25.05.2024 14:30", DAY_FIRST)),
        *(("03/05/2024", None), ("05/05/2024", None), ("25/13/2024", None), ("2024-05-25", None), (20240525, None)),
    ],
)
def test_day_in_numbers_tells_the_order_where_one_number_can_be_no_month(written: object, order: str | None) -> None:
    assert day_order(written) == order


@pytest.mark.parametrize("written", ["03/05/2024", "3-5-2024", "03.05.2024, 10:30", "(03/05/2024)"])
def test_day_that_may_be_either_is_given_both_ways(written: str) -> None:
    assert in_doubt(written) == {DAY_FIRST: date(2024, 5, 3), MONTH_FIRST: date(2024, 3, 5)}


@pytest.mark.parametrize("written", ["05/05/2024", "25/05/2024", "00/05/2024", "03/05/24", "2024-03-05", "", None, 3.5])
def test_what_is_one_day_or_none_is_not_in_doubt(written: object) -> None:
    assert in_doubt(written) is None


# Dates in the first lines

BODY = "The bridge opened. It is long."


@pytest.mark.parametrize(
    "head",
    [
        *(
            "2025-03-16\n",
            "Date: 2025-03-16\n",
            "published 2025-03-16 ",
            "UPDATED:2025-03-16 ",
            "2025-03-16T10:30:00Z ",
        ),
        *("date 2025-03-16 ", "\n\n 2025-03-16 10:30 ", "16 March 2025\n", "March 16, 2025\n\n", "16/03/2025\r\n"),
        *("Sunday, 16 March 2025\n", "Published: 16 March 2025\n", "Posted on March 16, 2025\n"),
        *("First published on Sun 16 Mar 2025 10.30 GMT\n", "Updated: March 16, 2025\n", "Dated March 16, 2025\n"),
        *("By Jane Doe, March 16, 2025\n", "By Jane Doe | March 16, 2025\n", "March 16, 2025 by Jane Doe\n"),
        *(
            "Published by Reuters on March 16, 2025\n",
            "March 16, 2025 | 5 min read\n",
            "March 16, 2025 / 9:30 AM / CBS\n",
        ),
        *("Published: 16 March 2025; updated: 17 March 2025\n", "Last updated: 17 March 2025\nPosted 16 March 2025\n"),
        *("**Published:** March 16, 2025\n\n", "*March 16, 2025*\n\n", "## 16 March 2025\n"),
        *(
            "Publié le 16 mars 2025 à 10:30\n",
            "Veröffentlicht am 16. März 2025\n",
            "Publicado el 16 de marzo de 2025\n",
        ),
        *("Опубликовано: 16 марта 2025 г.\n", "2025年3月16日\n"),
    ],
)
def test_date_before_the_text_is_read_and_is_no_part_of_its_sentences(head: str) -> None:
    known, body_start = from_first_lines(head + BODY)
    assert known.published == DAY
    assert known.sources["published"] == "first lines"
    assert (head + BODY)[body_start:].strip() == BODY


@pytest.mark.parametrize(
    "text",
    [
        "A bridge for Lowmoor\n16 March 2025\n\n" + BODY,
        "A bridge for Lowmoor\r\nLong and wide\r\nBy Jane Doe\r\nUpdated 17 March 2025\r\nPublished 16 March 2025\r\n",
        "5 min read · Mar 16, 2025\n" + BODY,
        "LONDON, March 16, 2025 (Reuters) - " + BODY,
        "A bridge for Lowmoor\n\nLONDON, March 16, 2025 (Reuters) — " + BODY * 20,
        "London, March 16, 2025 (Reuters) – " + BODY,
        "SAN JOSE, Calif., March 16, 2025 /PRNewswire/ -- " + BODY,
        "WASHINGTON, D.C., 16 March 2025 – " + BODY,
        "PARIS--(BUSINESS WIRE)--March 16, 2025--" + BODY,
        "NEW YORK – March 16, 2025 – " + BODY,
        "PARIS, 16 mars 2025 (AFP) - " + BODY,
        "A bridge for Lowmoor\n\nLowmoor, 16 March 2025\n\n" + BODY,
        "A bridge for Lowmoor\nLowmoor Courier — 16 March 2025\nBy Jane Doe\n\n" + BODY,
        "# A bridge for Lowmoor\n\nThe Lowmoor & Tarnow Post - March 16, 2025\n\n" + BODY,
        "A bridge for Lowmoor\nPort St. Anna, Sunday, March 16, 2025\n" + BODY,
    ],
)
def test_date_that_does_not_begin_the_text_leaves_it_whole(text: str) -> None:
    known, body_start = from_first_lines(text)
    assert (known.published, body_start) == (DAY, 0)


@pytest.mark.parametrize(
    "text",
    [
        "It opened on 2025-03-16.",
        "On March 3, 1990 he was born.",
        "On March 3, 1990\nhe was born.",
        "March 3, 1990 was a cold day.\nIt snowed.",
        "2025-13-45 The bridge opened.",
        "2025-02-30 The bridge opened.",
        "0000-00-00 The bridge opened.",
        "2025-03-167 The bridge opened.",
        "2999-01-01 The bridge opened.",
        "٢٠٢٥-٠٣-١٦ The bridge opened.",
        "Published: 03/04/2025\nThe bridge opened.",
        "Albert Einstein, 14 March 1879 – 18 April 1955",
        "ALBERT EINSTEIN, 14 March 1879 – 18 April 1955\nHe was a physicist.",
        "Lowmoor, 16 March 2025, was cold.\nIt snowed.",
        "born in Lowmoor, 16 March 1990\nHe was a physicist.",
        "WASHINGTON, March 16 (Reuters) - The bridge opened.",
        "In Paris, March 3, 1990 - the day he was born - it rained.",
        "The 10 best bridges of 2024\nThe bridge opened.",
        "Source: The deal is under review, says the company.",
        "Source:The deal is under review. " + BODY * 10 + "\n" + BODY,
        "One.\nTwo.\nThree.\nFour.\nFive.\n16 March 2025\nSeven.",
        "The bridge is long. " * 20 + "\n16 March 2025\n" + BODY,
    ],
)
def test_date_of_a_sentence_or_in_doubt_is_no_publication_date(text: str) -> None:
    known, body_start = from_first_lines(text)
    assert (known.published, body_start) == (None, 0)


@given(st.text(st.sampled_from("March 16,2025-0:\n|*#(by)–TLODNupdated\r")), st.text())
def test_first_lines_leave_the_body_a_part_of_the_text(head: str, body: str) -> None:
    known, body_start = from_first_lines(head + body)
    assert 0 <= body_start <= len(head + body)
    assert known.sources.keys() - {"day order", "day in doubt"} == {
        name for name in ("title", "published", "publisher", "url") if getattr(known, name)
    }


@pytest.mark.parametrize("text", [" " * 10**6, "\n" * 10**6, "a, " * 10**5, "| " * 10**5, "- " * 10**5, "(" * 10**5])
def test_first_lines_of_any_shape_cost_no_time(text: str) -> None:
    began = time.perf_counter()
    for start in ("", "By ", "Date: ", "16 March", "# ", "LONDON, "):
        from_first_lines(start + text)
    assert time.perf_counter() - began < 2


def test_fields_before_the_text_are_read_and_are_no_part_of_it() -> None:
    text = f"Title: A bridge\nSource: Reuters\nURL: https://example.org/a\nDate: March 16, 2025\n\n{BODY}"
    known, body_start = from_first_lines(text)
    assert (known.title, known.publisher, known.url, known.published) == (
        *("A bridge", "Reuters", "https://example.org/a"),
        DAY,
    )
    assert text[body_start:].strip() == BODY


def test_first_lines_begin_behind_the_front_matter() -> None:
    text = "---\ntags: a\n---\n16 March 2025\n" + BODY
    known, body_start = from_first_lines(text, text.index("16"))
    assert known.published == DAY
    assert text[body_start:].strip() == BODY


# Titles


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A bridge for Lowmoor\n\nThe bridge opened.", "A bridge for Lowmoor"),
        ("2025-03-16\nA bridge for Lowmoor\r\nThe bridge opened.", "A bridge for Lowmoor"),
        ("March 16, 2025\nA bridge for Lowmoor\nThe bridge opened.", "A bridge for Lowmoor"),
        ("# A bridge for Lowmoor #\nThe bridge opened.", "A bridge for Lowmoor"),
        ("# Bridges in C#\nThe bridge opened.", "Bridges in C#"),
        ("The bridge opened.\nIt is long.", None),
        ("The bridge has been opened", None),
        ("word " * 40 + "\nThe bridge opened.", None),
        ("***\nThe bridge opened.", None),
    ],
    ids="first line|behind the ISO date|behind the date|heading|C#|a sentence|nothing follows|a long line|a rule".split(
        "|"
    ),
)
def test_title_is_a_heading_or_a_short_first_line(text: str, title: str | None) -> None:
    assert from_first_lines(text)[0].title == title


# File names


@pytest.mark.parametrize(
    ("name", "title", "published"),
    [
        ("2025-03-16-rubio-calls.txt", "rubio calls", DAY),
        ("20250316_rubio.md", "rubio", DAY),
        ("rubio_2025_03_16.txt", "rubio", DAY),
        ("the call 2025.03.16 (1).txt", "the call (1)", DAY),
        ("20250316T103000Z-rubio.txt", "rubio", DAY),
        ("rubio_20250316_1030.txt", "rubio", DAY),
        ("2025-03-16.txt", "2025-03-16", DAY),
        ("2025/03/16/rubio.txt", "rubio", DAY),
        ("news/2025-03-16/1.txt", "1", DAY),
        ("the_old-bridge.md", "the old bridge", None),
        ("000_a545c6f73c904d3a.txt", "000 a545c6f73c904d3a", None),
        ("2025-13-45-rubio.txt", "2025 13 45 rubio", None),
        ("2999-01-01.txt", "2999 01 01", None),
        ("16100512.txt", "16100512", None),
        ("12025-03-166.txt", "12025 03 166", None),
        ("a20250316b.txt", "a20250316b", None),
        ("202503161.txt", "202503161", None),
        ("---.txt", "---", None),
    ],
)
def test_file_name_gives_a_title_and_a_date_if_it_has_one(name: str, title: str, published: date | None) -> None:
    known = from_file_name(PurePosixPath(name))
    assert (known.title, known.published) == (title, published)
    assert set(known.sources.values()) == {"file name"}
    assert ("published" in known.sources) == (published is not None)


# Fields


def test_fields_are_found_whatever_their_case_hyphens_and_underscores() -> None:
    known = from_mapping(
        {"Head-Line": "A bridge", "Published_At": "2025-03-16T10:00:00Z", "SOURCE": {"id": 1, "name": "Reuters"}},
        "record",
    )
    assert (known.title, known.published, known.publisher, known.url) == ("A bridge", DAY, "Reuters", None)
    assert known.sources == {"title": "record", "published": "record", "publisher": "record"}


def test_field_that_cannot_be_used_gives_way_to_the_next() -> None:
    fields = {"title": " ", "headline": "A\n bridge", "published": "soon", "date": "2025-03-16"}
    links = {"url": "javascript:alert(1)", "source": "https://example.org/a"}
    known = from_mapping(fields | links, "record")
    assert (known.title, known.published) == ("A bridge", DAY)
    assert (known.publisher, known.url) == (None, "https://example.org/a")


def test_each_field_comes_from_the_first_that_knows_it() -> None:
    first = Metadata(title=" ", published=date(2999, 1, 1), url="file:///etc/passwd", sources={"title": "html"})
    second = Metadata(title="A bridge", published=DAY, sources={"title": "first lines", "published": "first lines"})
    third = Metadata(title="name", publisher="Reuters", sources={"title": "file name", "publisher": "feed"})
    assert merge(first, second, third) == Metadata(
        "A bridge",
        DAY,
        "Reuters",
        None,
        {"title": "first lines", "published": "first lines", "publisher": "feed"},
    )


def test_long_field_is_cut_and_what_no_database_takes_is_replaced() -> None:
    known = merge(Metadata(title="\ud800\0 " + "a" * 10_000))
    assert known.title is not None
    assert known.title.startswith("\ufffd\ufffd aaa")
    assert len(known.title) == 500
