"""Servers that are not ours, of both eras: the SDK's own, really served."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

import httpx2
import pytest
from mcp.server.mcpserver import Context, MCPServer

from sophia.core.messages import Json, JsonObject
from sophia.outgoing.client import open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.toolbox.errors import RpcAnswerError, ServerFailedError
from sophia.toolbox.exchange import OWN_META, Request
from sophia.toolbox.listing import fetch, follow
from sophia.toolbox.session_link import SessionLink, http_transport
from sophia.toolbox.upstream import Upstream
from tests.support.clock import FixedClock
from tests.support.growing import WORD, Growing
from tests.support.serving import STATIC_TOKEN, a_caller, listening_on, serving
from tests.support.waiting import eventually

CALLER = a_caller()


def a_server() -> MCPServer:
    server = MCPServer("theirs", instructions="Add numbers.")

    @server.tool()
    async def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    async def count(ctx: Context[Any]) -> str:
        for step in (1, 2):
            await ctx.report_progress(step, 2, f"step {step}")
        return "counted"

    @server.tool()
    async def hang() -> str:
        await asyncio.Event().wait()
        return "never"

    @server.resource("theirs://x")
    def x() -> str:
        return "an x"

    _ = (add, count, hang, x)
    return server


@asynccontextmanager
async def served(*, is_stateless: bool = False) -> AsyncGenerator[str]:
    bound = socket.create_server(("127.0.0.1", 0))
    app = a_server().streamable_http_app(stateless_http=is_stateless)
    async with listening_on(bound, app):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"


def client_to(url: str) -> httpx2.AsyncClient:
    del url
    return open_client(allowed=AllowedHosts.parse("127.0.0.1"))


class OlderClient(httpx2.AsyncClient):
    """Hears of versions and of sessions that are over in the words of TypeScript's SDK.

    It uses codes under which mcp's own client tells that a connection closed or was silent.
    """

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if request.headers.get("mcp-protocol-version") == "2026-07-28":
            return _refused(request, 400, -32000, "Bad Request: Unsupported protocol version")
        answer = await super().send(request, **options)
        if answer.status_code != 404:
            return answer
        await answer.aclose()
        return _refused(request, 404, -32001, "Session not found")


def _refused(request: httpx2.Request, status: int, code: int, words: str) -> httpx2.Response:
    error = {"code": code, "message": words}
    body = {"jsonrpc": "2.0", "id": None, "error": error}
    return httpx2.Response(status, json=body, request=request)


@pytest.fixture(name="link", params=["newer", "older"])
async def _link(request: pytest.FixtureRequest) -> AsyncGenerator[SessionLink]:
    async with served() as url:
        open_ = partial(client_to, url) if request.param == "newer" else OlderClient
        link = SessionLink(partial(http_transport, open_, url))
        yield link
        await link.close()


async def ask(link: SessionLink, method: str, **params: Any) -> JsonObject:
    return await link.request(Request(method, params), caller=CALLER, timeout_s=30, notify=None)


def upstream_over(link: SessionLink) -> Upstream:
    return Upstream("theirs", "Theirs", link, is_trusted=False, clock=FixedClock())


def listening(link: SessionLink, uri: str) -> asyncio.Task[Json]:
    """Wait for word of a resource; gives the one that was changed."""
    wanted = {"notifications": {"resourceSubscriptions": [uri]}}

    async def heard() -> Json:
        told = link.listen(Request("subscriptions/listen", wanted), caller=CALLER)
        async with aclosing(told) as messages:
            async for method, params in messages:
                if method == "notifications/resources/updated":
                    return params["uri"]
        return None

    return asyncio.create_task(heard())


async def test_it_lists_and_calls_what_there_is(link: SessionLink) -> None:
    upstream = Upstream("theirs", "Theirs", link, is_trusted=False, clock=FixedClock())
    listing = await fetch(upstream, caller=CALLER)
    called: Any = await ask(link, "tools/call", name="add", arguments={"a": 2, "b": 3})

    assert [spec.name for spec in listing.specs] == [
        "theirs__add",
        "theirs__count",
        "theirs__hang",
    ]
    assert [one["uri"] for one in listing.items["resources"]] == ["theirs://x"]
    assert listing.about["instructions"] == "Add numbers."
    assert called["structuredContent"] == {"result": 5}


async def test_progress_is_passed_on_under_the_client_s_own_token(link: SessionLink) -> None:
    told: list[JsonObject] = []

    async def notify(_method: str, params: JsonObject) -> None:
        told.append(params)

    meta = {**OWN_META, "progressToken": "mine"}
    request = Request("tools/call", {"name": "count", "arguments": {}}, meta)
    await link.request(request, caller=CALLER, timeout_s=30, notify=notify)

    assert [(one["progressToken"], one["progress"]) for one in told] == [("mine", 1), ("mine", 2)]


async def test_one_session_serves_many_calls_at_once(link: SessionLink) -> None:
    found: list[Any] = await asyncio.gather(
        *(ask(link, "tools/call", name="add", arguments={"a": n, "b": 1}) for n in range(20))
    )

    assert [one["structuredContent"]["result"] for one in found] == list(range(1, 21))


async def test_its_own_errors_come_back_as_they_are(link: SessionLink) -> None:
    with pytest.raises(RpcAnswerError) as refused:
        await ask(link, "prompts/get", name="none")

    assert refused.value.rpc_code in {-32602, -32601, -32603, 0}


async def test_a_call_that_hangs_ends_at_its_deadline_and_spares_the_others(
    link: SessionLink,
) -> None:
    request = Request("tools/call", {"name": "hang", "arguments": {}})
    with pytest.raises(ServerFailedError) as failed:
        await link.request(request, caller=CALLER, timeout_s=0.3, notify=None)
    called: Any = await ask(link, "tools/call", name="add", arguments={"a": 1, "b": 1})

    assert failed.value.label == "timeout"
    assert called["structuredContent"] == {"result": 2}


async def test_a_server_that_is_not_there_is_away(free_port: int) -> None:
    url = f"http://127.0.0.1:{free_port}/mcp"
    link = SessionLink(partial(http_transport, partial(client_to, url), url))
    for _ in range(2):
        with pytest.raises(ServerFailedError) as failed:
            await ask(link, "tools/list")
        assert failed.value.label in {"away", "refused", "broke_off"}
    await link.close()


async def test_a_server_that_begins_again_is_reached_again() -> None:
    async with served() as url:
        link = SessionLink(partial(http_transport, OlderClient, url))
        await ask(link, "tools/list")
        port = int(url.rpartition(":")[2].removesuffix("/mcp"))
    bound = socket.create_server(("127.0.0.1", port))
    async with listening_on(bound, a_server().streamable_http_app()):
        called: Any = await ask(link, "tools/call", name="add", arguments={"a": 1, "b": 1})
        assert called["structuredContent"] == {"result": 2}
        await link.close()


async def test_whoever_follows_is_told_that_the_session_ended(link: SessionLink) -> None:
    upstream = Upstream("theirs", "Theirs", link, is_trusted=False, clock=FixedClock())
    following = asyncio.create_task(anext(follow(upstream, caller=CALLER)))
    await ask(link, "tools/list")
    await link.close()

    with pytest.raises(ServerFailedError):
        async with asyncio.timeout(60):
            await following


@pytest.mark.parametrize("era", ["newer", "older"])
async def test_whoever_listens_is_told_what_they_asked_for_alone(era: str) -> None:
    theirs = Growing()
    async with serving(theirs.parts()) as server:
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {STATIC_TOKEN}"}}
        kind = httpx2.AsyncClient if era == "newer" else OlderClient
        link = SessionLink(partial(http_transport, partial(kind, **options), server.url))
        gone, stays, other = (listening(link, uri) for uri in (WORD, WORD, "test://other"))

        async def is_told(task: asyncio.Task[Json]) -> bool:
            await theirs.changes.of_resource(WORD)
            await asyncio.wait({task}, timeout=0.05)
            return task.done()

        await eventually(partial(is_told, gone), timeout_s=20)
        # Of two who listen, one that leaves leaves the other one the resource.
        again = listening(link, WORD)
        await eventually(partial(is_told, stays), timeout_s=20)
        await eventually(partial(is_told, again), timeout_s=20)
        assert not other.done()
        other.cancel()
        await asyncio.gather(other, return_exceptions=True)
        await link.close()

    assert gone.result() == stays.result() == again.result() == WORD


async def test_whoever_follows_a_server_of_the_newer_era_is_told_of_its_lists() -> None:
    theirs = Growing()
    async with serving(theirs.parts()) as server:
        options: dict[str, Any] = {"headers": {"Authorization": f"Bearer {STATIC_TOKEN}"}}
        open_ = partial(httpx2.AsyncClient, **options)
        link = SessionLink(partial(http_transport, open_, server.url))
        following = asyncio.create_task(anext(follow(upstream_over(link), caller=CALLER)))

        async def is_told() -> bool:
            await theirs.changes.of_tools()
            await asyncio.wait({following}, timeout=0.05)
            return following.done()

        await eventually(is_told, timeout_s=20)
        await link.close()

    assert following.result() == "tools"


async def test_a_private_address_is_not_asked_unless_it_is_named() -> None:
    async with served() as url:
        link = SessionLink(partial(http_transport, open_client, url))
        with pytest.raises(ServerFailedError):
            await ask(link, "tools/list")
        await link.close()


@pytest.fixture(name="free_port")
def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
