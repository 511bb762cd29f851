"""The tools of an assistant: they only read, and what cannot be done is an error, never a text or an empty list."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from inspect import getdoc
from typing import Annotated, Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from index.errors import ArticleQAError
from index.filter import Filter
from qa.answer import Kind
from qa.as_json import answer_as_dict
from qa.mcp.articles import Addresses, characters_of, stored_article
from qa.mcp.content import content_of_answer, content_of_articles, content_of_passages, content_of_status
from qa.mcp.progress import tell_meanwhile
from qa.question.limits import MAX_QUESTION_CHARS, check_question
from qa.text import one_line, visible
from qa.web import schemas
from qa.web.api import MAX_FOUND, MAX_LISTED, articles_of, status_of
from qa.web.desk import Desk, Request
from qa.web.job import MAX_HISTORY
from qa.web.searching import NOTHING_YET

READ_ONLY = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
MAX_CHARACTERS = 20_000  # that are read at once unless more are asked for

Line = Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)]
Question = Annotated[Line, Field(description="One question, as a person would ask it.")]
Words = Annotated[Line, Field(description="A question, or words that the passages should hold or mean.")]
Article = Annotated[str, Field(description="An article, as citations and list_articles name it.")]
Since = Annotated[date | None, Field(description="Only articles published on this day or later, as 2025-03-16.")]
Until = Annotated[date | None, Field(description="Only articles published on this day or earlier.")]
Pattern = Annotated[
    str | None,
    Field(description='Only articles whose path matches, as "2025/*.txt".', max_length=schemas.MAX_PATTERN_CHARS),
]
Source = Annotated[
    str | None,
    Field(description="Only articles by this publisher, or a part of its name.", max_length=schemas.MAX_NAME_CHARS),
]
Folder = Annotated[
    str | None, Field(description="A folder, as status names it; the first if null.", max_length=schemas.MAX_NAME_CHARS)
]
History = Annotated[
    list[Line],
    Field(
        description="Earlier questions of the thread, the oldest first, that this one leans on.", max_length=MAX_HISTORY
    ),
]


class Excerpt(schemas.ArticleFacts):
    """The characters `[start, end)` of an article, and what is known of it; `characters` is the length of all of it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Tools:
    """What can be done at a desk; each method is a tool, and its docstring what an assistant reads of it."""

    desk: Desk

    async def ask(
        self,
        context: Context[Any, Any],
        question: Question,
        kind: Annotated[Kind | None, Field(description="What it asks for; null: its words tell.")] = None,
        since: Since = None,
        until: Until = None,
        article: Pattern = None,
        source: Source = None,
        history: History = [],  # noqa: B006  # never changed; a schema has no tuple of any length
        folder: Folder = None,
    ) -> Annotated[CallToolResult, schemas.AnswerObject]:
        """Answer a question from the articles alone; each statement cites the exact characters that say so.

        Where the articles do not say, `abstained` is true and `reason` tells why: an answer too, not an error. Broad
        questions (lists, counts, timelines, comparisons, overviews) are answered with their coverage. To read on around
        a citation, open its link or call read_article.
        """
        with _told():
            only = Filter(since, until, article, source)
            job = self.desk.ask(Request(question, folder, only, kind, tuple(history)))
            try:
                await tell_meanwhile(job, context)
                answer = await job.result()
            finally:
                job.cancel()
            return CallToolResult(
                content=content_of_answer(answer, self._addresses(folder)), structured_content=answer_as_dict(answer)
            )

    async def search(
        self,
        query: Words,
        limit: Annotated[int, Field(ge=1, le=MAX_FOUND)] = 10,
        since: Since = None,
        until: Until = None,
        article: Pattern = None,
        source: Source = None,
        folder: Folder = None,
    ) -> Annotated[CallToolResult, schemas.Passages]:
        """Find the passages that are nearest to some words, by the words and by their meaning, the best first.

        A passage that was found need not answer anything: call ask for an answer that was checked.
        """
        with _told():
            found = await self.desk.search(folder, check_question(query), limit, Filter(since, until, article, source))
            if not found:
                await self._check(folder)
            told = {"folder": self.desk.name_of(folder), "query": query, "passages": found}
            return CallToolResult(content=content_of_passages(found, self._addresses(folder)), structured_content=told)

    async def list_articles(
        self,
        since: Since = None,
        until: Until = None,
        article: Pattern = None,
        source: Source = None,
        offset: Annotated[int, Field(ge=0, le=2**53, description="How many to leave out at the beginning.")] = 0,
        limit: Annotated[int, Field(ge=1, le=MAX_LISTED)] = 100,
        folder: Folder = None,
    ) -> Annotated[CallToolResult, schemas.Articles]:
        """List articles with title, day and publisher, in the order of their names; `total` counts all that match."""
        with _told():
            only = Filter(since, until, article, source)
            total, listed = await self.desk.call(folder, lambda catalog: articles_of(catalog, only, offset, limit))
            if not total:
                await self._check(folder)
            told = {"folder": self.desk.name_of(folder), "total": total, "articles": listed}
            return CallToolResult(content=content_of_articles(listed, total), structured_content=told)

    async def read_article(
        self,
        article: Article,
        start: Annotated[int, Field(ge=0, le=2**53, description="The first character.")] = 0,
        end: Annotated[
            int | None, Field(ge=1, le=2**53, description="Behind the last one; null: as many as are read at once.")
        ] = None,
        folder: Folder = None,
    ) -> Annotated[CallToolResult, Excerpt]:
        """Read an article, or its characters from `start` to `end`, which citations count in.

        Without `end` at most 20,000 characters are read: where `end` of what you get is less than `characters`, read
        on from there.
        """
        with _told():
            found = await self.desk.call(folder, lambda catalog: stored_article(catalog, article))
            last = min(start + MAX_CHARACTERS, len(found.text)) if end is None else end
            text = characters_of(found, start, last)
            told = Excerpt(
                article=found.id,
                title=found.title,
                published=found.published,
                publisher=found.publisher,
                url=found.url,
                characters=len(found.text),
                start=start,
                end=last,
                text=text,
            )
            return CallToolResult(
                content=[TextContent(text=visible(text))], structured_content=told.model_dump(mode="json")
            )

    async def status(self) -> Annotated[CallToolResult, schemas.Status]:
        """Tell which folders there are, how many articles of which days each holds, and what was left out and why."""
        with _told():
            told = await status_of(self.desk)
            return CallToolResult(content=content_of_status(told), structured_content=told)

    async def _check(self, folder: str | None) -> None:
        """Tell why a folder is empty, where it is, for it would else seem that nothing was found.

        Raises:
            ToolError: it is.
        """
        articles, _ = await self.desk.call(folder, lambda catalog: catalog.counts())
        if not articles:
            name = self.desk.name_of(folder)
            raise ToolError(next((each.fault for each in self.desk.indexing if each.folder == name), "") or NOTHING_YET)

    def _addresses(self, folder: str | None) -> Addresses:
        return Addresses(self.desk.name_of(folder) if len(self.desk.folders) > 1 else None)


def add_tools(server: MCPServer[Any], desk: Desk) -> None:
    """Offer the tools."""
    tools = Tools(desk)
    for tool in (tools.ask, tools.search, tools.list_articles, tools.read_article, tools.status):
        title = tool.__name__.replace("_", " ").capitalize()
        server.add_tool(tool, title=title, description=getdoc(tool), annotations=READ_ONLY, structured_output=True)


@contextmanager
def _told() -> Iterator[None]:
    """Turn the product's errors into the result of a tool that failed, with their message."""
    try:
        yield
    except ArticleQAError as error:
        raise ToolError(one_line(str(error))) from error
