"""A worker is killed while schedules begin: each begins one turn, and each turn is answered."""

import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import LiteralString

import httpx2
import psycopg
import pytest
import pytest_asyncio

from tests.support.stack import Stack, running_stack
from tests.support.waiting import eventually

_SCHEDULES = 30
_ANSWERED_WITHIN_S = 120
_WISH = {"message": "Hello", "cron": "0 7 1 1 *", "model": "builtin"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Stack]:
    home: Path = tmp_path_factory.mktemp("schedules") / "home"
    async with running_stack(home, number=worker_number) as stack:
        yield stack


@pytest.mark.timeout(240)
async def test_a_worker_killed_as_schedules_fire_begins_each_turn_once_and_answers_it_once(
    stack: Stack,
) -> None:
    token = await stack.run("token", "--ttl-s", "3600")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=stack.url, headers=headers, trust_env=False) as client:
        for _ in range(_SCHEDULES):
            (await client.post("/api/v1/schedules", json=_WISH)).raise_for_status()
    url = stack.settings.database_url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as database:

        async def count(query: LiteralString) -> int:
            (found,) = await (await database.execute(query)).fetchone() or (0,)
            return int(found)

        async def have_begun() -> bool:
            return await count("SELECT count(*) FROM schedule_runs") > 0

        async def are_answered() -> bool:
            return await count("SELECT count(*) FROM turns WHERE status = 'done'") >= _SCHEDULES

        worker = await stack.part("worker")
        await database.execute("UPDATE schedules SET next_run_at = now()")
        await eventually(have_begun, timeout_s=60)
        stack.signal(worker, signal.SIGKILL)
        at_kill = await count("SELECT count(*) FROM schedule_runs")
        await eventually(are_answered, timeout_s=_ANSWERED_WITHIN_S)
        runs = await (
            await database.execute("SELECT schedule_id, outcome, turn_id FROM schedule_runs")
        ).fetchall()
        turns = await (await database.execute("SELECT id, response FROM turns")).fetchall()

    assert at_kill < _SCHEDULES, "the worker was killed too late to say anything"
    assert sorted(outcome for _, outcome, _ in runs) == ["begun"] * _SCHEDULES
    assert len({schedule_id for schedule_id, _, _ in runs}) == _SCHEDULES
    assert {turn_id for _, _, turn_id in runs} == {id_ for id_, _ in turns}
    assert len(turns) == _SCHEDULES
    assert all(response for _, response in turns)
    assert (await stack.part("worker")).restarts >= 1
