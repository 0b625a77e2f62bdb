"""The one HTTP client for URLs that a user or a third party named.

It is an ordinary httpx2.AsyncClient, so that libraries take it; what makes it safe lies in its
transport, below whatever they do with it.
"""

import asyncio
from collections.abc import AsyncIterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast, override

import httpcore2
import httpx2

from sophia.outgoing.body import Budget, CappedBody, is_packed, typed_failures
from sophia.outgoing.errors import PeerAwayError, RedirectRefusedError, TooLargeError
from sophia.outgoing.hosts import AllowedHosts, target_of
from sophia.outgoing.network import PinnedNetwork, Resolver, SystemResolver, tcp

MAX_REDIRECTS = 3
_CONNECTIONS = 200
_IDLE_CONNECTIONS = 50
_IDLE_CONNECTION_S = 30.0
_EVENT_STREAM = "text/event-stream"
# What a request may take along to another origin; whatever else it carries was meant for the first.
_HARMLESS = frozenset({"accept", "accept-language", "user-agent"})
_BODILESS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Caps:
    """What one request may cost. Event streams live longer, and have caps of their own."""

    connect_timeout_s: float = 5.0
    silence_timeout_s: float = 60.0  # between two pieces of an answer
    total_timeout_s: float = 120.0
    stream_timeout_s: float = 3600.0
    max_bytes: int = 16 * 1024 * 1024
    max_stream_bytes: int = 64 * 1024 * 1024
    max_header_bytes: int = 32 * 1024


def open_client(
    *,
    allowed: AllowedHosts | None = None,
    caps: Caps | None = None,
    resolver: Resolver | None = None,
    network: httpcore2.AsyncNetworkBackend | None = None,
    auth: httpx2.Auth | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx2.AsyncClient:
    """Open a client; whoever opens it closes it.

    It follows no redirects by itself, keeps no cookies and knows no proxies: one user's request
    leaves nothing behind for another's.
    """
    caps = caps or Caps()
    pinned = PinnedNetwork(
        network or tcp(),
        resolver=resolver or SystemResolver(),
        allowed=allowed or AllowedHosts(),
    )
    return httpx2.AsyncClient(
        transport=_Transport(pinned, caps),
        timeout=httpx2.Timeout(caps.silence_timeout_s, connect=caps.connect_timeout_s),
        headers={"User-Agent": "sophia", **(headers or {})},
        auth=auth,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,
        max_redirects=MAX_REDIRECTS,
        trust_env=False,
    )


async def fetch(
    client: httpx2.AsyncClient, url: str, *, method: str = "GET", **parts: Any
) -> httpx2.Response:
    """Ask, and follow a few redirects, each as carefully as the first; raises an OutgoingError.

    Another origin gets neither credentials nor a body, and nobody leads from https to http.
    """
    target_of(url)
    request = client.build_request(method, url, **parts)
    auth = client.auth
    for _ in range(MAX_REDIRECTS + 1):
        answer = await client.send(request, auth=auth, follow_redirects=False)
        following = answer.next_request
        if following is None:
            return answer
        if _is_same_origin(request.url, following.url):
            request = following
        else:
            request, auth = _moved(client, request, following.url), None
    raise RedirectRefusedError("The other machine redirects without end: give the URL it ends at.")


def _is_same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    return (one.scheme, *target_of(one)) == (other.scheme, *target_of(other))


def _moved(client: httpx2.AsyncClient, sent: httpx2.Request, url: httpx2.URL) -> httpx2.Request:
    if sent.url.scheme == "https" and url.scheme != "https":
        raise RedirectRefusedError("The other machine leads from https to http: ask its operator.")
    if sent.method not in _BODILESS:
        raise RedirectRefusedError
    return httpx2.Request(
        sent.method,
        url,
        headers={name: value for name, value in sent.headers.items() if name in _HARMLESS},
        extensions={"timeout": client.timeout.as_dict()},
    )


class _Transport(httpx2.AsyncBaseTransport):
    """Checks each request's URL, and gives its answer a budget."""

    def __init__(self, network: PinnedNetwork, caps: Caps) -> None:
        self._caps = caps
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=httpx2.create_ssl_context(),  # SSL_CERT_FILE is the operator's word
            network_backend=network,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_IDLE_CONNECTIONS,
            keepalive_expiry=_IDLE_CONNECTION_S,
        )

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        target_of(request.url)
        # Nobody packs an answer whom nobody asked to; who does anyway is unpacked within the caps.
        request.headers["Accept-Encoding"] = "identity"
        began_at = asyncio.get_running_loop().time()
        with typed_failures():
            async with asyncio.timeout_at(began_at + self._caps.total_timeout_s):
                answer = await self._pool.handle_async_request(_on_the_wire(request))
        async with AsyncExitStack() as stack:
            stack.push_async_callback(answer.aclose)
            capped = self._capped(answer, began_at)
            stack.pop_all()
        return capped

    @override
    async def aclose(self) -> None:
        await self._pool.aclose()

    def _capped(self, answer: httpcore2.Response, began_at: float) -> httpx2.Response:
        header_bytes = sum(len(name) + len(value) for name, value in answer.headers)
        if header_bytes > self._caps.max_header_bytes:
            raise TooLargeError
        headers = httpx2.Headers(answer.headers)
        has_packing = is_packed(headers.get("Content-Encoding", ""))
        if has_packing:
            del headers["Content-Encoding"]
            headers.pop("Content-Length", None)
        return httpx2.Response(
            answer.status,
            headers=headers,
            stream=CappedBody(
                answer, budget=self._budget(headers, began_at), has_packing=has_packing
            ),
            extensions=cast("dict[str, Any]", answer.extensions),
        )

    def _budget(self, headers: httpx2.Headers, began_at: float) -> Budget:
        caps = self._caps
        if headers.get("Content-Type", "").partition(";")[0].strip().lower() == _EVENT_STREAM:
            return Budget(caps.max_stream_bytes, began_at + caps.stream_timeout_s)
        said = headers.get("Content-Length", "")
        if said.isdecimal() and int(said) > caps.max_bytes:
            raise TooLargeError
        return Budget(caps.max_bytes, began_at + caps.total_timeout_s)


def _on_the_wire(request: httpx2.Request) -> httpcore2.Request:
    if not isinstance(request.stream, AsyncIterable):
        raise PeerAwayError("The request's body cannot be sent from here: read it first.")
    url = request.url
    return httpcore2.Request(
        method=request.method,
        url=httpcore2.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
