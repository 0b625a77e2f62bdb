"""The toolbox against servers that misbehave, each on a free port of loopback."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from prometheus_client import REGISTRY

from sophia.core import registry
from sophia.core.messages import JsonObject, ToolCall, ToolResult
from sophia.core.ports import Person
from sophia.kit.clock import SystemClock
from sophia.toolbox.toolbox import Endpoint, McpToolbox
from tests.support.serving import a_caller
from tests.support.waiting import eventually

STORE = {
    "name": "store_memory",
    "description": "Keep.",
    "inputSchema": {
        "type": "object",
        "properties": {"content": {"type": "string"}},
        "required": ["content"],
        "additionalProperties": False,
    },
    "annotations": {"idempotentHint": True, "destructiveHint": False},
}
DELETE = {"name": "delete_memory", "inputSchema": {"type": "object"}}
HEALTH = {
    "status": "degraded",
    "configured": False,
    "errors": ["no key", "no quota"],
    "metrics": {"tools": 2},
}

type Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def http(body: bytes, *, status: str = "200 OK", kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def result(**fields: Any) -> bytes:
    return http(orjson.dumps({"jsonrpc": "2.0", "id": 1, "result": fields}))


def bytes_(answer: bytes) -> Answer:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()

    return write


class RawServer:
    """Speaks HTTP by hand: lists two tools, and answers calls as the test says."""

    def __init__(self) -> None:
        self.answer: Answer = bytes_(result(content=[{"type": "text", "text": "done"}]))
        self.connections = 0
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self._open: set[asyncio.StreamWriter] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        if head[0].startswith("GET"):
            await bytes_(http(orjson.dumps(HEALTH), status="503 Service Unavailable"))(writer)
            return True
        request = orjson.loads(body)
        self.requests.append((request["method"], headers, request["params"]))
        if request["method"] == "server/discover":
            await bytes_(result(capabilities={"tools": {}}))(writer)
        elif request["method"] == "tools/list":
            await bytes_(result(tools=[STORE, DELETE]))(writer)
        else:
            await self.answer(writer)
        return not writer.is_closing()

    def drop_all(self) -> None:
        for writer in list(self._open):
            writer.close()


@asynccontextmanager
async def raw_server() -> AsyncGenerator[tuple[RawServer, str]]:
    server = RawServer()
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    try:
        yield server, f"http://127.0.0.1:{port}/mcp"
    finally:
        listener.close()
        server.drop_all()


def mint(server: str, caller: Person) -> str:
    return f"{server}-token-of-{caller.user_name}"


@asynccontextmanager
async def toolbox_of(*endpoints: Endpoint) -> AsyncGenerator[McpToolbox]:
    toolbox = McpToolbox(endpoints, mint=mint, clock=SystemClock(), port_base=21_000)
    try:
        yield toolbox
    finally:
        await toolbox.close()


@pytest.fixture(name="server")
async def _server() -> AsyncGenerator[tuple[RawServer, McpToolbox]]:
    async with raw_server() as (server, url), toolbox_of(Endpoint("memory", url)) as toolbox:
        await toolbox.list_tools()
        yield server, toolbox


async def call(
    toolbox: McpToolbox,
    name: str = "memory__store_memory",
    arguments: JsonObject | None = None,
    *,
    timeout_s: float = 5,
) -> ToolResult:
    given = {"content": "tea"} if arguments is None else arguments
    async with asyncio.timeout(60):
        return await toolbox.call(
            ToolCall("1", name, given), caller=a_caller("Anna"), timeout_s=timeout_s
        )


type Pair = tuple[RawServer, McpToolbox]


async def test_a_call_goes_out_as_the_stateless_era_has_it(server: Pair) -> None:
    raw, toolbox = server
    done = await call(toolbox)

    method, headers, params = raw.requests[-1]
    assert (done.text, done.is_error) == ("done", False)
    assert method == headers["mcp-method"] == "tools/call"
    assert headers["mcp-name"] == params["name"] == "store_memory"
    assert headers["mcp-protocol-version"] == "2026-07-28"
    assert params["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28"
    assert headers["authorization"] == "Bearer memory-token-of-Anna"
    assert params["arguments"] == {"content": "tea"}


async def test_calls_share_a_connection(server: Pair) -> None:
    raw, toolbox = server
    for _ in range(20):
        await call(toolbox)

    assert raw.connections == 1


async def test_a_connection_that_the_server_let_go_is_replaced(server: Pair) -> None:
    raw, toolbox = server
    await call(toolbox)
    raw.drop_all()

    async def is_done() -> bool:
        return (await call(toolbox)).text == "done"

    await eventually(is_done)
    assert raw.connections == 2


async def test_wrong_arguments_are_not_sent(server: Pair) -> None:
    raw, toolbox = server
    before = len(raw.requests)
    done = await call(toolbox, arguments={"contnet": "tea"})

    assert done.is_error
    assert "did you mean content?" in done.text
    assert len(raw.requests) == before


async def test_an_unknown_tool_is_answered_with_the_nearest(server: Pair) -> None:
    _, toolbox = server

    assert "Did you mean memory__store_memory" in (await call(toolbox, "memory__store_memroy")).text
    assert (
        "There are: memory__store_memory, memory__delete_memory" in (await call(toolbox, "x")).text
    )


async def dies(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def dies_midway(writer: asyncio.StreamWriter) -> None:
    writer.write(result(content=[])[:-20])
    await writer.drain()
    writer.close()


async def hangs(_writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def drips(writer: asyncio.StreamWriter) -> None:
    writer.write(result(content=[])[:-20])
    await writer.drain()
    await asyncio.Event().wait()


async def test_what_any_server_but_our_own_memory_says_is_untrusted() -> None:
    async with (
        raw_server() as (_, url),
        toolbox_of(Endpoint("memory", url), Endpoint("github", url)) as toolbox,
    ):
        await toolbox.list_tools()

        assert not (await call(toolbox, "memory__store_memory")).is_untrusted
        assert (await call(toolbox, "github__store_memory")).is_untrusted


FAILURES: dict[str, tuple[Answer, str]] = {
    "dies": (dies, "broke off the connection"),
    "dies midway": (dies_midway, "broke off the connection"),
    "no JSON": (bytes_(http(b"<html>")), "was not understood"),
    "no object": (bytes_(http(b"[]")), "was not understood"),
    "no result": (bytes_(http(b"{}", status="500 Oops")), "HTTP 500"),
    "no content": (bytes_(result(answer=42)), "was not understood"),
    "a huge answer": (bytes_(http(b"x" * 9_000_000)), "larger than 8192 KiB"),
    "no HTTP": (bytes_(b"hello\r\n\r\n"), "broke off the connection"),
    "401": (bytes_(http(b"", status="401 Unauthorized")), "refused our credentials"),
    "a redirect": (bytes_(http(b"", status="307 Over There")), "was not understood"),
    "an error": (
        bytes_(http(b'{"error":{"code":-32602,"message":"no such tool"}}', status="400 Bad")),
        "It refused the request: no such tool",
    ),
}


@pytest.mark.parametrize(("answer", "told"), FAILURES.values(), ids=FAILURES.keys())
async def test_a_server_s_failure_is_an_answer_that_names_it(
    server: Pair, answer: Answer, told: str
) -> None:
    raw, toolbox = server
    raw.answer = answer
    done = await call(toolbox)

    assert done.is_error
    assert "AI Memory" in done.text
    assert told in done.text


@pytest.mark.parametrize("answer", [hangs, drips])
async def test_a_silent_server_is_left_at_the_deadline(server: Pair, answer: Answer) -> None:
    raw, toolbox = server
    raw.answer = answer
    done = await call(toolbox, timeout_s=0.2)

    assert done.is_error
    assert "AI Memory did not answer store_memory within 0.2 s" in done.text


async def test_after_a_failure_the_next_call_works(server: Pair) -> None:
    raw, toolbox = server
    answer = raw.answer
    raw.answer = dies
    assert (await call(toolbox)).is_error
    raw.answer = answer

    assert not (await call(toolbox)).is_error


async def test_an_unknown_outcome_is_told_by_what_calling_again_would_do(server: Pair) -> None:
    raw, toolbox = server
    raw.answer = dies

    assert "safe to call it again" in (await call(toolbox)).text
    assert "may have taken effect" in (await call(toolbox, "memory__delete_memory", {})).text


async def test_text_that_is_no_unicode_is_not_sent(server: Pair) -> None:
    _, toolbox = server

    assert "valid Unicode" in (await call(toolbox, arguments={"content": "\ud800"})).text


async def test_a_server_that_is_away_is_told_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"
    async with toolbox_of(Endpoint("memory", url)) as toolbox:
        assert await toolbox.list_tools() == ()
        assert "no MCP server can be reached" in (await call(toolbox)).text


async def test_a_server_that_went_away_is_named() -> None:
    async with raw_server() as (_, url):
        toolbox = McpToolbox([Endpoint("memory", url)], mint=mint, clock=SystemClock())
        await toolbox.list_tools()

    async def is_told() -> bool:
        told = (await call(toolbox)).text
        assert "AI Memory (the memory server)" in told
        return "cannot be reached" in told

    # The first call may still meet the connection that is just being closed.
    await eventually(is_told)
    await toolbox.close()


async def test_one_server_down_does_not_hide_the_others() -> None:
    async with (
        raw_server() as (_, url),
        toolbox_of(Endpoint("uiux", "http://127.0.0.1:9/mcp"), Endpoint("memory", url)) as toolbox,
    ):
        listed = [tool.name for tool in await toolbox.list_tools()]

    assert listed == ["memory__store_memory", "memory__delete_memory"]


async def test_status_of_all_eight_is_honest() -> None:
    async with (
        raw_server() as (_, url),
        toolbox_of(Endpoint("memory", url), Endpoint("uiux", "http://127.0.0.1:9/mcp")) as toolbox,
    ):
        statuses = {status.name: status for status in await toolbox.all()}

    assert list(statuses) == list(registry.MCP_SERVERS)
    memory, uiux, github = statuses["memory"], statuses["uiux"], statuses["github"]
    assert (memory.status, memory.configured, memory.tools) == ("degraded", False, 2)
    assert memory.error == "no key; no quota"
    assert memory.latency_ms is not None
    assert memory.port == 22_001
    assert (uiux.status, uiux.tools, uiux.latency_ms) == ("unhealthy", 0, None)
    assert "cannot be reached" in str(uiux.error)
    assert (github.status, github.port, github.error) == ("not_served", 22_103, None)


async def test_calls_are_counted_by_outcome(server: Pair) -> None:
    raw, toolbox = server

    def counted(error_type: str) -> float:
        labels = {
            "mcp_server": "memory",
            "mcp_method_name": "tools/call",
            "gen_ai_tool_name": "store_memory",
            "error_type": error_type,
            "rpc_response_status_code": "",
            "network_transport": "tcp",
            "mcp_protocol_version": "2026-07-28",
        }
        name = "mcp_client_operation_duration_seconds_count"
        return REGISTRY.get_sample_value(name, labels) or 0

    kinds = ["", "broke_off"]
    before = [counted(kind) for kind in kinds]
    await call(toolbox)
    raw.answer = dies
    await call(toolbox)

    assert [counted(kind) for kind in kinds] == [number + 1 for number in before]
