"""The journal in PostgreSQL."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, BYTEA
from sqlalchemy.dialects.postgresql import UUID as PG_UUID

from sophia.audit.chain import Head
from sophia.store.database import Reader, Writer

# Any number that nothing else locks: one process seals at a time.
_SEAL_LOCK = 7_304_202
_ADD = text("""
    INSERT INTO audit_log (id, at, actor, on_behalf_of, via, action, target, arguments_hash,
        approval_id, turn_id, trace_id, outcome)
    VALUES (:id, :at, :actor, :on_behalf_of, :via, :action, :target, :arguments_hash,
        :approval_id, :turn_id, :trace_id, :outcome)
""")
_LOCK = text(f"SELECT pg_try_advisory_xact_lock({_SEAL_LOCK})")
_HEAD = text("SELECT number, seal FROM audit_log WHERE number IS NOT NULL ORDER BY 1 DESC LIMIT 1")
_UNSEALED = text("SELECT * FROM audit_log WHERE number IS NULL ORDER BY id LIMIT :limit")
_SEAL = text("""
    UPDATE audit_log SET number = made.number, seal = made.seal
    FROM unnest(:ids, :numbers, :seals) AS made (id, number, seal)
    WHERE audit_log.id = made.id
""").bindparams(
    bindparam("ids", type_=ARRAY(PG_UUID)),
    bindparam("numbers", type_=ARRAY(BIGINT)),
    bindparam("seals", type_=ARRAY(BYTEA)),
)
_SEALED_AFTER = text("""
    SELECT * FROM audit_log WHERE number > :number ORDER BY number LIMIT :limit
""")
_PAGE = text("""
    SELECT * FROM audit_log WHERE (cast(:cursor AS uuid) IS NULL OR id < :cursor)
    ORDER BY id DESC LIMIT :limit
""")
_COUNT_UNSEALED = text("SELECT count(*) FROM audit_log WHERE number IS NULL")


async def add(writer: Writer, entries: Sequence[dict[str, Any]]) -> None:
    """Append entries, in the caller's transaction."""
    await writer.execute(_ADD, entries)


async def try_lock(writer: Writer) -> bool:
    """Take the right to seal until the transaction ends; says whether it was free."""
    return bool(await writer.scalar(_LOCK))


async def head(reader: Reader) -> Head:
    """Give the last sealed entry."""
    row = (await reader.execute(_HEAD)).one_or_none()
    return Head() if row is None else Head(row.number, bytes(row.seal))


async def unsealed(reader: Reader, *, limit: int) -> Sequence[RowMapping]:
    """Give entries that no seal covers yet, the oldest first."""
    return (await reader.execute(_UNSEALED, {"limit": limit})).mappings().all()


async def count_unsealed(reader: Reader) -> int:
    """Count the entries that no seal covers yet."""
    return int(await reader.scalar(_COUNT_UNSEALED) or 0)


async def store_seals(writer: Writer, made: Sequence[tuple[UUID, Head]]) -> None:
    """Store the seals of entries."""
    await writer.execute(
        _SEAL,
        {
            "ids": [id_ for id_, _ in made],
            "numbers": [head.number for _, head in made],
            "seals": [head.seal for _, head in made],
        },
    )


async def sealed_after(reader: Reader, number: int, *, limit: int) -> Sequence[RowMapping]:
    """Give sealed entries in the order of the chain."""
    found = await reader.execute(_SEALED_AFTER, {"number": number, "limit": limit})
    return found.mappings().all()


async def page(reader: Reader, *, cursor: UUID | None, limit: int) -> Sequence[RowMapping]:
    """Give entries, the newest first."""
    found = await reader.execute(_PAGE, {"cursor": cursor, "limit": limit})
    return found.mappings().all()
