"""What the workers begin when schedules are due, on the real database and a clock that is moved."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.kit.ids import TurnId, UserId, uuid7
from sophia.schedules.tasks import ScheduleRunner
from sophia.store.database import Database
from tests.support.clock import FixedClock

_USER = text("INSERT INTO users (id, name, role, created_at) VALUES (:u, 'Ada', :role, now())")
_KEY = text("""
    INSERT INTO api_keys (id, user_id, name, last4, hmac, scopes, created_at)
    VALUES (:k, :u, 'ci', 'abcd', decode(md5(cast(:k AS text)), 'hex'), :scopes, now())
""")
_SCHEDULE = text("""
    INSERT INTO schedules (id, user_id, api_key_id, conversation_id, message, cron, time_zone,
        is_enabled, resumed_at, next_run_at, created_at)
    VALUES (:id, :u, :k, :c, 'Good morning', '0 * * * *', 'Europe/Berlin', true, :now, :due, :now)
""")


@dataclass
class ListedQueue:
    """Remembers what was offered."""

    offered: list[TurnId] = field(default_factory=list[TurnId])

    async def offer(self, turn_id: TurnId) -> None:
        self.offered.append(turn_id)

    async def take(self, *, count: int) -> Sequence[TurnId]:
        return self.offered[:count]


@dataclass
class Firing:
    """A user's schedule that was due an hour after the clock's start, and workers to run it."""

    database: Database
    clock: FixedClock = field(default_factory=FixedClock)
    queue: ListedQueue = field(default_factory=ListedQueue)
    user_id: UserId = field(default_factory=lambda: UserId(uuid7()))
    key_id: UUID | None = None
    id: UUID = field(default_factory=uuid7)

    async def prepare(
        self,
        *,
        role: str = "member",
        key_scopes: list[str] | None = None,
        conversation_id: UUID | None = None,
    ) -> None:
        now = self.clock.now()
        self.key_id = None if key_scopes is None else uuid7()
        values = {"u": self.user_id, "k": self.key_id, "c": conversation_id, "id": self.id}
        async with self.database.transaction() as writer:
            await writer.execute(_USER, {"u": self.user_id, "role": role})
            if key_scopes is not None:
                await writer.execute(_KEY, {**values, "scopes": key_scopes})
            await writer.execute(_SCHEDULE, {**values, "now": now, "due": now + timedelta(hours=1)})

    async def fire(self, *, hours: float = 1) -> None:
        self.clock.advance(hours * 3600)
        await ScheduleRunner(self.database, self.queue, self.clock).fire()

    async def rows(self, query: str) -> Sequence[RowMapping]:
        async with self.database.reading() as reader:
            found = await reader.execute(text(query), {"id": self.id, "u": self.user_id})
            return found.mappings().all()

    async def write(self, statement: str) -> None:
        async with self.database.transaction() as writer:
            await writer.execute(text(statement), {"id": self.id, "u": self.user_id})

    async def turns(self) -> Sequence[RowMapping]:
        return await self.rows("SELECT * FROM turns WHERE user_id = :u ORDER BY id")

    async def outcomes(self) -> list[tuple[str, str]]:
        found = await self.rows("SELECT * FROM schedule_runs WHERE schedule_id = :id ORDER BY id")
        return [(row["outcome"], row["reason"]) for row in found]

    async def schedule(self) -> RowMapping:
        (row,) = await self.rows("SELECT * FROM schedules WHERE id = :id")
        return row

    async def end_turns(self, status: str) -> None:
        await self.write(f"UPDATE turns SET status = '{status}' WHERE user_id = :u")


async def test_nothing_begins_before_it_is_due(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.fire(hours=0.9)

    assert await firing.turns() == []
    assert await firing.outcomes() == []


async def test_a_due_schedule_begins_a_turn_in_its_users_name(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.fire()
    (turn,) = await firing.turns()

    assert (turn["message"], turn["status"], turn["user_name"]) == ("Good morning", "queued", "Ada")
    assert turn["context"] == "a scheduled run, due 2026-11-23 11:00 Europe/Berlin"
    assert turn["request"]["api_key_id"] is None
    assert firing.queue.offered == [turn["id"]]
    schedule = await firing.schedule()
    assert schedule["last_turn_id"] == turn["id"]
    assert schedule["next_run_at"] == firing.clock.now() + timedelta(hours=1)


async def test_what_was_missed_is_caught_up_once_and_the_model_is_told_when_it_was_due(
    database: Database,
) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.fire(hours=50.5)
    (turn,) = await firing.turns()

    assert turn["context"].endswith("due 2026-11-23 11:00 Europe/Berlin, caught up late")
    schedule = await firing.schedule()
    assert schedule["next_run_at"] == firing.clock.now() + timedelta(minutes=30)


async def test_workers_at_the_same_time_begin_it_once(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    firing.clock.advance(3600)
    others = [Firing(database, firing.clock, firing.queue) for _ in range(3)]
    for other in others:
        other.clock = FixedClock()
        await other.prepare()
    workers = [ScheduleRunner(database, firing.queue, firing.clock) for _ in range(4)]
    await asyncio.gather(*(worker.fire() for worker in workers))

    assert [len(await one.turns()) for one in (firing, *others)] == [1, 1, 1, 1]
    assert len(set(firing.queue.offered)) == len(firing.queue.offered) == 4


async def test_a_run_that_breaks_off_before_it_commits_is_neither_lost_nor_doubled(
    database: Database,
) -> None:
    firing = Firing(database)
    await firing.prepare()
    # The record of the run is the last that is written of it: with it, all is undone.
    await firing.write(
        "INSERT INTO schedule_runs (id, schedule_id, user_id, due_at, at, outcome, reason)"
        " SELECT gen_random_uuid(), id, user_id, next_run_at, now(), 'skipped', 'in the way'"
        " FROM schedules WHERE id = :id"
    )
    other = Firing(database)
    await other.prepare()
    await firing.fire()

    assert await firing.turns() == []
    assert len(await other.turns()) == 1, "one that fails holds up none that is due later"
    await firing.write("DELETE FROM schedule_runs WHERE schedule_id = :id")
    await firing.fire(hours=0)
    assert len(await firing.turns()) == 1


async def test_a_run_is_skipped_while_the_one_before_runs_or_waits(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.fire()
    for status in ("running", "awaiting_approval"):
        await firing.end_turns(status)
        await firing.fire()
    await firing.end_turns("done")
    await firing.fire()

    skipped = ("skipped", "previous_open")
    assert await firing.outcomes() == [("begun", ""), skipped, skipped, ("begun", "")]


async def test_after_five_failures_in_a_row_it_is_paused(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    for _ in range(6):
        await firing.fire()
        await firing.end_turns("failed")
    await firing.fire(hours=5)

    assert await firing.outcomes() == [*[("begun", "")] * 5, ("paused", "failures")]
    schedule = await firing.schedule()
    assert (schedule["is_enabled"], schedule["paused_because"]) == (False, "failures")


async def test_a_disabled_users_schedule_does_not_run(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.write("UPDATE users SET disabled_at = now() WHERE id = :u")
    await firing.fire()

    assert await firing.turns() == []
    assert await firing.outcomes() == [("skipped", "user_disabled")]


async def test_who_may_write_no_more_has_nothing_run(database: Database) -> None:
    viewer, key = Firing(database), Firing(database)
    await viewer.prepare(role="viewer")
    await key.prepare(role="owner", key_scopes=["chat:read"])
    await viewer.fire()
    await key.fire()

    assert [*await viewer.turns(), *await key.turns()] == []
    assert await viewer.outcomes() == await key.outcomes() == [("skipped", "scope_missing")]


async def test_a_keys_schedule_runs_as_the_key_and_is_paused_when_the_key_ends(
    database: Database,
) -> None:
    firing = Firing(database)
    await firing.prepare(key_scopes=["chat:write"])
    await firing.fire()
    await firing.end_turns("done")
    await firing.write("UPDATE api_keys SET revoked_at = now() WHERE user_id = :u")
    await firing.fire()

    (turn,) = await firing.turns()
    assert turn["request"]["api_key_id"] == str(firing.key_id)
    assert await firing.outcomes() == [("begun", ""), ("paused", "key_ended")]
    assert not (await firing.schedule())["is_enabled"]


async def test_a_schedule_whose_conversation_is_gone_or_anothers_is_paused(
    database: Database,
) -> None:
    theirs = Firing(database)
    await theirs.prepare()
    await theirs.fire()
    (turn,) = await theirs.turns()
    firings: list[Any] = []
    for conversation_id in (uuid7(), turn["conversation_id"]):
        firing = Firing(database)
        await firing.prepare(conversation_id=conversation_id)
        await firing.fire()
        firings.append((await firing.outcomes(), await firing.turns()))

    assert firings == [([("paused", "conversation_missing")], [])] * 2


async def test_what_it_did_stands_in_the_journal(database: Database) -> None:
    firing = Firing(database)
    await firing.prepare()
    await firing.fire()
    (entry,) = await firing.rows("SELECT * FROM audit_log WHERE on_behalf_of = :u")

    assert (entry["action"], entry["outcome"]) == ("schedule.run", "ok")
    assert entry["via"] == f"schedule:{firing.id}"
    assert [entry["turn_id"]] == firing.queue.offered


async def test_only_the_newest_hundred_runs_are_remembered(database: Database) -> None:
    firing, other = Firing(database), Firing(database)
    for one in (firing, other):
        await one.prepare()
    await firing.write(
        "INSERT INTO schedule_runs (id, schedule_id, user_id, due_at, at, outcome, reason)"
        " SELECT cast('00000000-0000-7000-8000-' || to_char(n, 'FM000000000000') AS uuid),"
        " :id, :u, now() - n * interval '1 day', now(), 'skipped', 'old'"
        " FROM generate_series(1, 100) n"
    )
    await firing.fire()
    outcomes = await firing.outcomes()

    assert len(outcomes) == 100
    assert outcomes[-1] == ("begun", "")
    assert await other.outcomes() != []
