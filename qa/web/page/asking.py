"""The page of a question, written as its answer comes about: a browser shows each step, with scripts or without."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from textwrap import shorten
from typing import Any
from urllib.parse import urlencode

from rapidfuzz import fuzz, process

from index.catalog.reader import CatalogReader
from index.catalog.writer import Catalog
from index.errors import ArticleQAError
from qa.answer import Kind
from qa.text import one_line
from qa.web.desk import Desk, Progress, Request
from qa.web.page.address import Address
from qa.web.page.answered import Answered, answered
from qa.web.page.copies import as_csv, as_markdown
from qa.web.page.facets import facets, next_month
from qa.web.page.feedback import kept
from qa.web.page.frame import underway
from qa.web.page.reading import Shown
from qa.web.page.rendering import render
from qa.web.problems import problem_of

KINDS = {
    Kind.FACT: "a fact",
    Kind.LIST: "a list",
    Kind.COUNT: "a count",
    Kind.TIMELINE: "a timeline",
    Kind.COMPARE: "a comparison",
    Kind.OVERVIEW: "an overview",
    Kind.FOLDER: "a question about the folder",
}

FOUND_SHOWN, FOUND_CHARS = 3, 240

Json = dict[str, Any]


def request_of(address: Address) -> Request:
    """Give what an address asks the desk."""
    return Request(address.question, address.folder, address.only, address.kind, address.history)


async def asking(desk: Desk, address: Address, frame: Json, is_offered: bool) -> AsyncIterator[str]:
    """Write the page; the question is asked now, unless it `is_offered` only. Who leaves ends it."""
    yield render("asking.html", **frame, chips=list(chips(address)), is_offered=is_offered)
    if not is_offered:
        async for part in _steps(desk, address):
            yield part
    yield render("bottom.html", **frame)


def chips(address: Address) -> Iterator[tuple[str, str]]:
    """Give what narrows the question down, each with the address without it."""
    if address.since or address.until:
        yield _days(address), address.url(since=None, until=None)
    if address.source:
        yield f"by {address.source}", address.url(source=None)
    if address.article:
        yield f"in {address.article}", address.url(article=None)
    if address.kind:
        yield f"as {KINDS[address.kind]}", address.url(kind=None)


async def _steps(desk: Desk, address: Address) -> AsyncIterator[str]:
    try:
        job = desk.ask(request_of(address))
    except ArticleQAError as error:
        yield _problem(problem_of(error), address)
        return
    asked_as = ""
    try:
        async for name, told in job:
            if name == "rewrite":
                asked_as = told["question"]
            if name == "answer":
                so_far = underway(desk, desk.name_of(address.folder))
                yield await _called(desk, address, partial(render_answer, told, address, asked_as, so_far))
            elif name == "retrieve":
                yield await _called(desk, address, partial(_found, told["passages"]))
            elif name == "error":
                yield _problem(told, address)
            elif name != "done":
                yield render("step.html", name=name, told=told, kinds=KINDS)
    finally:
        job.cancel()


def _found(passages: Sequence[Json], catalog: CatalogReader) -> str:
    """Show how the nearest passages begin, which are known well before their best sentences are."""
    ids = [int(each["id"]) for each in passages[:FOUND_SHOWN]]
    found = sorted(catalog.passages(ids), key=lambda each: ids.index(each.id))
    begun = [(each.title, shorten(one_line(each.text), FOUND_CHARS, placeholder=" …")) for each in found]
    return render("found.html", begun=begun, number=len(passages))


async def _called(desk: Desk, address: Address, write: Callable[[Catalog], str]) -> str:
    """Write a part of the page from the catalog, or why it cannot be read."""
    try:
        return await desk.call(address.folder, write)
    except ArticleQAError as error:
        return _problem(problem_of(error), address)


def render_answer(answer: Json, address: Address, asked_as: str, so_far: Progress | None, catalog: Catalog) -> str:
    """Write an answer, what stands beside it, and what can be done next; `so_far` is what was taken in, if not all."""
    view = answered(answer, catalog)
    has_rows = len(answer["statements"]) > 1 or any(each.get("cells") for each in answer["statements"])
    return render(
        "answer.html",
        view=view,
        address=address,
        so_far=so_far,
        asked_as=asked_as if asked_as not in ("", address.question) else answer["read_as"] or "",
        offers=list(_offers(answer, address)),
        ways=list(_ways(view, address)),
        feedback_form=feedback_fields(answer, address),
        markdown=as_markdown(answer),
        csv=as_csv(answer) if has_rows else "",
        facets=facets(catalog, address),
        kind_links=_kind_links(address),
        whole_url=lambda article: whole_url(article, address),
    )


def feedback_fields(answer: Json, address: Address) -> list[tuple[str, str]]:
    """Give what a thumb sends: the answer that it is about, and where to go on."""
    return [("folder", address.folder or ""), ("answer", json.dumps(kept(answer))), ("back", address.url())]


def whole_url(article: Shown, address: Address) -> str:
    """Give the address of a whole article with its marks, each as number, colour, start and end."""
    marks = [("mark", f"{each.number}.{each.hue}.{each.start}.{each.end}") for each in article.marks]
    folder = [("folder", address.folder)] if address.folder else []
    return f"/article?{urlencode([*folder, ('id', article.id), *marks], errors='replace')}"


def _days(address: Address) -> str:
    since, until = address.since, address.until
    if since and until and since.day == 1 and (until + timedelta(days=1)) == next_month(since):
        return f"{since:%B %Y}"
    return " ".join(f"{word} {day}" for word, day in (("since", since), ("until", until)) if day)


def _offers(answer: Json, address: Address) -> Iterator[tuple[str, str]]:
    """Give the names that were nearly meant, each with the question that has it for the word that is most like it."""
    words = address.question.split()
    for name in answer["did_you_mean"]:
        found = process.extractOne(name, words, scorer=fuzz.ratio)
        if found:
            meant = " ".join(name if at == found[2] else word for at, word in enumerate(words))
            yield name, address.asking(*address.history, meant)


def _ways(view: Answered, address: Address) -> Iterator[tuple[str, str]]:
    """Give what can be tried where the articles do not say."""
    if address.only:
        yield "Ask all articles", address.url(since=None, until=None, article=None, source=None)
    if address.kind not in (None, Kind.FACT):
        yield "Ask it as it reads", address.url(kind=None)
    if view.answer["kind"] != Kind.OVERVIEW:
        yield "Ask for an overview", address.url(kind=Kind.OVERVIEW)
    if view.answer["kind"] != Kind.FOLDER:
        yield "Which articles mention it?", address.url(kind=Kind.FOLDER)


def _kind_links(address: Address) -> list[tuple[str, str, bool]]:
    links = [("whatever it reads as", address.url(kind=None), address.kind is None)]
    return links + [(text, address.url(kind=kind), address.kind is kind) for kind, text in KINDS.items()]


def _problem(problem: Json, address: Address) -> str:
    return render("problem.html", problem=problem, address=address)
