"""Every process is killed under load, and every accepted message is answered exactly once."""

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.ledger import Ledger, Outcome, check
from tests.support.providers import ScriptedProvider, scripted_openai
from tests.support.stack import Stack, running_stack
from tests.support.waiting import eventually

_CLIENTS = 8
_RECOVERED_WITHIN_S = 60


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Stack, ScriptedProvider]]:
    home: Path = tmp_path_factory.mktemp("faults") / "home"
    async with (
        scripted_openai() as provider,
        running_stack(home, number=worker_number, provider_url=provider.url) as stack,
    ):
        provider.is_recording = False
        yield stack, provider


@pytest.mark.timeout(180)
@pytest.mark.parametrize("name", ["api", "worker", "postgres", "redis"])
async def test_a_killed_process_loses_and_doubles_nothing(
    name: str, stack: tuple[Stack, ScriptedProvider]
) -> None:
    running, _ = stack
    ledger = Ledger(name, running.url, await running.run("token", "--ttl-s", "3600"))
    is_over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(ledger.load(clients=_CLIENTS, until=is_over))
        await eventually(lambda: _has_ok(ledger, 20), timeout_s=30)
        killed_s = time.monotonic()
        await running.kill(name)
        await eventually(lambda: _has_ok_after(ledger, killed_s + 1), timeout_s=_RECOVERED_WITHIN_S)
        await eventually(running.is_ready, timeout_s=_RECOVERED_WITHIN_S)
        count = len(ledger.operations)
        await eventually(lambda: _has_ok(ledger, count + 10), timeout_s=30)
        is_over.set()

    assert check(ledger, running.settings.database_url) == []
    assert ledger.counts()[Outcome.UNKNOWN] == 0
    assert ledger.counts()[Outcome.FAILED] == 0
    assert (await running.part(name)).restarts >= 1


async def _has_ok(ledger: Ledger, count: int) -> bool:
    return ledger.counts()[Outcome.OK] >= count


async def _has_ok_after(ledger: Ledger, at_s: float) -> bool:
    return ledger.first_ok_after(at_s) is not None
