"""The stand-in as an ASGI application."""

import hmac

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.github import (
    actions,
    alerts,
    content,
    git,
    graph,
    inbox,
    issues,
    people,
    planning,
    pulls,
    reviewing,
)
from sophia.sandbox.github.replies import DOCS, refused
from sophia.sandbox.github.state import seeded

_PARTS = (
    *(content, issues, pulls, people, planning, reviewing),
    *(actions, alerts, inbox, git, graph),
)
# A log lies elsewhere than the API, and opens without a token.
_OPEN = "/sandbox/logs/"


def github_app(clock: Clock) -> Starlette:
    """Build a stand-in with a repository of its own."""
    app = Starlette(
        routes=[route for part in _PARTS for route in part.ROUTES],
        middleware=[Middleware(_Door)],
        exception_handlers={HTTPException: refused},
    )
    app.state.repository = seeded(clock)
    actions.seed(app.state.repository)
    inbox.seed(app.state.repository)
    return app


class _Door:
    """Lets in whoever has the sandbox's token."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        expected = f"Bearer {team.TOKEN}".encode()
        is_known = hmac.compare_digest(headers.get(b"authorization", b""), expected)
        if is_known or scope.get("path", "").startswith(_OPEN):
            await self._app(scope, receive, send)
            return
        said = {"message": "Bad credentials", "documentation_url": DOCS, "status": "401"}
        await JSONResponse(said, status_code=401)(scope, receive, send)
