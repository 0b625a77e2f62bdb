"""A small HTTP/1.1 server that can misbehave on the wire in ways that a proper one would not."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_END_OF_HEAD = b"\r\n\r\n"


@dataclass(slots=True)
class SeenRequest:
    """A request as it arrived, and what became of its connection."""

    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: Any
    connection: int  # which connection of the server's life brought it
    is_abandoned: bool = False
    abandoned: asyncio.Event = field(
        default_factory=asyncio.Event
    )  # closed before its answer ended


class Answer:
    """The answer to one request, written as it is told."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.is_ended = False

    def whole(
        self,
        status: int,
        body: bytes,
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        head = self._head(status, content_type, headers)
        self._transport.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.is_ended = True

    def begin(self, *, content_type: str = "text/event-stream") -> None:
        head = self._head(200, content_type, None)
        self._transport.write(head + b"Transfer-Encoding: chunked\r\n\r\n")

    def send(self, *pieces: bytes) -> None:
        self._transport.write(b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces if p))

    def end(self) -> None:
        self._transport.write(b"0\r\n\r\n")
        self.is_ended = True

    def cut(self) -> None:
        """Close the connection where it stands, after what was sent."""
        self.is_ended = True
        self._transport.close()

    @staticmethod
    def _head(status: int, content_type: str, headers: Mapping[str, str] | None) -> bytes:
        lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {content_type}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return ("\r\n".join(lines) + "\r\n").encode()


type Respond = Callable[[SeenRequest, Answer], Awaitable[None]]


class HttpServer:
    """Listens on a free port of the loopback and hands each request to `respond`."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond
        self.connections: set[Connection] = set()
        self.connection_count = 0
        self._server: asyncio.Server | None = None

    async def start(self, *, port: int = 0) -> int:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self), "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        tasks = [connection.abort() for connection in tuple(self.connections)]
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await self._server.wait_closed()


class Connection(asyncio.Protocol):
    """One client's connection: its requests, one after the other."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)
        self._server.connection_count += 1
        self._number = self._server.connection_count

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.connections.discard(self)
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(_END_OF_HEAD)
        if end < 0 or self._transport is None:
            return
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        size = end + len(_END_OF_HEAD) + int(headers.get("content-length", "0"))
        if len(self._buffer) < size:
            return
        body = bytes(self._buffer[end + len(_END_OF_HEAD) : size])
        del self._buffer[:size]
        method, path, _ = first.split(" ")
        seen = SeenRequest(method, path, headers, json.loads(body) if body else None, self._number)
        self._task = asyncio.get_running_loop().create_task(self._serve(seen, self._transport))

    async def _serve(self, request: SeenRequest, transport: asyncio.Transport) -> None:
        answer = Answer(transport)
        try:
            await self._server.respond(request, answer)
        finally:
            if not answer.is_ended:
                request.is_abandoned = True
                request.abandoned.set()

    def abort(self) -> asyncio.Task[None] | None:
        if self._transport is not None:
            self._transport.abort()
        if self._task is not None:
            self._task.cancel()
        return self._task
