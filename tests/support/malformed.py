"""Requests to an MCP server that are wrong in some way, made from a seed.

    python -m tests.support.malformed 10000

sends that many to a server of ours and to the gateway before it, and prints what came back; it
fails as the test does.
"""

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.support import servers
from tests.support.conformance.fixture import conformance_parts
from tests.support.gateway import gateway, upstream_of
from tests.support.serving import STATIC_TOKEN, serving

_TIMEOUT_S = 20
_PAGE_BYTES = 4096
MODERN = "2026-07-28"

type Sent = tuple[dict[str, str], bytes]

_ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        -1,
        1.5,
        10**400,
        "",
        "x" * 5_000,
        "\x00",
        "ä☃",
        [],
        [1],
        {},
        {"a": {"b": []}},
    ),
    *("tools/call", "../../etc/passwd", "\ud800", float("inf"), float("nan")),
)
_VERSIONS = ("2025-11-25", "2025-06-18", "1999-01-01", "2026-07-29", "", "x", "2026-07-28, 1", "ä")
_METHODS: dict[str, dict[str, Any]] = {
    "tools/list": {},
    "tools/call": {"name": "test_simple_text", "arguments": {}},
    "resources/list": {"cursor": "x"},
    "resources/read": {"uri": "test://static-text"},
    "resources/templates/list": {},
    "prompts/list": {},
    "prompts/get": {"name": "test_prompt_with_arguments", "arguments": {"arg1": "a", "arg2": "b"}},
    "completion/complete": {
        "ref": {"type": "ref/prompt", "name": "test_prompt_with_arguments"},
        "argument": {"name": "arg1", "value": "p"},
    },
    "server/discover": {},
    "ping": {},
    "logging/setLevel": {"level": "info"},
    "notifications/cancelled": {"requestId": 1},
}


def malformed(chance: random.Random) -> Sent:
    """Make one request that is wrong in some way, or in several."""
    method = chance.choice(list(_METHODS))
    is_modern = chance.random() < 0.6
    params: dict[str, Any] = json.loads(json.dumps(_METHODS[method]))
    if is_modern:
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    body: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    headers = _headers(method, params, is_modern=is_modern)
    for _ in range(chance.randint(1, 3)):
        chance.choice((_bend_body, _bend_body, _bend_headers))(chance, headers, body)
    raw = json.dumps(body).encode()
    return headers, chance.choice(_RAW)(chance, raw) if chance.random() < 0.3 else raw


def _headers(method: str, params: dict[str, Any], *, is_modern: bool) -> dict[str, str]:
    headers = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {STATIC_TOKEN}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    if is_modern:
        headers |= {"MCP-Protocol-Version": MODERN, "Mcp-Method": method}
        named = params.get("name") or params.get("uri")
        if isinstance(named, str):
            headers["Mcp-Name"] = named
    return headers


def _bend_body(chance: random.Random, _headers: dict[str, str], body: dict[str, Any]) -> None:
    """Put something odd, or nothing, at some place of the message."""
    node: Any = body
    while True:
        key = chance.choice(list(node) or ["extra"])
        below = node.get(key)
        if isinstance(below, dict) and below and chance.random() < 0.7:
            node = cast("dict[str, Any]", below)
            continue
        match chance.randrange(4):
            case 0:
                node.pop(key, None)
            case 1:
                node[f"{key}x"] = chance.choice(_ODD)
            case 2:
                node[
                    chance.choice(("requestState", "inputResponses", "progressToken", "cursor"))
                ] = chance.choice(_ODD)
            case _:
                node[key] = chance.choice(_ODD)
        return


def _bend_headers(chance: random.Random, headers: dict[str, str], _body: dict[str, Any]) -> None:
    """Say something else in the headers than in the message."""
    names = ("MCP-Protocol-Version", "Mcp-Method", "Mcp-Name", "Accept", "Content-Type")
    name = chance.choice((*names, "Mcp-Session-Id", "Mcp-Param-Region", "Content-Encoding"))
    values = ("", "x", "x" * 3_000, "tools/list", "=?base64?!!?=", "ä", "*/*", *_VERSIONS)
    if chance.random() < 0.3:
        headers.pop(name, None)
    else:
        headers[name] = chance.choice(values)


def _cut(chance: random.Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw))]


def _noise(chance: random.Random, _raw: bytes) -> bytes:
    return chance.randbytes(chance.randrange(400))


def _flip(chance: random.Random, raw: bytes) -> bytes:
    place = chance.randrange(len(raw))
    return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]


def _batch(chance: random.Random, raw: bytes) -> bytes:
    return b"[" + b",".join([raw] * chance.randint(0, 50)) + b"]"


def _deep(chance: random.Random, raw: bytes) -> bytes:
    depth = chance.choice((100, 1_000, 50_000))
    return raw.replace(b"{}", b'{"a":' * depth + b"1" + b"}" * depth, 1)


def _huge(chance: random.Random, raw: bytes) -> bytes:
    size = chance.choice((100_000, 5 * 1024 * 1024)) if chance.random() < 0.05 else 10_000
    return raw.replace(b"{}", b'{"a":"' + b"x" * size + b'"}', 1)


def _answer(_chance: random.Random, _raw: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"result":{}}'


def _twice(_chance: random.Random, raw: bytes) -> bytes:
    return raw + raw


_RAW: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_cut, _noise, _flip, _batch, _deep, _huge, _answer, _twice),
)


async def send(port: int, headers: dict[str, str], body: bytes) -> int:
    """Send it as it is, past every client that would know better; gives the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = ["POST /mcp HTTP/1.1", *lines, f"Content-Length: {len(body)}", "Connection: close"]
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            line = await reader.readline()
            await reader.read()
    except ConnectionError:
        line = b"HTTP/1.1 413 hung up\r\n"  # it had answered before all was sent
    finally:
        writer.close()
    return int(line.split()[1])


async def storm(port: int, *, count: int, seed: int) -> Counter[int]:
    """Send malformed requests to `/mcp` at a port and count the statuses of their answers."""
    chance = random.Random(seed)
    statuses: Counter[int] = Counter()
    for _ in range(count):
        headers, body = malformed(chance)
        status = await send(port, headers, body)
        if status >= 500:
            raise AssertionError(f"HTTP {status} for {headers} {body[:500]!r}")
        statuses[status] += 1
    return statuses


def resident_bytes() -> int:
    """Say how much memory this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE_BYTES


async def _main(count: int, redis_url: str) -> None:
    async with (
        serving(conformance_parts()) as served,
        upstream_of(served) as upstream,
        gateway(redis_url, upstream) as desk,
    ):
        for name, port in (("server", served.port), ("gateway", desk.port)):
            await storm(port, count=count // 10, seed=1)  # what is loaded and kept once
            before = resident_bytes()
            statuses = await storm(port, count=count, seed=2)
            grown = (resident_bytes() - before) / 1024 / 1024
            told = ", ".join(
                f"{number} with {status}" for status, number in sorted(statuses.items())
            )
            print(f"{name}: {count:,} requests: {told}; memory {grown:+.1f} MiB")  # noqa: T201
            if grown > 32:
                raise AssertionError("memory has grown")
        async with desk.client(MODERN) as client:
            print(f"{len((await client.list_tools()).tools)} tools are listed after it")  # noqa: T201


if __name__ == "__main__":
    folder = servers.open_folder()
    try:
        redis_url = servers.servers().redis_url(0)
        asyncio.run(_main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, redis_url))
    finally:
        servers.close_folder(folder)
