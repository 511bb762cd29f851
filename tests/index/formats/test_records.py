"""Reading dumps: JSON Lines, JSON, CSV, TSV and Parquet, with the names that their fields happen to have."""

import codecs
import csv
import io
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from index.errors import UsageError
from index.formats.extract import Extract, UnreadableError
from index.formats.markup import strip_tags
from index.formats.records import SUFFIXES, Fields, parse_fields, read_records

DAY = date(2025, 3, 16)
WriteDump = Callable[[str, Any], Path]

FREELY_NAMED = [suffix for suffix in SUFFIXES if suffix != ".ris"]  # whose tags are given: `test_ris`


@pytest.fixture
def write(tmp_path: Path) -> WriteDump:
    """Write a file of this suffix, from its content or from records in the form that the suffix names."""

    def write_dump(suffix: str, content: Any) -> Path:
        path = tmp_path / f"dump{suffix}"
        if suffix == ".parquet" and isinstance(content, list):
            parquet.write_table(pyarrow.Table.from_pylist(content), path)
        else:
            text = _dump(suffix, content) if isinstance(content, list) else content
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_dump


def _dump(suffix: str, records: list[dict[str, Any]]) -> str:
    if suffix == ".json":
        return json.dumps(records, indent=1)
    if suffix in (".jsonl", ".ndjson"):
        return "".join(json.dumps(record) + "\n" for record in records)
    table = io.StringIO()
    writer = csv.DictWriter(table, list(records[0]), delimiter="\t" if suffix == ".tsv" else ",")
    writer.writeheader()
    writer.writerows(records)
    return table.getvalue()


def read_all(path: Path, given: str = "") -> list[Extract]:
    return list(read_records(path, parse_fields(given)))


def read_some(path: Path, given: str = "") -> tuple[list[Extract], str]:
    """Read what can be read, and the reason that is told for the rest."""
    records = read_records(path, parse_fields(given))
    extracts = []
    try:
        for extract in records:
            extracts.append(extract)
    except UnreadableError as told:
        return extracts, str(told)
    return extracts, ""


def read_only(path: Path, given: str = "") -> Extract:
    (extract,) = read_all(path, given)
    return extract


# Every kind

TEXTS = ["The bridge opened.", 'It is "long",\nand wide; very\twide.', "Über den Fluß — 橋。"]


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_records_are_read_with_their_fields_and_their_number(write: WriteDump, suffix: str) -> None:
    records = [
        {"title": "A bridge", "text": text, "date": "2025-03-16", "source": "Reuters", "url": "https://example.org/a"}
        for text in TEXTS
    ]
    extracts = read_all(write(suffix, records))
    assert [(each.record, each.text) for each in extracts] == [("1", TEXTS[0]), ("2", TEXTS[1]), ("3", TEXTS[2])]
    for metadata in (each.metadata for each in extracts):
        assert (metadata.title, metadata.published, metadata.publisher) == ("A bridge", DAY, "Reuters")
        assert metadata.url == "https://example.org/a"
        assert set(metadata.sources.values()) == {"record"}


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_names_of_fields_are_guessed_whatever_their_case(write: WriteDump, suffix: str) -> None:
    record = {
        "ID": "7", "Head_Line": "A bridge", "Full Text": TEXTS[0], "publishedAt": "1742083200",
        "Outlet": "Reuters", "Link": "https://example.org/a",
    }  # fmt: skip
    extract = read_only(write(suffix, [record]))
    metadata = extract.metadata
    assert extract.text == TEXTS[0]
    assert (metadata.title, metadata.published, metadata.publisher) == ("A bridge", DAY, "Reuters")
    assert metadata.url == "https://example.org/a"


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_names_that_a_person_gives_are_preferred_to_every_guess(write: WriteDump, suffix: str) -> None:
    record = {
        "text": "No.",
        "title": "No",
        "Wortlaut": TEXTS[0],
        "Zeile": "A bridge",
        "stamp": "16.03.2025",
        "von": "dpa",
    }
    extract = read_only(write(suffix, [record]), "text=wortlaut, title=Zeile,published=stamp,publisher=von")
    assert extract.text == TEXTS[0]
    assert (extract.metadata.title, extract.metadata.published, extract.metadata.publisher) == ("A bridge", DAY, "dpa")


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_dump_without_a_text_field_is_refused_with_its_fields_and_the_option(write: WriteDump, suffix: str) -> None:
    path = write(suffix, [{"id": 1, "price": 2.5, "wortlaut": "The bridge opened."}] * 3)
    with pytest.raises(UnreadableError, match=r"\(fields: id, price, wortlaut\): name it with --fields text=NAME"):
        read_all(path)
    with pytest.raises(UnreadableError, match=r'no field is named "body" \(fields: id, price, wortlaut\)'):
        read_all(path, "text=body")


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_record_without_text_is_named_and_the_others_keep_their_numbers(write: WriteDump, suffix: str) -> None:
    records = [{"title": "A bridge", "text": text} for text in ("", "The bridge opened.", " \n")]
    extracts, told = read_some(write(suffix, records))
    assert [each.record for each in extracts] == ["2"]
    assert told == f"read but for {'line' if suffix in ('.jsonl', '.ndjson') else 'record'}s 1, 3 (holds no text)"


