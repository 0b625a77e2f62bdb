"""An MCP server with two tools that count their effects: one reads, one writes. Both can wait."""

import asyncio
from collections import Counter
from typing import Any

import orjson

from tests.support.providers_http import Answer, HttpServer, SeenRequest

_TOOLS = [
    {
        "name": "look",
        "description": "Read something.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": True},
    },
    {
        "name": "book",
        "description": "Write something, once for each call.",
        "inputSchema": {"type": "object"},
        "annotations": {"readOnlyHint": False, "destructiveHint": False, "openWorldHint": False},
    },
]


class CountingTools:
    """Served as the memory server of one or more desks: the only one that a desk is given."""

    def __init__(self) -> None:
        self.effects: Counter[str] = Counter()
        self.is_called = asyncio.Event()
        self.may_answer = asyncio.Event()
        self._servers: list[HttpServer] = []

    async def start(self, *ports: int) -> None:
        for port in ports:
            server = HttpServer(self._respond)
            await server.start(port=port)
            self._servers.append(server)

    async def stop(self) -> None:
        for server in self._servers:
            await server.stop()

    async def _respond(self, request: SeenRequest, answer: Answer) -> None:
        if request.method == "GET":
            answer.whole(200, orjson.dumps({"status": "healthy"}))
            return
        result: dict[str, Any]
        match request.body["method"]:
            case "server/discover":
                result = {"capabilities": {"tools": {}}}
            case "tools/list":
                result = {"tools": _TOOLS}
            case "tools/call":
                name = request.body["params"]["name"]
                self.effects[name] += 1
                self.is_called.set()
                await self.may_answer.wait()
                result = {"content": [{"type": "text", "text": f"{name} is done"}]}
            case method:
                raise AssertionError(method)
        reply = {"jsonrpc": "2.0", "id": request.body["id"], "result": result}
        answer.whole(200, orjson.dumps(reply))
