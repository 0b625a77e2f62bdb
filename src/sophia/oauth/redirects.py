"""Where an application may have people sent back to."""

import re
from urllib.parse import urlsplit

_MAX_CHARS = 500
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What RFC 3986 lets stand in a URI, without the fragment's `#`.
_CHARACTERS = re.compile(r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=%-]+")
# A browser runs, reads or shows these itself instead of handing them to an application.
_BROWSERS_OWN = frozenset(
    {
        *("about", "blob", "chrome", "data", "feed", "file", "filesystem", "ftp", "intent"),
        *("jar", "javascript", "mailto", "resource", "sms", "tel", "urn", "vbscript"),
        *("view-source", "ws", "wss"),
    }
)


def is_fit(uri: str) -> bool:
    """Say whether an application may register this: https, loopback, or a scheme of its own."""
    if len(uri) > _MAX_CHARS or _CHARACTERS.fullmatch(uri) is None:
        return False
    try:
        parts = urlsplit(uri)
        host, is_port_fit = parts.hostname, parts.port != 0
    except ValueError:
        return False
    if "@" in parts.netloc or not is_port_fit:
        return False
    match parts.scheme:
        case "https":
            return bool(host)
        case "http":
            return host in _LOOPBACK
        case scheme:
            return bool(scheme) and scheme not in _BROWSERS_OWN and bool(parts.netloc + parts.path)


def matches(registered: str, asked: str) -> bool:
    """Say whether two are the same; on loopback the port is the client's choice (RFC 8252, 7.3)."""
    if registered == asked:
        return True
    if not (is_fit(registered) and is_fit(asked)):
        return False
    there, here = urlsplit(registered), urlsplit(asked)
    return (
        there.scheme == here.scheme == "http"
        and there.hostname == here.hostname
        and (there.path or "/", there.query) == (here.path or "/", here.query)
    )


def shown(uri: str) -> str:
    """Give what tells a person where they are sent: a host, or an application's scheme."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def is_local(uri: str) -> bool:
    """Say whether a program on the person's own machine is meant."""
    return urlsplit(uri).scheme != "https"
