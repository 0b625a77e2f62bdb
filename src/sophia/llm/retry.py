"""When a call is tried again: at most twice, never after the first byte, rarely over many calls.

The budget keeps retries under a tenth of the calls, so that a provider in trouble is not buried
under them (amplification ≤ 1.1); a slow trickle lets a quiet installation retry too.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from sophia.core.failures import ModelFailedError
from sophia.kit.clock import Clock

MAX_RETRIES = 2
MAX_RETRY_AFTER_S = 20.0

_EARNED_PER_CALL = 0.08
_EARNED_PER_S = 0.1
_MAX_SAVED = 3.0
_BACKOFF_S = 0.5
_MAX_BACKOFF_S = 8.0
_SPREAD_S = 0.25


@dataclass(frozen=True, slots=True)
class Rejection:
    """An attempt that came to nothing. Without a `retry_reason` another one would be in vain."""

    error: ModelFailedError
    retry_reason: str | None = None
    retry_after_s: float | None = None


class RetryBudget:
    """What all calls of one provider together may spend on retries."""

    def __init__(self, clock: Clock) -> None:
        """Start with enough for the first call."""
        self._clock = clock
        self._saved = _MAX_SAVED
        self._at = clock.monotonic()

    def earn(self) -> None:
        """Note a call."""
        now = self._clock.monotonic()
        earned = _EARNED_PER_CALL + (now - self._at) * _EARNED_PER_S
        self._saved = min(_MAX_SAVED, self._saved + earned)
        self._at = now

    def spend(self) -> bool:
        """Take one retry out; False when there is none."""
        if self._saved < 1:
            return False
        self._saved -= 1
        return True


def delay_s(rejection: Rejection, *, attempt: int) -> float | None:
    """Give how long to wait before the next attempt, or None when there is to be none.

    What the provider asks for is honoured up to MAX_RETRY_AFTER_S; else full jitter over a bound
    that doubles.
    """
    if rejection.retry_reason is None or attempt >= MAX_RETRIES:
        return None
    asked = rejection.retry_after_s
    if asked is None:
        bound = min(_MAX_BACKOFF_S, _BACKOFF_S * 2**attempt)
        return random.uniform(0, bound)  # noqa: S311 - spreads load, guards nothing
    if asked > MAX_RETRY_AFTER_S:
        return None
    return asked + random.uniform(0, _SPREAD_S)  # noqa: S311 - spreads load, guards nothing


def retry_after_s(headers: Mapping[str, str], *, clock: Clock) -> float | None:
    """Read Retry-After, in seconds or as a date (RFC 9110, 10.2.3), or retry-after-ms."""
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    written = headers.get("Retry-After")
    seconds = _seconds(written)
    if seconds is not None or written is None:
        return seconds
    try:
        at = parsedate_to_datetime(written)
    except ValueError:
        return None
    if at.tzinfo is None:  # "-0000": UTC without a claim about the place
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - clock.now()).total_seconds())


def _seconds(written: str | None) -> float | None:
    if written is None or not written.strip().replace(".", "", 1).isdecimal():
        return None
    return float(written)