@pytest.mark.parametrize("suffix", FREELY_NAMED)
def test_dump_of_empty_texts_is_refused(write: WriteDump, suffix: str) -> None:
    with pytest.raises(UnreadableError, match=r"(record|line) 1: holds no text"):
        read_all(write(suffix, [{"title": "A bridge", "text": ""}] * 2))


@pytest.mark.parametrize("suffix", FREELY_NAMED)
@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"\x89PNG\r\n\x1a\n\0\0\xff\xfe", b"\xff\xfe\0", b"PAR1" + b"\0" * 64]
)
def test_file_that_is_no_dump_is_refused(write: WriteDump, suffix: str, content: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_all(write(suffix, content))


@pytest.mark.parametrize("suffix", FREELY_NAMED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(content=st.binary() | st.text(st.sampled_from('[]{}":,;\n\r\t\\ text0aé')).map(str.encode))
def test_no_file_breaks_the_reading(write: WriteDump, suffix: str, content: bytes) -> None:
    with suppress(UnreadableError):
        read_all(write(suffix, content))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=4))
def test_text_of_a_record_is_read_as_it_was_written(write: WriteDump, texts: list[str]) -> None:
    texts = [f"a{text}" for text in texts]
    for suffix in FREELY_NAMED:
        extracts = read_all(write(suffix, [{"title": "A bridge", "text": text} for text in texts]))
        assert [each.text for each in extracts] == texts


# Fields of a record


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_nested_field_is_known_by_its_name(write: WriteDump, suffix: str) -> None:
    record = {"content": TEXTS[0], "source": {"id": None, "name": "Reuters"}, "title": {"rendered": "A bridge"}}
    extract = read_only(write(suffix, [record]))
    assert (extract.metadata.publisher, extract.metadata.title) == ("Reuters", "A bridge")


@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".parquet"])
def test_list_of_paragraphs_is_joined(write: WriteDump, suffix: str) -> None:
    assert read_only(write(suffix, [{"body": ["One.", "Two."]}])).text == "One.\n\nTwo."


def test_first_text_field_that_is_not_empty_is_the_text(write: WriteDump) -> None:
    record = {"text": "", "content": "The bridge opened.", "body": None}
    assert read_only(write(".jsonl", [record])).text == "The bridge opened."


@pytest.mark.parametrize("value", [1742083200, 1742083200000, 1742083200.25, "Sun, 16 Mar 2025 10:00:00 GMT", 20250316])
def test_date_of_a_record_is_read_as_a_number_or_text(write: WriteDump, value: object) -> None:
    assert read_only(write(".jsonl", [{"text": TEXTS[0], "created_at": value}])).metadata.published == DAY


def test_date_that_is_in_doubt_or_to_come_is_not_known(write: WriteDump) -> None:
    records = [{"text": TEXTS[0], "date": value} for value in ("03/04/2025", "2999-01-01", 12, True, None, [2025])]
    assert [each.metadata.published for each in read_all(write(".jsonl", records))] == [None] * 6


def test_title_of_a_record_is_no_part_of_its_text(write: WriteDump) -> None:
    assert read_only(write(".jsonl", [{"title": "A bridge", "text": "It opened."}])).text == "It opened."


