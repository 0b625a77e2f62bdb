"""PostgreSQL or Redis refuses, hangs, forgets or is killed: what was accepted is still answered."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx2
import pytest
from redis import Redis

from tests.faults.ledger import Ledger, Outcome, check
from tests.support.providers import ScriptedProvider
from tests.support.proxy import Toxic
from tests.support.replicas import Replicas
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(150)  # its servers start with the first test

_CLIENTS = 4
_SAYS_AWAY_WITHIN_S = 2.0
_RECOVERS_WITHIN_S = 10.0


@pytest.mark.parametrize("fault", [Toxic.DOWN, Toxic.TIMEOUT, "flushed", "killed"])
async def test_every_chat_is_answered_whatever_redis_does(
    fault: str, replicas: Replicas, model: ScriptedProvider
) -> None:
    model.is_recording = False
    async with _under_load(replicas, f"redis-{fault}") as ledger:
        await _make_redis(fault, replicas)
        count = ledger.counts()[Outcome.OK]
        await eventually(lambda: _has_ok(ledger, count + 12), timeout_s=30)
        if fault == "killed":
            await replicas.servers.start_one("redis")
        await replicas.redis_proxy.heal()

    assert [one.key for one in ledger.operations if one.attempts > 1] == []


@pytest.mark.parametrize("toxic", list(Toxic))
async def test_the_api_says_at_once_that_postgres_is_away_and_comes_back_by_itself(
    toxic: Toxic, replicas: Replicas, model: ScriptedProvider
) -> None:
    model.is_recording = False
    async with replicas.client(await replicas.token(), desk=replicas.desks[0]) as client:
        await _is_answered(client)
        await replicas.database_proxy.poison(toxic)
        try:
            for _ in range(3):
                began_s = time.monotonic()
                refused = await client.post("/api/v1/chat", json={"message": "Anybody?"})
                assert time.monotonic() - began_s < _SAYS_AWAY_WITHIN_S
                assert refused.status_code == 503
                assert int(refused.headers["retry-after"]) >= 1
            assert (await client.get("/health/ready")).status_code == 503
            assert (await client.get("/health/live")).status_code == 200
        finally:
            await replicas.database_proxy.heal()
        await eventually(lambda: _is_answered(client), timeout_s=_RECOVERS_WITHIN_S)


@pytest.mark.parametrize("way", ["killed", "restarted", "hung"])
async def test_postgres_that_was_away_under_load_lost_and_doubled_nothing(
    way: str, replicas: Replicas, model: ScriptedProvider
) -> None:
    model.is_recording = False
    async with _under_load(replicas, f"postgres-{way}") as ledger:
        await _take_postgres_away(way, replicas)
        back_s = time.monotonic()
        await eventually(lambda: _answers_since(ledger, back_s), timeout_s=_RECOVERS_WITHIN_S)


async def _make_redis(fault: str, replicas: Replicas) -> None:
    match fault:
        case "flushed":
            with Redis.from_url(replicas.servers.redis_url()) as client:
                client.flushall()
        case "killed":
            await replicas.servers.kill("redis")
        case _:
            await replicas.redis_proxy.poison(Toxic(fault))


async def _take_postgres_away(way: str, replicas: Replicas) -> None:
    match way:
        case "killed":
            await replicas.servers.kill("postgres")
            await replicas.servers.start_one("postgres")
        case "restarted":
            await replicas.servers.restart("postgres")
        case _:
            await replicas.database_proxy.poison(Toxic.TIMEOUT)
            await _refuses(replicas)
            await replicas.database_proxy.heal()


async def _refuses(replicas: Replicas) -> None:
    """Wait until both replicas have noticed that their database hangs."""
    async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
        for desk in replicas.desks:
            assert (await client.get(f"{desk.url}/health/ready")).status_code == 503


@asynccontextmanager
async def _under_load(replicas: Replicas, name: str) -> AsyncGenerator[Ledger]:
    """Run clients beside the block, and check their ledger after it."""
    ledger = Ledger(name, replicas.url, await replicas.token())
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(ledger.load(clients=_CLIENTS, until=is_over))
        await eventually(lambda: _has_ok(ledger, 12), timeout_s=30)
        yield ledger
        is_over.set()
    assert check(ledger, replicas.database_url) == []
    assert ledger.counts().keys() == {Outcome.OK}


async def _has_ok(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[Outcome.OK] >= count


async def _answers_since(ledger: Ledger, at_s: float) -> bool:
    return ledger.first_ok_after(at_s) is not None


async def _is_answered(client: httpx2.AsyncClient) -> bool:
    return (await client.post("/api/v1/chat", json={"message": "Hello?"})).is_success
