"""The way to a server that is not ours: one session, kept, of whichever era the server speaks.

Requests come in the newer era's words. A server of the older one gets them in its own: its
handshake answers for `server/discover`, and what a request says of its client stays out.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import anyio
import httpx2
from anyio.abc import TaskStatus
from mcp.client import Transport
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.dispatcher import CallOptions, DispatchContext
from mcp.shared.exceptions import MCPError
from mcp.shared.inbound import (
    MCP_METHOD_HEADER,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    NAME_BEARING_METHODS,
    encode_header_value,
)
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher
from mcp.shared.transport_context import TransportContext
from mcp_types import (
    CONNECTION_CLOSED,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REQUEST_TIMEOUT,
    UNSUPPORTED_PROTOCOL_VERSION,
)
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION

from sophia.core.messages import Json, JsonObject, object_of
from sophia.core.ports import Person
from sophia.kit.errors import SophiaError
from sophia.toolbox.errors import (
    AnswerInvalidError,
    RpcAnswerError,
    ServerAwayError,
    ServerBrokeOffError,
    ServerFailedError,
    ServerSilentError,
)
from sophia.toolbox.exchange import OWN_META, PROTOCOL_VERSION, Notify, Request

_OPEN_WITHIN_S = 20.0
# Of that, for a server that says nothing at all to a word that it does not know.
_ERA_SHARE = 0.25
_ENDED_WITHIN_S = 5.0
_ENVELOPE = "io.modelcontextprotocol/"
_SESSION = "session"
# What goes wrong in opening or keeping a transport; the client wraps it in groups.
_BROKEN = (MCPError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError)

type OpenTransport = Callable[[], Transport]


@dataclass(slots=True)
class _Session:
    """A session that is open: what it is spoken over, in which version, what it said of itself."""

    dispatcher: JSONRPCDispatcher[TransportContext]
    version: str
    about: JsonObject
    listeners: set[asyncio.Queue[tuple[str, JsonObject]]] = field(
        default_factory=set[asyncio.Queue[tuple[str, JsonObject]]]
    )

    @property
    def is_modern(self) -> bool:
        return self.version not in HANDSHAKE_PROTOCOL_VERSIONS


class SessionLink:
    """A Link over the SDK's transports (streamable HTTP, stdio)."""

    def __init__(
        self, open_transport: OpenTransport, *, open_within_s: float = _OPEN_WITHIN_S
    ) -> None:
        """Take what opens a transport; nothing is opened yet."""
        self._open_transport = open_transport
        self._open_within_s = open_within_s
        self._ending: ServerFailedError | None = None
        self._opening: asyncio.Future[_Session] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()

    async def request(
        self, request: Request, *, caller: Person, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        del caller  # the server knows us by one credential
        try:
            return await self._asked(await self._session(), request, timeout_s, notify)
        except RpcAnswerError as error:
            # There is no code for it: servers say it in words, as they refuse the request.
            if error.rpc_code != INVALID_REQUEST or _SESSION not in error.rpc_message.lower():
                raise
        # The server forgot the session before it looked at the request: another is opened.
        await self.close()
        return await self._asked(await self._session(), request, timeout_s, notify)

    async def listen(
        self, request: Request, *, caller: Person
    ) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what the server tells unasked; raises ServerFailedError when the session ends."""
        del request, caller
        session = await self._session()
        told: asyncio.Queue[tuple[str, JsonObject]] = asyncio.Queue(256)
        session.listeners.add(told)
        over = asyncio.create_task(self._is_over.wait())
        getting = asyncio.create_task(told.get())
        try:
            while True:
                await asyncio.wait({getting, over}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    raise ServerBrokeOffError
                yield getting.result()
                getting = asyncio.create_task(told.get())
        finally:
            over.cancel()
            getting.cancel()
            session.listeners.discard(told)

    async def close(self) -> None:
        """End the session; the next request opens another."""
        keeping, self._keeping, self._opening = self._keeping, None, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _session(self) -> _Session:
        if self._opening is None:
            self._is_over = asyncio.Event()
            self._opening = asyncio.get_running_loop().create_future()
            self._keeping = asyncio.create_task(self._keep(self._opening, self._is_over))
        try:
            async with asyncio.timeout(self._open_within_s):
                return await asyncio.shield(self._opening)
        except TimeoutError as error:
            await self.close()
            raise ServerSilentError from error

    async def _keep(self, opening: asyncio.Future[_Session], is_over: asyncio.Event) -> None:
        """Open a session and hold it, in one task, until it ends by itself or is closed."""
        failure: ServerFailedError = ServerAwayError()
        self._ending = None
        try:
            async with (
                self._open_transport() as (read, write),
                anyio.create_task_group() as group,
            ):
                session = _Session(JSONRPCDispatcher(read, write), "", {})
                await group.start(partial(_serve, session))
                await _shake_hands(session, within_s=self._open_within_s)
                opening.set_result(session)
        except* ServerFailedError as failures:
            failure = cast("ServerFailedError", _first(failures))
        except* SophiaError as failures:
            failure = self._ending = ServerAwayError(str(_first(failures)))
        except* _BROKEN as failures:
            failure = ServerAwayError(f"It cannot be reached: {_first(failures)}"[:300])
        finally:
            is_over.set()
            if self._opening is opening:
                self._opening = None
            if not opening.done():
                opening.set_exception(failure)
                opening.exception()  # seen, also when nobody waits any more

    async def _asked(
        self, session: _Session, request: Request, timeout_s: float, notify: Notify | None
    ) -> JsonObject:
        if request.method == "server/discover":
            return session.about
        meta = request.meta if session.is_modern else _without_envelope(request.meta)
        token = request.meta.get("progressToken")
        options = _options(session, request, timeout_s)
        if notify is not None and token is not None:
            options["on_progress"] = _progress(notify, token)
        try:
            result = await _sent(
                session, request.method, {**request.params, "_meta": meta}, options
            )
        except ServerBrokeOffError as error:
            raise await self._why_broken(error) from error
        return result if session.is_modern else {"resultType": "complete", **result}

    async def _why_broken(self, error: ServerBrokeOffError) -> ServerBrokeOffError:
        """Wait for the end of the session, which may know why it ended."""
        if self._keeping is not None:
            await asyncio.wait({self._keeping}, timeout=_ENDED_WITHIN_S)
        return ServerBrokeOffError(self._ending.message) if self._ending is not None else error


async def _shake_hands(session: _Session, *, within_s: float) -> None:
    """Settle the era: the newer one is tried first; raises ServerFailedError."""
    session.version = PROTOCOL_VERSION
    discover = Request("server/discover", {})
    options = _options(session, discover, within_s * _ERA_SHARE)
    try:
        # An older server may wait for the handshake without a word.
        with suppress(ServerSilentError):
            session.about = await _sent(session, discover.method, {"_meta": OWN_META}, options)
        if isinstance(session.about.get("capabilities"), Mapping):
            return
    except RpcAnswerError as error:
        if error.rpc_code == UNSUPPORTED_PROTOCOL_VERSION:
            raise
    session.version = LATEST_HANDSHAKE_VERSION
    client = object_of(OWN_META["io.modelcontextprotocol/clientInfo"])
    asked: JsonObject = {
        "protocolVersion": LATEST_HANDSHAKE_VERSION,
        "capabilities": {},
        "clientInfo": client,
    }
    options = CallOptions(timeout=within_s, cancel_on_abandon=False)
    answer = await _sent(session, "initialize", asked, options)
    version = answer.get("protocolVersion")
    if version not in HANDSHAKE_PROTOCOL_VERSIONS:
        raise AnswerInvalidError(f"It speaks a version that is not known: {version!r}."[:200])
    session.version, session.about = str(version), answer
    await session.dispatcher.notify(
        "notifications/initialized", None, CallOptions(headers=_version_header(session))
    )


async def _serve(session: _Session, *, task_status: TaskStatus[None]) -> None:
    async def refuse(
        _context: DispatchContext[TransportContext], method: str, _params: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        if method == "ping":
            return {}
        # We declared no capability: nothing of the client's may be asked for.
        raise MCPError(METHOD_NOT_FOUND, f"Sophia answers no {method[:80]}.")

    async def note(
        _context: DispatchContext[TransportContext], method: str, params: Mapping[str, Any] | None
    ) -> None:
        for listener in session.listeners:
            if not listener.full():
                listener.put_nowait((method, cast("JsonObject", params or {})))

    await session.dispatcher.run(refuse, note, task_status=task_status)


async def _sent(
    session: _Session, method: str, params: JsonObject, options: CallOptions
) -> JsonObject:
    try:
        return cast(
            "JsonObject", await session.dispatcher.send_raw_request(method, params, options)
        )
    except MCPError as error:
        raise _failure(error) from error


def _failure(error: MCPError) -> ServerFailedError:
    if error.code == REQUEST_TIMEOUT:
        return ServerSilentError()
    if error.code == CONNECTION_CLOSED:
        return ServerBrokeOffError()
    return RpcAnswerError.of(error.code, error.message, error.error.data)


def _options(session: _Session, request: Request, timeout_s: float) -> CallOptions:
    headers = _version_header(session)
    if session.is_modern:
        headers |= {**request.headers, MCP_METHOD_HEADER: request.method}
        name = request.params.get(NAME_BEARING_METHODS.get(request.method, ""))
        if isinstance(name, str):
            headers[MCP_NAME_HEADER] = encode_header_value(name)
    return CallOptions(timeout=timeout_s, headers=headers)


def _version_header(session: _Session) -> dict[str, str]:
    return {MCP_PROTOCOL_VERSION_HEADER: session.version}


def _without_envelope(meta: JsonObject) -> dict[str, Json]:
    return {name: value for name, value in meta.items() if not name.startswith(_ENVELOPE)}


def _progress(notify: Notify, token: Json) -> Any:
    async def tell(progress: float, total: float | None, message: str | None) -> None:
        told: dict[str, Json] = {"progressToken": token, "progress": progress}
        if total is not None:
            told["total"] = total
        if message is not None:
            told["message"] = message
        await notify("notifications/progress", told)

    return tell


def _first(failure: BaseException) -> BaseException:
    while isinstance(failure, BaseExceptionGroup):
        failure = cast("BaseExceptionGroup[BaseException]", failure).exceptions[0]
    return failure


@asynccontextmanager
async def http_transport(
    open_client: Callable[[], httpx2.AsyncClient], url: str
) -> AsyncGenerator[Any]:
    """Open streamable HTTP to a URL over a client of its own, which is closed with it."""
    async with open_client() as client, streamable_http_client(url, http_client=client) as streams:
        yield streams
