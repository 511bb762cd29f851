"""Take exports apart that are web pages: those of Factiva, those of archives that are texts in HTML, Pocket's list."""

import re
from collections.abc import Iterator
from typing import Any

from index.formats.export_document import Document, day_of_line
from index.formats.exports import find_export, numbered
from index.formats.extract import Extract
from index.formats.left_out import LeftOut
from index.formats.metadata import from_mapping
from index.formats.paragraphs import text_of_html

_RULE = f"<p>{'_' * 60}</p>"
_HR = re.compile(r"<hr\b[^<>]*>", re.IGNORECASE)
_MARK = re.compile(  # what any of them has, and hardly another page
    r"\stime_added=[\"']\d|class=[\"']article \w\wArticle|ProQuest document ID|>\s*HD\s*<|>\s*end of document\s*<|"
    r"\bof \d+ documents?\s*<",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?:^|\s)[a-z]{2}Article(?:\s|$)")  # enArticle, deArticle: in the language of the document
_HEADLINE = re.compile(r"(?:^|\s)[a-z]{2}Headline(?:\s|$)")
_PARAGRAPH = re.compile(r"(?:^|\s)articleParagraph(?:\s|$)")


def articles_of_page(markup: str, tree: Any) -> Iterator[Extract]:
    """Give the articles of a page that is an export; none of any other page.

    Raises:
        UnreadableError: behind the others, where documents hold no text.
    """
    if not _MARK.search(markup):
        return
    if tree is not None and (links := tree.findall(".//a[@time_added]")):
        yield from _saved_links(links)
    elif tree is not None and (documents := _documents_of_factiva(tree)):
        yield from numbered("Factiva", documents)
    elif found := find_export(text_of_html(_HR.sub(_RULE, markup))):
        yield from numbered(*found)


def _saved_links(links: list[Any]) -> Iterator[Extract]:
    """Give the pages that Pocket lists, by their titles; one that is listed by its address alone holds no text."""
    left_out = LeftOut("record")
    for number, link in enumerate(links, 1):
        title = " ".join(link.text_content().split())
        if not title or re.match(r"https?://", title):
            left_out.add(str(number), "holds no text")
            continue
        yield Extract(title, from_mapping({"title": title, "url": link.get("href", "")}, "Pocket"), record=str(number))
    if left_out:
        raise left_out.told()


def _documents_of_factiva(tree: Any) -> list[Document]:
    """Read the articles of a page without codes: headline, author, length, date, paper and so on are blocks in turn."""
    articles = [each for each in tree.iter("div") if _ARTICLE.search(each.get("class", ""))]
    documents = [_document(each) for each in articles]
    return [each for each in documents if each.fields["title"] and each.fields["published"]]


def _document(article: Any) -> Document:
    head, body, title = [], [], ""
    for block in article.iterdescendants("div", "p"):
        text = " ".join(block.text_content().split())
        if not text or (block.tag == "div" and any(True for _ in block.iterchildren("div", "p", "table"))):
            continue
        is_title = any(_HEADLINE.search(each.get("class", "")) for each in block.iter("span", "div"))
        if block.tag == "p" and _PARAGRAPH.search(block.get("class", "")):
            body.append(text)
        elif not body:
            title = title or (text if is_title else "")
            head.append(text)
    day = next((place for place, line in enumerate(head) if day_of_line(line)), None)
    paper = next((line for line in head[day + 1 :] if re.search(r"[^\W\d_]", line)), None) if day is not None else None
    published = None if day is None else day_of_line(head[day])
    return Document(head, body, {"title": title, "published": published, "publisher": paper})
