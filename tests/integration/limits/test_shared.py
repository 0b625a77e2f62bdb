"""Limits that processes share through a real Redis, and what is left of them without it."""

import asyncio

from sophia.kit.clock import SystemClock
from sophia.limits.attempts import LIMIT, SharedAttempts
from sophia.limits.bucket import Bucket
from sophia.limits.limiter import Limiter
from sophia.limits.pacing import Pacing
from tests.integration.limits.conftest import Ways
from tests.support.proxy import Proxy, Toxic
from tests.support.waiting import eventually

CLOCK = SystemClock()
ADA = Bucket("user", "ada", 60)


def limiter(open_way: Ways) -> Limiter:
    return Limiter(open_way(), replicas=2, clock=CLOCK)


async def allowed(limiters: list[Limiter], bucket: Bucket, *, of: int) -> int:
    verdicts = await asyncio.gather(
        *(limiters[number % len(limiters)].spend(bucket, route="/r") for number in range(of))
    )
    return sum(verdict.is_allowed for verdict in verdicts)


async def test_a_hundred_at_once_over_two_processes_do_not_overshoot(open_way: Ways) -> None:
    pair = [limiter(open_way), limiter(open_way)]
    for one in pair:
        await one.spend(Bucket("user", "somebody else", 60), route="/r")
    began_s = CLOCK.monotonic()

    passed = await allowed(pair, ADA, of=100)

    came_back = int(CLOCK.monotonic() - began_s)  # a token a second
    assert 60 <= passed <= 60 + came_back


async def test_a_verdict_says_what_is_left_in_each_bucket(open_way: Ways) -> None:
    one, key = limiter(open_way), Bucket("key", "hers", 2)

    first = await one.spend(ADA, key, route="/r")
    await one.spend(ADA, key, route="/r")
    third = await one.spend(ADA, key, route="/r")

    assert [level.remaining for level in first.levels] == [59, 1]
    assert first.refused_by is None
    assert third.refused_by is not None
    assert third.refused_by.bucket == key
    assert 25 < third.refused_by.wait_s <= 30
    assert third.levels[0].remaining == 58


async def test_without_redis_each_process_holds_its_half(
    open_way: Ways, redis_proxy: Proxy
) -> None:
    pair = [limiter(open_way), limiter(open_way)]
    await redis_proxy.poison(Toxic.DOWN)
    began_s = CLOCK.monotonic()

    passed = await allowed(pair, ADA, of=200)

    assert 60 <= passed <= 60 + int(CLOCK.monotonic() - began_s)


async def test_a_redis_that_hangs_costs_its_timeout_once(
    open_way: Ways, redis_proxy: Proxy
) -> None:
    one = limiter(open_way)
    await one.spend(ADA, route="/r")
    await redis_proxy.poison(Toxic.TIMEOUT)
    await one.spend(ADA, route="/r")
    began_s = CLOCK.monotonic()

    passed = 0
    for _ in range(200):
        passed += (await one.spend(ADA, route="/r")).is_allowed

    took_s = CLOCK.monotonic() - began_s
    assert took_s < 1.5  # each waiting for half a second, it would be a hundred
    assert passed <= 29 + int(took_s)


async def test_redis_is_asked_again_when_it_is_back(open_way: Ways, redis_proxy: Proxy) -> None:
    one, other = limiter(open_way), limiter(open_way)
    await redis_proxy.poison(Toxic.DOWN)
    await allowed([one], ADA, of=60)
    await redis_proxy.heal()
    bucket = Bucket("user", "grace", 60)

    async def is_shared() -> bool:
        await one.spend(bucket, route="/r")
        seen = await other.spend(bucket, route="/r")
        return seen.levels[0].remaining < 58

    await eventually(is_shared, timeout_s=10)


async def test_attempts_count_in_all_processes_together(open_way: Ways) -> None:
    one, other = (SharedAttempts(open_way(), replicas=2, clock=CLOCK) for _ in range(2))
    for number in range(LIMIT):
        assert await (one, other)[number % 2].begin("here", "ada") == 0

    assert 50 < await one.begin("here", "grace") <= 60
    assert 50 < await other.begin("there", "ada") <= 60
    assert await other.begin("there", "grace") == 0


async def test_success_is_forgiven_in_all_processes(open_way: Ways) -> None:
    one, other = (SharedAttempts(open_way(), replicas=2, clock=CLOCK) for _ in range(2))
    for number in range(LIMIT - 1):
        await one.begin(f"place {number}", "ada")
    await one.begin("here", "ada")

    await other.succeed("ada", uncounted="here")

    for _ in range(LIMIT):
        assert await one.begin("here", "ada") == 0


async def test_without_redis_attempts_are_still_counted(open_way: Ways, redis_proxy: Proxy) -> None:
    one = SharedAttempts(open_way(), replicas=2, clock=CLOCK)
    await redis_proxy.poison(Toxic.DOWN)

    waits = [await one.begin("here", "ada") for _ in range(LIMIT)]

    assert waits[: LIMIT // 2] == [0] * (LIMIT // 2)
    assert all(wait_s > 0 for wait_s in waits[LIMIT // 2 :])


async def test_turns_are_given_to_all_processes_together_and_apart_without_redis(
    open_way: Ways, redis_proxy: Proxy
) -> None:
    pair = [Pacing(open_way(), replicas=2, clock=CLOCK) for _ in range(2)]

    async def take(number: int, subject: str) -> float | None:
        return await pair[number].take(subject, every_s=60, within_s=0)

    waits = [await take(number, "launch") for number in (0, 1, 0)]
    assert waits[0] is None
    assert all(wait is not None and 40 < wait <= 60 for wait in waits[1:])
    assert await take(1, "another") is None

    await redis_proxy.poison(Toxic.DOWN)
    # Each takes half as many, and none at once after one that Redis gave.
    assert (await take(0, "launch") or 0) > 0
    assert [await take(number, "third") for number in (0, 1)] == [None, None]
    assert (await take(0, "third") or 0) > 60
