"""A vendor's server over its stand-in, as a test asks it."""

from dataclasses import dataclass
from typing import Any

from mcp.client.client import Client
from mcp_types import CallToolResult, TextContent

from sophia.sandbox.serving import Sandbox
from tests.support.clock import FixedClock
from tests.support.vendor_specs import Recorder

_MAX_TOKENS = 8_000
_BYTES_PER_TOKEN = 3.5
_MOST_PAGES = 20


@dataclass
class Desk[S]:
    """A client of the server, and what is behind it."""

    client: Client
    sandbox: Sandbox
    state: S
    recorder: Recorder
    clock: FixedClock

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool that succeeds."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, words_of(result)
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        """Call a tool that fails, and give what it says."""
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, words_of(result)
        return words_of(result)

    async def read_on(self, tool: str, items: str, **arguments: Any) -> str:
        """Read the text of the longest item of a list to its end."""
        page = await self.ask(tool, **arguments)
        item = max(page[items], key=lambda one: len(one["text"]))
        text = item["text"]
        for _ in range(_MOST_PAGES):
            if item["next_cursor"] is None:
                return text
            [item] = (await self.ask(tool, **arguments, body_cursor=item["next_cursor"]))[items]
            text += item["text"]
        raise AssertionError("the text has no end")


def words_of(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


def is_brief(result: CallToolResult) -> bool:
    """Say whether an answer leaves a model room."""
    return len(words_of(result)) < _MAX_TOKENS * _BYTES_PER_TOKEN
