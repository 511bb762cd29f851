"""Dumps of wikis: MediaWiki's own export, and what WikiExtractor makes of it."""

import json
import time
from datetime import date
from html import escape
from pathlib import Path

import pytest

from index.formats.extract import Extract, UnreadableError
from index.formats.mediawiki import read_mediawiki
from index.formats.wiki_extractor import read_wiki_extractor
from index.formats.wikitext import text_of_wikitext
from index.formats.xml_files import read_xml

SITE = """<siteinfo><sitename>Tolnepedia</sitename><base>https://wiki.example/wiki/Start</base><namespaces>
<namespace key="0" /><namespace key="6">Datei</namespace><namespace key="14">Kategorie</namespace>
</namespaces></siteinfo>"""


def page(title: str, text: str, inside: str = "<ns>0</ns>") -> str:
    revision = f"<revision><id>5</id><timestamp>2025-03-16T03:04:05Z</timestamp><text>{escape(text)}</text></revision>"
    return f"<page><title>{escape(title)}</title>{inside}<id>7</id>{revision}</page>"


def dump(*pages: str) -> str:
    namespace = "http://www.mediawiki.org/xml/export-0.11/"
    return f'<mediawiki xmlns="{namespace}" version="0.11">{SITE}{"".join(pages)}</mediawiki>'


def read(path: Path, content: str) -> tuple[list[Extract], str]:
    path.write_text(content, encoding="utf-8")
    extracts = []
    try:
        for extract in read_xml(path) if path.suffix == ".xml" else read_wiki_extractor(path):
            extracts.append(extract)
    except UnreadableError as error:
        return extracts, str(error)
    return extracts, ""


def test_articles_of_an_export_are_read_and_the_other_pages_counted(tmp_path: Path) -> None:
    pages = [
        page("Tolne (town)", "'''Tolne''' is a town."),
        page("Tolna", "#REDIRECT [[Tolne]]", '<ns>0</ns><redirect title="Tolne" />'),
        page("Talk:Tolne", "Nice.", "<ns>1</ns>"),
        page("Template:Box", "{{{1}}}", "<ns>10</ns>"),
        page("Osk", "Osk is a ford."),
    ]
    extracts, told = read(tmp_path / "a.xml", dump(*pages))
    assert [(each.record, each.text) for each in extracts] == [("1", "Tolne is a town."), ("5", "Osk is a ford.")]
    known = extracts[0].metadata
    assert (known.title, known.published, known.publisher) == ("Tolne (town)", date(2025, 3, 16), "Tolnepedia")
    assert known.url == "https://wiki.example/wiki/Tolne_(town)"
    assert told == ("read but for pages 3, 4 (not of the articles' namespace); page 2 (redirects to another page)")


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("A [[salt mine|mine]], [[Osk]]s<ref>Atlas {{x}}</ref> and<ref name=a /> more.", "A mine, Osks and more."),
        ("{{Infobox|a={{b|c}}}}\n'''Tolne''' ({{IPA|x}}) is ''old''.", "Tolne is old."),
        ("[[Datei:a.jpg|thumb|A [[b]] c]]It opened.[[Kategorie:Towns]] [[File:x.png]]", "It opened."),
        ("One.\n\n== History ==\nTwo.\n=== Early ===\nThree.", "One.\n\nHistory\n\nTwo.\n\nEarly\n\nThree."),
        ("Towns:\n* [[Osk]]\n* Vell<br />and Orm", "Towns:\nOsk\nVell\nand Orm"),
        ("See [https://a.example the site] &amp; 5&nbsp;km<!-- no -->.__NOTOC__", "See the site & 5 km."),
        (
            '{| class="wikitable"\n! Year !! People\n|-\n| 1990 || 3,000<ref>x</ref>\n|-\n| 2000\n| 4,210\n|}\nEnd.',
            "| Year | People |\n| --- | --- |\n| 1990 | 3,000 |\n| 2000 | 4,210 |\n\nEnd.",
        ),
        ("<gallery>\na.jpg|no\n</gallery>It <math>x^2</math>ends.<nowiki>[[x]]</nowiki>", "It ends.[[x]]"),
    ],
    ids=["links", "templates", "files", "headings", "lists", "entities", "table", "elements"],
)
def test_markup_becomes_the_text_that_is_shown(markup: str, text: str) -> None:
    assert text_of_wikitext(markup, {"file", "datei", "kategorie"}) == text


@pytest.mark.parametrize("markup", ["[[" * 20_000, "{{" * 20_000, "''" * 20_000, "<ref>" * 20_000, "{|\n" * 2_000])
def test_page_of_any_markup_costs_little_time_and_no_other_page(tmp_path: Path, markup: str) -> None:
    began = time.perf_counter()
    extracts, _ = read(tmp_path / "a.xml", dump(page("A", markup), page("B", "It opened.")))
    assert extracts[-1].text == "It opened."
    assert time.perf_counter() - began < 20


def test_export_that_breaks_off_keeps_what_was_read(tmp_path: Path) -> None:
    content = dump(page("A", "One."), page("B", "Two."))
    extracts, told = read(tmp_path / "a.xml", content[: content.rindex("<revision>")])
    assert [each.text for each in extracts] == ["One."]
    assert told.startswith("broken XML: ")


