"""The knowledge graph in PostgreSQL: entities and relations; observations are memories."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text

from sophia.memory.filters import HOLDS
from sophia.memory.retrieval import STEMS
from sophia.store.database import Reader, Writer

# One order for all writers of the same entities: none waits for another in a circle.
_ADD_ENTITIES = text("""
    INSERT INTO memory_entities (id, owner, name, entity_type, created_at)
    SELECT id, :owner, name, entity_type, :now
    FROM jsonb_to_recordset(cast(:items AS jsonb)) AS item (id uuid, name text, entity_type text)
    ORDER BY name
    ON CONFLICT ON CONSTRAINT uq_memory_entities_name DO NOTHING
    RETURNING name
""")
_IDS = text("""
    SELECT name, id FROM memory_entities WHERE owner = :owner AND name = ANY (:names)
    ORDER BY name FOR UPDATE
""")
# As words of it, not as a part of one.
_NAMED_IN = text(r"""
    SELECT id, name FROM memory_entities
    WHERE owner = :owner AND length(name) > 2 AND position(lower(name) IN lower(:content)) > 0
        AND lower(:content) ~ ('(^|\W)' || regexp_replace(lower(name), '(\W)', '\\\1', 'g')
            || '($|\W)')
    LIMIT 2
""")
_ADD_RELATIONS = text("""
    INSERT INTO memory_relations (from_id, to_id, relation_type, owner, created_at)
    SELECT source.id, target.id, item.relation_type, :owner, :now
    FROM jsonb_to_recordset(cast(:items AS jsonb))
        AS item (from_name text, to_name text, relation_type text)
    JOIN memory_entities AS source ON source.owner = :owner AND source.name = item.from_name
    JOIN memory_entities AS target ON target.owner = :owner AND target.name = item.to_name
    ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
    RETURNING from_id, to_id, relation_type
""")
_REMOVE_RELATIONS = text("""
    DELETE FROM memory_relations AS relation
    USING jsonb_to_recordset(cast(:items AS jsonb))
        AS item (from_name text, to_name text, relation_type text),
        memory_entities AS source, memory_entities AS target
    WHERE relation.owner = :owner AND relation.relation_type = item.relation_type
        AND source.id = relation.from_id AND source.name = item.from_name
        AND target.id = relation.to_id AND target.name = item.to_name
""")
_REMOVE_ENTITIES = text("DELETE FROM memory_entities WHERE id = ANY (:ids)")
_OBSERVATIONS = text("""
    SELECT id FROM memories
    WHERE entity_id = ANY (:ids) AND (cast(:contents AS text[]) IS NULL
        OR content = ANY (cast(:contents AS text[])))
    ORDER BY id FOR UPDATE
""")
_ENTITIES = text(f"""
    SELECT entity.id, entity.name, entity.entity_type, coalesce((
        SELECT json_agg(memory.content ORDER BY memory.id) FROM memories AS memory
        WHERE memory.entity_id = entity.id AND {HOLDS}
    ), '[]') AS observations
    FROM memory_entities AS entity
    WHERE entity.owner = :owner
        AND (cast(:names AS text[]) IS NULL OR entity.name = ANY (cast(:names AS text[])))
    ORDER BY entity.id LIMIT :most
""")  # noqa: S608 - constants
_RELATIONS = text("""
    SELECT source.name AS from_name, target.name AS to_name, relation.relation_type
    FROM memory_relations AS relation
    JOIN memory_entities AS source ON source.id = relation.from_id
    JOIN memory_entities AS target ON target.id = relation.to_id
    WHERE relation.owner = :owner AND (cast(:ids AS uuid[]) IS NULL
        OR relation.from_id = ANY (cast(:ids AS uuid[]))
        OR relation.to_id = ANY (cast(:ids AS uuid[])))
    ORDER BY relation.created_at, 1, 2, 3 LIMIT :most
