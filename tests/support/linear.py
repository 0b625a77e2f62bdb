"""The Linear server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mcp.client.client import Client

from sophia.sandbox import team
from sophia.sandbox.linear.app import linear_app
from sophia.sandbox.linear.tables import Tables
from sophia.sandbox.serving import Sandbox, standing_in
from sophia.servers.linear.server import linear_account, linear_parts
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.github import words_of
from tests.support.serving import connected, serving
from tests.support.vendor_specs import Recorder


@dataclass
class Desk:
    """A client of the server, and what is behind it."""

    client: Client
    sandbox: Sandbox
    tables: Tables
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


@asynccontextmanager
async def linear_desk(*, key: str = team.TOKEN) -> AsyncGenerator[Desk]:
    clock = FixedClock()
    app = linear_app(clock)
    recorder = Recorder(app)
    async with standing_in("linear", recorder, clock=clock) as sandbox:
        account = linear_account(sandbox.origin, key)
        async with (
            VendorClient.opened(account, clock=clock) as http,
            serving(linear_parts(http, account, clock)) as served,
            connected(served) as client,
        ):
            yield Desk(client, sandbox, app.state.tables, recorder, clock)
