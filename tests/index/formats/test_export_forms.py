"""Exports of press archives in other languages and lines, and of what reading tools have saved."""

from datetime import date
from pathlib import Path

import pytest

from index.formats.extract import UnreadableError
from index.formats.sandbox import Sandbox
from tests.index.formats.test_exports import body, documents

WRAPPED = """                               1 of 2 DOCUMENTS

                             Lowmoor Gazette

                           May 6, 2004 Thursday

Weir leaks again

SECTION: News; Pg. 2

LENGTH: 112 words

   The weir at Dunmoor leaks, and its warden Bruno
Heron, who wrote to the council in March, has had no
answer.

   He will write again.

LOAD-DATE: May 7, 2004

                               2 of 2 DOCUMENTS

                               Coast Herald

                               May 7, 2004

Ferry sold

LENGTH: 40 words

The ferry Siri was sold.

LOAD-DATE: May 9, 2004
"""


def test_wrapped_lines_of_an_export_are_sentences() -> None:
    first, _ = documents(WRAPPED)
    assert body(first) == [
        "The weir at Dunmoor leaks, and its warden Bruno Heron, who wrote to the council in March, has had no answer.",
        "He will write again.",
    ]
    assert (first.metadata.title, first.metadata.publisher) == ("Weir leaks again", "Lowmoor Gazette")


GERMAN = """Wehr wieder undicht
Von Ada Finch
112 Wörter
6. Mai 2024
Lowmoorer Anzeiger
LANZ
2
Deutsch
Copyright 2024. Verlag Lowmoor GmbH. Alle Rechte vorbehalten.
Das Wehr von Dunmoor ist undicht, sagt Wart Bruno Reiher.
Es regnet.
Verlag Lowmoor GmbH
Dokument LANZ000020240506ek5600001
Kultur
Fähre verkauft
40 Wörter
7. Mai 2024
11:02
Küstenbote
KBOT
Deutsch
(c) 2024 Küstenbote
Die Fähre Siri wurde verkauft.
Dokument KBOT000020240507ek5700002
Zusammenfassung der Suche
Text wehr
"""


def test_export_of_factiva_without_codes_is_taken_apart() -> None:
    first, second = documents(GERMAN)
    assert (first.metadata.title, first.metadata.published) == ("Wehr wieder undicht", date(2024, 5, 6))
    assert body(first) == ["Das Wehr von Dunmoor ist undicht, sagt Wart Bruno Reiher.", "Es regnet."]
    assert (second.metadata.title, second.metadata.published) == ("Fähre verkauft", date(2024, 5, 7))
    assert [each.metadata.publisher for each in (first, second)] == ["Lowmoorer Anzeiger", "Küstenbote"]
    assert body(second) == ["Die Fähre Siri wurde verkauft."]


def test_documents_with_numbers_but_without_heads_are_told() -> None:
    text, told = documents(
        "Weir leaks.\nDocument LANZ000020240506ek5600001\nFerry sold.\nDocument LANZ000020240507ek5600002\n"
    )
    assert text.text.startswith("Weir leaks.")
    assert "an export of 2 documents" in told.text


@pytest.mark.parametrize("ending", ["Ende des Dokuments", "Fin du document"])
def test_export_of_nexis_in_another_language_is_taken_apart(ending: str) -> None:
    names = (
        ("Länge", "Rubrik", "Ladedatum")
        if ending.startswith("Ende")
        else ("Longueur", "Rubrique", "Date de chargement")
    )
    part = (
        "{0}\nLowmoorer Anzeiger\n6. Mai 2024 Montag\n{1}: 40\n{2}: Lokales\nText\n{0} heute.\n{3}: 7. Mai 2024\n{4}\n"
    )
    first, second = documents(
        "".join(part.format(title, *names, ending) for title in ("Wehr undicht", "Fähre verkauft"))
    )
    assert (second.metadata.title, second.metadata.published) == ("Fähre verkauft", date(2024, 5, 6))
    assert [body(first), body(second)] == [["Wehr undicht heute."], ["Fähre verkauft heute."]]


POCKET = """<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1><ul>
<li><a href="https://a.example/weir" time_added="1700000000" tags="">Weir leaks again</a></li>
<li><a href="https://b.example/x" time_added="1700000001" tags="a,b">https://b.example/x</a></li></ul></body></html>"""


def test_list_of_pocket_is_a_title_a_page(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(POCKET)
    with Sandbox() as sandbox:
        articles = sandbox.read(tmp_path / "a.html", ".html")
        first = next(articles)
        with pytest.raises(UnreadableError, match=r"record 2 \(holds no text\)"):
            next(articles)
    assert (first.text, first.metadata.url, first.record) == ("Weir leaks again", "https://a.example/weir", "1")
