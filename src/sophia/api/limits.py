"""Limits over HTTP: nothing under a limited path is answered uncounted; answers say what is left.

Whoever says who they are is counted by the guard. What is left is counted by its address: public
routes before they run, and refusals (wrong credentials, unknown paths) as they are answered.
"""

import math

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sophia.api.problems import STATUS, problem
from sophia.identity.admission import Admission, is_limited, verdict_of
from sophia.identity.guard import is_guarded
from sophia.limits.bucket import WINDOW_S
from sophia.limits.errors import LimitReachedError

_STARTS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.close"})


async def count_strangers(connection: HTTPConnection) -> None:
    """Count a public route's request before it runs; raises LimitReachedError."""
    scope = connection.scope
    if is_limited(scope["path"]) and not is_guarded(scope.get("route")):
        await _admission(connection).charge_address(connection)


class Limits:
    """Counts what nothing else has counted, and writes the headers RateLimit and RateLimit-Policy.

    As draft-ietf-httpapi-ratelimit-headers has them, one item for each bucket.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or WebSocket."""
        if scope["type"] == "lifespan" or not is_limited(scope["path"]):
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        is_open = is_refused = False

        async def telling_send(message: Message) -> None:
            if message["type"] != "websocket.close":
                _tell(connection, message)
            await send(message)

        async def counting_send(message: Message) -> None:
            nonlocal is_open, is_refused
            if is_refused:
                return  # the rest of an answer that was refused
            if not is_open and message["type"] in _STARTS and verdict_of(connection) is None:
                try:
                    await _admission(connection).charge_address(connection)
                except LimitReachedError as error:
                    is_refused = True
                    refusal = problem(
                        STATUS[error.kind],
                        detail=error.message,
                        code=error.code,
                        facts=error.facts,
                    )
                    await refusal(scope, receive, telling_send)
                    return
            is_open = True
            await telling_send(message)

        await self._app(scope, receive, counting_send)


def _tell(connection: HTTPConnection, message: Message) -> None:
    verdict = verdict_of(connection)
    if verdict is None or not message["type"].endswith("response.start"):
        return
    headers = MutableHeaders(scope=message)
    headers["RateLimit-Policy"] = ", ".join(
        f'"{level.bucket.scope}";q={level.bucket.quota};w={WINDOW_S}' for level in verdict.levels
    )
    headers["RateLimit"] = ", ".join(
        f'"{level.bucket.scope}";r={level.remaining};t={math.ceil(level.full_in_s)}'
        for level in verdict.levels
    )


def _admission(connection: HTTPConnection) -> Admission:
    admission: Admission = connection.app.state.admission
    return admission
