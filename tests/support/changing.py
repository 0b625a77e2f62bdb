"""A real MCP server of somebody else, whose tools the test changes while it runs."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

from tests.support.serving import listening_on


def a_tool(name: str = "add", description: str = "Add two numbers.", **members: Any) -> Tool:
    said = {"name": name, "description": description, "inputSchema": {"type": "object"}}
    return Tool.model_validate(said | members)


@dataclass(slots=True)
class ChangingServer:
    """What it offers is the test's to change; it runs whatever it is asked to."""

    tools: list[Tool] = field(default_factory=lambda: [a_tool()])
    called: list[str] = field(default_factory=list[str])
    url: str = ""

    async def list_tools(
        self, _context: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return ListToolsResult(tools=list(self.tools))

    async def call_tool(
        self, _context: ServerRequestContext[Any], params: CallToolRequestParams
    ) -> CallToolResult:
        self.called.append(params.name)
        return CallToolResult(content=[TextContent(type="text", text="done")])


@asynccontextmanager
async def changing_server() -> AsyncGenerator[ChangingServer]:
    """Serve one on loopback."""
    theirs = ChangingServer()
    server = Server("theirs", on_list_tools=theirs.list_tools, on_call_tool=theirs.call_tool)
    bound = socket.create_server(("127.0.0.1", 0))
    theirs.url = f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
    async with listening_on(bound, server.streamable_http_app(json_response=True)):
        yield theirs
