"""Pages that show no article, those whose article is in what scripts push, and what trafilatura makes twice."""

import json
from pathlib import Path

import pytest

from index.formats.extract import UnreadableError
from index.formats.hydration import pushed_data, revived
from index.formats.web import read_html

TITLE = "Weir leaks again"
PARAGRAPHS = [
    "The weir at Dunmoor leaks again, and its warden Bruno Heron says that nobody has come to look at it since March.",
    "The firm Stork is to mend it from June on for 2 million euros, which the county and the town pay in equal parts.",
]


def text_of(folder: Path, page: str) -> str:
    (folder / "a.html").write_text(page, encoding="utf-8")
    return next(read_html(folder / "a.html")).text


@pytest.mark.parametrize(
    "said",
    [
        "<h1>Hold on</h1><p>We are checking your browser. Please turn on JavaScript and reload.</p>",
        "<h1>Weir</h1><p>This story is for our readers. Already a subscriber? Log in.</p>",
        "<h1>Wehr</h1><p>Dieser Text ist nur für Abonnenten. Jetzt testen.</p>",
        "<h1>Oops</h1><p>The page you were looking for has moved.</p>",
        "<h1>Dunmoor Gazette</h1><p>We use cookies.</p><p>Accept all</p>",
    ],
)
def test_page_that_shows_a_notice_alone_is_no_article(tmp_path: Path, said: str) -> None:
    with pytest.raises(UnreadableError, match="notice"):
        text_of(tmp_path, f"<html><head><title>Weir</title></head><body>{said}</body></html>")


@pytest.mark.parametrize("said", ["Heron wrote the weir's page in JavaScript.", "The road to the weir is closed."])
def test_short_article_is_no_notice(tmp_path: Path, said: str) -> None:
    title = "JavaScript at the weir" if "Java" in said else "Road closed"
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{said}</p></body></html>"
    assert said in text_of(tmp_path, page)


def test_article_that_scripts_push_for_next_is_read(tmp_path: Path) -> None:
    body = "".join(f"<p>{each}</p>" for each in PARAGRAPHS).replace("euros", "€")
    rows = f"2:T{len(body.encode()):x},{body}3:[{json.dumps('$')},null,{json.dumps({'title': TITLE, 'body': '$2'})}]\n"
    pushed = "".join(f"<script>self.__next_f.push([1,{json.dumps(part)}])</script>" for part in (rows[:70], rows[70:]))
    page = f"<html><head><title>{TITLE}</title></head><body><div>Loading</div>{pushed}</body></html>"
    assert text_of(tmp_path, page) == "\n\n".join(PARAGRAPHS).replace("euros", "€")


def test_article_in_the_data_of_nuxt_is_read(tmp_path: Path) -> None:
    data = [["ShallowReactive", 1], {"story": 2}, {"title": 3, "body": 4}, TITLE, "\n\n".join(PARAGRAPHS)]
    script = f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(data)}</script>'
    page = f"<html><head><title>{TITLE}</title></head><body><div id=__nuxt></div>{script}</body></html>"
    assert text_of(tmp_path, page) == "\n\n".join(PARAGRAPHS)


def test_data_that_refers_to_itself_or_breaks_off_ends() -> None:
    assert revived([{"a": 0}, 1]) is not None
    assert (
        list(pushed_data(iter(['__next_f.push([1,"1:{\\"a\\":"])', "__next_f.push([1,", "__next_f.push([1,7])"]))) == []
    )
    assert list(pushed_data(iter(['__next_f.push([1,"1:Tffffff,short"])']))) == []


def test_entry_that_a_page_shows_once_is_read_once(tmp_path: Path) -> None:
    entries = [("16:20", "Gate shut", PARAGRAPHS[0]), ("15:05", "Water rises", "It rose by a foot. Heron left.")]
    shown = "".join(f"<div><time>{time}</time><h2>{head}</h2><p>{said}</p></div>" for time, head, said in entries)
    page = f"<html><head><title>Flood</title></head><body><main><h1>Flood</h1><div>{shown}</div></main></body></html>"
    assert text_of(tmp_path, page).count("Gate shut") == 1


def test_refrain_stays(tmp_path: Path) -> None:
    verses = "".join(f"<p>{each}</p><p>Row, row, to Dunmoor weir.</p>" for each in PARAGRAPHS)
    page = f"<html><head><title>Song</title></head><body><article><h1>Song</h1>{verses}</article></body></html>"
    assert text_of(tmp_path, page).count("Row, row") == 2


def test_table_with_a_caption_keeps_its_header_and_a_credit_its_space(tmp_path: Path) -> None:
    rows = "<tr><td>Ame</td><td>7</td></tr><tr><td>Low Gate</td><td>31</td></tr>"
    table = f"<table><caption>Ships of May</caption><thead><tr><th>Lock</th><th>Ships</th></tr></thead>{rows}</table>"
    figure = "<figure><img src=a><figcaption>Ships at the weir<span>B. Heron</span></figcaption></figure>"
    parts = f"{figure}<p>{PARAGRAPHS[0]}</p>{table}<p>{PARAGRAPHS[1]}</p>"
    text = text_of(tmp_path, f"<html><head><title>Locks</title></head><body><article>{parts}</article></body></html>")
    assert "| Lock | Ships |\n| --- | --- |\n| Ame | 7 |\n| Low Gate | 31 |" in text
    assert "Ships at the weir B. Heron" in text