# HTML in a field


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (
            "<p>The bridge <b>opened</b>.</p>\n<p>It is\n long &amp; wide.</p>",
            "The bridge opened.\n\nIt is long & wide.",
        ),
        ("It opened.<br>It is <i>long</i>.<br/>Wide.", "It opened.\nIt is long.\nWide."),
        (
            "<div><h1>A</h1>one<p>two<!-- no --> too<script>no()</script><style>no</style></div>tail",
            "A\n\none\n\ntwo too\n\ntail",
        ),
        ("<ul><li>One<li>Two</ul>", "One\n\nTwo"),
        ("<p>" * 5_000 + "deep", "deep"),
    ],
    ids=["paragraphs", "breaks", "what is not read", "lists", "deep"],
)
def test_html_is_taken_off_a_text_field(write: WriteDump, markup: str, text: str) -> None:
    assert read_only(write(".jsonl", [{"text": markup}])).text == text


@pytest.mark.parametrize(
    "text",
    [
        "The tag <p> begins a paragraph, and </p> ends it.",
        "if a < b and c > d: print('<b>')",
        "5 < 6 &amp; 7 > 6",
        "<john@example.org> wrote: it opened.",
        "Write <code> or <list<int>> here.",
        "",
    ],
)
def test_text_that_is_not_clearly_html_stays_as_it_is(text: str) -> None:
    assert strip_tags(text) == text


def test_title_loses_its_tags_and_entities(write: WriteDump) -> None:
    records = [{"text": "It opened.", "title": title} for title in ("<b>Q&amp;A</b>", "Q&#38;A", "Q&A")]
    assert {each.metadata.title for each in read_all(write(".jsonl", records))} == {"Q&A"}


@pytest.mark.parametrize(
    "markup", ["<p>" + "<" * 10**6, "<a " * 10**5, "<p>" + "&" * 10**6, "<b>" * 10**5, "<p>\0\ud800\x0b"]
)
def test_markup_of_any_shape_costs_no_time(markup: str) -> None:
    began = time.perf_counter()
    strip_tags(markup)
    assert time.perf_counter() - began < 3


# JSON Lines


def test_broken_line_is_passed_over_and_named(write: WriteDump) -> None:
    good = json.dumps({"text": "The bridge opened."}).encode()
    lines = [good, b'{"text": "cut', b"", b"[1, 2]", b'{"text": "A\xff tea."}', b'{"other": 1}', good + b"\r", good]
    extracts, told = read_some(write(".jsonl", b"\n".join(lines)))
    assert [each.record for each in extracts] == ["1", "5", "7", "8"]
    assert told == (
        "read but for line 2 (no JSON: Invalid control character); line 4 (no JSON object); line 5 (bytes "
        "that are no text are lost in it); 1 for other reasons"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ('\n{"text": "cut\n{"text": 1}\n', "line 2: no JSON: Invalid control character$"),
        ("title,text\nA bridge,It opened.\n", "line 1: no JSON: Expecting value"),
        ('"a"\n"b"', "line 1: no JSON object"),
        (b'{"text": "\xff"}', "line 1: holds no text"),
        ("[" * 100_000, "line 1: no JSON: "),
        ("9" * 100_000, "line 1: no JSON: Exceeds the limit"),
    ],
    ids=["cut", "CSV", "no objects", "Latin-1", "deep", "long number"],
)
def test_json_lines_without_a_good_one_are_refused_with_the_first_cause(
    write: WriteDump, content: str | bytes, reason: str
) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_all(write(".jsonl", content))


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: codecs.BOM_UTF8 + text.encode(),
        lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"),
        lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"),
    ],
    ids=["utf-8 with mark", "utf-16-le", "utf-16-be"],
)
@pytest.mark.parametrize("suffix", [".jsonl", ".json", ".csv", ".tsv"])
def test_byte_order_mark_is_understood(write: WriteDump, suffix: str, encode: Callable[[str], bytes]) -> None:
    records = [{"title": "Brücke", "text": text} for text in TEXTS]
    content = encode(_dump(suffix, records))
    assert [each.text for each in read_all(write(suffix, content))] == TEXTS


def test_line_of_any_length_is_passed_over_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    with path.open("w") as file:
        file.write('{"text": "The bridge opened."}\n{"text": "')
        for _ in range(40):
            file.write("a" * 1_000_000)
        file.write('"}{"text": "no record"}\n{"text": "It is long."}')
    tracemalloc.start()
    extracts, told = read_some(path)
    assert ([each.record for each in extracts], told[:18]) == (["1", "3"], "read but for line ")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60_000_000


