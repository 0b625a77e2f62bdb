"""Keeping the answers of requests with an Idempotency-Key, before anybody sees them."""

import contextlib

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sophia.api.problems import STATUS, problem
from sophia.idempotency.answers import Answer
from sophia.idempotency.requests import HEADER, KEYED, WRITES, Keyed, Repeated
from sophia.idempotency.service import Begun, IdempotencyService
from sophia.kit.errors import SophiaError

REPLAYED = "Idempotency-Replayed"
MAX_ANSWER_BYTES = 256 * 1024
_NOT_KEPT = frozenset({"content-length", "set-cookie"})
_FIRST_REFUSAL, _FIRST_FAILURE = 300, 500
_NO_CONTENT = 204


class Idempotency:
    """Reads a keyed request whole, and stores its answer before it is sent.

    A success is kept. A refusal (4xx) had no effect: it is forgotten, and the key may be used
    again. After anything else the same request may run again. Streams are passed through unkept.
    """

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an app."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        is_write = scope["type"] == "http" and scope["method"] in WRITES
        key = Headers(scope=scope).get(HEADER) if is_write else None
        if key is None:
            await self._app(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return  # before it had said what it wants
        keyed = scope[KEYED] = Keyed(key, body)
        is_read = False

        async def receive_again() -> Message:
            nonlocal is_read
            if is_read:
                return await receive()
            is_read = True
            return {"type": "http.request", "body": body, "more_body": False}

        service: IdempotencyService = HTTPConnection(scope).app.state.idempotency
        keeping = _Keeping(keyed, service, scope, receive, send)
        try:
            await self._app(scope, receive_again, keeping.send)
        finally:
            await keeping.close()


class _Keeping:
    """Holds a keyed request's answer back until it is stored."""

    def __init__(
        self,
        keyed: Keyed,
        service: IdempotencyService,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        self._keyed = keyed
        self._service = service
        self._scope = scope
        self._receive = receive
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take a message of the answer; send it when nothing is left to be stored."""
        begun = self._keyed.begun
        if begun is not None and message["type"] == "http.response.start":
            if _is_kept(message):
                self._start = message
                return
            await self._end(begun, message["status"])
        if begun is None or self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._finish(begun, self._start)

    async def close(self) -> None:
        """End a run that came to no answer: the route broke down, or the process is ending."""
        if self._keyed.begun is not None:
            await self._end(self._keyed.begun, _FIRST_FAILURE)

    async def _finish(self, begun: Begun, start: Message) -> None:
        headers = tuple(
            (name, value)
            for name, value in Headers(raw=start["headers"]).items()
            if name not in _NOT_KEPT
        )
        self._keyed.begun = None
        try:
            await self._service.finish(begun, Answer(start["status"], headers, self._body))
        except SophiaError as error:
            # The effect is there, its answer is not: a repeat runs again, and finds the same.
            refusal = problem(
                STATUS[error.kind], detail=error.message, code=error.code, facts=error.facts
            )
            await refusal(self._scope, self._receive, self._send)
            return
        await self._send(start)
        await self._send({"type": "http.response.body", "body": self._body})

    async def _end(self, begun: Begun, status: int) -> None:
        self._keyed.begun = None
        is_refusal = _FIRST_REFUSAL <= status < _FIRST_FAILURE
        # Without the database nothing can be said: then the lease runs out by itself.
        with contextlib.suppress(SophiaError):
            await self._service.end(begun, had_effect=not is_refusal)


def _is_kept(start: Message) -> bool:
    """Say whether an answer is a success, and one whose end is in sight."""
    length = Headers(raw=start["headers"]).get("content-length")
    is_short = start["status"] == _NO_CONTENT or (
        length is not None and int(length) <= MAX_ANSWER_BYTES
    )
    return start["status"] < _FIRST_REFUSAL and is_short


async def on_repeated(_request: Request, error: Exception) -> Response:
    """Answer as the first time, and say so."""
    if not isinstance(error, Repeated):
        raise error
    answer = error.answer
    response = Response(answer.body, answer.status)
    for name, value in answer.headers:
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response
