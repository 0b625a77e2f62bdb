"""The trace that what happens now is part of (W3C Trace Context): the journal names it.

It is the caller's own where a caller names one, so that a line in their log leads to what was done
here for them.
"""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)
_NOW: ContextVar[str | None] = ContextVar("sophia_trace_id", default=None)


def current() -> str | None:
    """Give the id of the trace, if there is one."""
    return _NOW.get()


def named_in(traceparent: object) -> str | None:
    """Give the trace that a caller names, if it names one."""
    found = _TRACEPARENT.fullmatch(traceparent) if isinstance(traceparent, str) else None
    return found and found[1]


def go_on_with(trace_id: str | None) -> None:
    """Have all that this task does from now on be part of a trace, or of one that begins here."""
    _NOW.set(trace_id or secrets.token_hex(16))
