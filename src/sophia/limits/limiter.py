"""Token buckets that all processes share, and each process's own share when Redis is away."""

from collections.abc import Sequence
from dataclasses import dataclass

from sophia.kit import metrics
from sophia.kit.clock import Clock
from sophia.limits.bucket import Bucket, Level, Verdict
from sophia.limits.local import LocalBuckets
from sophia.limits.way import Way

_PREFIX = "sophia:limits:"

# The arithmetic of bucket.spend, in one step and by Redis' own clock. For each bucket: what one
# token and what all of them take to come back, in microseconds.
_SPEND = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local kept = redis.call('MGET', unpack(KEYS))
local debts = {}
local allowed = 1
for i = 1, #KEYS do
    local token, whole = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
    local debt = math.max((tonumber(kept[i] or 0)) - now, 0)
    debts[i] = math.min(debt, whole)
    if debts[i] + token > whole then allowed = 0 end
end
if allowed == 1 then
    for i = 1, #KEYS do
        debts[i] = debts[i] + tonumber(ARGV[2 * i - 1])
        redis.call('SET', KEYS[i], string.format('%.0f', now + debts[i]),
            'PX', math.ceil(debts[i] / 1000))
    end
end
return {allowed, unpack(debts)}
"""


@dataclass(frozen=True, slots=True)
class Quotas:
    """How many requests are allowed in a minute, at once or spread."""

    address: int
    user: int
    key: int


class Limiter:
    """Says whether something may be done now, and counts it if so."""

    def __init__(self, way: Way, *, replicas: int, clock: Clock) -> None:
        """Take the way to Redis, and how many processes divide a limit while it is away."""
        self._way = way
        self._local = LocalBuckets(replicas=replicas, clock=clock)

    async def spend(self, *buckets: Bucket, route: str) -> Verdict:
        """Take a token from each bucket, or from none when one is empty: one round trip.

        `route` names what asks, for the figures: a template or a closed set, never a path.
        """
        verdict = await self._shared(buckets)
        if verdict is None:
            verdict = self._local.spend(buckets)
        elif verdict.is_allowed:
            self._local.note(buckets)
        if (refusing := verdict.refused_by) is not None:
            metrics.rate_limited.labels(refusing.bucket.scope, route).inc()
        return verdict

    async def _shared(self, buckets: Sequence[Bucket]) -> Verdict | None:
        arguments = [figure for one in buckets for figure in (one.token_us, one.whole_us)]
        found = await self._way.run(_SPEND, [_PREFIX + one.key for one in buckets], *arguments)
        if found is None:
            return None
        allowed, *debts = found
        return Verdict(
            allowed == 1, [Level(one, debt) for one, debt in zip(buckets, debts, strict=True)]
        )