# JSON


@pytest.mark.parametrize(
    "value",
    [
        [{"text": "One."}, 5, {"text": "Two."}],
        {"status": "ok", "articles": [{"text": "One."}, None, {"text": "Two."}]},
        {"content": [{"title": "A", "text": "One."}, None, {"title": "B", "article": {"title": "B", "text": "Two."}}]},
        {"response": {"tags": [{"id": 1}], "results": [{"text": "One."}, "", {"text": "Two."}]}},
    ],
)
def test_list_of_articles_is_found_in_a_json_file(write: WriteDump, value: object) -> None:
    extracts = read_all(write(".json", json.dumps(value)))
    assert [(each.record, each.text) for each in extracts] == [("1", "One."), ("3", "Two.")]


def test_json_object_with_a_text_is_one_article(write: WriteDump) -> None:
    value = {"title": "A bridge", "maintext": "It opened.", "images": [{"text": "no article"}]}
    extract = read_only(write(".json", json.dumps(value)))
    assert (extract.record, extract.text, extract.metadata.title) == (None, "It opened.", "A bridge")


def test_json_lines_by_the_name_of_json_are_read(write: WriteDump) -> None:
    content = '{"text": "One."}\n{"text": "Two."}\n'
    assert [each.record for each in read_all(write(".json", content))] == ["1", "2"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            '{"version": "v2", "data": [{"title": "A", "paragraphs": []}]}',
            r"\(fields: title, paragraphs\): name it with",
        ),
        ('{"name": "a", "numbers": [1, 2]}', r"\(fields: name, numbers\): name it with"),
        ("[1, 2]", "holds no list of objects"),
        ("{}", "holds no list of objects"),
        ("null", "holds no list of objects"),
        ('{"text": "a", }', "no JSON: "),
        ("[" * 100_000, "no JSON: "),
        ("{} trailing", "no JSON: Extra data"),
    ],
)
def test_other_json_is_refused_with_the_reason(write: WriteDump, content: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_all(write(".json", content))


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found_by_the_names(write: WriteDump, delimiter: str) -> None:
    row = ["A bridge, long", "It opened; at last | it did, too.\tYes, it did.", "2025-03-16"]
    table = io.StringIO()
    csv.writer(table, delimiter=delimiter).writerows([["title", "text", "date"], row])
    extract = read_only(write(".csv", table.getvalue()))
    assert (extract.metadata.title, extract.text, extract.metadata.published) == (row[0], row[1], DAY)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "cp1251", "utf-16"])
def test_csv_of_an_older_encoding_is_read(write: WriteDump, encoding: str) -> None:
    text = {
        "cp1251": "Президент сказал, что новый мост открыт для всех жителей города. " * 3,
    }.get(
        encoding,
        "L'été dernier, la société a présenté ses résultats à Genève. Les députés étaient déjà à la fête. " * 3,
    )
    path = write(".csv", f'title,text\nA,"{text}"\n'.encode(encoding))
    assert read_only(path).text == text


def test_encoding_that_shows_late_is_found(write: WriteDump) -> None:
    rows = (
        "A bridge,The bridge has been opened to all.\n" * 40_000 + "A café,L'été dernier la société était à Genève.\n"
    )
    extracts = read_all(write(".csv", ("title,text\n" + rows).encode("cp1252")))
    assert (len(extracts), extracts[-1].text) == (40_001, "L'été dernier la société était à Genève.")


def test_row_with_more_fields_than_names_is_named(write: WriteDump) -> None:
    content = "title,text\nA bridge,It opened, at last.\nB,It is long.\n"
    extracts, told = read_some(write(".csv", content))
    assert [(each.record, each.text) for each in extracts] == [("2", "It is long.")]
    assert told == "read but for record 1 (more fields than the first row has)"
    with pytest.raises(UnreadableError, match="record 1: more fields than the first row has"):
        read_all(write(".csv", "text\nIt opened, at last.\n"))


