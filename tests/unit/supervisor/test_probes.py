"""A part is ready when it answers as a ready one does, and only then."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from sophia.supervisor import probes
from sophia.supervisor.part import Probe


@asynccontextmanager
async def answering(answer: bytes) -> AsyncGenerator[int]:
    """Serve an answer to whatever is asked first, and give the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def http(port: int) -> Probe:
    return probes.http(port, "/health/ready", host="0.0.0.0")


def postgres(port: int) -> Probe:
    return probes.postgres(port, user="u", database="d")


def redis(port: int) -> Probe:
    return probes.redis(port, password="secret")


@pytest.mark.parametrize(
    ("kind", "answer", "is_ready"),
    [
        (http, b"HTTP/1.1 200 OK\r\n\r\n{}", True),
        (http, b"HTTP/1.1 503 Service Unavailable\r\n\r\n{}", False),
        (http, b"SSH-2.0-200\r\n", False),
        (http, b"", False),
        (postgres, b"R\0\0\0\x17", True),
        (postgres, b"E\0\0\0\x17the database system is starting up", False),
        (postgres, b"", False),
        (redis, b"+OK\r\n+PONG\r\n", True),
        (redis, b"-WRONGPASS invalid\r\n-NOAUTH\r\n", False),
        (redis, b"+OK\r\n-LOADING\r\n", False),
    ],
)
async def test_only_the_right_answer_is_ready(
    kind: Callable[[int], Probe], answer: bytes, *, is_ready: bool
) -> None:
    async with answering(answer) as port:
        assert await kind(port)() is is_ready


@pytest.mark.parametrize("kind", [http, postgres, redis])
async def test_a_port_that_nobody_listens_on_is_not_ready(kind: Callable[[int], Probe]) -> None:
    async with answering(b"") as port:
        pass
    assert not await kind(port)()
