"""What surrounds every request: its size, its headers, its figures. Plain ASGI: streams pass."""

import contextlib
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sophia.api.problems import problem
from sophia.kit import metrics, trace

MAX_BODY_BYTES = 1024 * 1024

_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    ),
}


class BodyLimit:
    """Refuses bodies that are too large, announced or not, before anything reads them whole.

    That is over 1 MiB, but where `larger` says otherwise, by path.
    """

    def __init__(self, app: ASGIApp, *, larger: Mapping[str, int]) -> None:
        """Wrap an app."""
        self._app = app
        self._larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes = self._larger.get(scope["path"], MAX_BODY_BYTES)
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > limit_bytes:
            await self._refuse(scope, receive, send, limit_bytes)
            return
        received = 0
        has_started = False

        async def counting_receive() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit_bytes:
                raise _TooLargeError
            return message

        async def watching_send(message: Message) -> None:
            nonlocal has_started
            # Whatever the app makes of the broken-off body, the refusal below says it better.
            if received > limit_bytes and not has_started:
                return
            has_started = True
            await send(message)

        with contextlib.suppress(_TooLargeError):
            await self._app(scope, counting_receive, watching_send)
        if received > limit_bytes and not has_started:
            await self._refuse(scope, receive, send, limit_bytes)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, limit_bytes: int) -> None:
        refusal = problem(
            413,
            detail=f"The body is larger than {limit_bytes} bytes: send less at once.",
            code="request.too_large",
        )
        await refusal(scope, receive, send)


class _TooLargeError(Exception):
    """More bytes came than were allowed."""


class Surroundings:
    """Measures each request under its route's template and adds the security headers.

    What a request does is part of the trace that its client names, else of one of its own.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        trace.go_on_with(trace.named_in(_traceparent(scope)))
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        status = 500

        async def decorated_send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else metrics.OTHER
        active = metrics.http_server_active_requests.labels(method)
        active.inc()
        try:
            await self._app(scope, receive, decorated_send)
        finally:
            active.dec()
            metrics.http_server_request_duration.labels(
                method, _route(scope), str(status), _error_type(status)
            ).observe(time.perf_counter() - began)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_FIRST_ERROR = 400


def _traceparent(scope: Scope) -> str | None:
    return next((v.decode("latin-1") for n, v in scope["headers"] if n == b"traceparent"), None)


def _route(scope: MutableMapping[str, Any]) -> str:
    return getattr(scope.get("route"), "path", None) or metrics.OTHER


def _error_type(status: int) -> str:
    return str(status) if status >= _FIRST_ERROR else ""
