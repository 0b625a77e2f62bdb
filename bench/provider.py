"""A model provider that answers at once or at a pace, and stamps every token with its time.

`instant`: one token. `paced`: 100 tokens at 50 a second. A token is `<nanoseconds> `, the monotonic
clock of this machine when it was sent: whoever receives it can tell how long it was on its way.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import cast

import uvloop

TOKENS = 100
PER_SECOND = 50
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_USAGE = b'{"prompt_tokens":20,"completion_tokens":100,"total_tokens":120}'
_MODELS = (
    b'{"object":"list","data":[{"id":"instant","object":"model"},{"id":"paced","object":"model"}]}'
)


class Provider(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._transport is None:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(body) < length:
            return
        self._received = b""
        if head.startswith(b"GET"):
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                + str(len(_MODELS)).encode()
                + b"\r\n\r\n"
                + _MODELS
            )
        elif b'"paced"' in body:
            self._transport.write(_HEAD)
            self._pace(self._transport, asyncio.get_running_loop().time(), 0)
        else:
            self._transport.write(_HEAD + _token() + _end())

    def _pace(self, transport: asyncio.Transport, began_s: float, sent: int) -> None:
        if transport.is_closing():
            return
        if sent == TOKENS:
            transport.write(_end())
            return
        transport.write(_token())
        next_token: Callable[[], None] = lambda: self._pace(transport, began_s, sent + 1)  # noqa: E731
        asyncio.get_running_loop().call_at(began_s + (sent + 1) / PER_SECOND, next_token)


def _chunk(delta: bytes, *, finish: bytes = b"null", usage: bytes = b"null") -> bytes:
    data = (
        b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":'
        b'[{"index":0,"delta":%s,"finish_reason":%s}],"usage":%s}\n\n' % (delta, finish, usage)
    )
    return b"%x\r\n%s\r\n" % (len(data), data)


def _token() -> bytes:
    return _chunk(b'{"content":"%d "}' % time.monotonic_ns())


def _end() -> bytes:
    last = _chunk(b"{}", finish=b'"stop"', usage=_USAGE)
    done = b"data: [DONE]\n\n"
    return last + b"%x\r\n%s\r\n0\r\n\r\n" % (len(done), done)


async def main(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Provider, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
