"""The stand-in as an ASGI application."""

import hmac

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.codacy import files, issues, patterns, pulls, repositories, security
from sophia.sandbox.codacy.replies import refused
from sophia.sandbox.codacy.state import seeded


def codacy_app(clock: Clock) -> Starlette:
    """Build a stand-in with an analysis of its own."""
    parts = (repositories, issues, files, pulls, security, patterns)
    app = Starlette(
        routes=[route for part in parts for route in part.ROUTES],
        middleware=[Middleware(_Door)],
        exception_handlers={HTTPException: refused},
    )
    app.state.codacy = seeded(clock)
    return app


class _Door:
    """Lets in whoever has the sandbox's token."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        if hmac.compare_digest(headers.get(b"api-token", b""), team.TOKEN.encode()):
            await self._app(scope, receive, send)
            return
        said = {"error": "Unauthorized", "message": "Bad credentials"}
        await JSONResponse(said, status_code=401)(scope, receive, send)
