"""What is refused because it came too often."""

from sophia.kit.errors import Kind, SophiaError


class LimitReachedError(SophiaError):
    """Too many requests at once: wait as long as Retry-After says, then go on."""

    kind = Kind.EXHAUSTED
    code = "limits.reached"
