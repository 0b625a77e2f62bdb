"""What a server tells of itself beside MCP: /health and /metrics."""

import asyncio
import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia import __version__
from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.servers.entrance import unauthorised
from sophia.servers.errors import TokenMissingError
from sophia.servers.parts import Condition, ServerParts
from sophia.servers.protocol import Protocol

_PROBE_TIMEOUT_S = 2.0


class Health:
    """Says how a server is; its dependencies are really asked."""

    def __init__(self, parts: ServerParts, protocol: Protocol, *, port: int, clock: Clock) -> None:
        """Begin to count the time that it is up."""
        self._parts = parts
        self._protocol = protocol
        self._port = port
        self._clock = clock
        self._began_s = clock.monotonic()

    async def answer(self, _request: Request) -> Response:
        """Answer GET /health."""
        condition = await self._condition()
        missing = self._parts.missing
        is_configured = condition.is_configured and missing is None
        status = "healthy" if is_configured else "degraded"
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
                "configured": is_configured,
                "errors": list(condition.errors),
                **({"configure": missing} if missing is not None else {}),
                "metrics": {
                    "tools": len(self._parts.tools),
                    "tool_calls": self._protocol.calls,
                    "tool_failures": self._protocol.failures,
                    **condition.figures,
                },
            },
            status_code=503 if status == "unhealthy" else 200,
        )

    async def _condition(self) -> Condition:
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                return await self._parts.probe()
        except SophiaError as error:
            return Condition(errors=[error.message])
        except TimeoutError:
            return Condition(errors=[f"No answer within {_PROBE_TIMEOUT_S:g} s."])


class Figures:
    """The metrics page, for the bearer of its token."""

    def __init__(self, token: str) -> None:
        """Take the token."""
        self._expected = f"Bearer {token}".encode()

    async def answer(self, request: Request) -> Response:
        """Answer GET /metrics."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, self._expected):
            return unauthorised(TokenMissingError("The metrics token is needed."))
        page, content_type = metrics.exposition()
        return Response(page, headers={"Content-Type": content_type})
