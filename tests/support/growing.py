"""A server on our runtime that learns a tool while it runs, and tells of it."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.changes import Changes
from sophia.servers.parts import NoArguments, Resource, ServerParts, Tool

WORD = "test://word"


class Growing:
    """A server that learns a tool while it runs."""

    def __init__(self) -> None:
        self.changes = Changes()
        self.tools: list[Tool[Any, Any]] = [self._tool("grow", self.grow)]

    async def grow(self, _given: NoArguments, _call: Call) -> str:
        self.tools.append(self._tool("grown", self.say))
        await self.changes.of_tools()
        await self.changes.of_resource(WORD)
        return "grown"

    async def say(self, _given: NoArguments, _call: Call) -> str:
        return "said"

    async def read(self, _call: Call) -> str:
        return "word"

    def parts(self) -> ServerParts:
        word = Resource(uri=WORD, name="word", title="", description="", read=self.read)
        return ServerParts(
            name="memory",
            instructions="",
            tools=self.tools,
            resources=[word],
            is_asking=True,
            changes=self.changes,
        )

    def _tool(self, name: str, run: Any) -> Tool[Any, Any]:
        return Tool(name=name, title="", description="", arguments=NoArguments, run=run)