def test_field_of_many_characters_is_read_and_of_too_many_is_refused(write: WriteDump) -> None:
    assert len(read_only(write(".csv", "text\n" + "a" * 1_000_000)).text) == 1_000_000
    with pytest.raises(UnreadableError, match="record 1: field larger than field limit"):
        read_all(write(".csv", "text\n" + "a" * 10_000_001))


def test_quoted_names_are_understood(write: WriteDump) -> None:
    content = '"id";"full text";"title"\n1;"It opened; at last.";"A, B"\n'
    extract = read_only(write(".csv", content))
    assert (extract.text, extract.metadata.title) == ("It opened; at last.", "A, B")


def test_csv_of_numbers_without_names_is_refused(write: WriteDump) -> None:
    with pytest.raises(UnreadableError, match=r"\(fields: 3.5, 2025-03-16\)"):
        read_all(write(".csv", "3.5,2025-03-16\n4,2025-03-17\n"))


# Parquet


def test_parquet_reads_times_and_bytes_and_only_the_columns_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "dump.parquet"
    times = pyarrow.array([1742083200_123456789], pyarrow.timestamp("ns", "Europe/Berlin"))
    table = {"body": [b"The bridge opened."], "created": times, "vector": [[0.5] * 8], "site": ["Reuters"]}
    parquet.write_table(pyarrow.table(table), path)
    extract = read_only(path)
    assert (extract.text, extract.metadata.published, extract.metadata.publisher) == (TEXTS[0], DAY, "Reuters")


@pytest.mark.parametrize("value", [DAY, datetime(2025, 3, 16, 10, 30, tzinfo=UTC), datetime(2025, 3, 16)])
def test_parquet_reads_dates(write: WriteDump, value: object) -> None:
    assert read_only(write(".parquet", [{"text": TEXTS[0], "date": value}])).metadata.published == DAY


def test_parquet_of_many_batches_counts_on(write: WriteDump) -> None:
    extracts = read_all(write(".parquet", [{"text": f"Bridge {number}."} for number in range(1, 1_001)]))
    assert [(each.record, each.text) for each in extracts[:: 333]] == [
        (str(number), f"Bridge {number}.") for number in (1, 334, 667, 1_000)
    ]  # fmt: skip


def test_damaged_parquet_is_refused(write: WriteDump) -> None:
    path = write(".parquet", [{"text": f"Bridge {number}."} for number in range(1_000)])
    content = path.read_bytes()
    for damaged in (content[:-20], content[: len(content) // 2], content[:100] + b"\xff" * 200 + content[300:]):
        path.write_bytes(damaged)
        with pytest.raises(UnreadableError):
            read_all(path)


def test_parquet_without_its_library_names_the_extra(write: WriteDump) -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from pathlib import Path\n"
        "from index.formats.records import Fields, read_records\n"
        f"list(read_records(Path({str(write('.parquet', [{'text': 'a'}]))!r}), Fields()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert 'UnreadableError: reading Parquet needs an extra: pip install "article-qa[parquet]"' in run.stderr


def test_reading_records_loads_no_heavy_library() -> None:
    code = (
        "import sys, index.formats.records; print(*({'pyarrow', 'lxml', 'dateparser', 'numpy'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == ""


# The option


def test_option_names_fields() -> None:
    assert parse_fields("text=body, title = headline") == Fields(text="body", title="headline")
    assert parse_fields("text=a=b,") == Fields(text="a=b")
    assert parse_fields("") == Fields()


@pytest.mark.parametrize("given", ["body", "text=", "texts=body", "=body", "text=body,title"])
def test_option_that_names_no_field_is_refused_with_an_example(given: str) -> None:
    with pytest.raises(UsageError, match='names no field: write for example "text=body,title=headline"'):
        parse_fields(given)


def test_bytes_of_parquet_are_read_and_those_that_are_no_text_cost_themselves(tmp_path: Path) -> None:
    written = ["Die Fähre fährt.".encode(), b"The weir \xff of Tolne holds.", b"\x89PNG\0\xff"]
    texts = pyarrow.array(written, pyarrow.binary())
    parquet.write_table(pyarrow.table({"text": texts}), tmp_path / "a.parquet")
    extracts, told = read_some(tmp_path / "a.parquet")
    assert [each.text for each in extracts] == ["Die Fähre fährt.", "The weir \ufffd of Tolne holds."]
    assert told == "read but for record 2 (bytes that are no text are lost in it); record 3 (holds no text)"
