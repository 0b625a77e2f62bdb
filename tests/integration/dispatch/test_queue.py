"""The queue over a real Redis that refuses, forgets or has no room."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
import pytest_asyncio
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from sophia.dispatch.queue import RedisTurnQueue
from sophia.kit.ids import TurnId, uuid7
from sophia.store.errors import DatabaseUnavailableError
from sophia.store.redis import Presence
from tests.support.clock import FixedClock


@pytest_asyncio.fixture(loop_scope="session", name="redis")
async def _redis(redis_url: str) -> AsyncGenerator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


class FullRedis(Redis):
    """Answers as Redis does when it cannot write to its disk."""

    async def execute_command(self, *_args: object, **_options: object) -> object:
        raise ResponseError("MISCONF Errors writing to the AOF file: No space left on device")


def queue_over(
    redis: Redis, *, notify: Callable[[TurnId], Awaitable[None]] | None = None
) -> RedisTurnQueue:
    async def nobody(_turn_id: TurnId) -> None:
        return

    clock = FixedClock()
    return RedisTurnQueue(
        redis,
        redis,
        presence=Presence("redis://127.0.0.1:1", clock=clock),
        worker="w",
        clock=clock,
        notify=notify or nobody,
    )


async def test_what_is_offered_is_taken_once(redis: Redis) -> None:
    queue, turn_id = queue_over(redis), TurnId(uuid7())
    await queue.offer(turn_id)

    assert await queue.take(count=8) == ()  # there was no group yet
    assert await queue.take(count=8) == [turn_id]
    await redis.flushdb()
    await queue.take(count=8)
    await queue.offer(turn_id)
    assert await queue.take(count=8) == [turn_id]


async def test_a_redis_without_room_stops_no_worker(redis_url: str) -> None:
    told: list[TurnId] = []

    async def tell(turn_id: TurnId) -> None:
        told.append(turn_id)

    async with FullRedis.from_url(redis_url) as full:
        queue, turn_id = queue_over(full, notify=tell), TurnId(uuid7())
        await queue.offer(turn_id)

        assert told == [turn_id]
        assert await queue.take(count=8) == ()


@pytest.mark.parametrize("times", [1, 2])
async def test_an_offer_never_fails(redis_url: str, times: int) -> None:
    async def away(_turn_id: TurnId) -> None:
        raise DatabaseUnavailableError

    async with FullRedis.from_url(redis_url) as full:
        queue = queue_over(full, notify=away)
        for _ in range(times):
            await queue.offer(TurnId(uuid7()))
