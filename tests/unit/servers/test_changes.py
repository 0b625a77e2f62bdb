"""What clients hear when a server's lists or resources change."""

import asyncio
from typing import Any

from mcp.server.subscriptions import ResourceUpdated, ToolsListChanged
from mcp_types import EmptyResult, ResourceUpdatedNotification, SubscribeRequest
from mcp_types import SubscribeRequestParams as Params

from sophia.servers.call import Call
from sophia.servers.changes import Changes
from sophia.servers.parts import NoArguments, Resource, ServerParts, Tool
from tests.support.serving import connected, serving

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


async def test_a_listening_client_hears_of_the_change_and_finds_the_tool() -> None:
    async with (
        serving(Growing().parts()) as served,
        connected(served) as client,
        connected(served) as other,
        client.listen(tools_list_changed=True, resource_subscriptions=[WORD]) as heard,
    ):
        assert [one.name for one in (await client.list_tools()).tools] == ["grow"]
        await other.call_tool("grow", {})
        async with asyncio.timeout(10):
            events = [await anext(heard), await anext(heard)]
        names = [one.name for one in (await client.list_tools()).tools]
        said = await client.call_tool("grown", {})

    assert events == [ToolsListChanged(), ResourceUpdated(WORD)]
    assert names == ["grow", "grown"]
    assert not said.is_error


async def test_a_session_hears_of_the_resource_that_it_subscribed_to() -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with (
        serving(Growing().parts()) as served,
        connected(served, era="legacy", message_handler=heard.put) as client,
    ):
        subscribe = SubscribeRequest(params=Params(uri=WORD))
        await client.session.send_request(subscribe, EmptyResult)
        await client.call_tool("grow", {})
        async with asyncio.timeout(10):
            while not isinstance(message := await heard.get(), ResourceUpdatedNotification):
                pass

    assert str(message.params.uri) == WORD
