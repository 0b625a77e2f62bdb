"""What every MCP server serves on its port: MCP at /mcp, /health, /metrics and /forget."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route

from sophia.kit.clock import Clock
from sophia.servers.access import Gate
from sophia.servers.entrance import Entrance, Limits
from sophia.servers.health import Figures, Health
from sophia.servers.notices import Notices
from sophia.servers.parts import ServerParts
from sophia.servers.protocol import Protocol

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Where and to whom a server is shown, and how much of it."""

    port: int
    metrics_token: str
    # Seals what a server asks its client; the same on every replica.
    state_key: str
    # Host names under which it is reached from elsewhere than this machine.
    allowed_hosts: Sequence[str] = ()
    limits: Limits = field(default_factory=Limits)


def build(parts: ServerParts, *, gate: Gate, exposure: Exposure, clock: Clock) -> Starlette:
    """Build the ASGI application of one server."""
    protocol = Protocol(parts, state_key=exposure.state_key)
    server, security = protocol.server(), _security(exposure.allowed_hosts)
    limits = exposure.limits
    plain = StreamableHTTPSessionManager(
        server,
        json_response=True,
        stateless=True,
        security_settings=security,
        max_request_body_size=limits.body_bytes,
    )
    streaming = StreamableHTTPSessionManager(
        server,
        stateless=not parts.is_asking,
        security_settings=security,
        max_request_body_size=limits.body_bytes,
        max_sessions=limits.sessions,
    )
    entrance = Entrance(parts.name, gate=gate, limits=limits, plain=plain, streaming=streaming)
    health = Health(parts, protocol, port=exposure.port, clock=clock)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
        async with plain.run(), streaming.run():
            try:
                yield
            finally:
                if parts.changes is not None:
                    parts.changes.listen.close()

    return Starlette(
        routes=[
            Route("/mcp", entrance),
            Route("/health", health.answer),
            Route("/metrics", Figures(exposure.metrics_token).answer),
            Route("/forget", Notices(gate, parts.forget).answer, methods=["POST"]),
        ],
        lifespan=lifespan,
    )


def _security(allowed_hosts: Sequence[str]) -> TransportSecuritySettings:
    """Answer only under our own names: no web page reaches us by rebinding one of its names."""
    hosts = [*_LOOPBACK, *allowed_hosts]
    return TransportSecuritySettings(
        allowed_hosts=[name for host in hosts for name in (host, f"{host}:*")],
        allowed_origins=[
            name
            for host in hosts
            for scheme in ("http", "https")
            for name in (f"{scheme}://{host}", f"{scheme}://{host}:*")
        ],
    )
