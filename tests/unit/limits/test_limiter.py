import pytest

from sophia.limits.bucket import Bucket
from sophia.limits.limiter import Limiter
from sophia.limits.local import LocalBuckets
from sophia.limits.way import Way
from tests.support.clock import FixedClock

ADA = Bucket("user", "ada", 10)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


async def allowed(limiter: Limiter, bucket: Bucket, *, of: int) -> int:
    return sum([(await limiter.spend(bucket, route="/r")).is_allowed for _ in range(of)])


async def test_without_redis_a_process_holds_its_share_of_the_limit(clock: FixedClock) -> None:
    limiter = Limiter(Way(None, None), replicas=2, clock=clock)

    assert await allowed(limiter, ADA, of=20) == 5


async def test_a_share_fills_again_with_time(clock: FixedClock) -> None:
    limiter = Limiter(Way(None, None), replicas=2, clock=clock)
    await allowed(limiter, ADA, of=20)
    clock.advance(12)  # a fifth of a minute

    assert await allowed(limiter, ADA, of=20) == 1


async def test_a_limit_smaller_than_the_replicas_is_still_no_wall(clock: FixedClock) -> None:
    limiter = Limiter(Way(None, None), replicas=100, clock=clock)

    assert await allowed(limiter, ADA, of=20) == 1


def test_what_redis_allowed_is_no_second_helping_when_it_goes_away(clock: FixedClock) -> None:
    local = LocalBuckets(replicas=2, clock=clock)
    for _ in range(10):
        local.note([ADA])

    assert not local.spend([ADA]).is_allowed
    clock.advance(12)
    assert local.spend([ADA]).is_allowed


def test_subjects_without_end_share_one_bucket(clock: FixedClock) -> None:
    local = LocalBuckets(replicas=1, clock=clock, max_buckets=3)
    for name in ("ada", "grace", "alan"):
        local.spend([Bucket("user", name, 10)])

    allowed = [local.spend([Bucket("user", str(number), 10)]).is_allowed for number in range(30)]

    assert sum(allowed) == 10
    assert local.spend([ADA]).is_allowed
