"""Leases on turns, in PostgreSQL. Times are the database's own: one clock for all workers."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from sophia.dispatch.port import Claim
from sophia.kit.ids import TurnId
from sophia.store.database import Database

LEASE_S = 20
_UNCLAIMED_AFTER_S = 2
_SWEEP_LIMIT = 500

# A turn waits for the one that it follows on: messages of a line are answered in order.
_CLAIM = text(f"""
    UPDATE turns SET status = 'running', worker = :worker, attempt = attempt + 1,
        lease_until = now() + interval '{LEASE_S} seconds',
        started_at = coalesce(started_at, now())
    WHERE id = :id
        AND (status = 'queued' OR (status = 'running' AND lease_until < now()))
        AND NOT EXISTS (
            SELECT FROM turns earlier
            WHERE earlier.id = turns.parent_id
                AND earlier.status IN ('queued', 'running', 'awaiting_approval'))
    RETURNING attempt
""")  # noqa: S608 - a constant of this module
_RENEW = text(f"""
    UPDATE turns SET lease_until = now() + interval '{LEASE_S} seconds'
    WHERE id = ANY(:ids) AND worker = :worker AND status = 'running'
    RETURNING id, is_stop_requested
""").bindparams(bindparam("ids", type_=ARRAY(UUID)))  # noqa: S608 - a constant of this module
_RELEASE = text("""
    UPDATE turns SET status = 'queued', worker = NULL, lease_until = NULL
    WHERE id = ANY(:ids) AND worker = :worker AND status = 'running'
""").bindparams(bindparam("ids", type_=ARRAY(UUID)))
_SWEEP = text(f"""
    SELECT id FROM turns
    WHERE (status = 'queued' AND created_at < now() - interval '{_UNCLAIMED_AFTER_S} seconds')
        OR (status = 'running' AND lease_until < now())
    ORDER BY id LIMIT {_SWEEP_LIMIT}
""")  # noqa: S608 - constants of this module
# A question that nobody answered in time; and, should a turn ever wait for nothing, that turn.
_EXPIRE = text("""
    WITH expired AS (
        UPDATE approvals SET status = 'expired', answered_at = now()
        WHERE status = 'pending' AND expires_at <= now()
    )
    UPDATE turns SET status = 'queued'
    WHERE status = 'awaiting_approval' AND NOT EXISTS (
        SELECT FROM approvals approval WHERE approval.turn_id = turns.id
            AND approval.status = 'pending' AND approval.expires_at > now())
""")


class PostgresLeases:
    """The lease columns of the table of turns."""

    def __init__(self, database: Database) -> None:
        """Take the way to PostgreSQL."""
        self._database = database

    async def claim(self, turn_id: TurnId, *, worker: str) -> Claim | None:
        """Take a turn that nobody runs, or nothing."""
        async with self._database.single_write() as writer:
            attempt = await writer.scalar(_CLAIM, {"id": turn_id, "worker": worker})
        return None if attempt is None else Claim(turn_id, attempt, worker)

    async def renew(self, turn_ids: Sequence[TurnId], *, worker: str) -> Mapping[TurnId, bool]:
        """Extend leases; gives the turns still this worker's, and whether each is to stop."""
        async with self._database.single_write() as writer:
            kept = await writer.execute(_RENEW, {"ids": list(turn_ids), "worker": worker})
        return {TurnId(row.id): row.is_stop_requested for row in kept}

    async def release(self, turn_ids: Sequence[TurnId], *, worker: str) -> None:
        """Give turns back to the queue."""
        async with self._database.single_write() as writer:
            await writer.execute(_RELEASE, {"ids": list(turn_ids), "worker": worker})

    async def sweep(self) -> Sequence[TurnId]:
        """Give the turns that wait unclaimed or whose worker is gone, or whose wait is over."""
        async with self._database.single_write() as writer:
            await writer.execute(_EXPIRE)
        async with self._database.reading() as reader:
            return [TurnId(found) for found in await reader.scalars(_SWEEP)]
