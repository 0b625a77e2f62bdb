import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sophia.dispatch.dispatcher import Dispatcher, Stop
from sophia.dispatch.port import Claim
from sophia.dispatch.signals import OFFERED, STOPPED
from sophia.kit.ids import TurnId, uuid7
from sophia.store.errors import DatabaseUnavailableError
from tests.support.clock import FixedClock
from tests.support.dispatch import InMemoryLeases, InMemoryTurnQueue


class Runs:
    """Runs turns until each is let go, and remembers how they went."""

    def __init__(self) -> None:
        self.begun: list[Claim] = []
        self.ended: list[TurnId] = []
        self.stopped: list[TurnId] = []
        self.abandoned: list[TurnId] = []
        self.gate = asyncio.Event()
        self.changed = asyncio.Event()
        self.failures: list[DatabaseUnavailableError] = []

    async def __call__(self, claim: Claim, stop: Stop) -> None:
        self.begun.append(claim)
        self.changed.set()
        if self.failures:
            raise self.failures.pop()
        try:
            await self.gate.wait()
            self.ended.append(claim.turn_id)
        except asyncio.CancelledError:
            (self.stopped if stop.is_requested else self.abandoned).append(claim.turn_id)
            raise
        finally:
            self.changed.set()

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.begun) < count:
                self.changed.clear()
                await self.changed.wait()

    async def until_over(self, turns: list[TurnId], count: int) -> None:
        async with asyncio.timeout(60):
            while len(turns) < count:
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def dispatching(
    queue: InMemoryTurnQueue, leases: InMemoryLeases, runs: Runs, *, concurrency: int = 8
) -> AsyncGenerator[Dispatcher]:
    dispatcher = Dispatcher(
        queue, leases, runs, worker="w", concurrency=concurrency, clock=FixedClock()
    )
    task = asyncio.create_task(dispatcher.run())
    try:
        yield dispatcher
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await dispatcher.drain(timeout_s=0.1)


def add_turn(leases: InMemoryLeases) -> TurnId:
    turn_id = TurnId(uuid7())
    leases.add(turn_id)
    return turn_id


async def test_an_offered_turn_is_claimed_and_run_once() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    turn_id = add_turn(leases)
    async with dispatching(queue, leases, runs):
        await queue.offer(turn_id)
        await queue.offer(turn_id)
        await runs.until_begun(1)
        runs.gate.set()
        await runs.until_over(runs.ended, 1)

    assert [claim.turn_id for claim in runs.begun] == [turn_id]


async def test_a_turn_that_nobody_offered_is_found_by_the_sweep() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    add_turn(leases)

    async with dispatching(queue, leases, runs):
        await runs.until_begun(1)


async def test_a_signal_of_an_offer_starts_a_turn_without_the_queue() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    async with dispatching(queue, leases, runs) as dispatcher:
        dispatcher.on_signal(OFFERED, add_turn(leases))
        await runs.until_begun(1)


async def test_a_stop_reaches_the_turn_as_a_stop() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    turn_id = add_turn(leases)
    async with dispatching(queue, leases, runs) as dispatcher:
        await runs.until_begun(1)
        dispatcher.on_signal(STOPPED, turn_id)
        await runs.until_over(runs.stopped, 1)

    assert runs.abandoned == []


async def test_a_stop_whose_signal_was_lost_arrives_with_the_next_renewal() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    leases.to_stop.add(add_turn(leases))
    async with dispatching(queue, leases, runs):
        await runs.until_begun(1)
        await runs.until_over(runs.stopped, 1)

    assert runs.abandoned == []


async def test_a_second_stop_does_not_disturb_the_end_of_the_first() -> None:
    queue, leases = InMemoryTurnQueue(), InMemoryLeases()
    turn_id = add_turn(leases)
    begun, ending, stored = asyncio.Event(), asyncio.Event(), asyncio.Event()
    may_end = asyncio.Event()

    async def run(_claim: Claim, _stop: Stop) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ending.set()
            await may_end.wait()
            stored.set()

    dispatcher = Dispatcher(queue, leases, run, worker="w", concurrency=1, clock=FixedClock())
    dispatcher.on_signal(OFFERED, turn_id)
    async with asyncio.timeout(60):
        await begun.wait()
        dispatcher.on_signal(STOPPED, turn_id)
        await ending.wait()
        dispatcher.on_signal(STOPPED, turn_id)
        may_end.set()
        await stored.wait()


async def test_a_worker_that_lost_its_lease_abandons_the_turn() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    turn_id = add_turn(leases)
    async with dispatching(queue, leases, runs):
        await runs.until_begun(1)
        leases.leases[turn_id].worker = "another"
        await runs.until_over(runs.abandoned, 1)

    assert runs.stopped == []


async def test_no_more_turns_run_at_once_than_allowed() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    turns = [add_turn(leases) for _ in range(5)]
    async with dispatching(queue, leases, runs, concurrency=2):
        for turn_id in turns:
            await queue.offer(turn_id)
        await runs.until_begun(2)
        assert len(runs.begun) == 2
        runs.gate.set()
        await runs.until_over(runs.ended, 5)


async def test_a_drain_gives_back_what_does_not_end_in_time() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    turn_id = add_turn(leases)
    async with dispatching(queue, leases, runs):
        await runs.until_begun(1)

    assert runs.abandoned == [turn_id]
    assert leases.leases[turn_id].worker is None


async def test_a_turn_whose_database_was_away_is_given_back_and_run_again() -> None:
    queue, leases, runs = InMemoryTurnQueue(), InMemoryLeases(), Runs()
    runs.failures.append(DatabaseUnavailableError())
    turn_id = add_turn(leases)
    async with dispatching(queue, leases, runs):
        await runs.until_begun(2)

    assert {claim.turn_id for claim in runs.begun} == {turn_id}
    assert [claim.attempt for claim in runs.begun] == [1, 2]
