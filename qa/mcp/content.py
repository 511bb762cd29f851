"""What the tools give as an assistant reads it: text, and links to the characters that carry it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mcp_types import ContentBlock, ResourceLink, TextContent

from qa.answer import Answer, Span
from qa.as_json import answer_as_dict
from qa.mcp.articles import TEXT_TYPE, Addresses
from qa.text import one_line
from qa.web.chat_completion import spoken

CLOSEST = 2  # sentences, where an answer abstains


def content_of_answer(answer: Answer, addresses: Addresses) -> list[ContentBlock]:
    """Give what an answer says with its quotes, and a link for each citation."""
    lines = list(spoken(answer_as_dict(answer)))
    for number, each in enumerate(answer.citations, 1):
        lines.append(f"[{number}] {_place(each.span, each.title, each.published)}\n    {one_line(each.quote)}")
    links = [
        _link(each.span.article_id, each.span.start, each.span.end, each.title, each.quote, addresses)
        for each in answer.citations
    ]
    if answer.abstained and answer.evidence:
        closest = sorted(answer.evidence, key=lambda each: -each.score)[:CLOSEST]
        lines.append("Closest, but no answer:")
        lines += [f"- {_place(each.span, each.title, each.published)}\n    {one_line(each.text)}" for each in closest]
    return [_text(lines), *links]


def content_of_passages(passages: Sequence[dict[str, Any]], addresses: Addresses) -> list[ContentBlock]:
    """Give passages that were found, and a link for each."""
    lines, links = [], []
    for number, each in enumerate(passages, 1):
        span = Span(each["article"], each["start"], each["end"])
        lines.append(f"[{number}] {_place(span, each['title'], each['published'])}\n    {one_line(each['text'])}")
        links.append(_link(each["article"], each["start"], each["end"], each["title"], each["text"], addresses))
    return [_text(lines or ["No passage was found."]), *links]


def content_of_articles(articles: Sequence[dict[str, Any]], total: int) -> list[ContentBlock]:
    """Give the names of articles, a line each, and how many there are."""
    lines = [f"{len(articles)} of {total} articles"]
    for each in articles:
        facts = [each["title"], each["published"], each["publisher"], f"{each['characters']} characters"]
        lines.append(", ".join(one_line(str(fact)) for fact in (each["article"], *facts) if fact))
    return [_text(lines)]


def content_of_status(status: dict[str, Any]) -> list[ContentBlock]:
    """Give a line for each folder: what is indexed of it, and how far that is."""
    return [_text([_folder_line(each) for each in status["folders"]])]


def _folder_line(folder: dict[str, Any]) -> str:
    facts, index, indexing = [], folder["index"], folder["indexing"]
    if index:
        dates = f", dated from {index['first_date']} to {index['last_date']}" if index["dated"] else ""
        facts.append(f"{index['articles']} articles{dates}")
    if indexing:
        facts.append(indexing["fault"] or f"{indexing['done']} of {indexing['total']} files taken in so far")
    if folder["skipped"]:
        facts.append(f"{len(folder['skipped'])} files left out")
    return f"{one_line(folder['name'])}: {one_line('; '.join(facts) or 'nothing is indexed yet')}"


def _place(span: Span, title: str, published: date | str | None) -> str:
    facts = [f"{span.article_id}:{span.start}-{span.end}", title, published]
    return ", ".join(one_line(str(fact)) for fact in facts if fact)


def _link(article: str, start: int, end: int, title: str, quote: str, addresses: Addresses) -> ResourceLink:
    return ResourceLink(
        uri=addresses.of(article, start, end),
        name=f"{one_line(article)}:{start}-{end}",
        title=one_line(title),
        description=one_line(quote),
        mime_type=TEXT_TYPE,
    )


def _text(lines: Sequence[str]) -> TextContent:
    return TextContent(text="\n".join(lines))
