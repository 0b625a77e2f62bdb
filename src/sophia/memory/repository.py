"""Memories in PostgreSQL. Every statement says whose: a person's own, or what one may read at all.

An owner of None reaches every owner's memories; only the service decides who may do that.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, delete, text, update
from sqlalchemy.dialects.postgresql import insert

from sophia.kit.ids import MemoryId
from sophia.memory.retrieval import STEMS
from sophia.store.database import Reader, Writer
from sophia.store.tables.memory import MemoryLinkRow, MemoryRow

type Key = tuple[str, str, UUID]
"""What may stand once: an owner, a scope and a fingerprint."""

_STEMMED = f"""
    CROSS JOIN LATERAL (SELECT to_tsvector({STEMS}, item.indexed) AS terms) AS stem
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(cardinality(positions)), 0) AS length FROM unnest(stem.terms)
    ) AS measure
"""  # noqa: S608 - constants of this module
# One order for all writers of the same memories: none waits for another in a circle.
_ADD = text(f"""
    INSERT INTO memories (id, owner, author, scope, content, fingerprint, category, tags, metadata,
        external_id, speaker, conversation, position, turn_id, occurred_at, document, kind, trust,
        valid_from, valid_until, expires_at, entity_id, document_id, page, heading, created_at,
        updated_at, terms, length)
    SELECT id, owner, author, scope, content, fingerprint, category, tags, metadata,
        external_id, speaker, conversation, position, turn_id, occurred_at, document, kind, trust,
        valid_from, valid_until, expires_at, entity_id, document_id, page, heading, :now, :now,
        stem.terms, measure.length
    FROM jsonb_to_recordset(cast(:items AS jsonb)) AS item (id uuid, owner text, author text,
        scope text, content text, fingerprint uuid, category text, tags text[], metadata jsonb,
        external_id text, speaker text, conversation text, position integer, turn_id text,
        occurred_at timestamptz, document text, kind text, trust text, valid_from timestamptz,
        valid_until timestamptz, expires_at timestamptz, entity_id uuid, document_id uuid,
        page integer, heading text, indexed text)
    {_STEMMED}
    ORDER BY owner, scope, fingerprint
    ON CONFLICT ON CONSTRAINT uq_memories_fingerprint DO NOTHING
    RETURNING id, owner, scope, fingerprint
""")  # noqa: S608 - constants of this module
_KNOWN = text("""
    SELECT id, owner, scope, fingerprint FROM memories
    JOIN jsonb_to_recordset(cast(:keys AS jsonb)) AS key (owner text, scope text, fingerprint uuid)
        USING (owner, scope, fingerprint)
""")
_IS_OWN = "(cast(:owner AS text) IS NULL OR owner = :owner)"
_GET = text("""
    SELECT memory.*, (SELECT name FROM memory_entities WHERE id = memory.entity_id) AS entity_name
    FROM memories AS memory
    WHERE id = :id AND (cast(:owner AS text) IS NULL OR owner = ANY (memory_spaces('read')))
""")
_LOCK = text(f"{_GET.text} FOR UPDATE")
_CHANGE = text(f"""
    UPDATE memories SET content = item.content, fingerprint = item.fingerprint,
        category = item.category, tags = item.tags, metadata = item.metadata,
        occurred_at = item.occurred_at, kind = item.kind, valid_from = item.valid_from,
        valid_until = item.valid_until, expires_at = item.expires_at, updated_at = :now,
        terms = stem.terms, length = measure.length
    FROM jsonb_to_record(cast(:item AS jsonb)) AS item (content text, fingerprint uuid,
        category text, tags text[], metadata jsonb, occurred_at timestamptz, kind text,
        valid_from timestamptz, valid_until timestamptz, expires_at timestamptz, indexed text)
    {_STEMMED}
    WHERE memories.id = :id
    RETURNING memories.*
""")  # noqa: S608 - constants of this module
_THESE = text("""
    SELECT * FROM memories WHERE owner = ANY (memory_spaces('read')) AND id = ANY (:ids)
