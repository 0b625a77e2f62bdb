"""The API process: one uvicorn, two ports: the API's and the console's."""

import asyncio
import math
import signal
import socket

import uvicorn
from fastapi import FastAPI

from sophia.api.app import build
from sophia.api.errors import PortTakenError
from sophia.core import registry
from sophia.kit import log
from sophia.kit.clock import SystemClock
from sophia.settings import Settings
from sophia.wiring.api import open_api

_NOTICE_POLL_S = 0.1
_BACKLOG = 1024
# Frames over our own cap get an error frame; only absurd ones close the socket.
_MAX_SOCKET_FRAME_BYTES = 16 * 1024 * 1024


class _Server(uvicorn.Server):
    """Says not-ready as soon as it is told to stop, and ends with 0 for it."""

    app: FastAPI
    notice_s: float = 0

    def handle_exit(self, sig: int, frame: object) -> None:
        # uvicorn's own would raise the signal again in the end: an end as asked is no failure.
        del frame
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True
        health = getattr(self.app.state, "health", None)
        if health is not None:
            health.is_draining = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Leave whoever sends us requests the time to notice; then end."""
        clock = SystemClock()
        deadline_s = clock.monotonic() + self.notice_s
        while clock.monotonic() < deadline_s and not self.force_exit:
            await clock.sleep(_NOTICE_POLL_S)
        await super().shutdown(sockets)


def run(settings: Settings) -> None:
    """Serve until told to stop; raises PortTakenError."""
    log.set_up(level=settings.log_level, process="api")
    app = build(lambda: open_api(settings))
    trusted = [part.strip() for part in settings.trusted_proxies.split(",") if part.strip()]
    config = uvicorn.Config(
        app,
        log_config=None,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        access_log=False,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=_MAX_SOCKET_FRAME_BYTES,
        timeout_graceful_shutdown=math.ceil(settings.drain_timeout_s),
        server_header=False,
    )
    server = _Server(config)
    server.app = app
    server.notice_s = settings.drain_notice_s
    sockets = [
        _listen(
            settings.host,
            settings.port(port),
            stalled_timeout_s=settings.stalled_client_timeout_s,
        )
        for port in (registry.API_PORT, registry.CONSOLE_PORT)
    ]
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=sockets))


def _listen(host: str, port: int, *, stalled_timeout_s: float) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # The system itself drops clients that take nothing of what is sent; connections inherit it.
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        timeout_ms = math.ceil(stalled_timeout_s * 1000)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, timeout_ms)
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
