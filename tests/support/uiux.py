"""The UI/UX Agent, asked over MCP."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_types import CallToolResult, TextContent

from sophia.kit.clock import SystemClock
from sophia.servers.uiux.server import open_uiux
from sophia.settings import Settings
from tests.support.serving import Served, connected, serving


@dataclass(frozen=True, slots=True)
class Agent:
    """The agent, and a client of its own for each question."""

    served: Served

    async def ask(self, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await self._call(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    async def refusal(self, tool: str, **arguments: Any) -> str:
        result = await self._call(tool, arguments)
        assert result.is_error
        (said,) = result.content
        assert isinstance(said, TextContent)
        return said.text

    async def _call(self, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        async with connected(self.served) as client:
            result = await client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        return result


@asynccontextmanager
async def uiux_agent(home: Path) -> AsyncGenerator[Agent]:
    """Serve the agent."""
    async with (
        open_uiux(Settings(home=home), SystemClock()) as parts,
        serving(parts) as served,
    ):
        yield Agent(served)