""")
# What is called so or is of such a kind, before what something is known of that shares a word.
_FIND = text(f"""
    WITH asked AS (
        SELECT array_agg(lexeme) AS lexemes FROM unnest(to_tsvector({STEMS}, :query))
    ), known AS (
        SELECT memory.entity_id AS id, count(DISTINCT term.lexeme) AS many
        FROM asked, find_memories_in_spaces(asked.lexemes, ARRAY[:owner], NULL) AS found
        JOIN memories AS memory USING (id), LATERAL unnest(found.terms) AS term
        WHERE memory.entity_id IS NOT NULL AND term.lexeme = ANY (asked.lexemes)
        GROUP BY memory.entity_id
    )
    SELECT entity.name FROM memory_entities AS entity LEFT JOIN known USING (id)
    WHERE entity.owner = :owner AND (known.id IS NOT NULL
        OR position(lower(:query) IN lower(entity.name)) > 0
        OR position(lower(:query) IN lower(entity.entity_type)) > 0)
    ORDER BY position(lower(:query) IN lower(entity.name)) > 0 DESC, many DESC NULLS LAST, entity.id
    LIMIT :limit
""")  # noqa: S608 - constants


async def add_entities(
    writer: Writer, *, owner: str, entities: Sequence[dict[str, Any]], now: datetime
) -> set[str]:
    """Store entities that are not there yet; gives their names."""
    values = {"owner": owner, "items": orjson.dumps(entities).decode(), "now": now}
    return set(await writer.scalars(_ADD_ENTITIES, values))


async def ids_of(writer: Writer, *, owner: str, names: Sequence[str]) -> dict[str, UUID]:
    """Give the ids of entities, which nobody deletes until the transaction ends."""
    found = await writer.execute(_IDS, {"owner": owner, "names": list(names)})
    return {row.name: row.id for row in found}


async def named_in(reader: Reader, *, owner: str, content: str) -> RowMapping | None:
    """Give the entity that a text names, if it names just one."""
    found = await reader.execute(_NAMED_IN, {"owner": owner, "content": content})
    rows = found.mappings().all()
    return rows[0] if len(rows) == 1 else None


async def add_relations(
    writer: Writer, *, owner: str, relations: Sequence[dict[str, Any]], now: datetime
) -> set[tuple[UUID, UUID, str]]:
    """Store relations that are not there yet; gives the ids of their ends, and their types."""
    values = {"owner": owner, "items": orjson.dumps(relations).decode(), "now": now}
    found = await writer.execute(_ADD_RELATIONS, values)
    return {(row.from_id, row.to_id, row.relation_type) for row in found}


async def remove_relations(
    writer: Writer, *, owner: str, relations: Sequence[dict[str, Any]]
) -> None:
    """Delete relations."""
    values = {"owner": owner, "items": orjson.dumps(relations).decode()}
    await writer.execute(_REMOVE_RELATIONS, values)


async def remove_entities(writer: Writer, *, ids: Sequence[UUID]) -> None:
    """Delete entities with their relations, and their observations, which were recorded."""
    await writer.execute(_REMOVE_ENTITIES, {"ids": list(ids)})


async def observations(
    writer: Writer, *, ids: Sequence[UUID], contents: Sequence[str] | None = None
) -> list[UUID]:
    """Give the memories that say this, or anything, of entities; keep others from them."""
    values = {"ids": list(ids), "contents": None if contents is None else list(contents)}
    return list(await writer.scalars(_OBSERVATIONS, values))


async def entities(
    reader: Reader, *, owner: str, names: Sequence[str] | None, now: datetime, most: int | None
) -> Sequence[RowMapping]:
    """Give entities of these names, or all, with what is known of them now."""
    values: dict[str, Any] = {"owner": owner, "now": now, "is_all": False, "as_of": None}
    values["most"] = most
    values["names"] = None if names is None else list(names)
    return (await reader.execute(_ENTITIES, values)).mappings().all()


async def relations(
    reader: Reader, *, owner: str, ids: Sequence[UUID] | None, most: int | None
) -> Sequence[RowMapping]:
    """Give the relations that begin or end at these entities, or all."""
    values = {"owner": owner, "ids": None if ids is None else list(ids), "most": most}
    return (await reader.execute(_RELATIONS, values)).mappings().all()


async def find(reader: Reader, *, owner: str, query: str, limit: int) -> list[str]:
    """Give the names of entities that fit, the best first."""
    return list(await reader.scalars(_FIND, {"owner": owner, "query": query, "limit": limit}))
