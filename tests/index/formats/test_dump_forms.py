"""The forms that dumps come in: replies of news services, exports of reading tools, tables without names or quotes."""

import csv
import io
import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.records import parse_fields, read_records

DAY = date(2025, 3, 16)


def read(path: Path, content: object, given: str = "") -> tuple[list[Extract], str]:
    """Write a file, as JSON what is no text, and read it: its articles, and what is told to be left out."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8", newline="")
    extracts = []
    try:
        for extract in read_records(path, parse_fields(given)):
            extracts.append(extract)
    except UnreadableError as error:
        return extracts, str(error)
    return extracts, ""


def facts(extract: Extract) -> tuple[object, ...]:
    known = extract.metadata
    return known.title, known.published, known.publisher, known.url


# JSON of news services

GUARDIAN = {
    "id": "world/2025/mar/16/bridge", "webTitle": "Bridge opens", "webUrl": "https://paper.example/1",
    "webPublicationDate": "2025-03-16T09:00:00Z",
    "fields": {"trailText": "It is <b>long</b>", "body": "<p>The bridge opened.</p><p>It is long.</p>"},
}  # fmt: skip
TIMES = {
    "abstract": "A bridge opened.", "web_url": "https://paper.example/2", "snippet": "A bridge opened.",
    "lead_paragraph": "TOLNE — A bridge of 90 metres opened.", "source": "The Paper",
    "headline": {"main": "Bridge Opens", "kicker": None}, "pub_date": "2025-03-16T09:00:30+0000",
    "byline": {"original": "By A. Writer", "person": []},
}  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda each: {"response": {"status": "ok", "results": [each]}}, lambda each: [each]])
def test_guardian_is_read_with_its_paragraphs(tmp_path: Path, wrap: Any) -> None:
    (extract,), told = read(tmp_path / "a.json", wrap(GUARDIAN))
    assert (extract.text, extract.record, told) == ("The bridge opened.\n\nIt is long.", "1", "")
    assert facts(extract) == ("Bridge opens", DAY, None, "https://paper.example/1")


def test_reply_with_one_article_is_one(tmp_path: Path) -> None:
    (extract,), _ = read(tmp_path / "a.json", {"response": {"status": "ok", "content": GUARDIAN}})
    assert (extract.record, extract.metadata.title) == (None, "Bridge opens")


def test_new_york_times_is_read_with_abstract_and_first_paragraph(tmp_path: Path) -> None:
    (extract,), told = read(tmp_path / "a.json", {"status": "OK", "response": {"docs": [TIMES], "meta": {"hits": 1}}})
    assert (extract.text, told) == ("A bridge opened.\n\nTOLNE — A bridge of 90 metres opened.", "")
    assert facts(extract) == ("Bridge Opens", DAY, "The Paper", "https://paper.example/2")


@pytest.mark.parametrize(("suffix", "records"), [(".json", ["1", "2", "3"]), (".jsonl", ["1.1", "1.2", "2.1"])])
def test_replies_behind_each_other_are_read_all(tmp_path: Path, suffix: str, records: list[str]) -> None:
    replies = [{"response": {"results": [GUARDIAN, GUARDIAN]}}, {"response": {"results": [GUARDIAN]}}]
    content = json.dumps(replies) if suffix == ".json" else "\n".join(map(json.dumps, replies))
    extracts, told = read(tmp_path / f"a{suffix}", content)
    assert ([each.record for each in extracts], told) == (records, "")


def test_json_feed_is_read_with_its_title_as_publisher(tmp_path: Path) -> None:
    item = {"id": "1", "url": "https://notes.example/1", "title": "Bridge", "date_published": "2025-03-16T08:00:00Z"}
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Notes", "description": "Notes of mine.",
        "home_page_url": "https://notes.example",
        "items": [item | {"content_html": "It opened &amp; is long."}, item | {"content_text": "1 &lt; 2"}],
    }  # fmt: skip
    extracts, told = read(tmp_path / "a.json", feed)
    assert [each.text for each in extracts] == ["It opened & is long.", "1 &lt; 2"]
    assert facts(extracts[0]) == ("Bridge", DAY, "Notes", "https://notes.example/1")
    assert told == ""


def test_crawls_are_read_with_their_own_names(tmp_path: Path) -> None:
    crawled = {"date_download": "2025-03-20", "date_modify": None, "date_publish": "2025-03-16 08:30:00", "text": None,
               "maintext": "It opened.", "title": "Bridge", "source_domain": "paper.example"}  # fmt: skip
    stored = {"plain_text": "It opened.", "published_date": "2025-03-16T00:00:00", "title": "Bridge", "crawl_date": "x",
              "sitename": "paper.example"}  # fmt: skip
    for record in (crawled, stored):
        (extract,), _ = read(tmp_path / "a.jsonl", record)
        assert (extract.text, *facts(extract)) == ("It opened.", "Bridge", DAY, "paper.example", None)


def test_text_that_is_cut_off_is_read_to_its_last_whole_sentence_and_told(tmp_path: Path) -> None:
    cut = {"description": "A bridge opened.", "content": "The bridge of Tolne opened. It is 1… [+1834 chars]"}
    only = {"description": "A ford closed.", "content": "The ford of Tolne, which is … [1834 chars]"}
    gone = {"title": "[Removed]", "description": "[Removed]", "content": "[Removed]", "url": "https://removed.example"}
    extracts, told = read(tmp_path / "a.json", {"status": "ok", "articles": [cut, only, gone]})
    assert [each.text for each in extracts] == ["A bridge opened.\n\nThe bridge of Tolne opened.", "A ford closed."]
    assert told == (
        "read but for records 1, 2 (only the beginning of its text is there); "
        "record 3 (its text was taken away ([Removed]))"
    )


def test_summary_is_the_text_where_there_is_no_other(tmp_path: Path) -> None:
    record = {"title": "Bridge", "description": "It opened.", "content": None}
    assert [each.text for each in read(tmp_path / "a.json", [record])[0]] == ["It opened."]


def test_headline_is_the_text_of_an_address_without_one_but_not_of_an_article_that_failed(tmp_path: Path) -> None:
    found = {"url": "https://paper.example/1", "title": "Strike enters third day", "seendate": "20250316T121500Z",
             "domain": "paper.example"}  # fmt: skip
    extracts, told = read(tmp_path / "a.json", {"articles": [found, found | {"maintext": ""}]})
    assert [(each.text, *facts(each)) for each in extracts] == [
        ("Strike enters third day", "Strike enters third day", DAY, "paper.example", "https://paper.example/1")
    ]
    assert told == "read but for record 2 (holds no text)"


def test_questions_about_a_text_are_no_articles(tmp_path: Path) -> None:
    answers = [{"text": "90 metres", "answer_start": 3}]
    data = [{"title": "Bridge", "paragraphs": [{"context": "It opened.", "qas": [{"answers": answers}]}]}]
    assert read(tmp_path / "a.json", {"version": "2", "data": data})[0] == []


# The option


def test_option_leads_into_objects_and_lists(tmp_path: Path) -> None:
    record = {"doc": {"parts": [{"kind": "x"}, {"kind": "y", "words": "It opened."}]}, "meta": {"head": "Bridge"}}
    extracts, _ = read(tmp_path / "a.json", [record], "text=doc.parts.words,title=Meta.head")
    assert [(each.text, each.metadata.title) for each in extracts] == [("It opened.", "Bridge")]
    assert read(tmp_path / "a.json", [record], "text=doc.parts.0.kind")[0][0].text == "x"


def test_option_names_columns_by_their_places_with_names_or_without(tmp_path: Path) -> None:
    for head in ("", "no,kop,bericht\n"):
        extracts, told = read(tmp_path / "a.csv", f"{head}7,Bridge,It opened.\n8,Ford,It rained.\n", "title=2,text=3")
        assert [(each.text, each.metadata.title) for each in extracts] == [
            ("It opened.", "Bridge"), ("It rained.", "Ford")
        ]  # fmt: skip
        assert told == ""


# Exports of reading tools


def test_annotations_of_hypothesis_are_the_words_marked_and_the_note(tmp_path: Path) -> None:
    selectors = [{"type": "RangeSelector"}, {"type": "TextQuoteSelector", "exact": "The bridge opened.", "prefix": "x"}]
    row = {
        "id": "q", "created": "2025-03-16T08:00:00+00:00", "user": "acct:a@hypothes.is", "text": "Check this.",
        "uri": "https://paper.example/1", "document": {"title": ["Bridge"]}, "tags": [],
        "target": [{"source": "https://paper.example/1", "selector": selectors}],
    }  # fmt: skip
    extracts, _ = read(tmp_path / "a.json", {"total": 1, "rows": [row]})
    assert extracts[0].text == "The bridge opened.\n\nCheck this."
    assert facts(extracts[0]) == ("Bridge", DAY, None, "https://paper.example/1")


def test_zotero_is_read_as_json_and_as_a_table(tmp_path: Path) -> None:
    item = {"id": "x", "type": "article-newspaper", "title": "Bridge", "container-title": "Paper", "publisher": "Press",
            "abstract": "It opened.", "issued": {"date-parts": [["2025", 3, 16]]}, "accessed": {"date-parts": [[2025]]},
            "URL": "https://paper.example/1"}  # fmt: skip
    (extract,), _ = read(tmp_path / "a.json", [item])
    assert (extract.text, *facts(extract)) == ("It opened.", "Bridge", DAY, "Paper", "https://paper.example/1")
    table = (
        '"Key","Item Type","Title","Publication Title","Url","Abstract Note","Date","Date Added"\n'
        '"X","newspaperArticle","Bridge","Paper","https://paper.example/1","It opened.","2025-03-16","2025-05-01"\n'
    )
    (extract,), _ = read(tmp_path / "a.csv", table)
    assert (extract.text, *facts(extract)) == ("It opened.", "Bridge", DAY, "Paper", "https://paper.example/1")


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            "URL,Title,Selection,Folder,Timestamp\nhttps://a.example/1,Bridge,It opened.,Unread,1742083200\n",
            "It opened.",
        ),
        ("title,url,time_added,tags,status\nBridge,https://a.example/1,1742083200,,unread\n", "Bridge"),
    ],
    ids=["Instapaper", "Pocket"],
)
def test_day_of_saving_is_not_that_of_publication(tmp_path: Path, table: str, text: str) -> None:
    (extract,), _ = read(tmp_path / "a.csv", table)
    assert (extract.text, *facts(extract)) == (text, "Bridge", None, None, "https://a.example/1")


# Tables


def test_columns_without_names_are_guessed_by_what_is_in_them(tmp_path: Path) -> None:
    rows = [
        ["3", "Bridge opens", "TOLNE - The bridge, 90 metres long, opened on Sunday.", "2025-03-16"],
        ["4", "Ford closes", "TOLNE - The ford closed for good.", "2025-03-17"],
    ]
    for delimiter in ",;\t":
        table = io.StringIO()
        csv.writer(table, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
        extracts, told = read(tmp_path / "a.csv", table.getvalue())
        assert [(each.text, *facts(each)[:2], each.record) for each in extracts] == [
            (rows[0][2], "Bridge opens", DAY, "1"),
            (rows[1][2], "Ford closes", date(2025, 3, 17), "2"),
        ]
        assert told == ""


@pytest.mark.parametrize(
    "names",
    ["Titel;Datum;Inhalt;Quelle", "titre;date de publication;texte;média", "título;fecha;contenido;periódico",
     "titolo;data;testo;testata", "tytuł;data;treść;gazeta", "заголовок;дата;текст;источник"],
)  # fmt: skip
def test_names_of_the_great_european_languages_are_known(tmp_path: Path, names: str) -> None:
    (extract,), _ = read(tmp_path / "a.csv", f"{names}\nBridge, new;16.03.2025;It opened, at last.;Paper\n")
    assert (extract.text, *facts(extract)[:3]) == ("It opened, at last.", "Bridge, new", DAY, "Paper")


def test_mark_that_is_not_closed_costs_no_other_row(tmp_path: Path) -> None:
    rows = [
        '2025-03-16\tPoet\t"The sea taught me, she said.',
        "2025-03-17\tFerry\tIt was late.",
        "2025-03-18\tFair\tIt began.",
    ]
    for last in ([], ['2025-03-19\tPlay\t"A play" opened.']):
        extracts, told = read(tmp_path / "a.tsv", "\n".join(["date\ttitle\tbody", *rows, *last, ""]))
        assert [each.metadata.title for each in extracts] == ["Poet", "Ferry", "Fair", "Play"][: 3 + len(last)]
        assert (extracts[0].text, extracts[1].text) == ("The sea taught me, she said.", "It was late.")
        assert told == ""


def test_row_that_cannot_be_told_from_its_rest_is_named(tmp_path: Path) -> None:
    content = 'title,text\nPoet,"The sea taught me.\nShe said so\nFerry,It was late.\nFair,It began.\n'
    extracts, told = read(tmp_path / "a.csv", content)
    assert [each.metadata.title for each in extracts] == ["Ferry", "Fair"]
    assert told == "read but for record 1 (a quotation mark that is not closed); record 2 (holds no text)"


def test_text_of_several_lines_with_marks_inside_stays_whole(tmp_path: Path) -> None:
    content = 'title,text\nPoet,"The sea\nis a ""teacher"", she said,\n\nand left."\nFerry,It was late.\n'
    extracts, told = read(tmp_path / "a.csv", content)
    assert [each.text for each in extracts] == ['The sea\nis a "teacher", she said,\n\nand left.', "It was late."]
    assert told == ""


@pytest.mark.parametrize("name", ["story_text", "articleContent", "Post Body"])
def test_text_is_known_by_the_last_word_of_its_name(tmp_path: Path, name: str) -> None:
    record = {"title": "Fair", "url": "https://a.example/1", "image_alt_text": "A boat.", name: "It began at noon."}
    (extract,), _ = read(tmp_path / "a.json", record)
    assert extract.text == "It began at noon."


def test_line_that_tells_excel_the_separator_is_no_record(tmp_path: Path) -> None:
    (extract,), _ = read(tmp_path / "a.csv", "sep=;\r\nTitel;Text;Datum\r\nMarkt;Er begann, um 9.;2025-03-16\r\n")
    assert (extract.text, extract.metadata.title, extract.metadata.published) == ("Er begann, um 9.", "Markt", DAY)


def test_address_in_place_of_a_title_is_no_text(tmp_path: Path) -> None:
    address = "https://a.example/1"
    _, told = read(tmp_path / "a.csv", f"title,url,time_added\n{address},{address},1700000000\n")
    assert "holds no text" in told


def test_title_of_a_table_without_names_is_the_column_of_many_values(tmp_path: Path) -> None:
    rows = [
        ("Low Gazette", "03.05.2024", title, f"{title} it said, and nobody in the town knew why.") for title in "ABC"
    ]
    content = "".join(
        ",".join([paper, day, f"Ship {title} left", f'"{text}"']) + "\n" for paper, day, title, text in rows
    )
    extracts, _ = read(tmp_path / "a.csv", content)
    assert [each.metadata.title for each in extracts] == ["Ship A left", "Ship B left", "Ship C left"]


@pytest.mark.parametrize("line", ['5"\t"inch', 'A,"open', '"""', 'a"b"c"d'])
def test_marks_of_any_kind_on_every_line_cost_no_time(tmp_path: Path, line: str) -> None:
    began = time.perf_counter()
    read(tmp_path / "a.tsv", "title\ttext\n" + f"{line}\n" * 100_000)
    assert time.perf_counter() - began < 120


def test_column_of_many_rows_is_read_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("text\n" + '"The bridge opened, at last."\n' * 50_000)
    assert sum(1 for _ in read_records(path, parse_fields(""))) == 50_000
