"""What a client learns of the server before it calls anything is as it was; a change of it is one of a contract.

Where it is meant to change: `python -m tests.qa.mcp.test_listing > tests/qa/mcp/listing.json`.
"""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from mcp import Client

from qa.mcp.server import build_mcp
from qa.web.desk import Desk
from tests.support import ROOT
from tests.support.assistant import talk

LISTING = Path(__file__).with_name("listing.json")


def listing() -> dict[str, Any]:
    """Give what is listed, as it goes over the wire."""
    return talk(build_mcp(cast(Desk, SimpleNamespace(folders={"news": None}))), _list_all)


async def _list_all(client: Client) -> dict[str, Any]:
    tools, prompts = await client.list_tools(), await client.list_prompts()
    templates, resources = await client.list_resource_templates(), await client.list_resources()
    listed = {
        "tools": tools.tools,
        "prompts": prompts.prompts,
        "resourceTemplates": templates.resource_templates,
        "resources": resources.resources,
    }
    return {
        name: [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in items]
        for name, items in listed.items()
    }


def test_the_listing_is_as_clients_know_it() -> None:
    assert listing() == json.loads(LISTING.read_text(encoding="utf-8"))


def test_every_tool_only_reads_and_tells_what_it_takes_and_gives() -> None:
    tools = {tool["name"]: tool for tool in listing()["tools"]}
    assert list(tools) == ["ask", "search", "list_articles", "read_article", "status"]
    for tool in tools.values():
        assert tool["annotations"]["readOnlyHint"] is True
        assert tool["annotations"]["destructiveHint"] is False
        assert tool["outputSchema"]["type"] == "object"
        assert tool["outputSchema"]["required"]
        assert tool["description"]
        assert all("description" in each or "minimum" in each for each in tool["inputSchema"]["properties"].values())


def test_the_page_tells_of_each_tool_and_prompt_and_of_the_template() -> None:
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    listed = listing()
    assert list(rows) == [each["name"] for each in listed["tools"] + listed["prompts"]]
    (template,) = listed["resourceTemplates"]
    assert f"`{template['uriTemplate']}`" in page


if __name__ == "__main__":
    print(json.dumps(listing(), indent=1, ensure_ascii=False))  # noqa: T201
