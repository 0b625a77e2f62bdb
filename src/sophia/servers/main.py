"""The process of the MCP servers: one event loop, a port for each."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from types import MappingProxyType

import uvicorn
import uvloop
from starlette.types import ASGIApp

from sophia.core import registry
from sophia.core.registry import McpServer
from sophia.kit import log
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.tokens import Verifier
from sophia.memory.screening import Screen
from sophia.servers.access import Gate
from sophia.servers.asana.server import open_asana
from sophia.servers.codacy.server import open_codacy
from sophia.servers.entrance import Limits
from sophia.servers.errors import PortTakenError, ServerUnknownError
from sophia.servers.github.server import open_github
from sophia.servers.lambda_cli.server import open_lambda
from sophia.servers.linear.server import open_linear
from sophia.servers.memory.embedding import open_embeddings
from sophia.servers.memory.server import open_memory
from sophia.servers.parts import ServerParts
from sophia.servers.runtime import Exposure, build
from sophia.servers.selection import read_toolsets, selected
from sophia.servers.uiux.server import open_uiux
from sophia.settings import Settings

_BACKLOG = 1024
_DRAIN_S = 10
# Longer than any client of ours keeps an idle connection, so that none is closed under a request.
KEEP_ALIVE_S = 75

type Opener = Callable[[Settings, Clock], AbstractAsyncContextManager[ServerParts]]


def _memory(settings: Settings, clock: Clock) -> AbstractAsyncContextManager[ServerParts]:
    return open_memory(
        settings.database_url,
        pool_size=settings.database_pool_size,
        clock=clock,
        screen=Screen(settings.memory_secrets, settings.memory_personal_data),
        opener=partial(open_embeddings, settings, clock=clock),
        document_max_bytes=settings.memory_document_max_bytes,
    )


OPENERS: Mapping[str, Opener] = MappingProxyType(
    {
        "memory": _memory,
        "uiux": open_uiux,
        "codacy": open_codacy,
        "linear": open_linear,
        "github": open_github,
        "asana": open_asana,
        "lambda-cli": open_lambda,
    }
)

_logger = log.get("servers")


def run(settings: Settings, names: Sequence[str]) -> None:
    """Serve the named servers, or `all` of them, until told to stop.

    Raises ServerUnknownError, PortTakenError.
    """
    log.set_up(level=settings.log_level, process="mcp")
    chosen = choose(names)
    sockets = {server.name: _bind(settings, server) for server in chosen}
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, sockets))


def choose(names: Sequence[str]) -> list[McpServer]:
    """Give the servers of these names; raises ServerUnknownError, which lists what is served."""
    served = {server.name: server for server in registry.MCP_SERVERS.values() if server.is_served}
    wanted = list(served) if "all" in names else list(dict.fromkeys(names))
    refused = [name for name in wanted if name not in served]
    if refused or not wanted:
        asked = f"Not served: {', '.join(refused)}. " if refused else ""
        raise ServerUnknownError(f"{asked}Name one of: {', '.join(served)}, or all.")
    return [served[name] for name in wanted]


async def _serve(settings: Settings, sockets: Mapping[str, socket.socket]) -> None:
    clock = SystemClock()
    # The public half alone: a server need not be able to sign.
    verifier = Verifier(settings.secret("signing_key_public"))
    toolsets = read_toolsets(settings.mcp_toolsets)
    async with AsyncExitStack() as stack:
        listeners: list[_Listener] = []
        for name, bound in sockets.items():
            opened = await stack.enter_async_context(OPENERS[name](settings, clock))
            app = build(
                selected(opened, is_read_only=settings.mcp_read_only, toolsets=toolsets),
                gate=Gate(
                    name, static_token=settings.secret(f"mcp_token_{name}"), verifier=verifier
                ),
                exposure=Exposure(
                    port=bound.getsockname()[1],
                    metrics_token=settings.secret("metrics_token"),
                    state_key=settings.secret("mcp_state_key"),
                    allowed_hosts=_allowed_hosts(settings),
                    limits=Limits(requests=settings.mcp_concurrency),
                ),
                clock=clock,
            )
            listeners.append(_Listener(listening(app)))
        await _listen(listeners, list(sockets.values()))


async def _listen(listeners: Sequence["_Listener"], sockets: Sequence[socket.socket]) -> None:
    """Run all until a signal comes or one of them ends; then drain and end all."""

    def stop() -> None:
        for listener in listeners:
            listener.should_exit = True

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    async with asyncio.TaskGroup() as group:
        for listener, bound in zip(listeners, sockets, strict=True):
            group.create_task(listener.serve(sockets=[bound])).add_done_callback(lambda _: stop())
            _logger.info("servers.port.listening", port=bound.getsockname()[1])


def listening(app: ASGIApp) -> uvicorn.Config:
    """Say how a server listens; the port comes with its socket."""
    return uvicorn.Config(
        app,
        loop="none",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_S,
    )


class _Listener(uvicorn.Server):
    """Leaves the signals alone: with several servers in one process, the process takes them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _bind(settings: Settings, server: McpServer) -> socket.socket:
    port = settings.port(server.port)
    try:
        return socket.create_server((settings.mcp_host, port), backlog=_BACKLOG)
    except OSError as error:
        raise PortTakenError(
            f"Port {port} ({server.title}) is taken: stop what listens there,"
            " or shift all ports by SOPHIA_PORT_BASE.",
            port=port,
        ) from error


def _allowed_hosts(settings: Settings) -> list[str]:
    return [host.strip() for host in settings.mcp_allowed_hosts.split(",") if host.strip()]
