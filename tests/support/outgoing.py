"""Twins for requests that leave the machine: a resolver, a network, and peers that misbehave."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import override

import httpcore2
import httpx2

from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.outgoing.network import Seconds

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
PUBLIC = "93.184.216.34"

type Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class ScriptedResolver:
    """Gives one answer after the other, and the last for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list[str])

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(f"{host}:{port}")
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class _RecordingStream(httpcore2.AsyncMockStream):
    def __init__(self, network: "RecordingNetwork") -> None:
        super().__init__([network.answer])
        self._recorder = network

    @override
    async def write(self, buffer: bytes, timeout: Seconds | None = None) -> None:
        self._recorder.sent += buffer

    @override
    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: Seconds | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self._recorder.tls.append((server_hostname, ssl_context))
        return self


class RecordingNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to nothing, remembers what for, and answers always the same."""

    def __init__(self, answer: bytes = OK, *, away: tuple[str, ...] = ()) -> None:
        self.answer = answer
        self.away = away
        self.connected: list[tuple[str, int]] = []
        self.tls: list[tuple[str | None, ssl.SSLContext]] = []
        self.sent = b""

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Seconds | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append((host, port))
        if host in self.away:
            raise httpcore2.ConnectError
        return _RecordingStream(self)


@dataclass
class Peer:
    """A machine on loopback, and what it was sent."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list[bytes])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


@asynccontextmanager
async def peer(answering: Answering) -> AsyncGenerator[Peer]:
    """Serve raw bytes: one request a connection."""
    found = Peer()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            found.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await answering(writer)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


@asynccontextmanager
async def client_to(*peers: Peer, caps: Caps | None = None) -> AsyncGenerator[httpx2.AsyncClient]:
    """Give a client that may ask these peers, though they are on loopback."""
    names = ",".join(f"127.0.0.1:{one.port}" for one in peers)
    async with open_client(allowed=AllowedHosts.parse(names), caps=caps) as client:
        yield client
