"""What an assistant does with an MCP server, a call at a time: each connects by the SDK's own client and leaves."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, ResourceLink, TextContent, TextResourceContents

Result = TypeVar("Result")
PATIENCE_S = 60


def talk(server: Any, do: Callable[[Client], Awaitable[Result]], **options: Any) -> Result:
    """Connect to a server, do something and leave; `server` is whatever the client takes for one.

    Raises:
        MCPError: the server refused it.
    """

    async def talk_to_it() -> Result | MCPError:
        async with asyncio.timeout(PATIENCE_S), Client(server, **options) as client:
            try:
                return await do(client)
            except MCPError as error:  # which the client would put into a group of errors on its way out
                return error

    result = asyncio.run(talk_to_it())
    if isinstance(result, MCPError):
        raise result
    return result


def call(server: Any, tool: str, **arguments: Any) -> CallToolResult:
    """Call a tool."""
    return talk(server, lambda client: client.call_tool(tool, arguments))


def read(server: Any, uri: str) -> str:
    """Read a resource that is one text."""
    result = talk(server, lambda client: client.read_resource(uri))
    (contents,) = result.contents
    assert isinstance(contents, TextResourceContents)
    assert contents.uri == uri
    return contents.text


def text_of(result: CallToolResult) -> str:
    """Give the text of a result."""
    return "\n".join(each.text for each in result.content if isinstance(each, TextContent))


def links_of(result: CallToolResult) -> list[ResourceLink]:
    """Give the links of a result."""
    return [each for each in result.content if isinstance(each, ResourceLink)]


def object_of(result: CallToolResult) -> dict[str, Any]:
    """Give the object of a result that is no error."""
    assert not result.is_error, text_of(result)
    assert result.structured_content is not None
    return result.structured_content
