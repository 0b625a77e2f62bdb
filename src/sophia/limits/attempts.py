"""Attempts counted by subject over the last minute: signing in, for one."""

import math
from typing import Protocol

from sophia.kit.clock import Clock
from sophia.kit.ids import uuid7
from sophia.limits.way import Way

LIMIT = 10
WINDOW_S = 60.0
_MAX_SUBJECTS = 10_000
_PREFIX = "sophia:attempts:"

# Sorted sets of attempts by their time, in microseconds. Counts one for each subject, or gives how
# long to wait when a subject has used up its own.
_BEGIN = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local wait = 0
for _, key in ipairs(KEYS) do
    redis.call('ZREMRANGEBYSCORE', key, '-inf', string.format('%.0f', now - window))
    if redis.call('ZCARD', key) >= limit then
        local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
        wait = math.max(wait, tonumber(first[2]) + window - now)
    end
end
if wait > 0 then return wait end
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, string.format('%.0f', now), ARGV[3])
    redis.call('PEXPIRE', key, math.ceil(window / 1000))
end
return 0
"""
_SUCCEED = """
redis.call('DEL', KEYS[1])
if KEYS[2] then redis.call('ZPOPMAX', KEYS[2]) end
return 1
"""


class Attempts(Protocol):
    """Counts attempts from their beginning, so that many at once are not free either."""

    async def begin(self, *subjects: str) -> float:
        """Count an attempt for each subject; else give the seconds to wait, counting nothing."""
        ...

    async def succeed(self, forgiven: str, *, uncounted: str | None = None) -> None:
        """Forget all attempts of the one, and the last one of the other."""
        ...


class LocalAttempts:
    """Attempts in this process. When it is full, everybody has to wait."""

    def __init__(self, clock: Clock, *, limit: int = LIMIT) -> None:
        """Start with nobody noted."""
        self._clock = clock
        self._limit = limit
        self._attempts: dict[str, list[float]] = {}

    async def begin(self, *subjects: str) -> float:
        """Count an attempt for each subject; else give the seconds to wait."""
        now = self._clock.monotonic()
        if len(self._attempts) + len(subjects) > _MAX_SUBJECTS:
            self._prune(now)
        if len(self._attempts) + len(subjects) > _MAX_SUBJECTS:
            return WINDOW_S
        recent = {subject: self._recent(subject, now) for subject in subjects}
        waits = [
            attempts[0] + WINDOW_S - now
            for attempts in recent.values()
            if len(attempts) >= self._limit
        ]
        if waits:
            return max(waits)
        for subject, attempts in recent.items():
            self._attempts[subject] = [*attempts, now]
        return 0

    async def succeed(self, forgiven: str, *, uncounted: str | None = None) -> None:
        """Forget all attempts of the one, and the last one of the other."""
        self._attempts.pop(forgiven, None)
        attempts = self._attempts.get(uncounted or "")
        if attempts:
            attempts.pop()

    def _recent(self, subject: str, now: float) -> list[float]:
        return [at for at in self._attempts.get(subject, ()) if at > now - WINDOW_S]

    def _prune(self, now: float) -> None:
        for subject in list(self._attempts):
            if not self._recent(subject, now):
                del self._attempts[subject]


class SharedAttempts:
    """Attempts that all processes count together; each by itself, and stricter, without Redis."""

    def __init__(self, way: Way, *, replicas: int, clock: Clock) -> None:
        """Take the way to Redis, and how many processes divide the limit while it is away."""
        self._way = way
        self._local = LocalAttempts(clock, limit=math.ceil(LIMIT / replicas))

    async def begin(self, *subjects: str) -> float:
        """Count an attempt for each subject; else give the seconds to wait."""
        keys = [_PREFIX + subject for subject in subjects]
        window_us = int(WINDOW_S * 1_000_000)
        wait_us = await self._way.run(_BEGIN, keys, LIMIT, window_us, str(uuid7()))
        if wait_us is None:
            return await self._local.begin(*subjects)
        if wait_us == 0:
            # The share is no second helping when Redis goes away.
            await self._local.begin(*subjects)
        return wait_us / 1_000_000

    async def succeed(self, forgiven: str, *, uncounted: str | None = None) -> None:
        """Forget all attempts of the one, and the last one of the other."""
        subjects = [forgiven] if uncounted is None else [forgiven, uncounted]
        await self._way.run(_SUCCEED, [_PREFIX + subject for subject in subjects])
        await self._local.succeed(forgiven, uncounted=uncounted)
