"""Every error that Sophia raises on purpose.

SophiaError                 kind says what the caller can do about it
├── invalid                 the request is wrong: mend it
├── unauthenticated         say who you are
├── forbidden               you may not
├── missing                 there is no such thing (or it is not yours)
├── conflict                it clashes with what is there
├── exhausted               a quota, rate or budget is used up
├── unavailable             a dependency is away: try again later
├── timeout                 a deadline passed
└── bug                     our fault: someone must change code

Each edge (HTTP, WebSocket, MCP, command line, jobs) has one table from Kind to its own dialect.
"""

from enum import StrEnum

type Fact = str | int | float | bool | list[str] | None


class Kind(StrEnum):
    """What the caller can do about an error."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    CONFLICT = "conflict"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    BUG = "bug"


class SophiaError(Exception):
    """Something went wrong in Sophia."""

    kind: Kind = Kind.BUG
    code: str = "sophia.unexpected"

    def __init__(self, message: str | None = None, **facts: Fact) -> None:
        """Take the class docstring's first line as the message unless one is given."""
        default = (type(self).__doc__ or "").strip().split("\n", 1)[0]
        self.message = message or default
        self.facts = facts
        super().__init__(self.message)
