"""A stand-in on a free port of loopback, in the process and event loop of whoever asks it."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.sandbox.faults import Faults

_logger = log.get("sandbox")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A stand-in that is listening."""

    origin: str
    faults: Faults


@asynccontextmanager
async def standing_in(vendor: str, app: ASGIApp, *, clock: Clock) -> AsyncGenerator[Sandbox]:
    """Serve a stand-in for as long as the block runs."""
    bound = socket.create_server(("127.0.0.1", 0))
    # Without it an answer of two writes waits for the client's acknowledgement, some 40 ms; only
    # uvloop sets it by itself. What is accepted inherits it.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
    faults = Faults(clock)
    server = _Quiet(
        uvicorn.Config(
            faults.around(app),
            loop="none",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
    # What connects before it listens waits in the backlog of the socket.
    task = asyncio.create_task(server.serve(sockets=[bound]))
    _logger.info("sandbox.listening", vendor=vendor, origin=origin)
    try:
        yield Sandbox(origin, faults)
    finally:
        server.should_exit = True
        await task


class _Quiet(uvicorn.Server):
    """Leaves the signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
