"""Connections to addresses that were looked at first."""

import asyncio
import socket
from collections.abc import Iterable, Sequence
from typing import Protocol, cast, override

import httpcore2

from sophia.outgoing.addresses import is_public
from sophia.outgoing.errors import AddressRefusedError, HostUnknownError
from sophia.outgoing.hosts import AllowedHosts

type Seconds = float  # httpcore's own argument has no unit in its name

_MAX_ADDRESSES = 8
_CONNECT_TIMEOUT_S = 10.0


class Resolver(Protocol):
    """Finds a host's addresses."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Give numeric addresses, the preferred first; none, if nobody knows the host."""
        ...


class SystemResolver:
    """The machine's own resolver."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Give numeric addresses, the preferred first; none, if nobody knows the host."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return ()
        return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def tcp() -> httpcore2.AsyncNetworkBackend:
    """Give the network itself."""
    return cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Resolves a name once, looks at every address, and connects to these and no others.

    TLS is none of its business: httpcore still checks the certificate against the host's name.
    """

    def __init__(
        self,
        network: httpcore2.AsyncNetworkBackend,
        *,
        resolver: Resolver,
        allowed: AllowedHosts,
    ) -> None:
        """Say who connects, who resolves, and which hosts are allowed by name."""
        self._resolver = resolver
        self._allowed = allowed
        self._network = network

    @override
    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: Seconds | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address that answers; raises an OutgoingError or httpcore2's own."""
        failure: Exception = httpcore2.ConnectTimeout()
        whole_s = timeout or _CONNECT_TIMEOUT_S
        try:
            async with asyncio.timeout(whole_s):
                found = await self._vetted(host, port)
                for address in found:
                    # Each has its share: one that swallows packets must not use up the others'.
                    try:
                        return await self._network.connect_tcp(
                            address, port, timeout=whole_s / len(found)
                        )
                    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                        failure = error
        except TimeoutError:
            failure = httpcore2.ConnectTimeout()
        raise failure

    @override
    async def sleep(self, seconds: float) -> None:
        """Wait between attempts."""
        await self._network.sleep(seconds)

    async def _vetted(self, host: str, port: int) -> Sequence[str]:
        found = (await self._resolver.addresses(host, port))[:_MAX_ADDRESSES]
        if not found:
            raise HostUnknownError(f"Nobody knows the host {host}: check its spelling.")
        # One private address among public ones is how a name is rebound: all of them count.
        if not self._allowed.has(host, port) and not all(map(is_public, found)):
            raise AddressRefusedError(
                f"{host} is none of the public Internet: an operator may allow it in"
                " SOPHIA_OUTGOING_ALLOWED_HOSTS."
            )
        return found
