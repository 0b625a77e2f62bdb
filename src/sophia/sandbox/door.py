"""Lets into a stand-in whoever has the sandbox's token."""

import hmac
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.sandbox import team


class Door:
    """Answers 401 with the vendor's own words to all others."""

    def __init__(self, app: ASGIApp, *, refusal: Mapping[str, Any]) -> None:
        """Stand before a stand-in."""
        self._app = app
        self._refusal = dict(refusal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in or answer it."""
        headers = dict(scope.get("headers", ()))
        expected = f"Bearer {team.TOKEN}".encode()
        if hmac.compare_digest(headers.get(b"authorization", b""), expected):
            await self._app(scope, receive, send)
            return
        await JSONResponse(self._refusal, status_code=401)(scope, receive, send)
