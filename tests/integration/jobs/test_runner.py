"""The jobs of workers that died, on the real database."""

import asyncio

import psycopg
import pytest

from sophia.jobs.runner import Job, JobRunner
from sophia.kit.clock import SystemClock
from tests.support.waiting import eventually


async def _leave_behind(url: str, name: str) -> None:
    """Leave a job as a worker leaves it that is killed: begun, its lock held, nobody at it."""
    conninfo = url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(conninfo) as connection:
        await connection.execute("DELETE FROM procrastinate_periodic_defers")
        await connection.execute("DELETE FROM procrastinate_jobs")
        await connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, args)"
            " VALUES ('default', %s, %s, 'doing', '{\"timestamp\": 0}')",
            (name, name),
        )


@pytest.mark.timeout(60)
async def test_a_job_whose_worker_died_is_run_again_and_holds_up_none_that_come_after(
    postgres_url: str,
) -> None:
    await _leave_behind(postgres_url, "tests.tick")
    ran = 0

    async def tick() -> None:
        nonlocal ran
        ran += 1

    async def have_both_run() -> bool:
        return ran >= 2

    jobs = [Job("tests.tick", "* * * * * *", tick)]
    running = asyncio.create_task(JobRunner(postgres_url, jobs, clock=SystemClock()).run())
    await eventually(have_both_run, timeout_s=30)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert running.cancelled()
