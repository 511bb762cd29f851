"""Articles as resources: the address of one, and its text, whole or the characters of a span."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import ResourceSecurity

from index.catalog.rows import StoredArticle
from index.catalog.writer import Catalog
from index.errors import ArticleQAError, UsageError
from qa.text import one_line
from qa.web.desk import Desk
from qa.web.problems import NotHereError

SCHEME = "article"
TEMPLATE = f"{SCHEME}://{{path}}{{?start,end}}"
TEMPLATE_OF_SEVERAL = f"{SCHEME}://{{path}}{{?start,end,folder}}"
TEXT_TYPE = "text/plain"
NEAR = 3
MAX_DIGITS = 15
ANY_PATH = ResourceSecurity(exempt_params={"path"})  # it is looked up in the catalog, and no file is opened by it


@dataclass(frozen=True)
class Addresses:
    """Gives the addresses of a folder's articles (RFC 6570); `folder` is None where only one is served."""

    folder: str | None = None

    def of(self, article: str, start: int | None = None, end: int | None = None) -> str:
        """Give the address of an article, or of its characters `[start, end)`."""
        given = {"start": start, "end": end, "folder": self.folder}
        query = urlencode({name: value for name, value in given.items() if value is not None}, quote_via=quote)
        return f"{SCHEME}://{quote(article, safe='')}{f'?{query}' if query else ''}"


def stored_article(catalog: Catalog, article: str) -> StoredArticle:
    """Give an article.

    Raises:
        NotHereError: there is none of that name, and the most similar ones are named.
    """
    found = catalog.article(article)
    if found is None:
        from rapidfuzz import process

        near = [name for name, *_ in process.extract(article, catalog.hashes().keys(), limit=NEAR)]
        raise NotHereError(f"There is no article {article}" + (f": is it {' or '.join(near)}?" if near else ""))
    return found


def characters_of(article: StoredArticle, start: int | None = None, end: int | None = None) -> str:
    """Give the characters `[start, end)` of an article, from its beginning or to its end where one is not given.

    Raises:
        UsageError: it has no such characters.
    """
    length = len(article.text)
    first, last = start or 0, length if end is None else end
    if not 0 <= first < last <= length:
        raise UsageError(f"{article.id} has no characters {first} to {last}: it has {length}")
    return article.text[first:last]


def add_articles(server: MCPServer[Any], desk: Desk) -> None:
    """Offer the articles as resources, by a template that names the folder only where there are several."""

    async def read(path: str, start: str = "", end: str = "", folder: str | None = None) -> str:
        try:
            found = await desk.call(folder, lambda catalog: stored_article(catalog, path))
            return characters_of(found, _offset(start), _offset(end))
        except (NotHereError, UsageError) as error:
            raise ResourceNotFoundError(one_line(str(error))) from error
        except ArticleQAError as error:
            raise ResourceError(one_line(str(error))) from error

    async def read_of_one(path: str, start: str = "", end: str = "") -> str:
        return await read(path, start, end)

    is_one = len(desk.folders) == 1
    server.resource(
        TEMPLATE if is_one else TEMPLATE_OF_SEVERAL,
        name="article",
        title="Article",
        description="The text of an article, or its characters from start to end, which citations count in.",
        mime_type=TEXT_TYPE,
        security=ANY_PATH,
    )(read_of_one if is_one else read)


def _offset(given: str) -> int | None:
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= MAX_DIGITS):
        raise UsageError(f"{given[:50]} is no number of a character: give start and end as in ?start=17&end=42")
    return int(given)
