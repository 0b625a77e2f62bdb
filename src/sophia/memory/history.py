"""What memories were before: kept with every change, so that it can be seen and undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.kit.ids import uuid7
from sophia.store.database import Reader, Writer

type DeedName = Literal["changed", "superseded", "deleted", "restored"]

_RECORD = text("""
    INSERT INTO memory_changes (id, memory_id, owner, deed, actor, at, before)
    SELECT given.change_id, memory.id, memory.owner, :deed, :actor, :at,
        to_jsonb(memory) - 'keys'
    FROM unnest(cast(:change_ids AS uuid[]), cast(:ids AS uuid[])) AS given (change_id, id)
    JOIN memories AS memory USING (id)
""")
_RECORD_RETURN = text("""
    INSERT INTO memory_changes (id, memory_id, owner, deed, actor, at)
    VALUES (:id, :memory_id, :owner, 'restored', :actor, :at)
""")
_MAY_SEE = "(cast(:owner AS text) IS NULL OR owner = ANY (memory_spaces('read')))"
_CHANGES = text(f"""
    SELECT id, deed, actor, at, before - 'terms' AS before FROM memory_changes
    WHERE memory_id = :memory_id AND {_MAY_SEE}
    ORDER BY id DESC LIMIT :limit
""")  # noqa: S608 - constants of this module
_CHANGE = text(f"""
    SELECT id, memory_id, owner, before ->> 'author' AS author FROM memory_changes
    WHERE memory_id = :memory_id AND before IS NOT NULL AND {_MAY_SEE}
        AND (cast(:id AS uuid) IS NULL OR id = :id)
    ORDER BY id DESC LIMIT 1
""")  # noqa: S608 - constants of this module
# What it was; what it named meanwhile may be gone.
_KEPT = (
    "author, scope, content, fingerprint, category, tags, metadata, external_id, speaker,"
    " conversation, position, turn_id, document, page, heading, kind, trust, occurred_at,"
    " valid_from, valid_until, expires_at, created_at, terms, length"
)
_WAS = """
    SELECT was.*, (SELECT id FROM memories WHERE id = was.superseded_by) AS superseding_id,
        (SELECT id FROM memory_entities WHERE id = was.entity_id) AS known_entity_id,
        (SELECT id FROM memory_documents WHERE id = was.document_id) AS known_document_id
    FROM memory_changes, jsonb_populate_record(NULL::memories, before) AS was
    WHERE memory_changes.id = :id
"""
_PUT_BACK = text(f"""
    UPDATE memories SET ({_KEPT}, superseded_by, entity_id, document_id, updated_at) = (
        SELECT {_KEPT}, superseding_id, known_entity_id, known_document_id,
            cast(:at AS timestamptz)
        FROM ({_WAS}) AS was
    )
    WHERE id = :memory_id
""")  # noqa: S608 - constants of this module
_BRING_BACK = text(f"""
    INSERT INTO memories (id, owner, {_KEPT}, superseded_by, entity_id, document_id, updated_at)
    SELECT id, owner, {_KEPT}, superseding_id, known_entity_id, known_document_id,
        cast(:at AS timestamptz)
    FROM ({_WAS}) AS was
""")  # noqa: S608 - constants of this module
_LATEST = text("""
    SELECT id, memory_id FROM memory_changes WHERE memory_id = :memory_id AND deed = :deed
    ORDER BY id DESC LIMIT 1
""")
_ERASE = text("DELETE FROM memory_changes WHERE memory_id = ANY (:ids)")
_MAY_KEEP = text("""
    SELECT :owner = nullif(current_setting('sophia.user_id', true), '')
        OR (:author = nullif(current_setting('sophia.user_id', true), '')
            AND :owner = ANY (memory_spaces('add')))
        OR :owner = ANY (memory_spaces('keep'))
""")


@dataclass(frozen=True, slots=True)
class Hand:
    """Who changes something, and when."""

    actor: str
    at: datetime


async def record(writer: Writer, *, ids: Sequence[UUID], deed: DeedName, hand: Hand) -> None:
    """Keep what memories are, before they are changed in the same transaction."""
    values = {"ids": list(ids), "change_ids": [uuid7() for _ in ids], "deed": deed}
    await writer.execute(_RECORD, {**values, "actor": hand.actor, "at": hand.at})


async def changes(
    reader: Reader, *, owner: str | None, memory_id: UUID, limit: int
) -> Sequence[RowMapping]:
    """Give what became of a memory, the latest change first."""
    found = await reader.execute(_CHANGES, {"owner": owner, "memory_id": memory_id, "limit": limit})
    return found.mappings().all()


async def change(
    reader: Reader, *, owner: str | None, memory_id: UUID, id_: UUID | None
) -> RowMapping | None:
    """Give a change that can be undone: this one, or the latest."""
    values = {"owner": owner, "memory_id": memory_id, "id": id_}
    return (await reader.execute(_CHANGE, values)).mappings().one_or_none()


async def latest(reader: Reader, *, memory_id: UUID, deed: DeedName) -> RowMapping | None:
    """Give the last change of a kind that a memory has seen."""
    found = await reader.execute(_LATEST, {"memory_id": memory_id, "deed": deed})
    return found.mappings().one_or_none()


async def may_keep(reader: Reader, *, owner: str, author: str | None) -> bool:
    """Say whether whoever asks may change what this author stored for this owner."""
    return bool(await reader.scalar(_MAY_KEEP, {"owner": owner, "author": author}))


async def put_back(writer: Writer, *, change: RowMapping, hand: Hand) -> None:
    """Make a memory that was locked what it was before a change."""
    await record(writer, ids=[change["memory_id"]], deed="restored", hand=hand)
    values = {"id": change["id"], "memory_id": change["memory_id"], "at": hand.at}
    await writer.execute(_PUT_BACK, values)


async def bring_back(writer: Writer, *, change: RowMapping, hand: Hand) -> None:
    """Store a memory again that was deleted."""
    await writer.execute(_BRING_BACK, {"id": change["id"], "at": hand.at})
    returned = {"id": uuid7(), "memory_id": change["memory_id"], "owner": change["owner"]}
    await writer.execute(_RECORD_RETURN, {**returned, "actor": hand.actor, "at": hand.at})


async def erase(writer: Writer, *, ids: Sequence[UUID]) -> None:
    """Forget what memories were, for good."""
    await writer.execute(_ERASE, {"ids": list(ids)})
