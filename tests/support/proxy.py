"""A TCP proxy that can be told to misbehave: round robin by connection, faults at will.

The faults are toxiproxy's: down (refuses), timeout (hangs), reset_peer (resets).
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from enum import StrEnum

_CONNECT_TIMEOUT_S = 1.0
_CHUNK_BYTES = 64 * 1024
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Toxic(StrEnum):
    """How the proxy misbehaves."""

    DOWN = "down"  # refuses connections, and closes those that are open
    TIMEOUT = "timeout"  # takes everything and passes nothing on, for as long as it lasts
    RESET_PEER = "reset_peer"  # resets connections, the open ones and those that come


class Proxy:
    """Passes connections on to the servers behind it, each to the next one that takes it."""

    def __init__(self, *upstream_ports: int) -> None:
        self.port = 0
        self.connection_count = 0
        self._upstreams = list(upstream_ports)
        self._withdrawn: set[int] = set()
        self._turn = 0
        self._toxic: Toxic | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen, on the same port as before when it was down."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._end_all(is_reset=False)

    async def poison(self, toxic: Toxic) -> None:
        """Misbehave from now on."""
        self._toxic = toxic
        match toxic:
            case Toxic.DOWN:
                await self.close()
            case Toxic.TIMEOUT:
                self._flowing.clear()
            case Toxic.RESET_PEER:
                await self._end_all(is_reset=True)

    async def heal(self) -> None:
        """Behave again; what was held back is passed on."""
        self._toxic = None
        self._flowing.set()
        if self._server is None:
            await self.start()

    def withdraw(self, port: int) -> None:
        """Give a server no connections, as a load balancer does when it is not ready."""
        self._withdrawn.add(port)

    def restore(self, port: int) -> None:
        """Give a server connections again."""
        self._withdrawn.discard(port)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connection_count += 1
        if self._toxic is Toxic.RESET_PEER:
            _close(writer, is_reset=True)
            return
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a connection is served by a task")
        self._open[task] = writer
        try:
            await self._flowing.wait()
            upstream = await self._connect()
            if upstream is not None:
                try:
                    await self._relay(reader, writer, *upstream)
                finally:
                    upstream[1].transport.abort()
        except asyncio.CancelledError:
            pass  # the proxy ends the connection: asyncio's streams would report it as an error
        finally:
            del self._open[task]
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for port in self._next_upstreams():
            try:
                async with asyncio.timeout(_CONNECT_TIMEOUT_S):
                    return await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
        return None

    def _next_upstreams(self) -> Sequence[int]:
        start = self._turn % len(self._upstreams)
        self._turn += 1
        in_turn = [*self._upstreams[start:], *self._upstreams[:start]]
        return [port for port in in_turn if port not in self._withdrawn]

    async def _relay(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        upstream_reader: asyncio.StreamReader,
        upstream_writer: asyncio.StreamWriter,
    ) -> None:
        """Pass bytes both ways until both ends have finished or either one broke off."""
        ways = [
            asyncio.create_task(self._pump(reader, upstream_writer)),
            asyncio.create_task(self._pump(upstream_reader, writer)),
        ]
        try:
            # When the server has finished there is nothing more to pass on, whoever began.
            await ways[1]
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._flowing.wait()
                writer.write(chunk)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.transport.abort()

    async def _end_all(self, *, is_reset: bool) -> None:
        connections = dict(self._open)
        for task, writer in connections.items():
            _close(writer, is_reset=is_reset)
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


def _close(writer: asyncio.StreamWriter, *, is_reset: bool) -> None:
    if is_reset:
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    writer.transport.abort()
