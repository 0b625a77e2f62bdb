"""Clients of the older era: sessions that any replica serves, questions, cancelling, listening."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest

from sophia.core.messages import JsonObject
from sophia.identity.schemas import Scope, Viewer
from sophia.kit.ids import UserId, uuid7
from sophia.toolbox.exchange import Request
from tests.support.gateway import Desk, TwinServer, a_tool, gateway
from tests.support.waiting import eventually

HELLO: dict[str, Any] = {
    "protocolVersion": "2025-11-25",
    "capabilities": {"elicitation": {}},
    "clientInfo": {"name": "test", "version": "1"},
}


@pytest.fixture(name="replicas")
async def _replicas(redis_url: str) -> AsyncGenerator[tuple[Desk, Desk, TwinServer]]:
    server = TwinServer(
        "a",
        [a_tool("read"), a_tool("erase", readOnlyHint=False, destructiveHint=True)],
        {"resources/list": {"resources": [{"uri": "a://x", "name": "x"}]}},
    )
    async with gateway(redis_url, server) as one, gateway(redis_url, server) as two:
        yield one, two, server


type Replicas = tuple[Desk, Desk, TwinServer]


def message(method: str, id_: int | None = 1, **params: Any) -> dict[str, Any]:
    body = {"jsonrpc": "2.0", "method": method, "params": params}
    return body if id_ is None else {**body, "id": id_}


def hang_calls(server: TwinServer, began: asyncio.Event, ended: asyncio.Event) -> None:
    """Have calls never end by themselves."""
    answered = server.answer

    async def hang(request: Request) -> JsonObject:
        if request.method != "tools/call":
            return await answered(request)
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    server.link.answer = hang


async def begun(desk: Desk) -> dict[str, str]:
    """Initialize, and give the headers of the session."""
    answer = await desk.post(message("initialize", **HELLO))
    return {"Mcp-Session-Id": answer.headers["mcp-session-id"]}


@asynccontextmanager
async def streamed(
    desk: Desk, verb: str, headers: dict[str, str], body: JsonObject | None = None
) -> AsyncGenerator[AsyncGenerator[Any]]:
    """Open a stream and give its messages."""
    accept = {"Accept": "application/json, text/event-stream", **headers}

    async def messages(response: httpx2.Response) -> AsyncGenerator[Any]:
        async with asyncio.timeout(10):
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))

    async with (
        httpx2.AsyncClient(trust_env=False, timeout=10) as http,
        http.stream(verb, desk.url(), json=body, headers=accept) as response,
    ):
        yield messages(response)


async def test_a_session_begun_at_one_replica_goes_on_at_another(replicas: Replicas) -> None:
    one, two, _ = replicas
    headers = await begun(one)
    answer = await two.post(message("tools/list"), headers=headers)

    assert [tool["name"] for tool in answer.json()["result"]["tools"]] == ["a__read", "a__erase"]


async def test_what_was_asked_by_one_replica_is_answered_to_another(replicas: Replicas) -> None:
    one, two, server = replicas
    headers = await begun(one)
    call = message("tools/call", name="a__erase", arguments={})
    async with streamed(one, "POST", headers, call) as messages:
        question = await anext(messages)
        assert question["method"] == "elicitation/create"
        reply = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}}
        assert (await two.post(reply, headers=headers)).status_code == 202
        answer = await anext(messages)

    assert answer["result"]["content"][0]["text"] == "a did it"
    assert len(server.calls) == 1


async def test_a_question_is_not_answered_by_another_session(replicas: Replicas) -> None:
    one, _, server = replicas
    headers, other = await begun(one), await begun(one)
    call = message("tools/call", name="a__erase", arguments={})
    async with streamed(one, "POST", headers, call) as messages:
        question = await anext(messages)
        no = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "decline"}}
        yes = {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept"}}
        await one.post(yes, headers=other)
        await one.post(no, headers=headers)
        answer = await anext(messages)

    assert answer["result"]["isError"] is True
    assert server.calls == []


async def test_a_session_is_its_user_s_alone(replicas: Replicas) -> None:
    one, _, _ = replicas
    headers = await begun(one)
    one.enter(Viewer(UserId(uuid7()), "Eve", "member", frozenset(Scope)))

    assert (await one.post(message("tools/list"), headers=headers)).status_code == 404


async def test_an_ended_session_is_gone_at_every_replica(replicas: Replicas) -> None:
    one, two, _ = replicas
    headers = await begun(one)
    async with httpx2.AsyncClient(trust_env=False) as http:
        assert (await http.delete(one.url(), headers=headers)).status_code == 200

    assert (await two.post(message("tools/list"), headers=headers)).status_code == 404


async def test_a_made_up_session_is_gone_as_well(replicas: Replicas) -> None:
    one, _, _ = replicas
    answer = await one.post(message("tools/list"), headers={"Mcp-Session-Id": "made-up"})

    assert answer.status_code == 404
    assert "initialize again" in answer.json()["detail"]


async def test_a_cancelled_call_ends_wherever_it_runs(replicas: Replicas) -> None:
    one, two, server = replicas
    headers = await begun(one)
    began, ended = asyncio.Event(), asyncio.Event()

    hang_calls(server, began, ended)
    call = message("tools/call", 7, name="a__read", arguments={})
    calling = asyncio.create_task(one.post(call, headers=headers))
    async with asyncio.timeout(10):
        await began.wait()
        await two.post(
            message("notifications/cancelled", None, requestId=7, reason="bored"), headers=headers
        )
        await ended.wait()
    calling.cancel()
    await asyncio.gather(calling, return_exceptions=True)


async def test_a_client_that_leaves_cancels_its_call(replicas: Replicas) -> None:
    one, _, server = replicas
    began, ended = asyncio.Event(), asyncio.Event()

    hang_calls(server, began, ended)
    calling = asyncio.create_task(one.ask("tools/call", name="a__read", arguments={}))
    async with asyncio.timeout(10):
        await began.wait()
        calling.cancel()
        await ended.wait()
    await asyncio.gather(calling, return_exceptions=True)


async def test_a_session_is_told_when_the_tools_change(replicas: Replicas) -> None:
    one, _, server = replicas
    headers = await begun(one)
    async with streamed(one, "GET", headers) as messages:
        telling = asyncio.create_task(anext(messages))

        async def is_told() -> bool:
            server.tools = [a_tool(f"t{len(server.link.asked)}")]
            one.catalogue.expire("a")
            await asyncio.wait({telling}, timeout=0.05)
            return telling.done()

        await eventually(is_told)
        told = telling.result()

    assert told["method"].endswith("/list_changed")


async def test_a_listener_of_the_newer_era_is_told_what_it_asked_for_alone(
    replicas: Replicas,
) -> None:
    one, _, server = replicas
    server.link.tells = [("notifications/resources/updated", {"uri": "a://x"})]
    meta: JsonObject = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    wanted = {"resourceSubscriptions": ["a://x"]}
    body = message("subscriptions/listen", 5, notifications=wanted, _meta=meta)
    headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "subscriptions/listen"}
    async with streamed(one, "POST", headers, body) as messages:
        acknowledged, updated = await anext(messages), await anext(messages)

    assert acknowledged["method"] == "notifications/subscriptions/acknowledged"
    assert acknowledged["params"]["notifications"] == wanted
    assert updated["method"] == "notifications/resources/updated"
    assert updated["params"]["uri"] == "a://x"
    assert updated["params"]["_meta"] == {"io.modelcontextprotocol/subscriptionId": 5}


@pytest.mark.parametrize("is_open_before", [True, False])
async def test_a_session_is_told_of_what_it_subscribed_to_at_any_replica(
    replicas: Replicas, *, is_open_before: bool
) -> None:
    one, two, server = replicas
    server.link.tells = [("notifications/resources/updated", {"uri": "a://x"})]
    headers = await begun(one)

    async def subscribe() -> None:
        answer = await one.post(message("resources/subscribe", uri="a://x"), headers=headers)
        assert answer.json()["result"] == {}

    if not is_open_before:
        await subscribe()
    async with streamed(two, "GET", headers) as messages, asyncio.timeout(10):
        if is_open_before:
            await subscribe()
        told = await anext(messages)

    assert (told["method"], told["params"]["uri"]) == ("notifications/resources/updated", "a://x")


async def test_a_session_that_ends_ends_its_stream(replicas: Replicas) -> None:
    one, two, _ = replicas
    headers = await begun(one)
    async with streamed(two, "GET", headers) as messages, asyncio.timeout(10):
        async with httpx2.AsyncClient(trust_env=False) as http:
            await http.delete(one.url(), headers=headers)
        assert [told async for told in messages] == []


async def test_what_a_session_wants_logged_is_told_to_the_server(replicas: Replicas) -> None:
    one, two, server = replicas
    headers = await begun(one)
    await one.post(message("logging/setLevel", level="error"), headers=headers)
    await two.post(message("tools/call", name="a__read", arguments={}), headers=headers)

    assert server.calls[0].meta["io.modelcontextprotocol/logLevel"] == "error"


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "null"}]
)
async def test_a_page_of_another_site_is_refused(
    replicas: Replicas, headers: dict[str, str]
) -> None:
    one, _, _ = replicas

    assert (await one.post(message("tools/list"), headers=headers)).status_code == 403
