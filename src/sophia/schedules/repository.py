"""Schedules and their runs in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, insert, select, text, update

from sophia.kit.ids import UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.schedules import ScheduleRow, ScheduleRunRow

_MAX_FAILURES = 5
_KEPT_RUNS = 100

_RUNS = text("""
    SELECT run.*, turn.status AS turn_status, turn.conversation_id AS session_id
    FROM schedule_runs run LEFT JOIN turns turn ON turn.id = run.turn_id
    WHERE run.schedule_id = :id AND run.user_id = :user_id
    ORDER BY run.id DESC LIMIT :limit
""")
_IS_OPEN = """coalesce((SELECT turn.status IN ('queued', 'running', 'awaiting_approval')
            FROM schedule_runs run JOIN turns turn ON turn.id = run.turn_id
            WHERE run.schedule_id = schedule.id ORDER BY run.id DESC LIMIT 1), false)"""
# What happens meanwhile is told to one turn: the first begins at once, the next a minute later.
_EVENTS_APART_S = 60
# Whom another worker is at, this one passes over; when that one commits, nothing is due any more.
_CLAIM = text(f"""
    SELECT schedule.*, person.name AS user_name, person.role,
        person.disabled_at IS NOT NULL AS is_user_disabled, key.scopes AS key_scopes,
        schedule.api_key_id IS NULL OR (key.revoked_at IS NULL
            AND (key.expires_at IS NULL OR key.expires_at > :now)) AS is_key_valid,
        {_IS_OPEN} AS is_open,
        (SELECT count(*) = {_MAX_FAILURES} AND bool_and(status = 'failed') FROM (
            SELECT turn.status FROM schedule_runs run JOIN turns turn ON turn.id = run.turn_id
            WHERE run.schedule_id = schedule.id AND run.at >= schedule.resumed_at
            ORDER BY run.id DESC LIMIT {_MAX_FAILURES}) latest) AS has_failed
    FROM schedules schedule JOIN users person ON person.id = schedule.user_id
    LEFT JOIN api_keys key ON key.id = schedule.api_key_id
    WHERE ((schedule.is_enabled AND schedule.next_run_at <= :now)
            OR schedule.run_asked_at IS NOT NULL
            OR (schedule.is_enabled AND schedule.woken_at IS NOT NULL AND NOT {_IS_OPEN}
                AND coalesce(schedule.last_run_at, '-infinity')
                    <= :now - interval '{_EVENTS_APART_S} seconds'))
        AND schedule.id <> ALL (cast(:except AS uuid[]))
    ORDER BY least(schedule.run_asked_at, schedule.woken_at, schedule.next_run_at)
    LIMIT 1 FOR UPDATE OF schedule SKIP LOCKED
""")  # noqa: S608 - a constant of this module

_FORGET_RUNS = text(f"""
    DELETE FROM schedule_runs WHERE schedule_id = :id AND id <= (
        SELECT id FROM schedule_runs WHERE schedule_id = :id
        ORDER BY id DESC OFFSET {_KEPT_RUNS} LIMIT 1)
""")  # noqa: S608 - a constant of this module


async def add(writer: Writer, values: dict[str, Any], *, limit: int) -> bool:
    """Store a schedule, or the same one again; says whether the user had room for it."""
    user_id = values["user_id"]
    await writer.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('schedules:' || :user_id, 0))"),
        {"user_id": str(user_id)},
    )
    if await get(writer, id_=values["id"], user_id=user_id) is not None:
        return True
    count = select(func.count()).select_from(ScheduleRow).where(ScheduleRow.user_id == user_id)
    if (await writer.scalar(count) or 0) >= limit:
        return False
    await writer.execute(insert(ScheduleRow).values(**values))
    return True


async def list_(reader: Reader, *, user_id: UserId) -> Sequence[RowMapping]:
    """Give a user's schedules, the oldest first."""
    found = await reader.execute(
        select(*ScheduleRow.__table__.columns)
        .where(ScheduleRow.user_id == user_id)
        .order_by(ScheduleRow.id)
    )
    return found.mappings().all()


async def get(
    reader: Reader, *, id_: UUID, user_id: UserId, is_locked: bool = False
) -> RowMapping | None:
    """Give one of a user's schedules, locked until the transaction ends where wanted."""
    statement = select(*ScheduleRow.__table__.columns).where(
        ScheduleRow.id == id_, ScheduleRow.user_id == user_id
    )
    if is_locked:
        statement = statement.with_for_update()
    return (await reader.execute(statement)).mappings().one_or_none()


async def change(writer: Writer, *, id_: UUID, values: dict[str, Any]) -> None:
    """Change a schedule that this transaction has locked."""
    await writer.execute(update(ScheduleRow).where(ScheduleRow.id == id_).values(**values))


async def remove(writer: Writer, *, id_: UUID, user_id: UserId) -> None:
    """Delete a schedule with the list of its runs; their turns stay."""
    await writer.execute(
        delete(ScheduleRow).where(ScheduleRow.id == id_, ScheduleRow.user_id == user_id)
    )


async def runs(reader: Reader, *, id_: UUID, user_id: UserId, limit: int) -> Sequence[RowMapping]:
    """Give the runs of a user's schedule, the newest first."""
    found = await reader.execute(_RUNS, {"id": id_, "user_id": user_id, "limit": limit})
    return found.mappings().all()


async def claim_due(writer: Writer, *, now: datetime, except_: Sequence[UUID]) -> RowMapping | None:
    """Lock a schedule that is due, or nothing; gives with it all that its run depends on."""
    found = await writer.execute(_CLAIM, {"now": now, "except": list(except_)})
    return found.mappings().one_or_none()


async def add_run(writer: Writer, values: dict[str, Any]) -> None:
    """Store what came of a run, and keep only the newest of its schedule."""
    await writer.execute(insert(ScheduleRunRow).values(**values))
    await writer.execute(_FORGET_RUNS, {"id": values["schedule_id"]})
