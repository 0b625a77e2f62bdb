"""What can be wrong with an Idempotency-Key."""

from sophia.kit.errors import Kind, SophiaError


class KeyUnreadableError(SophiaError):
    """The Idempotency-Key cannot be used: send 1 to 200 visible ASCII characters."""

    kind = Kind.INVALID
    code = "idempotency.key_unreadable"


class KeyReusedError(SophiaError):
    """This Idempotency-Key was used with another request: use one key for each request."""

    kind = Kind.INVALID
    code = "idempotency.key_reused"


class StillRunningError(SophiaError):
    """The same request is still being answered: ask again in a moment."""

    kind = Kind.CONFLICT
    code = "idempotency.still_running"
