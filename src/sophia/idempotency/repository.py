"""The rows of requests that carried a key."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, delete, select, text, update

from sophia.kit.ids import UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.idempotency import IdempotencyKeyRow

_KEY = IdempotencyKeyRow


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a request with a key."""

    user_id: UserId
    principal: UUID
    key: str
    id: UUID


async def begin(
    writer: Writer,
    run: Run,
    *,
    fingerprint: bytes,
    now: datetime,
    lease_until: datetime,
    forgotten: datetime,
) -> datetime | None:
    """Take the key for a run and give when it was first used; nothing if it is taken.

    It is free when it was never used, not since `forgotten`, or by the same request whose run has
    ended without an answer.
    """
    found = await writer.execute(
        text("""
            INSERT INTO idempotency_keys AS kept
                (principal, key, user_id, fingerprint, run, lease_until, created_at)
            VALUES (:principal, :key, :user_id, :fingerprint, :run, :lease_until, :now)
            ON CONFLICT (principal, key) DO UPDATE SET
                fingerprint = excluded.fingerprint,
                run = excluded.run,
                lease_until = excluded.lease_until,
                answer = NULL,
                created_at = CASE WHEN kept.created_at <= :forgotten
                    THEN excluded.created_at ELSE kept.created_at END
            WHERE kept.created_at <= :forgotten
                OR (kept.answer IS NULL AND kept.lease_until <= :now
                    AND kept.fingerprint = excluded.fingerprint)
            RETURNING created_at
        """),
        {
            "principal": run.principal,
            "key": run.key,
            "user_id": run.user_id,
            "fingerprint": fingerprint,
            "run": run.id,
            "lease_until": lease_until,
            "now": now,
            "forgotten": forgotten,
        },
    )
    first_used_at: datetime | None = found.scalar_one_or_none()
    return first_used_at


async def find(reader: Reader, run: Run) -> RowMapping | None:
    """Give the row of a key."""
    found = await reader.execute(
        select(_KEY.fingerprint, _KEY.answer).where(
            _KEY.principal == run.principal, _KEY.key == run.key
        )
    )
    return found.mappings().one_or_none()


async def finish(writer: Writer, run: Run, *, answer: str) -> bool:
    """Store a run's answer; false when another run has taken the request over."""
    stored = await writer.execute(
        update(_KEY)
        .where(
            _KEY.principal == run.principal,
            _KEY.key == run.key,
            _KEY.run == run.id,
            _KEY.answer.is_(None),
        )
        .values(answer=answer)
    )
    return stored.rowcount == 1


async def end(writer: Writer, run: Run, *, now: datetime) -> None:
    """End a run without an answer: the same request may run again, as the same one."""
    await writer.execute(
        update(_KEY)
        .where(_KEY.principal == run.principal, _KEY.key == run.key, _KEY.run == run.id)
        .values(lease_until=now)
    )


async def forget(writer: Writer, run: Run) -> None:
    """Forget a run that had no effect, and with it that the key was used."""
    await writer.execute(
        delete(_KEY).where(_KEY.principal == run.principal, _KEY.key == run.key, _KEY.run == run.id)
    )


async def sweep(writer: Writer, *, before: datetime) -> None:
    """Forget the keys that were first used before a time."""
    await writer.execute(delete(_KEY).where(_KEY.created_at <= before))
