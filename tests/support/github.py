"""The GitHub server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp.client.client import Client
from mcp_types import CallToolResult, TextContent

from sophia.sandbox import team
from sophia.sandbox.github.app import github_app
from sophia.sandbox.github.state import State
from sophia.sandbox.serving import Sandbox, standing_in
from sophia.servers.github.dialect import GITHUB
from sophia.servers.github.server import Access, github_parts
from sophia.servers.selection import read_toolsets, selected
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import connected, serving
from tests.support.vendor_specs import Recorder

REPO = f"{team.ORGANISATION}/{team.REPOSITORY}"


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
        assert result.is_error
        return words_of(result)


def words_of(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


@asynccontextmanager
async def github_desk(
    *, token: str = team.TOKEN, toolsets: str = "github:all", is_locked_down: bool = False
) -> AsyncGenerator[Desk[State]]:
    clock = FixedClock()
    app = github_app(clock)
    recorder = Recorder(app)
    async with standing_in("github", recorder, clock=clock) as sandbox:
        account = Account(dialect=GITHUB, base_url=sandbox.origin, token=token)
        access = Access(account=account, is_locked_down=is_locked_down)
        async with VendorClient.opened(account, clock=clock) as http:
            parts = await github_parts(http, access, clock=clock)
            recorder.seen.clear()
            offered = selected(parts, is_read_only=False, toolsets=read_toolsets(toolsets))
            async with serving(offered) as served, connected(served) as client:
                yield Desk(client, sandbox, app.state.repository, recorder, clock)
