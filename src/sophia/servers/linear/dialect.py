"""What is particular to Linear's GraphQL API."""

import re
from typing import Any, cast

from sophia.kit.clock import Clock
from sophia.servers.vendor.dialect import Answer, Dialect, retry_after_s, words_of
from sophia.servers.vendor.graphql import Data, errors_of

_TOO_MANY = 429
_BAD = 400
_MISSING = 404
_AWAY = 500
_WAIT_S = 60.0  # when Linear does not say how long
# By Linear's code or type of an error, written alike.
_STATUS = {
    "ratelimited": _TOO_MANY,
    "authentication error": 401,
    "forbidden": 403,
    "feature not accessible": 403,
    "internal error": _AWAY,
    "internal server error": _AWAY,
    "lock timeout": 503,
}
_SHARED_LIMITS = ("requests", "complexity")
_LIMITS = (*_SHARED_LIMITS, "endpoint-requests")
_OAUTH = re.compile(r"lin_oauth_.+|[0-9a-f]{64}")


def authorization(token: str) -> str:
    """Write the header: a key stands bare, a token of OAuth after Bearer."""
    return f"Bearer {token}" if _OAUTH.fullmatch(token) else token


def status(answer: Answer) -> int:
    """Give the status of HTTP that an answer means."""
    errors = errors_of(answer)
    if not errors or answer.status >= _AWAY:
        return answer.status
    return max(map(_meant, errors))


def words(answer: Answer) -> str:
    """Give what Linear says for people, else what it says."""
    told = [_extensions(one).get("userPresentableMessage") for one in errors_of(answer)]
    return "; ".join(dict.fromkeys(one for one in told if one)) or words_of(answer)


def wait_s(answer: Answer, clock: Clock) -> float | None:
    """Give how long a limit holds: of requests, of their complexity, or of one operation."""
    if answer.status != _TOO_MANY:
        return None
    asked = retry_after_s(answer, clock)
    return asked if asked is not None else _until_reset(answer, clock, _LIMITS) or _WAIT_S


def empty_s(answer: Answer, clock: Clock) -> float | None:
    """Give how long nothing may be asked any more, when this used up a limit."""
    return _until_reset(answer, clock, _SHARED_LIMITS)


def _until_reset(answer: Answer, clock: Clock, limits: tuple[str, ...]) -> float | None:
    now_s = clock.now().timestamp()
    waits = [
        max(1.0, int(reset) / 1000 - now_s)
        for limit in limits
        if answer.headers.get(f"x-ratelimit-{limit}-remaining") == "0"
        and (reset := answer.headers.get(f"x-ratelimit-{limit}-reset", "")).isdecimal()
    ]
    return max(waits, default=None)


def _meant(error: Data) -> int:
    extensions = _extensions(error)
    for name in ("code", "type"):
        known = _STATUS.get(str(extensions.get(name)).lower().replace("_", " "))
        if known is not None:
            return known
    if str(error.get("message")).startswith("Entity not found"):
        return _MISSING
    said = extensions.get("statusCode")
    return said if isinstance(said, int) and said >= _BAD else _BAD


def _extensions(error: Data) -> Data:
    there: Any = error.get("extensions")
    return cast("Data", there) if isinstance(there, dict) else {}


LINEAR = Dialect(
    title="Linear",
    token_name="LINEAR_API_KEY",  # noqa: S106 - the name of a variable
    headers={"Accept": "application/json"},
    status=status,
    wait_s=wait_s,
    empty_s=empty_s,
    words=words,
)
