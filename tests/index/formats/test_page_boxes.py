"""What stands beside an article, by its markup: links to others, boxes, quotations that repeat it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.formats.sandbox import Sandbox

OPENING = "The lock at Sallow was drained on Monday so that divers could look for cracks in its walls."
CLOSING = "The lock keeper, Odile Ferrand, hopes to fill it again before the boats come in the spring."


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def paragraphs(sandbox: Sandbox, folder: Path, middle: str) -> list[str]:
    path = folder / "a.html"
    path.write_text(
        f"<!doctype html><html><head><title>Lock drained</title></head><body><article><h1>Lock drained</h1>"
        f"<p>{OPENING}</p>{middle}<p>{CLOSING}</p></article></body></html>"
    )
    (extract,) = sandbox.read(path, ".html")
    found = extract.text.split("\n\n")
    return found[found.index(OPENING) + 1 : found.index(CLOSING)]


@pytest.mark.parametrize(
    "middle",
    [
        '<p><a href="/2">Mill in Ness to employ 300 people</a></p>',
        '<p><strong><a href="/2">Mill in Ness to employ 300 people</a></strong></p>',
        '<p>Read more: <a href="/2">Mill in Ness to employ 300 people</a></p>',
        '<p><b>Lea también</b> <a href="/2">Mill in Ness to employ 300 people</a></p>',
        '<p>延伸阅读：<a href="/2">Mill in Ness to employ 300 people</a></p>'.replace("：", ": "),
        '<div><a href="/2"><span>Mill in Ness to employ 300 people</span></a></div>',
        '<div><h4>Read more</h4><ul><li><a href="/2">Mill in Ness to employ 300 people</a></li></ul></div>',
        '<h3>Voir aussi</h3><ul><li><a href="/2">Mill in Ness</a></li><li><a href="/3">Ferry sold</a></li></ul>',
        "<aside><h3>Facts</h3><p>The mill employs 300 people and was built in 1932.</p></aside>",
        '<div role="complementary"><p>The mill employs 300 people and was built in 1932.</p></div>',
        '<section><h2>More</h2><div><a href="/2">Mill in Ness</a></div><div><a href="/3">Ferry</a></div></section>',
        '<div class="newsletter-box"><p>Every morning in your inbox.</p><form><input name="mail"></form></div>',
        '<div id="cookie-banner">We would like to bake some. <button>Yes</button></div>',
        f"<blockquote><p>“{CLOSING[40:]}”</p></blockquote>",
        f'<div class="article-pullquote">{OPENING[:60]}</div>',
    ],
)
def test_what_is_beside_the_article_is_no_part_of_it(sandbox: Sandbox, tmp_path: Path, middle: str) -> None:
    assert paragraphs(sandbox, tmp_path, middle) == []


@pytest.mark.parametrize(
    ("middle", "kept"),
    [
        ('<p>The <a href="/2">mill in Ness</a> employs <a href="/3">300 people</a>.</p>',
         ["The mill in Ness employs 300 people."]),
        ('<p>She said so <a href="/2">in the council of Ness on Monday</a></p>',
         ["She said so in the council of Ness on Monday"]),
        ('<ul><li><a href="/2">Ness</a>: 300 people work in its mill.</li><li><a href="/3">Orm</a></li></ul>',
         ["Ness: 300 people work in its mill.", "Orm"]),
        ("<blockquote><p>“We waited long for this, and now it is here.”</p></blockquote>",
         ["“We waited long for this, and now it is here.”"]),
        ('<figure><img src="a.jpg"><figcaption>Divers in the lock.</figcaption></figure>', ["Divers in the lock."]),
        ('<div class="newsletter"><p>This letter costs 300 crowns.</p></div>', ["This letter costs 300 crowns."]),
        ("<h2>The cost</h2><p>It costs 300 crowns.</p>", ["The cost", "It costs 300 crowns."]),
        ("<p><a>Divers came from Ness with three boats.</a></p>", ["Divers came from Ness with three boats."]),
    ],
    ids="links in a sentence|sentence ends as a link|list|quotation|caption|letter|heading|anchor".split("|"),
)  # fmt: skip
def test_what_belongs_to_the_article_stays(sandbox: Sandbox, tmp_path: Path, middle: str, kept: list[str]) -> None:
    assert paragraphs(sandbox, tmp_path, middle) == kept


def test_page_of_nothing_but_links_is_read_as_it_is(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text('<ul><li><a href="/1">Lock drained</a></li><li><a href="/2">Mill</a></li></ul>')
    (extract,) = sandbox.read(tmp_path / "a.html", ".html")
    assert extract.text == "Lock drained\n\nMill"


def test_very_many_nested_links_are_read_in_time(tmp_path: Path) -> None:
    links = "".join(f'<div><a href="/{n}">Mill {n}</a> and more' for n in range(200)) * 100
    (tmp_path / "a.html").write_text(f"<html><body><p>{OPENING}</p>{links}</body></html>")
    with Sandbox() as sandbox:
        (extract,) = sandbox.read(tmp_path / "a.html", ".html")
    assert OPENING in extract.text
