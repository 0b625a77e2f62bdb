"""Lists of memories out of PostgreSQL, by filter."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text

from sophia.memory.filters import IS_REACHED, IS_WANTED, reached, wanted
from sophia.memory.schemas import MemoryFilter
from sophia.memory.spaces import Reach
from sophia.store.database import Reader

_NEWEST = text(f"""
    SELECT memory.* FROM memories AS memory
    WHERE {IS_REACHED} AND {IS_WANTED} AND (cast(:after AS uuid) IS NULL OR memory.id < :after)
    ORDER BY memory.id DESC LIMIT :limit
""")  # noqa: S608 - constants
# What is said of entities goes with those.
_OLDEST = text(f"""
    SELECT memory.* FROM memories AS memory
    WHERE {IS_REACHED} AND {IS_WANTED} AND memory.entity_id IS NULL
        AND (cast(:after AS uuid) IS NULL OR memory.id > :after)
    ORDER BY memory.id LIMIT :limit
""")  # noqa: S608 - constants
# Of what several people share, what one may change.
_CHANGEABLE = text(f"""
    SELECT memory.id FROM memories AS memory
    WHERE {IS_REACHED} AND {IS_WANTED} AND (
        memory.owner = :viewer OR memory.owner = ANY (memory_spaces('keep'))
        OR (memory.author = :viewer AND memory.owner = ANY (memory_spaces('add'))))
    ORDER BY memory.id LIMIT :limit
""")  # noqa: S608 - constants
_LOCK = text("SELECT id FROM memories WHERE id = ANY (:ids) ORDER BY id FOR UPDATE")


async def newest(
    reader: Reader,
    *,
    wish: MemoryFilter,
    reach: Reach,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Give a page of memories, the newest first."""
    values = {**wanted(wish, now=now), **reached(reach), "after": after, "limit": limit}
    return (await reader.execute(_NEWEST, values)).mappings().all()


async def oldest(
    reader: Reader,
    *,
    wish: MemoryFilter,
    reach: Reach,
    now: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Give a page of memories that are no observations, the oldest first."""
    values = {**wanted(wish, now=now), **reached(reach), "after": after, "limit": limit}
    return (await reader.execute(_OLDEST, values)).mappings().all()


async def changeable(
    reader: Reader,
    *,
    wish: MemoryFilter,
    reach: Reach,
    now: datetime,
    viewer: str,
    limit: int,
) -> list[UUID]:
    """Give the ids of what fits and may be changed, the oldest first."""
    values = {**wanted(wish, now=now), **reached(reach), "viewer": viewer, "limit": limit}
    return list(await reader.scalars(_CHANGEABLE, values))


async def lock(reader: Reader, *, ids: Sequence[UUID]) -> list[UUID]:
    """Keep others from changing memories; gives those that are still there."""
    return list(await reader.scalars(_LOCK, {"ids": list(ids)}))
