"""Embeddings of memories in PostgreSQL: which are there, which are owed, which are near.

A row without an embedding is owed one. Whoever works on some of them says until when; another
takes what is overdue. A memory that is changed meanwhile is owed anew (migration 0025), and what
was made of its old text is not taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.exc import NotSupportedError, ProgrammingError

from sophia.embedding.errors import EmbedderFailedError
from sophia.embedding.port import Vector
from sophia.store.database import Reader, Writer

# What is compared one by one, exactly; of more than this the graph is asked.
MOST_COMPARED = 10_000
# What the graph takes.
_MOST_NUMBERS = 4_000
_CHUNK = 10_000
_WORKED_ON = timedelta(minutes=1)
_REFUSED = timedelta(days=1)

_MODELS = text("""
    SELECT id, name, dimension, is_enlisted FROM embedding_models ORDER BY id
""")
_REGISTER = text("""
    INSERT INTO embedding_models (name, dimension) VALUES (:name, :dimension)
    ON CONFLICT (name) DO NOTHING
""")
_ENLIST = text("""
    WITH chunk AS (
        SELECT memory.id, memory.owner, memory.scope
        FROM embedding_models AS model, memories AS memory
        WHERE model.id = :model AND (model.enlisted_to IS NULL OR memory.id > model.enlisted_to)
        ORDER BY memory.id LIMIT :chunk FOR KEY SHARE OF memory
    ), enlisted AS (
        INSERT INTO memory_embeddings (memory_id, model_id, owner, scope)
        SELECT id, :model, owner, scope FROM chunk ON CONFLICT DO NOTHING
    )
    UPDATE embedding_models
    SET enlisted_to = coalesce((SELECT id FROM chunk ORDER BY id DESC LIMIT 1), enlisted_to),
        is_enlisted = (SELECT count(*) FROM chunk) < :chunk
    WHERE id = :model
""")
# The newest first: what was just told is likelier asked for than what has waited long.
_CLAIM = text("""
    WITH claimed AS (
        UPDATE memory_embeddings AS owed SET due_at = :until
        FROM (
            SELECT memory_id FROM memory_embeddings
            WHERE model_id = :model AND embedding IS NULL AND due_at <= :now
            ORDER BY memory_id DESC LIMIT :limit FOR UPDATE SKIP LOCKED
        ) AS due
        WHERE owed.memory_id = due.memory_id AND owed.model_id = :model
        RETURNING owed.memory_id
    )
    SELECT memory.id, memory.speaker, memory.content, before.content AS before
    FROM claimed JOIN memories AS memory ON memory.id = claimed.memory_id
    LEFT JOIN LATERAL (
        SELECT said.content FROM memories AS said
        WHERE said.owner = memory.owner AND said.scope = memory.scope
            AND said.conversation = memory.conversation AND said.position = memory.position - 1
        LIMIT 1
    ) AS before ON true
""")
_GIVE = text("""
    UPDATE memory_embeddings AS owed SET embedding = given.embedding
    FROM jsonb_to_recordset(cast(:given AS jsonb)) AS given (memory_id uuid, embedding real[])
    WHERE owed.memory_id = given.memory_id AND owed.model_id = :model AND owed.embedding IS NULL
        AND owed.due_at = :until
""")
_POSTPONE = text("""
    UPDATE memory_embeddings SET due_at = :at
    WHERE model_id = :model AND memory_id = ANY (:ids) AND embedding IS NULL AND due_at = :until
""")
_OWED = text("""
    SELECT count(*) FROM memory_embeddings WHERE model_id = :model AND embedding IS NULL
""")
_RETIRE = text("""
    DELETE FROM memory_embeddings WHERE (memory_id, model_id) IN (
        SELECT memory_id, model_id FROM memory_embeddings WHERE model_id = :model LIMIT :chunk
    )
""")
_FORGET = text("DELETE FROM embedding_models WHERE id = :model")
_IS_CROWDED = text("""
    SELECT EXISTS (
        SELECT FROM memory_embeddings WHERE model_id = :model AND embedding IS NOT NULL
        GROUP BY owner HAVING count(*) > :most
    )
