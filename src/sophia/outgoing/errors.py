"""Why a request to somebody else's machine was not sent, or its answer not taken.

Each is an httpx2.TransportError too: libraries that are given the client (mcp's, for one) see an
ordinary failure of the transport.
"""

import httpx2

from sophia.kit.errors import Kind, SophiaError


class OutgoingError(SophiaError, httpx2.TransportError):
    """The other machine could not be asked: try again in a minute."""

    kind = Kind.UNAVAILABLE
    code = "outgoing.failed"


class UrlRefusedError(OutgoingError):
    """That is no address to ask: give a plain http or https URL without user name or password."""

    kind = Kind.INVALID
    code = "outgoing.url_refused"


class AddressRefusedError(OutgoingError):
    """That host is none of the public Internet: an operator may allow it by its name."""

    kind = Kind.FORBIDDEN
    code = "outgoing.address_refused"


class HostUnknownError(OutgoingError):
    """Nobody knows that host name: check its spelling."""

    code = "outgoing.host_unknown"


class PeerAwayError(OutgoingError):
    """The other machine does not answer as it should: try again in a minute."""

    code = "outgoing.peer_away"


class TooSlowError(OutgoingError):
    """The other machine took too long: try again, or ask it for less."""

    kind = Kind.TIMEOUT
    code = "outgoing.too_slow"


class TooLargeError(OutgoingError):
    """The other machine's answer is too large: ask it for less."""

    code = "outgoing.too_large"


class EncodingRefusedError(OutgoingError):
    """The other machine's answer is packed in a way nobody asked for: its operator mends it."""

    code = "outgoing.encoding_refused"


class RedirectRefusedError(OutgoingError):
    """The other machine sends us elsewhere: give the URL where it really is."""

    code = "outgoing.redirect_refused"
