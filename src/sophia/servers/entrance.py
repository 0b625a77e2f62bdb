"""What stands before MCP on a server's port: who may in, how much at once, streamed or not."""

import asyncio
from dataclasses import dataclass

import orjson
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types import INTERNAL_ERROR, PARSE_ERROR
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from sophia.kit.errors import SophiaError
from sophia.servers.access import Gate
from sophia.servers.errors import TokenMissingError
from sophia.servers.principal import Principal
from sophia.servers.protocol import PRINCIPAL

RETRY_AFTER_S = 1
_BODY_TIMEOUT_S = 30
_WATCH_AFTER_S = 0.05
_MAX_DIGITS = 12
# What a request holds in which the client asks to be told something before the answer.
_STREAM_MARKS = (b'"progressToken"', b'"io.modelcontextprotocol/logLevel"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a server takes."""

    body_bytes: int = 4 * 1024 * 1024
    requests: int = 64  # at once; streams that only listen are not counted
    sessions: int = 200


class Entrance:
    """Lets requests with a valid token through to MCP, with who is calling."""

    def __init__(
        self,
        name: str,
        *,
        gate: Gate,
        limits: Limits,
        plain: StreamableHTTPSessionManager,
        streaming: StreamableHTTPSessionManager,
    ) -> None:
        """Take the two ways of answering: as JSON, and as a stream."""
        self._name = name
        self._gate = gate
        self._limits = limits
        self._plain = plain
        self._streaming = streaming
        self._has_sessions = not streaming.stateless
        self._running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        # Spaces around a value are none of it; the parser leaves those behind it.
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in scope["headers"]]
        headers = Headers(scope=scope)
        if scope["method"] != "POST" and not self._has_sessions:
            # No session to end and no stream of its own: every answer is on its own request.
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        try:
            principal = self._gate.admit(headers.get("authorization"))
        except SophiaError as error:
            await unauthorised(error)(scope, receive, send)
            return
        scope[PRINCIPAL] = principal
        if self._has_sessions:
            scope["user"] = _user(principal)
        if scope["method"] != "POST" or _is_listening(headers):
            await self._streaming.handle_request(scope, receive, send)
            return
        if self._running >= self._limits.requests:
            await self._busy()(scope, receive, send)
            return
        self._running += 1
        try:
            await self._take(scope, headers, receive, send)
        finally:
            self._running -= 1

    async def _take(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(_BODY_TIMEOUT_S):
                body = await self._body(headers, receive)
        except TimeoutError:
            body = Response("The request was not sent in time.", status_code=408)
        if body is None:
            return
        if isinstance(body, Response):
            await body(scope, receive, send)
        elif self._is_streamed(headers, body):
            await self._streaming.handle_request(scope, _replay(body, receive), send)
        else:
            await self._answer(scope, body, receive, send)

    async def _answer(self, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        """Answer as JSON, and stop when nobody waits for it any more."""
        with _Watched(receive):
            await self._plain.handle_request(scope, _replay(body, None), send)

    async def _body(self, headers: Headers, receive: Receive) -> bytes | Response | None:
        """Read the request; a refusal when it is too large, nothing when the client left."""
        limit = self._limits.body_bytes
        declared = headers.get("content-length", "")
        if declared.isdecimal() and (len(declared) > _MAX_DIGITS or int(declared) > limit):
            return _too_large(limit)
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return None
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > limit:
                return _too_large(limit)
            if not message.get("more_body", False):
                return b"".join(chunks)

    def _is_streamed(self, headers: Headers, body: bytes) -> bool:
        if self._has_sessions and not _is_modern(headers):
            return True
        if "text/event-stream" not in headers.get("accept", ""):
            return False
        return any(mark in body for mark in _STREAM_MARKS)

    def _busy(self) -> Response:
        told = (
            f"The {self._name} server is busy with {self._limits.requests} requests:"
            f" try again in {RETRY_AFTER_S} s."
        )
        data = {"retryAfterSeconds": RETRY_AFTER_S}
        error = {"code": INTERNAL_ERROR, "message": told, "data": data}
        return JSONResponse(
            {"jsonrpc": "2.0", "id": None, "error": error},
            status_code=503,
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )


def unauthorised(error: SophiaError) -> Response:
    """Refuse in the words of RFC 6750: without a token there is no error to name."""
    challenge = 'Bearer realm="sophia"'
    if not isinstance(error, TokenMissingError):
        challenge += f', error="invalid_token", error_description="{error.message}"'
    return JSONResponse(
        {"error": error.code, "error_description": error.message},
        status_code=401,
        headers={"WWW-Authenticate": challenge},
    )


def _is_modern(headers: Headers) -> bool:
    """Tell the eras apart as the SDK does, by the one header that decides there."""
    version = headers.get("mcp-protocol-version")
    return version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS


def _is_listening(headers: Headers) -> bool:
    """Say whether it is a stream that only listens; the SDK refuses what only claims to be."""
    return _is_modern(headers) and headers.get("mcp-method") == "subscriptions/listen"


def _user(principal: Principal) -> AuthenticatedUser:
    """Name who is calling to the SDK: a session is only for whoever began it."""
    token = AccessToken(token="", client_id=principal.identity, scopes=[])
    return AuthenticatedUser(token)


def _replay(body: bytes, receive: Receive | None) -> Receive:
    """Give the body that was read already, then what else comes."""
    is_given = False

    async def again() -> Message:
        nonlocal is_given
        if not is_given:
            is_given = True
            return {"type": "http.request", "body": body, "more_body": False}
        if receive is not None:
            return await receive()
        return await asyncio.Future[Message]()

    return again


class _Watched:
    """Cancels what runs in the block when the client goes away.

    It begins to look after a moment: most answers are out before, and watching costs a task.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._is_gone = False
        self._watch: asyncio.Task[None] | None = None

    def __enter__(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        self._timer = self._loop.call_later(_WATCH_AFTER_S, self._begin)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self._is_gone and self._task is not None and kind is asyncio.CancelledError:
            # Nobody else has asked this task to end.
            return self._task.uncancel() == 0
        return False

    def _begin(self) -> None:
        self._watch = self._loop.create_task(self._until_gone())

    async def _until_gone(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._is_gone = True
        if self._task is not None:
            self._task.cancel()


def _too_large(limit: int) -> Response:
    told = f"The request is larger than {limit:,} bytes: send less at once."
    error = {"code": PARSE_ERROR, "message": told}
    return Response(
        orjson.dumps({"jsonrpc": "2.0", "id": None, "error": error}),
        status_code=413,
        media_type="application/json",
        headers={"Connection": "close"},
    )