""")


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """A model of which there are embeddings, or will be."""

    id: int
    name: str
    dimension: int
    is_enlisted: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """A memory that is owed an embedding, with what was said before it."""

    id: UUID
    speaker: str | None
    content: str
    before: str | None

    @property
    def text(self) -> str:
        """Give what is embedded: an answer means little without its question, nor "I" without who.

        A speaker whom the text itself names is not named twice.
        """
        is_named = self.speaker is None or self.speaker in self.content
        said = self.content if is_named else f"{self.speaker}: {self.content}"
        return said if self.before is None else f"{self.before}\n{said}"


async def models(reader: Reader) -> list[EmbeddingModel]:
    """Give the models, the oldest first."""
    return [EmbeddingModel(**row) for row in (await reader.execute(_MODELS)).mappings()]


async def register(writer: Writer, *, name: str, dimension: int) -> None:
    """Make a model known: from now on what is stored is owed an embedding of it.

    Raises EmbedderFailedError.
    """
    if dimension > _MOST_NUMBERS:
        raise EmbedderFailedError(
            f"{name} gives {dimension:,} numbers a text and at most {_MOST_NUMBERS:,} can be kept:"
            " choose another model."
        )
    # Whoever writes now is waited for: what he stores is there for `enlist` to find.
    await writer.execute(text("LOCK TABLE memories IN SHARE ROW EXCLUSIVE MODE"))
    await writer.execute(_REGISTER, {"name": name, "dimension": dimension})


async def enlist(writer: Writer, *, model: int) -> None:
    """Owe an embedding to some more of the memories that were there before the model."""
    await writer.execute(_ENLIST, {"model": model, "chunk": _CHUNK})


async def claim(
    writer: Writer, *, model: int, now: datetime, limit: int
) -> tuple[datetime, list[Owed]]:
    """Take some memories to work on; gives until when, and what they are."""
    until = now + _WORKED_ON
    values = {"model": model, "now": now, "until": until, "limit": limit}
    found = await writer.execute(_CLAIM, values)
    return until, [Owed(**row) for row in found.mappings()]


async def give(
    writer: Writer, *, model: int, until: datetime, vectors: Sequence[tuple[UUID, Vector]]
) -> None:
    """Keep embeddings of memories that were taken until then and have not changed since."""
    given = [{"memory_id": id_, "embedding": list(vector)} for id_, vector in vectors]
    values = {"model": model, "until": until, "given": orjson.dumps(given).decode()}
    await writer.execute(_GIVE, values)


async def release(writer: Writer, *, model: int, until: datetime, ids: Sequence[UUID]) -> None:
    """Let go of memories that were taken."""
    values = {"model": model, "until": until, "ids": ids, "at": until - _WORKED_ON}
    await writer.execute(_POSTPONE, values)


async def postpone(writer: Writer, *, model: int, until: datetime, id_: UUID) -> None:
    """Leave a memory of which the model makes no embedding for another day."""
    values = {"model": model, "until": until, "ids": [id_], "at": until + _REFUSED}
    await writer.execute(_POSTPONE, values)


async def owed(reader: Reader, *, model: int) -> int:
    """Count the memories that are owed an embedding."""
    return int(await reader.scalar(_OWED, {"model": model}) or 0)


async def retire(writer: Writer, *, model: int) -> bool:
    """Delete some embeddings of a model, and the model after the last; says whether it is gone."""
    done = await writer.execute(_RETIRE, {"model": model, "chunk": _CHUNK})
    if done.rowcount:
        return False
    await writer.execute(text(f"DROP INDEX IF EXISTS {_graph(model)}"))
    await writer.execute(_FORGET, {"model": model})
    return True


async def is_crowded(reader: Reader, *, model: int) -> bool:
    """Say whether somebody has more embeddings than are compared one by one."""
    values = {"model": model, "most": MOST_COMPARED}
    return bool(await reader.scalar(_IS_CROWDED, values))


async def require_pgvector(writer: Writer) -> None:
    """Have pgvector in this database; raises EmbedderFailedError."""
    try:
        await writer.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except (NotSupportedError, ProgrammingError) as error:
        raise EmbedderFailedError(
            "This PostgreSQL has no pgvector: install it, and have an administrator say"
            " CREATE EXTENSION vector; in Sophia's database."
        ) from error


async def build_graph(writer: Writer, *, model: EmbeddingModel) -> None:
    """Build the graph (HNSW) of a model's embeddings, beside what reads and writes."""
    await writer.execute(text("SET statement_timeout = 0"))
    await writer.execute(text("SET maintenance_work_mem = '256MB'"))
    await writer.execute(
        text(f"""
            CREATE INDEX CONCURRENTLY IF NOT EXISTS {_graph(model.id)} ON memory_embeddings
            USING hnsw ((embedding::halfvec({int(model.dimension)})) halfvec_cosine_ops)
            WHERE model_id = {int(model.id)}
        """)
    )


def _graph(model: int) -> str:
    return f"ix_memory_embeddings_graph_{int(model)}"


async def near(
    reader: Reader,
    *,
    model: EmbeddingModel,
    vector: Vector,
    wanted: str,
    values: dict[str, object],
    is_large: bool,
) -> list[tuple[UUID, float]]:
    """Give the memories that are nearest and how near, the nearest first.

    `wanted` is the condition that a row of `memories` fulfils, and `values` what it says.
    """
    if is_large:
        await reader.execute(text("SET hnsw.iterative_scan = 'relaxed_order'"))
        size = int(model.dimension)
        distance = f"near.embedding::halfvec({size}) <=> cast(:asked AS real[])::halfvec({size})"
    else:
        # A sum is no expression of the graph's: all of the scope are compared, exactly.
        distance = "(near.embedding::vector <=> cast(:asked AS real[])::vector) + 0"
    found = await reader.execute(
        text(f"""
            SELECT memory_id, 1 - distance AS similarity FROM (
                SELECT near.memory_id, {distance} AS distance FROM memory_embeddings AS near
                WHERE near.model_id = {int(model.id)}
                    AND near.owner = ANY (coalesce(cast(:owners AS text[]), memory_spaces('read')))
                    AND (cast(:scope AS text) IS NULL OR near.scope = :scope)
                    AND near.embedding IS NOT NULL
                    AND EXISTS (
                        SELECT FROM memories AS memory WHERE memory.id = near.memory_id AND {wanted}
                    )
                ORDER BY {distance} LIMIT :most
            ) AS nearest ORDER BY distance
        """),  # noqa: S608 - numbers and conditions of ours
        {**values, "asked": list(vector)},
    )
    return [(row.memory_id, row.similarity) for row in found]
