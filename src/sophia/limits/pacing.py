"""Turns at something that others limit: one every so often, counted by all processes together."""

from sophia.kit.clock import Clock
from sophia.limits.way import Way

_MICRO = 1_000_000
_PREFIX = "sophia:limits:pacing:"

# A turn is taken by moving the time of the next one; who would wait for too long takes none. Gives
# the wait, and whether the turn was taken.
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local every, within = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now)
if at - now > within then return {at - now, 0} end
local following = at + every
redis.call('SET', KEYS[1], string.format('%.0f', following),
    'PX', math.ceil((following - now) / 1000))
return {at - now, 1}
"""


class Pacing:
    """Gives turns in their order; by Redis' own clock, or by this process's while it is away."""

    def __init__(self, way: Way, *, replicas: int, clock: Clock) -> None:
        """Take the way to Redis, and how many processes divide the turns while it is away."""
        self._way = way
        self._replicas = replicas
        self._clock = clock
        self._next_at_s: dict[str, float] = {}

    async def take(self, subject: str, *, every_s: float, within_s: float) -> float | None:
        """Wait for the next turn; or take none and give how long it would be until there is one."""
        figures = int(every_s * _MICRO), int(within_s * _MICRO)
        found = await self._way.run(_TAKE, [_PREFIX + subject], *figures)
        if found is None:
            wait_s, is_taken = self._local(subject, every_s * self._replicas, within_s)
        else:
            wait_s, is_taken = found[0] / _MICRO, found[1] == 1
        if not is_taken:
            return wait_s
        if wait_s > 0:
            await self._clock.sleep(wait_s)
        # A turn that Redis gave counts here too when Redis goes away.
        following_s = self._clock.monotonic() + every_s
        self._next_at_s[subject] = max(self._next_at_s.get(subject, 0), following_s)
        return None

    def _local(self, subject: str, every_s: float, within_s: float) -> tuple[float, bool]:
        now_s = self._clock.monotonic()
        at_s = max(self._next_at_s.get(subject, 0), now_s)
        if at_s - now_s > within_s:
            return at_s - now_s, False
        self._next_at_s[subject] = at_s + every_s
        return at_s - now_s, True
