"""One worker's dispatcher: takes turns, claims them, runs them, renews their leases."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sophia.dispatch.port import Claim, Leases, TurnQueue
from sophia.dispatch.signals import STOPPED
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.errors import Kind, SophiaError
from sophia.kit.ids import TurnId

RENEW_EVERY_S = 5.0
SWEEP_EVERY_S = 5.0
_DRAIN_POLL_S = 0.05

_logger = log.get("dispatch")


@dataclass(slots=True)
class Stop:
    """Tells a running turn why its task was cancelled: a person's stop, or the worker's own end."""

    is_requested: bool = False


@dataclass(slots=True)
class _Run:
    stop: Stop
    task: asyncio.Task[None] | None = None
    is_claimed: bool = False


type RunTurn = Callable[[Claim, Stop], Awaitable[None]]


class Dispatcher:
    """Runs at most `concurrency` turns at once; `run_turn` ends each, lets go of it or raises."""

    def __init__(
        self,
        queue: TurnQueue,
        leases: Leases,
        run_turn: RunTurn,
        *,
        worker: str,
        concurrency: int,
        clock: Clock,
    ) -> None:
        """Bring the parts together; nothing runs yet."""
        self._queue = queue
        self._leases = leases
        self._run_turn = run_turn
        self._worker = worker
        self._clock = clock
        self._concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._running: dict[TurnId, _Run] = {}
        self._interrupted: set[TurnId] = set()
        self._is_draining = False

    @property
    def running(self) -> int:
        """Count the turns that run now."""
        return len(self._running)

    async def run(self) -> None:
        """Take and run turns until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._take())
            group.create_task(self._renew())
            group.create_task(self._sweep())

    def on_signal(self, channel: str, turn_id: TurnId) -> None:
        """React to a signal of another process."""
        if channel == STOPPED:
            self._stop(turn_id)
        elif not self._is_draining:
            self._start(turn_id)

    async def drain(self, *, timeout_s: float) -> None:
        """Let running turns end; give those back that do not end in time."""
        self._is_draining = True
        deadline_s = self._clock.monotonic() + timeout_s
        renewing = asyncio.create_task(self._renew())  # or another worker would begin them anew
        while self._running and self._clock.monotonic() < deadline_s:
            await self._clock.sleep(_DRAIN_POLL_S)
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
        left = list(self._running)
        tasks = [run.task for run in self._running.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if left:
            await self._leases.release(left, worker=self._worker)
            for turn_id in left:
                await self._queue.offer(turn_id)

    async def _take(self) -> None:
        while True:
            await self._slots.acquire()
            self._slots.release()
            free = self._concurrency - len(self._running)
            for turn_id in await self._queue.take(count=max(1, free)):
                self._start(turn_id)

    def _start(self, turn_id: TurnId) -> None:
        if turn_id in self._running:
            return
        run = self._running[turn_id] = _Run(Stop())
        run.task = asyncio.create_task(self._claim_and_run(turn_id, run), name=f"turn {turn_id}")
        run.task.add_done_callback(lambda _: self._running.pop(turn_id, None))

    async def _claim_and_run(self, turn_id: TurnId, run: _Run) -> None:
        async with self._slots:
            try:
                claim = await self._leases.claim(turn_id, worker=self._worker)
                if claim is not None:
                    run.is_claimed = True
                    self._interrupted.discard(turn_id)
                    await self._run_turn(claim, run.stop)
            except SophiaError as error:
                # The row is still open, and may well be ours: the next sweep gives it back.
                if error.kind is Kind.BUG:
                    raise
                self._interrupted.add(turn_id)
                _logger.warning("dispatch.turn.interrupted", turn_id=str(turn_id), error=str(error))

    def _stop(self, turn_id: TurnId) -> None:
        run = self._running.get(turn_id)
        # Once: a second cancellation would interrupt the storing of the end.
        if run is not None and run.task is not None and not run.stop.is_requested:
            run.stop.is_requested = True
            run.task.cancel()

    async def _renew(self) -> None:
        while True:
            await self._clock.sleep(RENEW_EVERY_S)
            mine = {turn_id: run for turn_id, run in self._running.items() if run.is_claimed}
            if not mine:
                continue
            try:
                kept = await self._leases.renew(list(mine), worker=self._worker)
            except SophiaError as error:
                _logger.warning("dispatch.renew.failed", error=str(error))
                continue
            for turn_id, is_to_stop in kept.items():
                if is_to_stop:  # its signal may have been lost while the listener was away
                    self._stop(turn_id)
            for turn_id, run in mine.items():
                if turn_id not in kept and run.task is not None and not run.task.done():
                    # Another worker has it, or it has just ended: either way nothing is lost.
                    _logger.warning("dispatch.lease.lost", turn_id=str(turn_id))
                    run.task.cancel()

    async def _sweep(self) -> None:
        while True:
            try:
                await self._give_back()
                for turn_id in await self._leases.sweep():
                    if self._slots.locked():
                        break
                    self._start(turn_id)
            except SophiaError as error:
                _logger.warning("dispatch.sweep.failed", error=str(error))
            await self._clock.sleep(SWEEP_EVERY_S)

    async def _give_back(self) -> None:
        """End the leases of turns that this worker could not go on with."""
        given_back = self._interrupted - self._running.keys()
        if given_back:
            await self._leases.release(list(given_back), worker=self._worker)
            self._interrupted -= given_back
