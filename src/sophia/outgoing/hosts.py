"""Which hosts may be asked, before any name is resolved."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Self

import httpx2

from sophia.outgoing.errors import UrlRefusedError

_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65_535
_MAX_URL_CHARS = 8 * 1024
_MAX_NAME_CHARS = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts inside private networks that an operator lets be asked, by their exact names."""

    names: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host` and `host:port`, by commas; raises UrlRefusedError."""
        return cls(frozenset(_normal(part.strip()) for part in text.split(",") if part.strip()))

    def has(self, host: str, port: int) -> bool:
        """Say whether a host is allowed, at every port or at this one."""
        normal = _host(host.lower())
        return normal in self.names or _joined(normal, port) in self.names


def target_of(url: httpx2.URL | str) -> tuple[str, int]:
    """Give the host and port that a URL names, in the one form they have; UrlRefusedError."""
    if isinstance(url, str):
        url = _parsed(url)
    port = url.port if url.port is not None else _PORTS.get(url.scheme, 0)
    if url.scheme not in _PORTS:
        raise UrlRefusedError("That is no http or https URL: give one that begins so.")
    if b"@" in url.netloc or url.userinfo:
        raise UrlRefusedError("A URL carries no user name or password: give the URL without them.")
    if not 0 < port <= _MAX_PORT or len(str(url)) > _MAX_URL_CHARS:
        raise UrlRefusedError
    return _host(url.raw_host.decode("ascii").lower()), port


def _parsed(text: str) -> httpx2.URL:
    # A parser that repairs what it reads may repair it otherwise than the next one does.
    if not text.isprintable() or set(text) & set(' \\<>"^`{|}') or text != text.strip():
        raise UrlRefusedError
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as error:
        raise UrlRefusedError from error
    authority = text.partition("://")[2].split("/", 1)[0].split("?", 1)[0].split("#", 1)[0]
    if "@" in authority:
        raise UrlRefusedError("A URL carries no user name or password: give the URL without them.")
    return url


def _host(host: str) -> str:
    """Give a host in its one form: a dotted IPv4 address, an IPv6 address, or a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        is_name = len(host) <= _MAX_NAME_CHARS and all(map(_LABEL.fullmatch, labels))
        # 2130706433, 0x7f.1 and 127.1 are addresses to a resolver, and to nobody else.
        if not is_name or _NUMBER.fullmatch(labels[-1]):
            raise UrlRefusedError("That is no host name: write it as DNS does.") from None
        return host
    if "%" in host:
        raise UrlRefusedError("A URL names no network interface: give a host name.")
    return str(address)


def _normal(name: str) -> str:
    """Give an allowed host in the form that `has` compares."""
    host, port = name.lower(), ""
    if name.startswith("["):
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    if not port:
        return _host(host)
    if not port.isdecimal() or not 0 < int(port) <= _MAX_PORT:
        raise UrlRefusedError(f"{name} is no host:port: write it as example.internal:8080.")
    return _joined(_host(host), int(port))


def _joined(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
