"""What stands before MCP: tokens, limits, and streams only where something is streamed."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from sophia.core import registry
from sophia.identity.access_tokens import sign_access, sign_tool
from sophia.kit.tokens import Verifier
from sophia.servers.access import Gate
from sophia.servers.call import Call
from sophia.servers.entrance import Limits
from sophia.servers.errors import TokenRefusedError
from sophia.servers.parts import NoArguments, ServerParts, Tool
from tests.support.serving import SIGNER, STATIC_TOKEN, Served, a_caller, serving

META: dict[str, Any] = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
BOTH = "application/json, text/event-stream"


class Counter:
    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.is_running = asyncio.Event()

    async def count(self, _given: NoArguments, call: Call) -> str:
        await call.progress(1)
        return "counted"

    async def hold(self, _given: NoArguments, _call: Call) -> str:
        self.is_running.set()
        await self.may_end.wait()
        return "held"

    def parts(self) -> ServerParts:
        tools: list[Tool[Any, Any]] = [
            Tool(name=one.__name__, title="", description="", arguments=NoArguments, run=one)
            for one in (self.count, self.hold)
        ]
        return ServerParts(name="memory", instructions="", tools=tools)


@pytest.fixture(name="http")
async def _http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def call(
    http: aiohttp.ClientSession, served: Served, name: str, *, accept: str = BOTH, **more: Any
) -> aiohttp.ClientResponse:
    meta = META | more
    body: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "tools/call",
        "params": {"name": name, "arguments": {}, "_meta": meta},
    }
    headers = {
        "Authorization": f"Bearer {STATIC_TOKEN}",
        "Accept": accept,
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/call",
        "Mcp-Name": name,
    }
    async with http.post(served.url, json=body, headers=headers) as response:
        await response.read()
        return response


async def test_an_answer_is_a_stream_only_where_progress_is_wanted(
    http: aiohttp.ClientSession,
) -> None:
    async with serving(Counter().parts()) as served:
        plain = await call(http, served, "count")
        streamed = await call(http, served, "count", progressToken="p")
        deaf = await call(http, served, "count", accept="application/json", progressToken="p")

    assert [one.status for one in (plain, streamed, deaf)] == [200, 200, 200]
    assert plain.content_type == deaf.content_type == "application/json"
    assert streamed.content_type == "text/event-stream"
    assert "notifications/progress" in await streamed.text()


async def test_more_than_the_limit_at_once_are_told_to_come_again(
    http: aiohttp.ClientSession,
) -> None:
    counter = Counter()
    async with serving(counter.parts(), limits=Limits(requests=1)) as served:
        holding = asyncio.ensure_future(call(http, served, "hold"))
        async with asyncio.timeout(10):
            await counter.is_running.wait()
        refused = await call(http, served, "count")
        claiming = {
            "Authorization": f"Bearer {STATIC_TOKEN}",
            "MCP-Protocol-Version": "2025-11-25",
            "Mcp-Method": "subscriptions/listen",
        }
        async with http.post(served.url, json={}, headers=claiming) as claimed:
            assert claimed.status == 503
        counter.may_end.set()
        held = await holding
        after = await call(http, served, "count")

    told = await refused.json()
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert "memory server is busy" in told["error"]["message"]
    assert told["error"]["data"] == {"retryAfterSeconds": 1}
    assert (held.status, after.status) == (200, 200)


@pytest.mark.parametrize("is_told", [True, False])
async def test_a_request_that_is_too_large_is_not_read(
    http: aiohttp.ClientSession, *, is_told: bool
) -> None:
    async def pieces() -> AsyncGenerator[bytes]:
        for _ in range(4):
            yield b"x" * 1_000

    data = b"x" * 4_000 if is_told else pieces()
    headers = {"Authorization": f"Bearer {STATIC_TOKEN}", "Accept": BOTH}
    async with (
        serving(Counter().parts(), limits=Limits(body_bytes=3_000)) as served,
        http.post(served.url, data=data, headers=headers) as response,
    ):
        assert response.status == 413
        assert "larger than 3,000 bytes" in await response.text()


def gate_of(server: str) -> Gate:
    return Gate(server, static_token=f"own token of {server}", verifier=Verifier(SIGNER.public_pem))


@pytest.mark.parametrize("server", registry.MCP_SERVERS)
def test_a_token_opens_the_server_that_it_is_for_and_no_other(server: str) -> None:
    caller = a_caller()
    minted = sign_tool(SIGNER, server=server, caller=caller)

    for other in registry.MCP_SERVERS:
        if other == server:
            assert gate_of(other).admit(f"Bearer {minted}").user_id == str(caller.user_id)
            continue
        for token in (minted, f"own token of {server}"):
            with pytest.raises(TokenRefusedError):
                gate_of(other).admit(f"Bearer {token}")


@pytest.mark.parametrize("server", registry.MCP_SERVERS)
def test_a_person_s_own_credentials_open_no_server(server: str) -> None:
    user = {"id": uuid4(), "name": "Anna", "role": "owner"}
    api_key = f"sophia_live_{'a' * 43}"

    for token in (sign_access(SIGNER, user, session_id=None), api_key):
        with pytest.raises(TokenRefusedError):
            gate_of(server).admit(f"Bearer {token}")
