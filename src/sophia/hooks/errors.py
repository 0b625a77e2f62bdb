"""What can be wrong with a delivery."""

from sophia.kit.errors import Kind, SophiaError


class HookUnknownError(SophiaError):
    """There is no webhook for that here: the operator sets its secret first."""

    kind = Kind.MISSING
    code = "hooks.unknown"


class HookForgedError(SophiaError):
    """The signature does not fit: give both sides the same secret."""

    kind = Kind.UNAUTHENTICATED
    code = "hooks.forged"


class HookLateError(SophiaError):
    """The delivery is too old: set the clock of this machine, or send it anew."""

    kind = Kind.UNAUTHENTICATED
    code = "hooks.late"


class HookUnreadableError(SophiaError):
    """That is no delivery of this vendor: have it sent as application/json."""

    kind = Kind.INVALID
    code = "hooks.unreadable"
