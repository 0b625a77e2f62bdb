"""The way to a server that is not ours: one session, kept, of whichever era the server speaks.

Requests come in the newer era's words. A server of the older one gets them in its own: its
handshake answers for `server/discover`, and what a request says of its client stays out.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import count
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
from mcp.shared.subscriptions import SUBSCRIPTION_ID_META_KEY
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
_LISTENING_TIMEOUT_S = 10.0
_ENVELOPE = "io.modelcontextprotocol/"
# Servers say in words, and with one of these codes, that they know no such session.
_SESSION, _SESSION_CODES = (
    "session",
    frozenset({INVALID_REQUEST, CONNECTION_CLOSED, REQUEST_TIMEOUT}),
)
# mcp's own client speaks so under codes that servers use for whatever they like.
_CLOSED, _LATE = ("Connection closed", "SSE stream "), " timed out"
_UPDATED = "notifications/resources/updated"
_NUMBERS = count(1)
# What goes wrong in opening or keeping a transport; the client wraps it in groups.
_BROKEN = (MCPError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RuntimeError)

type OpenTransport = Callable[[], Transport]


@dataclass(eq=False, slots=True)
class _Listener:
    """Who is told of some resources and, in the newer era, on a stream of this id."""

    uris: Sequence[str]
    id: str = field(default_factory=lambda: f"listen-{next(_NUMBERS)}")
    told: asyncio.Queue[tuple[str, JsonObject]] = field(default_factory=lambda: asyncio.Queue(256))

    def take(self, method: str, params: JsonObject) -> None:
        """Take in what a server tells, if it is for this listener and there is room for it."""
        stream = object_of(params.get("_meta")).get(SUBSCRIPTION_ID_META_KEY)
        is_general = stream is None and (method != _UPDATED or params.get("uri") in self.uris)
        if (is_general or stream == self.id) and not self.told.full():
            self.told.put_nowait((method, params))


@dataclass(slots=True)
class _Session:
    """A session that is open: what it is spoken over, in which version, what it said of itself."""

    dispatcher: JSONRPCDispatcher[TransportContext]
    version: str
    about: JsonObject
    listeners: set[_Listener] = field(default_factory=set[_Listener])
    # Of the older era: how many listeners each resource has; one begins or ends at a time.
    subscribed: Counter[str] = field(default_factory=Counter[str])
    subscribing: asyncio.Lock = field(default_factory=asyncio.Lock)

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
            said = error.rpc_message.lower()
            if error.rpc_code not in _SESSION_CODES or _SESSION not in said:
                raise
        # The server forgot the session before it looked at the request: another is opened.
        await self.close()
        return await self._asked(await self._session(), request, timeout_s, notify)

    async def listen(
        self, request: Request, *, caller: Person
    ) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what the server tells unasked; raises ServerFailedError when that ends."""
        del caller
        session = await self._session()
        wanted = object_of(request.params.get("notifications"))
        uris = cast("Sequence[str]", wanted.get("resourceSubscriptions") or ())
        listener = _Listener(uris)
        session.listeners.add(listener)
        listen = _streamed if session.is_modern else _subscribed
        holding = asyncio.create_task(listen(session, request, listener, self._is_over))
        getting = asyncio.create_task(listener.told.get())
        try:
            while True:
                await asyncio.wait({getting, holding}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    holding.result()
                    raise ServerBrokeOffError
                yield getting.result()
                getting = asyncio.create_task(listener.told.get())
        finally:
            session.listeners.discard(listener)
            holding.cancel()
            getting.cancel()
            await asyncio.gather(holding, getting, return_exceptions=True)

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
        return {"resultType": "complete", **result}

    async def _why_broken(self, error: ServerBrokeOffError) -> ServerBrokeOffError:
        """Wait for the end of the session, which may know why it ended."""
        if self._keeping is not None:
            await asyncio.wait({self._keeping}, timeout=_ENDED_WITHIN_S)
        return ServerBrokeOffError(self._ending.message) if self._ending is not None else error


async def _shake_hands(session: _Session, *, within_s: float) -> None:
    """Settle the era: the newer one is tried first; raises ServerFailedError."""
    session.version = PROTOCOL_VERSION
    for _ in range(2):
        try:
            session.about = await _discovered(session, within_s=within_s * _ERA_SHARE)
        except RpcAnswerError as error:
            if error.rpc_code != UNSUPPORTED_PROTOCOL_VERSION:
                break
            spoken = object_of(error.rpc_data).get("supported")
            spoken = spoken if isinstance(spoken, list) else []
            if PROTOCOL_VERSION in spoken:
                continue
            if not any(one in HANDSHAKE_PROTOCOL_VERSIONS for one in spoken):
                raise
        break
    if isinstance(session.about.get("capabilities"), Mapping):
        return
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


async def _discovered(session: _Session, *, within_s: float) -> JsonObject:
    discover = Request("server/discover", {})
    options = _options(session, discover, within_s)
    # An older server may wait for the handshake without a word.
    with suppress(ServerSilentError):
        return await _sent(session, discover.method, {"_meta": OWN_META}, options)
    return {}


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
            listener.take(method, cast("JsonObject", params or {}))

    await session.dispatcher.run(refuse, note, task_status=task_status)


async def _streamed(
    session: _Session, request: Request, listener: _Listener, _is_over: asyncio.Event
) -> None:
    """Hold a stream of the newer era open; raises ServerFailedError when the server ends it."""
    options = _options(session, request, None)
    options["request_id"] = listener.id
    await _sent(session, request.method, {**request.params, "_meta": request.meta}, options)


async def _subscribed(
    session: _Session, request: Request, listener: _Listener, is_over: asyncio.Event
) -> None:
    """Subscribe to resources in the older era; raises ServerFailedError when that is refused."""
    options = _options(session, request, _LISTENING_TIMEOUT_S)
    counted: list[str] = []
    try:
        for uri in listener.uris:
            async with session.subscribing:
                counted.append(uri)
                session.subscribed[uri] += 1
                if session.subscribed[uri] == 1:
                    await _sent(session, "resources/subscribe", {"uri": uri}, options)
        await is_over.wait()
    finally:
        async with session.subscribing:
            session.subscribed.subtract(counted)
            unwanted = [uri for uri in counted if session.subscribed[uri] == 0]
            with suppress(ServerFailedError):
                for uri in unwanted:
                    await _sent(session, "resources/unsubscribe", {"uri": uri}, options)


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
    if error.code == REQUEST_TIMEOUT and error.message.endswith(_LATE):
        return ServerSilentError()
    if error.code == CONNECTION_CLOSED and error.message.startswith(_CLOSED):
        return ServerBrokeOffError()
    return RpcAnswerError.of(error.code, error.message, error.error.data)


def _options(session: _Session, request: Request, timeout_s: float | None) -> CallOptions:
    headers = _version_header(session)
    if session.is_modern:
        headers |= {**request.headers, MCP_METHOD_HEADER: request.method}
        name = request.params.get(NAME_BEARING_METHODS.get(request.method, ""))
        if isinstance(name, str):
            headers[MCP_NAME_HEADER] = encode_header_value(name)
    options = CallOptions(headers=headers)
    if timeout_s is not None:
        options["timeout"] = timeout_s
    return options


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
