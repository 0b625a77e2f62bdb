"""The client of `make bench-mcp`: bare connections, so that little but the servers is measured."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import psutil

MODERN, OLDER = "2026-07-28", "2025-11-25"
CONNECTIONS = 8
_TIMEOUT_S = 30


class PeerError(Exception):
    """A server did not answer as it should: it is named, and not measured."""


@dataclass(slots=True)
class Target:
    """One way to the tool. `pids`: every process that works for a call."""

    name: str
    port: int
    path: str
    token: str
    tool: str
    pids: Sequence[int]
    era: str = MODERN
    session: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Round:
    """What some calls took."""

    cpu_ms: float
    calls_per_s: float
    latencies_ms: list[float]


class Connection:
    """One connection, kept."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        self._streams = await asyncio.open_connection("127.0.0.1", self._target.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._streams is not None:
            self._streams[1].close()

    async def post(self, raw: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send what is laid out; give the status, the headers and the body."""
        assert self._streams is not None
        reader, writer = self._streams
        async with asyncio.timeout(_TIMEOUT_S):
            writer.write(raw)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.strip().lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            if headers.get("transfer-encoding") == "chunked":
                body = await _chunks(reader)
            else:
                body = await reader.readexactly(int(headers.get("content-length", "0")))
        return int(head[0].split()[1]), headers, body


def laid_out(target: Target, method: str, params: dict[str, Any], *, id_: int | None = 1) -> bytes:
    """Lay a message out as a whole request."""
    lines = {
        "Host": f"127.0.0.1:{target.port}",
        "Authorization": f"Bearer {target.token}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": target.era,
        **target.session,
    }
    if target.era == MODERN:
        lines["Mcp-Method"] = method
        if "name" in params:
            lines["Mcp-Name"] = params["name"]
        meta: dict[str, Any] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        params = {**params, "_meta": meta}
    message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
    if id_ is not None:
        message["id"] = id_
    body = json.dumps(message).encode()
    head = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body


def call_of(target: Target) -> bytes:
    """Lay out the call that is measured."""
    return laid_out(target, "tools/call", {"name": target.tool, "arguments": {"a": 2, "b": 3}})


async def greet(target: Target) -> None:
    """Shake hands in the older era; raises PeerError."""
    about: dict[str, Any] = {"protocolVersion": OLDER, "capabilities": {}}
    about["clientInfo"] = {"name": "bench", "version": "1"}
    async with Connection(target) as connection:
        status, headers, body = await connection.post(laid_out(target, "initialize", about))
        if status != 200:
            raise PeerError(f"initialize: HTTP {status} {body[:200]!r}")
        if "mcp-session-id" in headers:
            target.session = {"Mcp-Session-Id": headers["mcp-session-id"]}
        await connection.post(laid_out(target, "notifications/initialized", {}, id_=None))


async def calls(target: Target, number: int) -> Round:
    """Make that many calls over all connections; raises PeerError."""
    raw = call_of(target)
    latencies_ms: list[float] = []

    async def some() -> None:
        async with Connection(target) as connection:
            for _ in range(number // CONNECTIONS):
                began = time.perf_counter()
                status, _, body = await connection.post(raw)
                latencies_ms.append((time.perf_counter() - began) * 1000)
                check(target, status, body)

    before, began = cpu_s(target.pids), time.perf_counter()
    await asyncio.gather(*(some() for _ in range(CONNECTIONS)))
    took_s, spent_s = time.perf_counter() - began, cpu_s(target.pids) - before
    made = len(latencies_ms)
    return Round(spent_s * 1000 / made, made / took_s, latencies_ms)


def check(target: Target, status: int, body: bytes) -> None:
    """Make sure that the tool did add; raises PeerError."""
    compact = body.replace(b" ", b"").replace(b"\\n", b"")
    if status != 200 or b'"isError":true' in compact or b'result\\":5' not in compact:
        raise PeerError(f"{target.name}: HTTP {status} {body[:300]!r}")


def cpu_s(pids: Sequence[int]) -> float:
    """Give the processor time of the processes so far: their own, user and system."""
    spent = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(one.user + one.system for one in spent)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    parts: list[bytes] = []
    while size := int(await reader.readline(), 16):
        parts.append(await reader.readexactly(size))
        await reader.readline()
    await reader.readline()
    return b"".join(parts)