""")
_BEFORE = text("SELECT id FROM memories WHERE superseded_by = :id ORDER BY id FOR UPDATE")
_LEARNS = text("SELECT NOT EXISTS (SELECT FROM memory_unlearners WHERE owner = :owner)")
_LET_LEARN = text("DELETE FROM memory_unlearners WHERE owner = :owner")
_LET_NOT_LEARN = text("INSERT INTO memory_unlearners VALUES (:owner) ON CONFLICT DO NOTHING")
_LINKS = text("""
    SELECT to_id AS memory_id, relation, true AS is_from_here FROM memory_links
    WHERE from_id = :id
    UNION ALL
    SELECT from_id, relation, false FROM memory_links WHERE to_id = :id
    LIMIT 100
""")
_LATEST = text("""
    SELECT * FROM memories
    WHERE owner = :owner AND conversation IS NOT NULL
    ORDER BY coalesce(occurred_at, created_at) DESC, position DESC NULLS LAST, id DESC
    LIMIT :limit
""")
_STATS = text(f"""
    WITH own AS (SELECT * FROM memories WHERE {_IS_OWN})
    SELECT count(*) AS memories, count(DISTINCT (owner, scope)) AS scopes,
        count(DISTINCT (owner, conversation)) FILTER (WHERE conversation IS NOT NULL)
            AS conversations,
        min(created_at) AS first_at, max(created_at) AS last_at,
        (SELECT coalesce(jsonb_object_agg(category, many), '{{}}') FROM (
            SELECT category, count(*) AS many FROM own GROUP BY category
        ) AS counted) AS by_category
    FROM own
""")  # noqa: S608 - constants of this module

_REMOVE_SAID = text("""
    WITH gone AS (
        DELETE FROM memories
        WHERE owner = :owner AND (scope = 'conversation:' || :conversation
            OR (conversation = :conversation AND position IS NOT NULL))
        RETURNING id
    )
    DELETE FROM memory_changes WHERE memory_id IN (SELECT id FROM gone)
""")
_DETACH = text("""
    UPDATE memories SET conversation = NULL, turn_id = NULL
    WHERE owner = :owner AND conversation = :conversation
