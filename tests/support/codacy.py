"""The Codacy server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.client.client import Client

from sophia.sandbox import team
from sophia.sandbox.codacy.app import codacy_app
from sophia.sandbox.codacy.state import State
from sophia.sandbox.serving import Sandbox, standing_in
from sophia.servers.codacy.analysis.roots import Roots
from sophia.servers.codacy.server import codacy_account, codacy_parts
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.github import words_of
from tests.support.serving import Served, connected, serving
from tests.support.vendor_specs import Recorder

REPO = f"gh/{team.ORGANISATION}/{team.REPOSITORY}"


@dataclass
class Desk:
    """A client of the server, and what is behind it."""

    client: Client
    sandbox: Sandbox
    state: State
    recorder: Recorder

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


@dataclass
class Behind:
    """A server with its stand-in, for several tests; a client belongs to one."""

    served: Served
    sandbox: Sandbox
    state: State
    recorder: Recorder

    @asynccontextmanager
    async def desk(self) -> AsyncGenerator[Desk]:
        async with connected(self.served) as client:
            yield Desk(client, self.sandbox, self.state, self.recorder)


@asynccontextmanager
async def codacy_served(*roots: Path, token: str | None = team.TOKEN) -> AsyncGenerator[Behind]:
    clock = FixedClock()
    app = codacy_app(clock)
    recorder = Recorder(app)
    async with standing_in("codacy", recorder, clock=clock) as sandbox:
        account = codacy_account(sandbox.origin, token)
        async with (
            VendorClient.opened(account, clock=clock) as http,
            serving(codacy_parts(http, account, Roots(roots))) as served,
        ):
            yield Behind(served, sandbox, app.state.codacy, recorder)


@asynccontextmanager
async def codacy_desk(*roots: Path, token: str | None = team.TOKEN) -> AsyncGenerator[Desk]:
    async with codacy_served(*roots, token=token) as behind, behind.desk() as desk:
        yield desk
