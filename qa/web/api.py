"""The HTTP API: the objects of `--json`, questions with their events, articles and their texts by offsets."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse

from index.catalog.writer import Catalog
from index.errors import UsageError
from index.filter import Filter
from qa.answer import Answer
from qa.as_json import answer_as_dict, article_as_dict
from qa.question.limits import MAX_QUESTION_CHARS, check_question
from qa.web import any_path as any_path
from qa.web import schemas
from qa.web.desk import Desk, Job
from qa.web.event_stream import MEDIA_TYPE, stream
from qa.web.problems import MEDIA_TYPE as PROBLEM
from qa.web.problems import NotHereError

LEFT = 499  # as nginx logs it; nobody is there to read it
MAX_LISTED = 1000
MAX_FOUND = 50
MAX_OFFSET = 2**53  # beyond it numbers of JSON are not exact

VERSION = version("article-qa")

_TROUBLES: dict[int | str, dict[str, Any]] = {
    code: {"description": told, "content": {PROBLEM: {"schema": schemas.Problem.model_json_schema()}}}
    for code, told in {"4XX": "The request cannot be answered", "5XX": "The server cannot answer now"}.items()
}
router = APIRouter(prefix="/api", responses=_TROUBLES)


def desk_of(request: Request) -> Desk:
    """Give the desk of the application."""
    desk: Desk = request.app.state.desk
    return desk


def filter_of(
    since: date | None = None,
    until: date | None = None,
    article: Annotated[str | None, Query(max_length=schemas.MAX_PATTERN_CHARS)] = None,
    source: Annotated[str | None, Query(max_length=schemas.MAX_NAME_CHARS)] = None,
) -> Filter:
    """Give the articles that are meant: published on these days, whose path matches the pattern, by this source."""
    return Filter(since, until, article, source)


AtDesk = Annotated[Desk, Depends(desk_of)]
Only = Annotated[Filter, Depends(filter_of)]
Folder = Annotated[str | None, Query(max_length=schemas.MAX_NAME_CHARS)]


@router.post(
    "/ask",
    response_model=schemas.AnswerObject,
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}},
)
async def ask(question: schemas.Question, request: Request, desk: AtDesk) -> Response:
    """Answer a question; with `Accept: text/event-stream` its events as they come, the answer the last but one."""
    job = desk.ask(question.asked())
    if MEDIA_TYPE in request.headers.get("accept", ""):
        return StreamingResponse(stream(job), media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"})
    answer = await unless_left(request, job)
    return JSONResponse(answer_as_dict(answer)) if answer else Response(status_code=LEFT)


@router.get("/search", response_model=schemas.Passages)
async def search(
    desk: AtDesk,
    only: Only,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUESTION_CHARS)],
    folder: Folder = None,
    limit: Annotated[int, Query(ge=1, le=MAX_FOUND)] = 10,
) -> Response:
    """Find the passages that are nearest to a question or some words, by words and by meaning."""
    found = await desk.search(folder, check_question(q), limit, only)
    return JSONResponse({"folder": desk.name_of(folder), "query": q, "passages": found})


@router.get("/articles", response_model=schemas.Articles)
async def list_articles(
    desk: AtDesk,
    only: Only,
    folder: Folder = None,
    offset: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 100,
) -> Response:
    """List the articles of a folder."""
    name = desk.name_of(folder)
    total, articles = await desk.call(name, lambda catalog: articles_of(catalog, only, offset, limit))
    return JSONResponse({"folder": name, "total": total, "articles": articles})


@router.get(
    "/articles/{article:any}/text", response_class=PlainTextResponse, responses={200: {"content": {"text/plain": {}}}}
)
async def read_text(
    article: str,
    desk: AtDesk,
    folder: Folder = None,
    start: Annotated[int, Query(ge=0, le=MAX_OFFSET)] = 0,
    end: Annotated[int | None, Query(ge=0, le=MAX_OFFSET)] = None,
) -> Response:
    """Give the very text of an article that offsets count in, or its characters `[start, end)`."""
    text = await desk.call(folder, lambda catalog: catalog.text_of(article))
    if text is None:
        raise NotHereError("There is no such article")
    end = len(text) if end is None else end
    if not start <= end <= len(text):
        raise UsageError(f"{start}:{end} is no span of this article, which has {len(text)} characters")
    return PlainTextResponse(text[start:end])


@router.get("/articles/{article:any}", response_model=schemas.WholeArticle)
async def read_article(article: str, desk: AtDesk, folder: Folder = None) -> Response:
    """Give an article with all that is known of it."""
    return JSONResponse(await desk.call(folder, lambda catalog: _article(catalog, article)))


@router.get("/status", response_model=schemas.Status)
async def status(desk: AtDesk) -> Response:
    """Tell what is served, what of it is indexed and what was left out."""
    return JSONResponse(await status_of(desk))


@router.post("/sync", response_model=schemas.Synced)
async def sync(desk: AtDesk, folder: Folder = None) -> Response:
    """Take in what changed in a folder; a question does that too."""
    report = await desk.sync(folder)
    return JSONResponse(report.as_dict())


async def status_of(desk: Desk) -> dict[str, Any]:
    """Tell what is served; `waiting` counts the questions that are not answered yet."""
    indexing = {each.folder: asdict(each) for each in desk.indexing}
    folders = [{"name": name, **await desk.status(name), "indexing": indexing.get(name)} for name in desk.folders]
    return {"version": VERSION, "waiting": desk.waiting, "folders": folders}


def articles_of(catalog: Catalog, only: Filter, offset: int, limit: int) -> tuple[int, list[dict[str, Any]]]:
    """Count the articles of a filter, and give some of them in the order of their ids."""
    listed = catalog.list_articles(only, offset, limit)
    return catalog.count_articles(only), [
        {
            "article": each.id,
            "title": each.title,
            "published": each.published,
            "publisher": each.publisher,
            "url": each.url,
            "characters": each.characters,
        }
        for each in listed
    ]


def _article(catalog: Catalog, article_id: str) -> dict[str, Any]:
    article = catalog.article(article_id)
    if article is None:
        raise NotHereError("There is no such article")
    return article_as_dict(article)


async def unless_left(request: Request, job: Job) -> Answer | None:
    """Wait for an answer; null where whoever asked left before it, which frees its place.

    Raises:
        ArticleQAError: the question cannot be answered.
    """
    answered, left = asyncio.ensure_future(job.result()), asyncio.ensure_future(_left(request.receive))
    try:
        await asyncio.wait([answered, left], return_when=asyncio.FIRST_COMPLETED)
        return answered.result() if answered.done() else None
    finally:
        job.cancel()
        left.cancel()
        answered.cancel()


async def _left(receive: Callable[[], Awaitable[Any]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