""")


@dataclass(frozen=True, slots=True)
class MemoryDraft:
    """A memory to be stored, and the text under which it is to be found."""

    id: MemoryId
    owner: str
    author: str
    scope: str
    content: str
    fingerprint: UUID
    category: str
    tags: list[str]
    metadata: dict[str, Any]
    external_id: str | None
    speaker: str | None
    conversation: str | None
    position: int | None
    turn_id: str | None
    occurred_at: datetime | None
    document: str | None
    kind: str
    trust: str
    valid_from: datetime | None
    valid_until: datetime | None
    expires_at: datetime | None
    entity_id: UUID | None
    indexed: str
    document_id: UUID | None = None
    page: int | None = None
    heading: str | None = None

    @property
    def key(self) -> Key:
        """Give what may stand once."""
        return self.owner, self.scope, self.fingerprint


@dataclass(frozen=True, slots=True)
class ChangedMemory:
    """What a memory is to say from now on."""

    content: str
    fingerprint: UUID
    category: str
    tags: list[str]
    metadata: dict[str, Any]
    occurred_at: datetime | None
    kind: str
    valid_from: datetime | None
    valid_until: datetime | None
    expires_at: datetime | None
    indexed: str


async def add(writer: Writer, *, memories: Sequence[MemoryDraft], now: datetime) -> dict[Key, UUID]:
    """Store what is not there yet; gives the ids of what was stored."""
    items = orjson.dumps([asdict(memory) for memory in memories]).decode()
    found = await writer.execute(_ADD, {"items": items, "now": now})
    return {(row.owner, row.scope, row.fingerprint): row.id for row in found}


async def known(reader: Reader, *, keys: Sequence[Key]) -> dict[Key, UUID]:
    """Give the ids of those that are there."""
    asked = [{"owner": owner, "scope": scope, "fingerprint": mark} for owner, scope, mark in keys]
    found = await reader.execute(_KNOWN, {"keys": orjson.dumps(asked).decode()})
    return {(row.owner, row.scope, row.fingerprint): row.id for row in found}


async def these(reader: Reader, *, ids: Sequence[UUID]) -> dict[UUID, RowMapping]:
    """Give the memories with these ids, as far as they are there for whoever asks."""
    found = await reader.execute(_THESE, {"ids": list(ids)})
    return {row["id"]: row for row in found.mappings()}


async def latest_said(reader: Reader, *, owner: str, limit: int) -> Sequence[RowMapping]:
    """Give what was said last in any conversation, the latest first."""
    found = await reader.execute(_LATEST, {"owner": owner, "limit": limit})
    return found.mappings().all()


async def get(reader: Reader, *, owner: str | None, id_: MemoryId) -> RowMapping | None:
    """Give one memory."""
    found = await reader.execute(_GET, {"owner": owner, "id": id_})
    return found.mappings().one_or_none()


async def lock(writer: Writer, *, owner: str | None, id_: MemoryId) -> RowMapping | None:
    """Give one memory and keep others from changing it until this transaction ends."""
    found = await writer.execute(_LOCK, {"owner": owner, "id": id_})
    return found.mappings().one_or_none()


async def change(
    writer: Writer, *, id_: MemoryId, memory: ChangedMemory, now: datetime
) -> RowMapping:
    """Rewrite a memory that was locked."""
    item = orjson.dumps(asdict(memory)).decode()
    found = await writer.execute(_CHANGE, {"id": id_, "item": item, "now": now})
    return found.mappings().one()


async def remove(writer: Writer, *, ids: Sequence[UUID]) -> None:
    """Delete memories that were locked."""
    await writer.execute(delete(MemoryRow).where(MemoryRow.id.in_(ids)))


async def end_validity(
    writer: Writer, *, id_: MemoryId, until: datetime, by: UUID, now: datetime
) -> None:
    """Have a memory that was locked hold no longer."""
    values = {"valid_until": until, "superseded_by": by, "updated_at": now}
    await writer.execute(update(MemoryRow).where(MemoryRow.id == id_).values(**values))


async def before(writer: Writer, *, id_: UUID) -> list[UUID]:
    """Give the memories in whose place one holds, and keep others from them."""
    return list(await writer.scalars(_BEFORE, {"id": id_}))


async def pass_on(writer: Writer, *, id_: UUID, to: UUID) -> None:
    """Have what holds in the place of one memory hold in the place of those before it."""
    ended = update(MemoryRow).where(MemoryRow.superseded_by == id_)
    await writer.execute(ended.values(superseded_by=to))


async def learns_of(reader: Reader, *, owner: str) -> bool:
    """Say whether something may be kept of what somebody says without being asked for."""
    return bool(await reader.scalar(_LEARNS, {"owner": owner}))


async def let_learn(writer: Writer, *, owner: str, is_on: bool) -> None:
    """Note whether it may."""
    await writer.execute(_LET_LEARN if is_on else _LET_NOT_LEARN, {"owner": owner})


async def links(reader: Reader, *, id_: MemoryId) -> Sequence[RowMapping]:
    """Give the memories that one has to do with."""
    return (await reader.execute(_LINKS, {"id": id_})).mappings().all()


async def link(writer: Writer, *, link: dict[str, Any]) -> None:
    """Link two memories."""
    await writer.execute(insert(MemoryLinkRow).values(**link).on_conflict_do_nothing())


async def unlink(writer: Writer, *, ends: dict[str, Any]) -> None:
    """Take a link away."""
    await writer.execute(delete(MemoryLinkRow).filter_by(**ends))


async def leave_conversation(writer: Writer, *, owner: str, conversation: str) -> None:
    """Let go of a conversation that is deleted.

    What was kept of it word by word, or for it alone, goes with it; what was told to be remembered
    stays, without a way back to where it was said.
    """
    values = {"owner": owner, "conversation": conversation}
    await writer.execute(_REMOVE_SAID, values)
    await writer.execute(_DETACH, values)


async def stats(reader: Reader, *, owner: str | None) -> RowMapping:
    """Count what is there."""
    return (await reader.execute(_STATS, {"owner": owner})).mappings().one()
