"""Asking a part whether it is ready, by the least of its own protocol."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

from sophia.supervisor.part import Probe

_TIMEOUT_S = 2.0
_PROTOCOL = 196_608  # PostgreSQL's 3.0
_OK = 200
_LOOPBACK = "127.0.0.1"
_ANY = ("0.0.0.0", "::", "")

type _Exchange = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


def postgres(port: int, *, user: str, database: str) -> Probe:
    """Ask PostgreSQL to let us in: it asks for a password only once it takes connections."""
    body = f"user\0{user}\0database\0{database}\0\0".encode()
    packet = struct.pack("!ii", len(body) + 8, _PROTOCOL) + body

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(packet)
        return await reader.readexactly(1) == b"R"

    return lambda: _ask(port, exchange)


def redis(port: int, *, password: str) -> Probe:
    """Log in and ping."""
    login = f"*2\r\n$4\r\nAUTH\r\n${len(password)}\r\n{password}\r\n*1\r\n$4\r\nPING\r\n"

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(login.encode())
        return await reader.readline() == b"+OK\r\n" and await reader.readline() == b"+PONG\r\n"

    return lambda: _ask(port, exchange)


def http(port: int, path: str, *, host: str = _LOOPBACK) -> Probe:
    """Expect 200 from a health endpoint, at the address that the part binds."""
    host = _LOOPBACK if host in _ANY else host
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    request = f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"

    async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(request.encode())
        status_line = await reader.readline()
        await reader.read()  # to its end, so that the server sees an orderly close
        return status_line.split(b" ")[1:2] == [str(_OK).encode()]

    return lambda: _ask(port, exchange, host=host)


async def _ask(port: int, exchange: _Exchange, *, host: str = _LOOPBACK) -> bool:
    try:
        async with asyncio.timeout(_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                return await exchange(reader, writer)
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        return False
