"""Pins in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.kit.ids import uuid7
from sophia.pins.pinning import Origin, Pin, State
from sophia.store.database import Reader, Writer

_REVISIONS = text("""
    SELECT id, server, version, registered_at, revision FROM pin_sets ORDER BY used_at
""")
# Of a server that is no longer registered nothing is pinned; one that is stays, meanwhile.
_STANDS = text("""
    SELECT 1 FROM mcp_servers WHERE name = :server AND created_at = :registered_at
    FOR KEY SHARE
""")
_BEGIN = text("""
    INSERT INTO pin_sets (id, server, version, registered_at, used_at, revision)
    VALUES (:id, :server, :version, :registered_at, now(), :id)
    ON CONFLICT DO NOTHING RETURNING id
""")
# One settles or decides at a time.
_USE = text("""
    UPDATE pin_sets SET used_at = now(), revision = gen_random_uuid()
    WHERE server = :server AND version = :version
      AND registered_at IS NOT DISTINCT FROM CAST(:registered_at AS timestamptz)
    RETURNING id, revision
""")
_PINS = text("""
    SELECT tool, state, hash, offered_hash, reason FROM tool_pins WHERE set_id = :set_id
""")
_OFFER = text("""
    INSERT INTO tool_pins
        (set_id, tool, state, hash, definition, offered_hash, offered, reason, seen_at)
    VALUES (:set_id, :tool, :state, :hash, :definition, :offered_hash, :offered, :reason, now())
    ON CONFLICT (set_id, tool) DO UPDATE SET
        state = excluded.state,
        hash = excluded.hash,
        definition = coalesce(excluded.definition, tool_pins.definition),
        offered_hash = excluded.offered_hash,
        offered = excluded.offered,
        reason = excluded.reason,
        seen_at = now(),
        decided_by = NULL
""")
# What nobody ever approved is forgotten with its server's last word of it.
_FORGET = text("""
    DELETE FROM tool_pins WHERE set_id = :set_id AND hash IS NULL AND tool <> ALL(:offered)
""")
# Of our own servers the version that was used last.
_LATEST = """
    SELECT DISTINCT ON (server) id, server, version, registered_at
    FROM pin_sets ORDER BY server, used_at DESC
"""
_HELD = text(f"""
    SELECT s.server, s.version, s.registered_at, s.id AS set_id, p.tool, p.state, p.definition,
        p.offered, p.offered_hash, p.reason, p.seen_at
    FROM ({_LATEST}) AS s JOIN tool_pins AS p ON p.set_id = s.id
    WHERE p.state <> 'pinned' ORDER BY s.server, p.tool
""")  # noqa: S608 - a constant
_TOUCH = text("UPDATE pin_sets SET revision = gen_random_uuid() WHERE id = :set_id")
_APPROVE = text("""
    UPDATE tool_pins SET state = 'pinned', hash = offered_hash, definition = offered,
        offered_hash = NULL, offered = NULL, reason = NULL, decided_by = :user_id
    WHERE set_id = :set_id AND tool = :tool AND offered_hash = :hash
      AND state IN ('changed', 'rejected')
    RETURNING tool
""")
_REJECT = text("""
    UPDATE tool_pins SET state = 'rejected', decided_by = :user_id
    WHERE set_id = :set_id AND tool = :tool AND offered_hash = :hash
      AND state IN ('changed', 'rejected')
    RETURNING tool
""")


async def revisions(reader: Reader) -> dict[Origin, tuple[UUID, UUID]]:
    """Give the id and the revision of every set; of one server that last used comes last."""
    return {
        Origin(row.server, row.version, row.registered_at): (row.id, row.revision)
        for row in await reader.execute(_REVISIONS)
    }


async def begin(writer: Writer, origin: Origin) -> bool | None:
    """Begin the set of an origin; says whether it is the first time, None: it has no right to."""
    values = asdict(origin)
    if not origin.is_ours and await writer.scalar(_STANDS, values) is None:
        return None
    return await writer.scalar(_BEGIN, {**values, "id": uuid7()}) is not None


async def use(writer: Writer, origin: Origin) -> tuple[UUID, UUID]:
    """Give the id and the next revision of a set, which nobody else changes meanwhile."""
    row = (await writer.execute(_USE, asdict(origin))).one()
    return row.id, row.revision


async def pins(reader: Reader, set_id: UUID) -> dict[str, Pin]:
    """Give the pins of a set, by tool."""
    return {
        row.tool: Pin(State(row.state), row.hash, row.offered_hash, row.reason)
        for row in await reader.execute(_PINS, {"set_id": set_id})
    }


async def offer(writer: Writer, rows: Sequence[dict[str, Any]]) -> None:
    """Store what became of tools as they were offered."""
    if rows:
        await writer.execute(_OFFER, rows)


async def forget(writer: Writer, set_id: UUID, *, offered: Sequence[str]) -> None:
    """Forget the tools that were never approved and are no longer offered."""
    await writer.execute(_FORGET, {"set_id": set_id, "offered": list(offered)})


async def held(reader: Reader) -> Sequence[RowMapping]:
    """Give the tools that are held back or were rejected."""
    return (await reader.execute(_HELD)).mappings().all()


async def decide(
    writer: Writer, row: RowMapping, *, hash_: str, is_approved: bool, user_id: UUID
) -> bool:
    """Approve or reject what is offered under this hash; says whether it still is."""
    values = {"set_id": row["set_id"], "tool": row["tool"], "hash": hash_, "user_id": user_id}
    await writer.execute(_TOUCH, {"set_id": row["set_id"]})
    return await writer.scalar(_APPROVE if is_approved else _REJECT, values) is not None
