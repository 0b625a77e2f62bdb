"""One MCP request over HTTP, in the stateless era (2026-07-28): no handshake, no session.

Connections are kept and shared, so a call costs one round trip. Every way in which a server can
fail to answer ends in one of the errors of this package, at the latest when the time is over.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import aiohttp
import orjson

from sophia import __version__
from sophia.toolbox.errors import (
    AnswerInvalidError,
    ServerAwayError,
    ServerBrokeOffError,
    ServerRefusedError,
    ServerSilentError,
)

PROTOCOL_VERSION = "2026-07-28"
MAX_ANSWER_BYTES = 1024 * 1024

_CONNECT_TIMEOUT_S = 2.0
# Shorter than our servers keep an idle connection: it is we who let go of it, between two calls.
_KEEP_ALIVE_S = 30.0
_META = {
    "io.modelcontextprotocol/protocolVersion": PROTOCOL_VERSION,
    "io.modelcontextprotocol/clientInfo": {"name": "sophia", "version": __version__},
    "io.modelcontextprotocol/clientCapabilities": {},
}
_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "Content-Type": "application/json",
    "MCP-Protocol-Version": PROTOCOL_VERSION,
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server serves MCP; its URL ends in /mcp."""

    name: str
    url: str

    @property
    def health_url(self) -> str:
        """Give where the server says how it is."""
        return self.url.removesuffix("/mcp") + "/health"


class Exchange:
    """Sends requests and reads answers."""

    def __init__(self) -> None:
        self._kept: aiohttp.ClientSession | None = None

    async def request(
        self,
        endpoint: Endpoint,
        method: str,
        params: Mapping[str, Any],
        *,
        token: str,
        timeout_s: float,
    ) -> Mapping[str, Any]:
        """Give the result of a request; raises ServerFailedError."""
        message = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": method,
            "params": {**params, "_meta": _META},
        }
        headers = {**_HEADERS, "Authorization": f"Bearer {token}", "Mcp-Method": method}
        name = params.get("name")
        if isinstance(name, str):
            headers["Mcp-Name"] = name
        try:
            data = orjson.dumps(message)
        except TypeError as error:
            raise ServerRefusedError(
                "Texts must be valid Unicode and whole numbers fit 64 bits."
            ) from error
        status, body = await self._fetch(
            "POST", endpoint.url, timeout_s=timeout_s, headers=headers, data=data
        )
        return _result(status, body)

    async def health(self, endpoint: Endpoint, *, timeout_s: float) -> Mapping[str, Any]:
        """Give what a server says of its health; raises ServerFailedError."""
        _, body = await self._fetch("GET", endpoint.health_url, timeout_s=timeout_s)
        return _object(body)

    async def close(self) -> None:
        """Close every connection."""
        if self._kept is not None:
            await self._kept.close()
            self._kept = None

    async def _fetch(
        self, verb: str, url: str, *, timeout_s: float, **sent: Any
    ) -> tuple[int, bytes]:
        timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=_CONNECT_TIMEOUT_S)
        try:
            async with self._session.request(
                verb, url, timeout=timeout, allow_redirects=False, **sent
            ) as response:
                return response.status, await _body(response)
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


async def _body(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise AnswerInvalidError(
                f"Its answer was larger than {MAX_ANSWER_BYTES // 1024} KiB: ask for less at once."
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _result(status: int, body: bytes) -> Mapping[str, Any]:
    if status in {401, 403}:
        raise ServerRefusedError(f"It refused our credentials (HTTP {status}).")
    answer = _object(body)
    error = answer.get("error")
    if isinstance(error, Mapping):
        told = cast("Mapping[str, Any]", error).get("message")
        raise ServerRefusedError(f"It refused the request: {str(told)[:500]}")
    result = answer.get("result")
    if not isinstance(result, Mapping):
        raise AnswerInvalidError(f"Its answer was not understood (HTTP {status}).")
    return cast("Mapping[str, Any]", result)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise AnswerInvalidError from error
    if not isinstance(answer, dict):
        raise AnswerInvalidError
    return cast("dict[str, Any]", answer)
