"""Background jobs: retried or given up by what kind of error they meet, recovered when stalled.

A job may run twice (a worker that dies is noticed by its heartbeat, and its job is run again), so
every job is safe to repeat.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import procrastinate
from procrastinate import JobContext, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as StoredJob
from sqlalchemy.engine import make_url

from sophia.jobs.queue import QUEUE
from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.kit.errors import Kind, SophiaError

_HEARTBEAT_S = 5.0
_STALLED_AFTER_S = 20.0
_RECOVER_EVERY_S = 15.0
_RESTART_S = 2.0
_MAX_ATTEMPTS = 5
# Of which the absorption of turns takes eight at most.
_AT_ONCE = 12
_RETRIED = frozenset({Kind.UNAVAILABLE, Kind.TIMEOUT, Kind.EXHAUSTED, Kind.CONFLICT})

_logger = log.get("jobs")


@dataclass(frozen=True, slots=True)
class Job:
    """Periodic work: `feature.verb`, a cron expression in UTC, and what to do."""

    name: str
    cron: str
    run: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """Work that is queued for one thing (jobs/queue.py): its name, and what to do for its id."""

    name: str
    run: Callable[[str], Awaitable[None]]


class _RetryByKind(procrastinate.BaseRetryStrategy):
    """Retries what another try may mend: 2, 4, 8, 16 seconds later."""

    def get_retry_decision(
        self, *, exception: BaseException, job: StoredJob
    ) -> procrastinate.RetryDecision | None:
        """Give when to try again, or nothing to give the job up."""
        is_passing = isinstance(exception, SophiaError) and exception.kind in _RETRIED
        if not is_passing or job.attempts >= _MAX_ATTEMPTS:
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": 2 ** (job.attempts + 1)})


class JobRunner:
    """Runs this process's share of the jobs."""

    def __init__(
        self, url: str, jobs: Sequence[Job], *, clock: Clock, tasks: Sequence[Task] = ()
    ) -> None:
        """Declare the jobs, and the tasks that others queue; nothing runs yet."""
        conninfo = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._app = procrastinate.App(
            connector=PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4, timeout=2)
        )
        self._clock = clock
        for job in jobs:
            self._declare(job)
        for task in tasks:
            self._declare_task(task)

    async def run(self) -> None:
        """Run jobs until cancelled; start again when the database was away."""
        while True:
            try:
                async with self._app.open_async(), asyncio.TaskGroup() as group:
                    group.create_task(self._keep_recovering())
                    await self._app.run_worker_async(
                        concurrency=_AT_ONCE,
                        install_signal_handlers=False,
                        update_heartbeat_interval=_HEARTBEAT_S,
                        stalled_worker_timeout=_STALLED_AFTER_S,
                        delete_jobs="successful",
                    )
            except* ConnectorException as errors:
                _logger.warning("jobs.worker.interrupted", error=str(errors.exceptions[0]))
            await self._clock.sleep(_RESTART_S)

    def _declare(self, job: Job) -> None:
        async def measured(_context: JobContext, timestamp: int) -> None:
            del timestamp  # procrastinate says when the run was due; our jobs catch up anyway
            await _measure(job.name, job.run())

        task = self._app.task(
            name=job.name, queue=QUEUE, pass_context=True, retry=_RetryByKind(), lock=job.name
        )(measured)
        self._app.periodic(cron=job.cron, periodic_id=job.name)(task)

    def _declare_task(self, task: Task) -> None:
        async def measured(_context: JobContext, id: str) -> None:  # noqa: A002 - a stored name
            await _measure(task.name, task.run(id))

        self._app.task(name=task.name, queue=QUEUE, pass_context=True, retry=_RetryByKind())(
            measured
        )

    async def _keep_recovering(self) -> None:
        """Recover for as long as this worker runs.

        No job: a worker that died as it recovered would leave its lock to nobody.
        """
        while True:
            try:
                await self._recover()
            except ConnectorException as error:
                _logger.warning("jobs.recovery.failed", error=str(error))
            await self._clock.sleep(_RECOVER_EVERY_S)

    async def _recover(self) -> None:
        """Run the jobs of dead workers again, and measure the queue."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
            try:
                await manager.retry_job(job)
            except ConnectorException as error:
                # Another worker was first; if the database is away, the next statement says so.
                _logger.info("jobs.job.unrecovered", job=job.task_name, error=str(error))
        for row in await manager.list_queues_async(queue=QUEUE):
            for state in ("todo", "doing", "failed"):
                metrics.queue_depth.labels(QUEUE, state).set(row[state])


async def _measure(name: str, work: Awaitable[None]) -> None:
    began = time.perf_counter()
    outcome = "failed"
    try:
        await work
        outcome = "succeeded"
    finally:
        metrics.jobs.labels(QUEUE, name, outcome).inc()
        metrics.job_duration.labels(QUEUE, name).observe(time.perf_counter() - began)
