"""Typed identifiers, all UUID version 7 (RFC 9562, section 5.7): they sort by time of birth."""

import hashlib
import secrets
from datetime import datetime
from threading import Lock
from typing import NewType
from uuid import UUID

from sophia.kit.clock import Clock, SystemClock

UserId = NewType("UserId", UUID)
ConversationId = NewType("ConversationId", UUID)
TurnId = NewType("TurnId", UUID)
MessageId = NewType("MessageId", UUID)
MemoryId = NewType("MemoryId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
SessionId = NewType("SessionId", UUID)
GrantId = NewType("GrantId", UUID)

_RANDOM_BITS = 74
_LOW_BITS = 62
_STEP_BITS = 56  # a quarter of a million steps in one millisecond before it counts into the next


class Uuid7Source:
    """Gives identifiers of which each sorts behind the one before, even if the clock is set back.

    What is born in the millisecond of the last one counts on from it by a random step (RFC 9562,
    section 6.2, method 2). Across processes the order is that of their clocks.
    """

    def __init__(self, clock: Clock) -> None:
        """Start with nothing given."""
        self._clock = clock
        self._lock = Lock()
        self._last = 0

    def next(self) -> UUID:
        """Give the next identifier."""
        milliseconds = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if milliseconds > self._last >> _RANDOM_BITS:
                self._last = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
            else:
                self._last += 1 + secrets.randbits(_STEP_BITS)
            last = self._last
        return _laid_out(last)


_source = Uuid7Source(SystemClock())


def _laid_out(number: int) -> UUID:
    """Put version and variant between 48 bits of milliseconds and 74 random bits."""
    value = (
        (number >> _RANDOM_BITS) << 80
        | 0x7 << 76
        | (number >> _LOW_BITS & 0xFFF) << 64
        | 0b10 << 62
        | (number & (1 << _LOW_BITS) - 1)
    )
    return UUID(int=value)


def uuid7_of(at: datetime, *, seed: bytes) -> UUID:
    """Give the identifier of something born at a time, always the same one for a seed."""
    digest = int.from_bytes(hashlib.sha256(seed).digest())
    milliseconds = int(at.timestamp() * 1000)
    return _laid_out(milliseconds << _RANDOM_BITS | digest & (1 << _RANDOM_BITS) - 1)


def uuid7() -> UUID:
    """Give a new identifier that sorts behind all that this process gave before."""
    return _source.next()
