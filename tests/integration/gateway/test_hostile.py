"""A server of somebody else that misbehaves: it is named, and nobody else notices."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sophia.core.messages import JsonObject
from sophia.core.permission import Rule, Subject, Verdict
from sophia.kit.clock import SystemClock
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.toolbox.session_link import SessionLink, http_transport
from sophia.toolbox.upstream import Upstream
from tests.support.gateway import Desk, TwinServer, a_tool, gateway
from tests.support.serving import listening_on

NAMES = ("fine", "hang", "pour", "die", "babble", "lie")
PROMISED = {"type": "object", "required": ["sum"], "properties": {"sum": {"type": "integer"}}}
PIECE = b"x" * 2**20


async def poured() -> AsyncGenerator[bytes]:
    yield b'{"jsonrpc": "2.0", "id": 1, "result": "'
    for _ in range(100):
        yield PIECE


async def died() -> AsyncGenerator[bytes]:
    yield b'{"jsonrpc": '
    raise ConnectionError


def answered(id_: Any, **result: Any) -> Response:
    whole = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private", **result}
    return JSONResponse({"jsonrpc": "2.0", "id": id_, "result": whole})


async def theirs(request: Request) -> Response:
    asked = await request.json()
    answer = partial(answered, asked.get("id"))
    match asked["method"]:
        case "server/discover":
            return answer(capabilities={"tools": {}}, supportedVersions=["2026-07-28"])
        case "tools/list":
            return answer(tools=[{**a_tool(name), "outputSchema": PROMISED} for name in NAMES])
        case _:
            return await called(asked["params"]["name"], answer)


async def called(name: str, answer: Callable[..., Response]) -> Response:
    match name:
        case "hang":
            await asyncio.Event().wait()
        case "pour":
            return StreamingResponse(poured(), media_type="application/json")
        case "die":
            return StreamingResponse(died(), media_type="application/json")
        case "babble":
            return Response("<html>", media_type="text/html")
        case _:
            pass
    found = {"sum": "five"} if name == "lie" else {"sum": 5}
    return answer(content=[{"type": "text", "text": name}], structuredContent=found)


@pytest.fixture(name="desk")
async def _desk(redis_url: str) -> AsyncGenerator[Desk]:
    bound = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
    open_ = partial(open_client, allowed=AllowedHosts.parse("127.0.0.1"), caps=Caps())
    link = SessionLink(partial(http_transport, open_, url))
    clock = SystemClock()
    upstream = Upstream(
        "theirs", "theirs", link, is_trusted=False, clock=clock, registered_at=clock.now()
    )
    async with (
        listening_on(bound, Starlette(routes=[Route("/mcp", theirs, methods=["POST"])])),
        gateway(redis_url, upstream, TwinServer("ours", [a_tool("read")]), timeout_s=2) as desk,
    ):
        desk.rules.append(Rule(Subject.EVERYBODY, "", "*", Verdict.ALLOW))
        yield desk
        await link.close()


@pytest.mark.parametrize(
    ("tool", "told"),
    [
        ("hang", "did not answer hang within 2 s"),
        ("pour", "answer is too large"),
        ("die", "does not answer as it should"),
        ("babble", "Unexpected content type"),
        ("lie", "not as its own schema says"),
    ],
)
async def test_it_is_named_and_the_others_do_not_notice(desk: Desk, tool: str, told: str) -> None:
    async def called(name: str) -> JsonObject:
        return await desk.ask("tools/call", name=name, arguments={})

    failed, other = await asyncio.gather(called(f"theirs__{tool}"), called("ours__read"))
    again: Any = await called("theirs__fine")

    assert told in str(failed)
    assert "theirs" in str(failed)
    assert "ours did it" in str(other)
    assert again["result"]["structuredContent"] == {"sum": 5}