def test_entities_of_an_export_are_neither_multiplied_nor_fetched(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("A secret.")
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    system = f'<!ENTITY file SYSTEM "{(tmp_path / "secret.txt").as_uri()}">'
    head = f'<!DOCTYPE mediawiki [<!ENTITY a0 "ha">{entities}{system}]>'
    content = dump(page("A", "It opened.")).replace("It opened.", "It opened. &a9; &file;")
    extracts, told = read(tmp_path / "a.xml", head + content)
    assert all(len(each.text) < 1_000 and "secret" not in each.text for each in extracts)
    assert extracts or told


def test_many_pages_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(dump(*(page(f"P{number}", "It opened.") for number in range(5_000))))
    assert sum(1 for _ in read_mediawiki(path)) == 5_000


def test_documents_of_wiki_extractor_are_articles_without_their_titles(tmp_path: Path) -> None:
    content = (
        '<doc id="12" url="https://wiki.example/?curid=12" title="Tolne &amp; Osk">\nTolne &amp; Osk\n\n'
        "Tolne is 3 &lt; 4 km wide.\n\n\n\nIt opened.\n</doc>\n"
        '<doc id="13" url="" title="Empty">\nEmpty\n\n</doc>\n'
        '<doc id="14" url="" title="Vell">\nVell\n\nVell is a town.\n'
    )
    extracts, told = read(tmp_path / "wiki_00", content)
    assert [(each.record, each.text) for each in extracts] == [
        ("1", "Tolne is 3 < 4 km wide.\n\nIt opened."), ("3", "Vell is a town.")
    ]  # fmt: skip
    assert (extracts[0].metadata.title, extracts[0].metadata.url) == ("Tolne & Osk", "https://wiki.example/?curid=12")
    assert told == "read but for article 2 (holds no text)"


def test_lines_of_json_of_wiki_extractor_are_articles(tmp_path: Path) -> None:
    lines = [{"id": "12", "url": "https://wiki.example/?curid=12", "title": "Tolne", "text": "Tolne is a town."}] * 2
    extracts, told = read(tmp_path / "wiki_01", "\n".join(map(json.dumps, lines)))
    assert [(each.record, each.text, each.metadata.title) for each in extracts] == [
        ("1", "Tolne is a town.", "Tolne"), ("2", "Tolne is a town.", "Tolne")
    ]  # fmt: skip
    assert told == ""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("The dyke is {{convert|12.5|km|mi|1|abbr=on}} long.", "The dyke is 12.5 km long."),
        ("It holds {{cvt|40|to|55|m3|cuft}} of water.", "It holds 40 to 55 m³ of water."),
        ("He is {{convert|6|ft|2|in|cm|0}} tall.", "He is 6 ft 2 in tall."),
        ("A field of {{convert|30|x|45|m}}, {{convert|-4|C|F}} cold.", "A field of 30 × 45 m, -4 °C cold."),
        ("He wrote {{lang|de|''Der Deich''}} in {{nowrap|May 1911}}.", "He wrote Der Deich in May 1911."),
        ("Orm ({{langx|sv|Ormstad}}) is a town.", "Orm (Ormstad) is a town."),
        ("Orm ({{lang-sv|Ormstad}}) is a town.", "Orm (Ormstad) is a town."),
        ("The {{abbr|HWB|Harbour and Water Board}} paid {{US$|5 million}}.", "The HWB paid US$5 million."),
        ("Built {{circa|1640}}, it fell {{c.|1650|1660}}.", "Built c. 1640, it fell c. 1650 – c. 1660."),
        ("Ada Quill (born {{birth date|1950|3|14|df=y}}) rows.", "Ada Quill (born 14 March 1950) rows."),
        ("Ada Quill (born {{birth date and age|1950|3|14}}) rows.", "Ada Quill (born March 14, 1950) rows."),
        ("She died on {{death date and age|2020|5|1|1950|3|14|df=yes}}.", "She died on 1 May 2020."),
        ("{{As of|2024|3}}, 412 people live there.", "As of March 2024, 412 people live there."),
        ("They live there {{as of|2024|lc=y}}.", "They live there as of 2024."),
        ("There are {{formatnum:41200}} of them{{spaced ndash}}or {{frac|3|4}}.", "There are 41200 of them – or 3/4."),
        (
            "{{ill|Marta Orm|sv|Marta Orm}} won for {{flag|Norway}}{{citation needed|date=May}}.",
            "Marta Orm won for Norway.",
        ),
        (
            "She said:\n{{quote|The gate {{nowrap|must not}} close.|Ada}}\nIt did.",
            "She said:\n\nThe gate must not close.\n\nIt did.",
        ),
        ("It is {{convert|{{#expr: 5*2}}|km}} {{unknown|x}}off.", "It is off."),
        ("{{convert}} {{lang}} {{circa}} {{birth date}} {{as of}} {{'}}", "c. As of '"),
    ],
)
def test_what_a_template_shows_stays_in_its_sentence(markup: str, text: str) -> None:
    assert text_of_wikitext(markup, set()) == text


def test_header_of_two_rows_stands_in_each_row_of_a_wikis_table() -> None:
    markup = """{| class="wikitable"
|+ Boats
! rowspan="2" | Port !! colspan="2" | Boats
|-
! 2023 !! 2024
|-
| Vell || 24 || {{nowrap|31}}
|-
| rowspan=2 | Ness || 7 || 9
|-
| 8 || 10
|}"""
    assert text_of_wikitext(markup, set()).split("\n") == [
        "Boats",
        "",
        "| Port | Boats 2023 | Boats 2024 |",
        "| --- | --- | --- |",
        "| Vell | 24 | 31 |",
        "| Ness | 7 | 9 |",
        "| Ness | 8 | 10 |",
    ]
