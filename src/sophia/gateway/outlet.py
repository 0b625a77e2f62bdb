"""The answer to one request: plain JSON, or a stream once something is told before its end."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Self

from mcp_types import INTERNAL_ERROR, INVALID_REQUEST
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sophia.core.messages import JsonObject
from sophia.gateway import rpc
from sophia.gateway.errors import RpcFaultError
from sophia.gateway.rpc import Incoming
from sophia.identity.errors import ScopeMissingError
from sophia.identity.guard import CHALLENGE
from sophia.kit import log
from sophia.kit.errors import Kind, SophiaError

# Shorter than proxies wait for the next byte.
PING_S = 15.0
# Most answers are there sooner: only for those that are not is the client's leaving watched.
_SOON_S = 0.05
PING = b": ping\r\n\r\n"
_STREAM_HEADERS = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache, no-transform"),
    (b"x-accel-buffering", b"no"),
)
# A client that reads slowly slows its own server down, and nobody else.
_BACKLOG = 256

_logger = log.get("gateway")


@dataclass(frozen=True, slots=True)
class _End:
    """The last message; without one there is nobody left to send it to, or nothing to say."""

    status: int
    body: bytes


_GONE = _End(200, b"")


class Outlet:
    """What is told on the way to an answer."""

    def __init__(self) -> None:
        """Begin with nothing told."""
        self.items: asyncio.Queue[bytes | _End] = asyncio.Queue(_BACKLOG)

    async def tell(self, method: str, params: JsonObject) -> None:
        """Send a notification."""
        await self.items.put(rpc.note_body(method, params))

    async def send(self, body: bytes) -> None:
        """Send a message that is laid out already."""
        await self.items.put(body)

    def drop(self) -> None:
        """End the stream without an answer, whatever is still to be sent."""
        while not self.items.empty():
            self.items.get_nowait()
        self.items.put_nowait(_GONE)


type Work = Callable[[Outlet], Awaitable[JsonObject]]


class Answer(Response):
    """Runs the work for a request and sends what becomes of it; a client that leaves cancels it."""

    def __init__(
        self, incoming: Incoming, work: Work, *, is_stream_preferred: bool = False
    ) -> None:
        """Take what is to be answered, and how."""
        super().__init__()
        self._incoming = incoming
        self._work = work
        self._is_stream_preferred = is_stream_preferred

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        outlet = Outlet()
        async with _Beside(outlet, self._run(outlet), receive) as beside:
            item = await beside.soon()
            if isinstance(item, _End) and item.body and not self._is_stream_preferred:
                whole = Response(item.body, item.status, media_type="application/json")
                if item.status == HTTPStatus.FORBIDDEN and CHALLENGE in scope:
                    whole.headers["WWW-Authenticate"] = scope[CHALLENGE]
                await whole(scope, receive, send)
                return
            await _stream(send, beside, item)

    async def _run(self, outlet: Outlet) -> None:
        id_ = self._incoming.id
        try:
            end = _End(200, rpc.result_body(id_, await self._work(outlet)))
        except SophiaError as error:
            end = self._failed(error)
        except asyncio.CancelledError:
            # Whoever cancelled it wants no answer; their stream ends all the same.
            outlet.drop()
            raise
        await outlet.items.put(end)

    def _failed(self, error: SophiaError) -> _End:
        if isinstance(error, ScopeMissingError):
            fault = RpcFaultError.of(INVALID_REQUEST, error.message)
            return _End(HTTPStatus.FORBIDDEN, rpc.error_body(self._incoming.id, fault))
        if not isinstance(error, RpcFaultError):
            if error.kind is Kind.BUG:
                _logger.error("gateway.request.failed", exc_info=error)
            error = RpcFaultError.of(INTERNAL_ERROR, error.message)
        status = rpc.status_of(error) if self._incoming.is_modern else 200
        return _End(status, rpc.error_body(self._incoming.id, error))


class Stream(Response):
    """A stream that the server alone writes, until the client leaves or the writer ends."""

    def __init__(self, write: Callable[[Outlet], Awaitable[None]]) -> None:
        """Take what writes."""
        super().__init__()
        self._write = write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write."""
        del scope
        outlet = Outlet()

        async def run() -> None:
            await self._write(outlet)
            await outlet.items.put(_GONE)

        async with _Beside(outlet, run(), receive) as beside:
            await _stream(send, beside, None)


def frame(body: bytes) -> bytes:
    """Give a message as a server-sent event."""
    return b"event: message\r\ndata: " + body + b"\r\n\r\n"


class _Beside:
    """Runs the work beside the block, which takes what comes of it until the client has left."""

    def __init__(self, outlet: Outlet, work: Coroutine[None, None, None], receive: Receive) -> None:
        self._items = outlet.items
        self._receive = receive
        self._working = asyncio.create_task(work)
        self._gone: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        tasks = [task for task in (self._working, self._gone) if task and not task.done()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.gather(*tasks, return_exceptions=True)

    async def soon(self) -> bytes | _End | None:
        """Wait for what comes first."""
        try:
            async with asyncio.timeout(_SOON_S):
                return await self._items.get()
        except TimeoutError:
            return await self.next()

    async def next(self) -> bytes | _End | None:
        """Wait for what comes next; nothing: so far nothing came."""
        if self._gone is None:
            self._gone = asyncio.create_task(self._watch())
        getting = asyncio.create_task(self._items.get())
        done, _ = await asyncio.wait(
            {getting, self._gone}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED
        )
        if getting in done:
            return getting.result()
        getting.cancel()
        return _GONE if self._gone in done else None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _stream(send: Send, beside: _Beside, item: bytes | _End | None) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": _STREAM_HEADERS})
    while not isinstance(item, _End):
        chunk = PING if item is None else frame(item)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
        item = await beside.next()
    last = frame(item.body) if item.body else b""
    await send({"type": "http.response.body", "body": last, "more_body": False})
