"""The API process: one uvicorn, two ports: the API's and the console's."""

import asyncio
import socket

import uvicorn
from fastapi import FastAPI

from sophia.api.app import build
from sophia.api.errors import PortTakenError
from sophia.core import registry
from sophia.kit import log
from sophia.settings import Settings
from sophia.wiring import open_api

_DRAIN_S = 30
_BACKLOG = 1024
# Frames over our own cap get an error frame; only absurd ones close the socket.
_MAX_SOCKET_FRAME_BYTES = 16 * 1024 * 1024


class _Server(uvicorn.Server):
    """Says not-ready as soon as it is told to stop."""

    app: FastAPI

    def handle_exit(self, sig: int, frame: object) -> None:
        health = getattr(self.app.state, "health", None)
        if health is not None:
            health.is_draining = True
        super().handle_exit(sig, frame)  # pyright: ignore[reportArgumentType]  # a frame or None


def run(settings: Settings) -> None:
    """Serve until told to stop; raises PortTakenError."""
    log.set_up(level=settings.log_level, process="api")
    app = build(lambda: open_api(settings))
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_MAX_SOCKET_FRAME_BYTES,
        timeout_graceful_shutdown=_DRAIN_S,
        server_header=False,
    )
    server = _Server(config)
    server.app = app
    sockets = [
        _listen(settings.host, settings.port(port))
        for port in (registry.API_PORT, registry.CONSOLE_PORT)
    ]
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=sockets))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise PortTakenError(
            f"Port {port} on {host} is taken: stop what listens there,"
            " or shift all ports by SOPHIA_PORT_BASE.",
            port=port,
        ) from error
    listener.listen(_BACKLOG)
    listener.setblocking(False)
    return listener
