"""Letting go of memories whose time is over, and of what was deleted a month ago."""

from datetime import timedelta

from sqlalchemy import text

from sophia.kit.clock import Clock
from sophia.store.database import Database

RESTORABLE_FOR = timedelta(days=30)
# What one round takes is bounded; the next one goes on.
_AT_ONCE = 5_000

_EXPIRE = text("""
    WITH gone AS (
        DELETE FROM memories WHERE id IN (
            SELECT id FROM memories WHERE expires_at <= :now
            ORDER BY expires_at LIMIT :at_once FOR UPDATE SKIP LOCKED
        ) RETURNING id
    )
    DELETE FROM memory_changes WHERE memory_id IN (SELECT id FROM gone)
""")
_FORGET = text("""
    DELETE FROM memory_changes WHERE memory_id IN (
        SELECT memory_id FROM memory_changes AS deletion
        WHERE deed = 'deleted' AND at <= :before
            AND NOT EXISTS (SELECT FROM memories WHERE id = deletion.memory_id)
        ORDER BY at LIMIT :at_once
    )
""")


async def prune(database: Database, clock: Clock) -> None:
    """Delete expired memories, and what can no longer be restored. Safe to run anywhere, often."""
    now = clock.now()
    async with database.transaction() as writer:
        await writer.execute(_EXPIRE, {"now": now, "at_once": _AT_ONCE})
        await writer.execute(_FORGET, {"before": now - RESTORABLE_FOR, "at_once": _AT_ONCE})
