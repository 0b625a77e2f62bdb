"""What every MCP server serves on its port: MCP at /mcp, /health and /metrics."""

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sophia import __version__
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.servers.access import Gate
from sophia.servers.errors import TokenMissingError
from sophia.servers.protocol import PRINCIPAL, Protocol
from sophia.servers.tool import Condition, ServerParts

_PROBE_TIMEOUT_S = 2.0
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Where and to whom a server is shown."""

    port: int
    metrics_token: str
    # Host names under which it is reached from elsewhere than this machine.
    allowed_hosts: Sequence[str] = ()


def build(parts: ServerParts, *, gate: Gate, exposure: Exposure, clock: Clock) -> Starlette:
    """Build the ASGI application of one server."""
    protocol = Protocol(parts)
    sessions = StreamableHTTPSessionManager(
        protocol.server(),
        json_response=True,
        stateless=True,
        security_settings=_security(exposure.allowed_hosts),
    )
    health = _Health(parts, protocol, port=exposure.port, clock=clock)
    return Starlette(
        routes=[
            Route("/mcp", _Entrance(sessions, gate)),
            Route("/health", health.answer),
            Route("/metrics", _Figures(exposure.metrics_token).answer),
        ],
        lifespan=lambda _app: sessions.run(),
    )


class _Entrance:
    """Lets requests with a valid token through to MCP, with who is calling."""

    def __init__(self, sessions: StreamableHTTPSessionManager, gate: Gate) -> None:
        self._sessions = sessions
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method != "POST":
            # No session to end and no stream of its own: every answer is on its own request.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        try:
            principal = self._gate.admit(request.headers.get("authorization"))
        except SophiaError as error:
            await _unauthorised(error)(scope, receive, send)
            return
        await self._sessions.handle_request({**scope, PRINCIPAL: principal}, receive, send)


class _Health:
    """Says how a server is; its dependencies are really asked."""

    def __init__(self, parts: ServerParts, protocol: Protocol, *, port: int, clock: Clock) -> None:
        self._parts = parts
        self._protocol = protocol
        self._port = port
        self._clock = clock
        self._began_s = clock.monotonic()

    async def answer(self, _request: Request) -> Response:
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                condition = await self._parts.probe()
        except SophiaError as error:
            condition = Condition(errors=[error.message])
        except TimeoutError:
            condition = Condition(errors=[f"No answer within {_PROBE_TIMEOUT_S:g} s."])
        status = "degraded" if not condition.is_configured else "healthy"
        if condition.errors:
            status = "unhealthy"
        return JSONResponse(
            {
                "status": status,
                "timestamp": self._clock.now().isoformat(),
                "server_name": self._parts.name,
                "version": __version__,
                "port": self._port,
                "uptime_seconds": round(self._clock.monotonic() - self._began_s, 1),
                "configured": condition.is_configured,
                "errors": list(condition.errors),
                "metrics": {
                    "tools": len(self._parts.tools),
                    "tool_calls": self._protocol.calls,
                    "tool_failures": self._protocol.failures,
                    **condition.figures,
                },
            },
            status_code=503 if status == "unhealthy" else 200,
        )


class _Figures:
    """The metrics page, for the bearer of its token."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()

    async def answer(self, request: Request) -> Response:
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return _unauthorised(TokenMissingError("The metrics token is needed."))
        page, content_type = metrics.exposition()
        return Response(page, headers={"Content-Type": content_type})


def _unauthorised(error: SophiaError) -> Response:
    """Refuse in the words of RFC 6750: without a token there is no error to name."""
    challenge = 'Bearer realm="sophia"'
    if not isinstance(error, TokenMissingError):
        challenge += f', error="invalid_token", error_description="{error.message}"'
    return JSONResponse(
        {"error": error.code, "error_description": error.message},
        status_code=401,
        headers={"WWW-Authenticate": challenge},
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
