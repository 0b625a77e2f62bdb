"""The arithmetic of a token bucket, in whole microseconds.

A bucket is kept as one number, the time at which it will be full again. Spending a token moves that
time by what one token takes to come back; a bucket is empty when the time lies further ahead than a
whole bucket takes to fill. (Telephony knows this as GCRA; it is the same bucket.)
"""

from collections.abc import Sequence
from dataclasses import dataclass

_MICRO = 1_000_000
WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Bucket:
    """Whose bucket, and how many tokens it holds: as many come back in a minute."""

    scope: str
    subject: str
    quota: int

    @property
    def key(self) -> str:
        """Give the name under which it is kept."""
        return f"{self.scope}:{self.subject}"

    @property
    def token_us(self) -> int:
        """Give how long one token takes to come back."""
        return max(1, WINDOW_S * _MICRO // self.quota)

    @property
    def whole_us(self) -> int:
        """Give how long the empty bucket takes to fill."""
        return self.token_us * self.quota


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is."""

    bucket: Bucket
    debt_us: int
    """Until it is full again."""

    @property
    def remaining(self) -> int:
        """Give the tokens that are in it."""
        return max(0, self.bucket.whole_us - self.debt_us) // self.bucket.token_us

    @property
    def full_in_s(self) -> float:
        """Give when it will be full again."""
        return self.debt_us / _MICRO

    @property
    def wait_s(self) -> float:
        """Give when there will be a token; 0 when there is one."""
        return max(0, self.debt_us + self.bucket.token_us - self.bucket.whole_us) / _MICRO


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something may be done, and how full its buckets are now."""

    is_allowed: bool
    levels: Sequence[Level]

    @property
    def refused_by(self) -> Level | None:
        """Give the bucket that is empty for longest, if it was refused."""
        return None if self.is_allowed else max(self.levels, key=lambda level: level.wait_s)


def spend(buckets: Sequence[Bucket], full_at_us: Sequence[int], *, now_us: int) -> Verdict:
    """Take a token from each bucket, or from none when one is empty.

    `full_at_us` says when each is full again. A clock that was set back makes nobody wait for
    longer than an empty bucket does.
    """
    debts = [
        min(max(full_at - now_us, 0), bucket.whole_us)
        for bucket, full_at in zip(buckets, full_at_us, strict=True)
    ]
    is_allowed = all(
        debt + bucket.token_us <= bucket.whole_us
        for bucket, debt in zip(buckets, debts, strict=True)
    )
    spent = (
        debt + bucket.token_us if is_allowed else debt
        for bucket, debt in zip(buckets, debts, strict=True)
    )
    return Verdict(is_allowed, [Level(*pair) for pair in zip(buckets, spent, strict=True)])
