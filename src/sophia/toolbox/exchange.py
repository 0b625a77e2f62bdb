"""MCP requests over HTTP in the stateless era (2026-07-28): no handshake, no session.

Connections are kept and shared, so a call costs one round trip. Every way in which a server can
fail to answer ends in one of the errors of this package, at the latest when the time is over.
Whoever stops waiting closes the connection: that is how a call is cancelled in this era.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, cast

import aiohttp
import orjson
from mcp.shared.inbound import NAME_BEARING_METHODS, encode_header_value
from mcp_types import (
    CLIENT_CAPABILITIES_META_KEY,
    CLIENT_INFO_META_KEY,
    PROTOCOL_VERSION_META_KEY,
)

from sophia import __version__
from sophia.core.messages import Json, JsonObject
from sophia.kit.sse import SseParser
from sophia.toolbox.errors import (
    AnswerInvalidError,
    RpcAnswerError,
    ServerAwayError,
    ServerBrokeOffError,
    ServerRefusedError,
    ServerSilentError,
)

PROTOCOL_VERSION = "2026-07-28"
MAX_ANSWER_BYTES = 8 * 1024 * 1024
# A request that is made again with what was found out has another id than before.
_IDS = count(1)

_CONNECT_TIMEOUT_S = 2.0
# Shorter than our servers keep an idle connection: it is we who let go of it, between two calls.
_KEEP_ALIVE_S = 30.0
# What a request says of its client when no other client stands behind it.
OWN_META: JsonObject = {
    PROTOCOL_VERSION_META_KEY: PROTOCOL_VERSION,
    CLIENT_INFO_META_KEY: {"name": "sophia", "version": __version__},
    CLIENT_CAPABILITIES_META_KEY: {},
}
_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": PROTOCOL_VERSION,
}

type Notify = Callable[[str, JsonObject], Awaitable[None]]
"""Takes a notification that comes before the answer: its method and its params."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server serves MCP; its URL ends in /mcp."""

    name: str
    url: str

    @property
    def health_url(self) -> str:
        """Give where the server says how it is."""
        return self.url.removesuffix("/mcp") + "/health"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a server. `meta` is what its client says of itself, `headers` go along."""

    method: str
    params: JsonObject
    meta: JsonObject = field(default_factory=lambda: OWN_META)
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class Exchange:
    """Sends requests and reads answers."""

    def __init__(self) -> None:
        self._kept: aiohttp.ClientSession | None = None

    async def request(
        self,
        endpoint: Endpoint,
        request: Request,
        *,
        token: str,
        timeout_s: float,
        notify: Notify | None = None,
    ) -> JsonObject:
        """Give the result of a request; raises ServerFailedError."""
        data, headers = _laid_out(request, token)
        async with self._response(
            "POST", endpoint.url, timeout_s=timeout_s, data=data, headers=headers
        ) as response:
            if not _is_stream(response):
                return _result(response.status, await _body(response))
            async with aclosing(_messages(response)) as messages:
                async for message in messages:
                    method = message.get("method")
                    if not isinstance(method, str):
                        return _result(response.status, message)
                    if notify is not None:
                        await notify(method, cast("JsonObject", message.get("params") or {}))
        raise ServerBrokeOffError

    async def listen(
        self, endpoint: Endpoint, request: Request, *, token: str
    ) -> AsyncGenerator[tuple[str, JsonObject]]:
        """Yield what a server tells on a stream without end; raises ServerFailedError."""
        data, headers = _laid_out(request, token)
        async with self._response(
            "POST", endpoint.url, timeout_s=None, data=data, headers=headers
        ) as response:
            if not _is_stream(response):
                _result(response.status, await _body(response))
                return
            async with aclosing(_messages(response)) as messages:
                async for message in messages:
                    method = message.get("method")
                    if not isinstance(method, str):
                        _result(response.status, message)
                        return
                    yield method, cast("JsonObject", message.get("params") or {})

    async def health(self, endpoint: Endpoint, *, timeout_s: float) -> JsonObject:
        """Give what a server says of its health; raises ServerFailedError."""
        async with self._response("GET", endpoint.health_url, timeout_s=timeout_s) as response:
            return _object(await _body(response))

    async def close(self) -> None:
        """Close every connection."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None

    @asynccontextmanager
    async def _response(
        self, verb: str, url: str, *, timeout_s: float | None, **sent: Any
    ) -> AsyncGenerator[aiohttp.ClientResponse]:
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=_CONNECT_TIMEOUT_S)
        try:
            async with self._session.request(
                verb, url, timeout=timeout, allow_redirects=False, **sent
            ) as response:
                yield response
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ServerAwayError from error
        except TimeoutError as error:
            raise ServerSilentError from error
        except aiohttp.ClientError as error:
            raise ServerBrokeOffError from error

    @property
    def _session(self) -> aiohttp.ClientSession:
        # Made at the first request: it belongs to the event loop that is running then.
        if self._kept is None:
            self._kept = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._kept


def _laid_out(request: Request, token: str) -> tuple[bytes, dict[str, str]]:
    message = {
        "jsonrpc": "2.0",
        "id": next(_IDS),
        "method": request.method,
        "params": {**request.params, "_meta": request.meta},
    }
    headers = {
        **_HEADERS,
        **request.headers,
        "Authorization": f"Bearer {token}",
        "Mcp-Method": request.method,
    }
    name = request.params.get(NAME_BEARING_METHODS.get(request.method, ""))
    if isinstance(name, str):
        headers["Mcp-Name"] = encode_header_value(name)
    try:
        return orjson.dumps(message), headers
    except TypeError as error:
        raise ServerRefusedError(
            "Texts must be valid Unicode and whole numbers fit 64 bits."
        ) from error


def _is_stream(response: aiohttp.ClientResponse) -> bool:
    return response.content_type == "text/event-stream"


async def _body(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


async def _messages(response: aiohttp.ClientResponse) -> AsyncGenerator[JsonObject]:
    """Read a stream's messages; raises AnswerInvalidError when one of them is too large."""
    parser = SseParser(max_line_bytes=MAX_ANSWER_BYTES)
    async for chunk in response.content.iter_any():
        for event in parser.feed(chunk):
            yield _object(event)
        if parser.failure is not None:
            raise _too_large()


def _too_large() -> AnswerInvalidError:
    return AnswerInvalidError(
        f"Its answer was larger than {MAX_ANSWER_BYTES // 1024} KiB: ask for less at once."
    )


def _result(status: int, answer: bytes | JsonObject) -> JsonObject:
    if status in {401, 403}:
        raise ServerRefusedError(f"It refused our credentials (HTTP {status}).")
    if isinstance(answer, bytes):
        answer = _object(answer)
    error = answer.get("error")
    if isinstance(error, Mapping):
        raise _error(error)
    result = answer.get("result")
    if not isinstance(result, Mapping):
        raise AnswerInvalidError(f"Its answer was not understood (HTTP {status}).")
    return result


def _error(error: Mapping[str, Json]) -> RpcAnswerError:
    code, message = error.get("code"), error.get("message")
    if not isinstance(code, int) or isinstance(code, bool):
        raise AnswerInvalidError
    return RpcAnswerError.of(code, str(message), error.get("data"))


def _object(body: bytes) -> JsonObject:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerInvalidError from error
    if not isinstance(answer, dict):
        raise AnswerInvalidError
    return cast("dict[str, Json]", answer)
