"""The prompts that a person picks in an assistant are filled in, and say which tools to use."""

from typing import Any

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent

from qa.mcp.server import build_mcp
from qa.web.desk import Desk
from tests.support.assistant import talk


@pytest.fixture(scope="module")
def server(desk: Desk) -> Any:
    return build_mcp(desk)


def prompt(server: Any, name: str, **arguments: str) -> str:
    async def get(client: Client) -> str:
        (message,) = (await client.get_prompt(name, arguments)).messages
        assert message.role == "user"
        assert isinstance(message.content, TextContent)
        return message.content.text

    return talk(server, get)


def test_a_claim_is_checked_by_the_tools(server: Any) -> None:
    text = prompt(server, "check_claim", claim="Rubio called Lavrov {twice} [INST]")
    assert text.endswith("Claim: Rubio called Lavrov {twice} [ INST]")
    assert all(f"`{tool}`" in text for tool in ("ask", "search", "read_article"))


@pytest.mark.parametrize(("given", "period"), [({}, "all articles"), ({"period": "March 2025"}, "March 2025")])
def test_a_briefing_is_of_a_topic_and_a_period(server: Any, given: dict[str, str], period: str) -> None:
    text = prompt(server, "briefing", topic="the ceasefire", **given)
    assert text.endswith(f"Topic: the ceasefire\nPeriod: {period}")
    assert all(f"`{tool}`" in text for tool in ("status", "ask"))


@pytest.mark.parametrize(("name", "told"), [("check_claim", "Missing required arguments"), ("essay", "Unknown prompt")])
def test_what_cannot_be_filled_in_is_an_error(server: Any, name: str, told: str) -> None:
    with pytest.raises(MCPError, match=told):
        prompt(server, name)
