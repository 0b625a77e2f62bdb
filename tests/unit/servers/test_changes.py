"""What clients hear when a server's lists or resources change."""

import asyncio
from typing import Any

from mcp.server.subscriptions import ResourceUpdated, ToolsListChanged
from mcp_types import EmptyResult, ResourceUpdatedNotification, SubscribeRequest
from mcp_types import SubscribeRequestParams as Params

from tests.support.growing import WORD, Growing
from tests.support.serving import connected, serving


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
