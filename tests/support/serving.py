"""An MCP server of ours on a free port of loopback, in the test's own event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import uvicorn
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from starlette.types import ASGIApp

from sophia.core.ports import Caller, Person
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.ids import ConversationId, TurnId, UserId, uuid7
from sophia.kit.tokens import Signer, Verifier, generate_private_key
from sophia.servers.access import TOKEN_TYPE, Gate, audience_of
from sophia.servers.entrance import Limits
from sophia.servers.main import listening
from sophia.servers.parts import ServerParts
from sophia.servers.runtime import Exposure, build

# A legacy client first, a modern one second.
ERAS = ("legacy", "2026-07-28")
STATIC_TOKEN = "the-server's-own-token"
_ANSWER_S = 60  # a browser on a busy machine takes its time
METRICS_TOKEN = "the-metrics-token"
STATE_KEY = "the key that seals what a server asks its client"
SIGNER = Signer(generate_private_key())


def a_caller(name: str = "Anna") -> Caller:
    return Caller(
        user_id=UserId(uuid7()),
        user_name=name,
        conversation_id=ConversationId(uuid7()),
        turn_id=TurnId(uuid7()),
    )


def mint(server: str, caller: Person, *, ttl_s: int = 60) -> str:
    claims = {"sub": str(caller.user_id), "name": caller.user_name}
    if isinstance(caller, Caller):
        claims |= {"conv": str(caller.conversation_id), "turn": str(caller.turn_id)}
    return SIGNER.sign(
        claims,
        audience=audience_of(server),
        token_type=TOKEN_TYPE,
        ttl_s=ttl_s,
    )


@dataclass(frozen=True, slots=True)
class Served:
    name: str
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.origin}/mcp"

    def token_for(self, caller: Caller) -> str:
        return mint(self.name, caller)


@asynccontextmanager
async def serving(
    parts: ServerParts,
    *,
    clock: Clock | None = None,
    allowed_hosts: tuple[str, ...] = (),
    limits: Limits | None = None,
    around: Callable[[ASGIApp], ASGIApp] = lambda app: app,
) -> AsyncGenerator[Served]:
    """Serve the parts for as long as the block runs."""
    bound = socket.create_server(("127.0.0.1", 0))
    port: int = bound.getsockname()[1]
    app = build(
        parts,
        gate=Gate(parts.name, static_token=STATIC_TOKEN, verifier=Verifier(SIGNER.public_pem)),
        exposure=Exposure(
            port=port,
            metrics_token=METRICS_TOKEN,
            state_key=STATE_KEY,
            allowed_hosts=allowed_hosts,
            limits=limits or Limits(),
        ),
        clock=clock or SystemClock(),
    )
    async with listening_on(bound, around(app)):
        yield Served(parts.name, port)


@asynccontextmanager
async def connected(
    served: Served, *, token: str = STATIC_TOKEN, era: str = ERAS[1], **answers: Any
) -> AsyncGenerator[Client]:
    """Give the SDK's client, over HTTP, with a token, and what answers the server's questions."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=_ANSWER_S) as http,
        Client(streamable_http_client(served.url, http_client=http), mode=era, **answers) as client,
    ):
        yield client


@asynccontextmanager
async def listening_on(bound: socket.socket, app: ASGIApp) -> AsyncGenerator[None]:
    # As uvloop does by itself: without it many an answer takes 40 ms longer.
    bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = listening(app)
    config.timeout_graceful_shutdown = 1
    server = _Ready(config)
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        async with asyncio.timeout(60):
            await server.ready.wait()
        yield
    finally:
        server.should_exit = True
        async with asyncio.timeout(60):
            await task


class _Ready(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
