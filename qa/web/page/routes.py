"""The addresses of the page: questions, articles and what readers think of answers, and the files that pages load."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from index.catalog.reader import CatalogReader
from index.catalog.writer import Catalog
from index.errors import ArticleQAError, UsageError
from qa.pages.answers import entry, page
from qa.web.desk import Desk
from qa.web.page import feedback_routes, run_routes
from qa.web.page.address import Address
from qa.web.page.asking import asking, chips, request_of
from qa.web.page.facets import facets
from qa.web.page.frame import desk_of, frame, progress_of, refused
from qa.web.page.known import known
from qa.web.page.reading import Mark, Shown, shown
from qa.web.page.rendering import SERVER, render, static_files, static_version
from qa.web.problems import NotHereError
from qa.web.security import is_from_elsewhere

HTML = "text/html; charset=utf-8"
IMMUTABLE = "public, max-age=31536000, immutable"
PRIVATE = {"cache-control": "private, no-cache"}  # going back shows the page as it was left, without asking anew
MAX_MARKS = 200
MOST_DRAFTED = 64

_drafted: dict[tuple[str | None, int], list[str]] = {}

router = APIRouter(include_in_schema=False)
router.include_router(feedback_routes.router)
router.include_router(run_routes.router)


@router.get("/")
async def front(request: Request) -> Response:
    """Answer the question of the address, or welcome who has none."""
    desk = desk_of(request)
    try:
        address = Address.of(request.query_params)
        framed = frame(desk, address, "asked" if address.question else "home")
    except ArticleQAError as error:
        return refused(request, error)
    if not address.question:
        return StreamingResponse(_home(desk, address, framed), headers=PRIVATE, media_type=HTML)
    return StreamingResponse(asking(desk, address, framed, _is_offered(request)), headers=PRIVATE, media_type=HTML)


@router.get("/state")
async def state(request: Request) -> Response:
    """Tell how far a folder is taken in, as a part of a page."""
    desk = desk_of(request)
    try:
        told = progress_of(desk, desk.name_of(request.query_params.get("folder") or None))
        return HTMLResponse(told, headers={"article-qa-server": SERVER})
    except ArticleQAError as error:
        return refused(request, error)


@router.get("/article")
async def article(request: Request) -> Response:
    """Show an article with its marks, as a page, or as a part of one."""
    desk, query = desk_of(request), request.query_params
    address = Address(folder=query.get("folder") or None)
    article_id, is_part = query.get("id", ""), "part" in query
    try:
        places = [_place(each) for each in query.getlist("mark")[:MAX_MARKS]]
        framed = frame(desk, address, "article", article_id)

        def read(catalog: CatalogReader) -> str:
            found = _marked(article_id, places, catalog)
            return render("article.html", **framed | {"title": found.title}, article=found, is_part=is_part)

        return HTMLResponse(await desk.call(address.folder, read))
    except ArticleQAError as error:
        return refused(request, error)


@router.get("/answer.html")
async def download(request: Request) -> Response:
    """Give the answer as one file that is complete in itself; it is asked again, or found where answers are kept."""
    desk = desk_of(request)
    try:
        address = Address.of(request.query_params)
        if not address.question:
            raise UsageError("Which question? Its address has it as ?q=")
        if _is_offered(request):
            return RedirectResponse(address.url())
        job = desk.ask(request_of(address))
        try:
            answer = await job.result()
        finally:
            job.cancel()
        written = await desk.call(address.folder, lambda catalog: page([entry(answer, catalog)]))
    except ArticleQAError as error:
        return refused(request, error)
    return Response(written, media_type=HTML, headers={"content-disposition": 'attachment; filename="answer.html"'})


@router.get("/favicon.ico")
async def icon() -> Response:
    """Give the picture that a browser asks for beside what is no page."""
    return await static(static_version(), "icon.svg")


@router.get("/static/{version}/{name}")
async def static(version: str, name: str) -> Response:
    """Give a file that pages load; its name is one of a list."""
    content, media_type = static_files().get(name, (None, ""))
    if content is None:
        return Response("There is no such file", 404, media_type="text/plain")
    caching = IMMUTABLE if version == static_version() else "no-cache"
    return Response(content, media_type=media_type, headers={"cache-control": caching})


async def _home(desk: Desk, address: Address, framed: dict[str, Any]) -> AsyncIterator[str]:
    """Write the first page: the field at once, then what is known of the folder."""
    yield render("top.html", **framed) + render("home.html", **framed, chips=list(chips(address)))
    yield f'<div id="state">{progress_of(desk, framed["folder"])}</div>'
    with suppress(ArticleQAError):  # nothing is indexed yet, which the progress tells
        yield await desk.call(address.folder, lambda catalog: _folder(catalog, address))
    yield render("bottom.html", **framed)


def _folder(catalog: Catalog, address: Address) -> str:
    facts = known(catalog)
    drafted = _drafted_of(catalog) if facts.articles else []
    return render("folder.html", address=address, known=facts, suggestions=drafted, facets=facets(catalog, address))


def _marked(article_id: str, places: list[tuple[int, ...]], catalog: CatalogReader) -> Shown:
    text = catalog.text_of(article_id)
    if text is None:
        raise NotHereError("There is no article of this name: it may have been moved or deleted")
    marks = [
        Mark(number, hue, article_id, start, end, text[start:end])
        for number, hue, start, end in places
        if start < end <= len(text)
    ]
    found = shown(article_id, marks, catalog, whole_chars=len(text))
    assert found
    return found


def _place(text: str) -> tuple[int, ...]:
    """Read number, colour, start and end of a mark."""
    parts = text.split(".")
    if len(parts) != 4 or not all(part.isascii() and part.isdecimal() and len(part) < 12 for part in parts):
        raise UsageError("A mark is four numbers with dots between them: its own, its colour, start and end")
    return tuple(map(int, parts))


def _is_offered(request: Request) -> bool:
    """Tell whether a question is only to be offered: another site led here, or the browser guesses ahead."""
    return is_from_elsewhere(request) or "prefetch" in request.headers.get("sec-purpose", "")


def _drafted_of(catalog: CatalogReader) -> list[str]:
    """Draft the questions of a folder once for each state of its index."""
    from qa.web.page.suggestions import suggestions

    key = catalog.meta("index_id"), catalog.generation
    if key not in _drafted:
        if len(_drafted) >= MOST_DRAFTED:
            _drafted.clear()
        _drafted[key] = suggestions(catalog)
    return _drafted[key]
