"""Token buckets in this process alone: for when Redis does not answer."""

from collections.abc import Sequence
from dataclasses import replace

from sophia.kit.clock import Clock
from sophia.limits.bucket import Bucket, Level, Verdict, spend

_MAX_BUCKETS = 20_000
_CROWD = "_crowd"


class LocalBuckets:
    """This process's share of each limit. Never more than so many buckets: the rest share one."""

    def __init__(self, *, replicas: int, clock: Clock, max_buckets: int = _MAX_BUCKETS) -> None:
        """Take how many processes share a limit; start with every bucket full."""
        self._replicas = replicas
        self._clock = clock
        self._max_buckets = max_buckets
        self._full_at_us: dict[str, int] = {}

    def spend(self, buckets: Sequence[Bucket]) -> Verdict:
        """Take a token from each bucket's local share, or from none when one is empty."""
        now_us = self._now_us()
        if len(self._full_at_us) + len(buckets) > self._max_buckets:
            self._prune(now_us)
        shares = [self._share(bucket) for bucket in buckets]
        found = [self._full_at_us.get(share.key, 0) for share in shares]
        verdict = spend(shares, found, now_us=now_us)
        if verdict.is_allowed:
            self._keep(verdict.levels, now_us)
        return verdict

    def note(self, buckets: Sequence[Bucket]) -> None:
        """Count what Redis allowed, so that a share is no second helping when Redis goes away."""
        now_us = self._now_us()
        if len(self._full_at_us) + len(buckets) > self._max_buckets:
            self._prune(now_us)
        for bucket in buckets:
            share = self._share(bucket)
            debt_us = max(self._full_at_us.get(share.key, 0) - now_us, 0)
            level = Level(share, min(debt_us + share.token_us, share.whole_us))
            self._keep([level], now_us)

    def _share(self, bucket: Bucket) -> Bucket:
        is_known = bucket.key in self._full_at_us
        if not is_known and len(self._full_at_us) >= self._max_buckets:
            bucket = replace(bucket, subject=_CROWD)
        return replace(bucket, quota=max(1, bucket.quota // self._replicas))

    def _keep(self, levels: Sequence[Level], now_us: int) -> None:
        for level in levels:
            self._full_at_us[level.bucket.key] = now_us + level.debt_us

    def _prune(self, now_us: int) -> None:
        """Forget the buckets that are full again."""
        self._full_at_us = {
            key: full_at for key, full_at in self._full_at_us.items() if full_at > now_us
        }

    def _now_us(self) -> int:
        return int(self._clock.monotonic() * 1_000_000)
