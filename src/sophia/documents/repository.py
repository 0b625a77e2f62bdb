"""Documents in PostgreSQL, and their passages as far as they are the document's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping, text

from sophia.memory.fields import Trust
from sophia.memory.spaces import Home, Reach
from sophia.store.database import Reader, Writer

MAX_ATTEMPTS = 4

_SHOWN = """
    id, owner, scope, name, url, category, tags, trust, state, failure, media_type, pages, passages,
    indexed, is_cut, created_at, updated_at, indexed_at
"""
_ADD = text(f"""
    INSERT INTO memory_documents (id, owner, author, scope, name, url, category, tags, trust, state,
        pending, sha256, due_at, created_at, updated_at)
    VALUES (:id, :owner, :author, :scope, :name, :url, :category, :tags, :trust, 'queued',
        :pending, :sha256, :now, :now, :now)
    ON CONFLICT ON CONSTRAINT uq_memory_documents_name DO NOTHING
    RETURNING {_SHOWN}
""")  # noqa: S608 - a constant of this module
_NAMED = text("""
    SELECT * FROM memory_documents WHERE owner = :owner AND scope = :scope AND name = :name
""")
_LOCK_NAMED = text(f"{_NAMED.text} FOR UPDATE")
_CHANGE = text(f"""
    UPDATE memory_documents SET url = :url, category = :category, tags = :tags, trust = :trust,
        state = 'queued', pending = :pending, sha256 = :sha256, revision = revision + 1,
        attempts = 0, failure = NULL, due_at = :now, updated_at = :now
    WHERE id = :id RETURNING {_SHOWN}
""")  # noqa: S608 - a constant of this module
_GET = text(f"""
    SELECT {_SHOWN} FROM memory_documents AS document
    WHERE id = :id AND (cast(:owner AS text) IS NULL OR owner = ANY (memory_spaces('read')))
""")  # noqa: S608 - a constant of this module
_LOCK = text(f"{_GET.text} FOR UPDATE")
_NEWEST = text(f"""
    SELECT {_SHOWN} FROM memory_documents
    WHERE owner = ANY (coalesce(cast(:owners AS text[]), memory_spaces('read')))
        AND (cast(:scope AS text) IS NULL OR scope = :scope)
        AND (cast(:after AS uuid) IS NULL OR id < :after)
    ORDER BY id DESC LIMIT :limit
""")  # noqa: S608 - a constant of this module
_REMOVE_HISTORY = text("""
    DELETE FROM memory_changes
    WHERE owner = (SELECT owner FROM memory_documents WHERE id = :id)
        AND before ->> 'document_id' = cast(:id AS text)
""")
_REMOVE = text("DELETE FROM memory_documents WHERE id = :id")
_CLAIM = text("""
    UPDATE memory_documents SET state = 'indexing', due_at = :until, attempts = attempts + 1
    WHERE id = (
        SELECT id FROM memory_documents
        WHERE state IN ('queued', 'indexing') AND due_at <= :now
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING *
""")
_HOLD = text("""
    UPDATE memory_documents SET due_at = :until, indexed = :indexed, passages = :passages,
        updated_at = :now
    WHERE id = :id AND revision = :revision RETURNING id
""")
_KEEP = text("""
    UPDATE memories AS memory SET page = item.page, category = :category, tags = :tags,
        trust = :trust, updated_at = :now
    FROM jsonb_to_recordset(cast(:items AS jsonb)) AS item (fingerprint uuid, page integer)
    WHERE memory.document_id = :id AND memory.fingerprint = item.fingerprint
        AND (memory.page, memory.category, memory.tags, memory.trust)
            IS DISTINCT FROM (item.page, :category, cast(:tags AS text[]), :trust)
""")
_STALE = text("""
    SELECT id FROM memories WHERE document_id = :id AND fingerprint <> ALL (:fingerprints)
""")
_FINISH = text("""
    UPDATE memory_documents SET state = 'ready', pending = NULL, sha256 = :sha256,
        media_type = :media_type, pages = :pages, passages = :passages, indexed = :passages,
        is_cut = :is_cut, failure = NULL, attempts = 0, updated_at = :now, indexed_at = :now
    WHERE id = :id AND revision = :revision
""")
_FAIL = text("""
    UPDATE memory_documents SET state = 'failed', pending = NULL, failure = cast(:failure AS jsonb),
        updated_at = :now
    WHERE id = :id AND revision = :revision
""")
_POSTPONE = text("""
    UPDATE memory_documents SET state = 'queued', due_at = :until,
        failure = cast(:failure AS jsonb), updated_at = :now
    WHERE id = :id AND revision = :revision
""")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A document that is to be indexed, as it was when it was taken."""

    id: UUID
    revision: int
    attempts: int
    owner: str
    author: str
    scope: str
    name: str
    url: str | None
    category: str
    tags: list[str]
    trust: Trust
    pending: bytes | None

    @property
    def home(self) -> Home:
        """Give where its passages are kept."""
        return Home(self.owner, self.scope)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found in a document."""

    sha256: bytes
    media_type: str
    pages: int | None
    passages: int
    is_cut: bool


async def add(writer: Writer, values: dict[str, Any]) -> RowMapping | None:
    """Store a document to be indexed; nothing if its name is taken."""
    return (await writer.execute(_ADD, values)).mappings().one_or_none()


async def named(reader: Reader, *, home: Home, name: str) -> RowMapping | None:
    """Give the document of a name, whosever it is."""
    values = {"owner": home.owner, "scope": home.scope, "name": name}
    return (await reader.execute(_NAMED, values)).mappings().one_or_none()


async def lock_named(writer: Writer, *, home: Home, name: str) -> RowMapping | None:
    """Give the document of a name if one may change it, and keep others from it."""
    values = {"owner": home.owner, "scope": home.scope, "name": name}
    return (await writer.execute(_LOCK_NAMED, values)).mappings().one_or_none()


async def change(writer: Writer, values: dict[str, Any]) -> RowMapping:
    """Have a document that was locked indexed anew."""
    return (await writer.execute(_CHANGE, values)).mappings().one()


async def get(reader: Reader, *, owner: str | None, id_: UUID) -> RowMapping | None:
    """Give one document."""
    return (await reader.execute(_GET, {"owner": owner, "id": id_})).mappings().one_or_none()


async def lock(writer: Writer, *, owner: str | None, id_: UUID) -> RowMapping | None:
    """Give one document if one may change it, and keep others from it."""
    return (await writer.execute(_LOCK, {"owner": owner, "id": id_})).mappings().one_or_none()


async def newest(
    reader: Reader, *, reach: Reach, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """Give a page of documents, the newest first."""
    owners = None if reach.owners is None else list(reach.owners)
    values = {"owners": owners, "scope": reach.scope, "after": after, "limit": limit}
    return (await reader.execute(_NEWEST, values)).mappings().all()


async def remove(writer: Writer, *, id_: UUID) -> None:
    """Delete a document that was locked, with its passages and all that they were."""
    await writer.execute(_REMOVE_HISTORY, {"id": id_})
    await writer.execute(_REMOVE, {"id": id_})


async def claim(writer: Writer, *, now: datetime, until: datetime) -> Claimed | None:
    """Take the document that waits longest; another may take it again after a while."""
    row = (await writer.execute(_CLAIM, {"now": now, "until": until})).mappings().one_or_none()
    if row is None:
        return None
    return Claimed(**{name: row[name] for name in Claimed.__slots__})


async def hold(
    writer: Writer, one: Claimed, *, until: datetime, indexed: int, passages: int, now: datetime
) -> bool:
    """Note how far a document is; false if it is another by now, or gone."""
    values = {"until": until, "indexed": indexed, "passages": passages, "now": now}
    found = await writer.execute(_HOLD, {"id": one.id, "revision": one.revision, **values})
    return found.one_or_none() is not None


async def keep(
    writer: Writer, one: Claimed, *, places: Sequence[tuple[UUID, int | None]], now: datetime
) -> None:
    """File the passages that are there as the document is filed, each on its page."""
    items = [{"fingerprint": mark, "page": page} for mark, page in places]
    values = {"category": one.category, "tags": one.tags, "trust": one.trust, "now": now}
    await writer.execute(_KEEP, {"id": one.id, "items": orjson.dumps(items).decode(), **values})


async def stale(reader: Reader, one: Claimed, *, fingerprints: Sequence[UUID]) -> Sequence[UUID]:
    """Give the passages that are no longer in a document."""
    values = {"id": one.id, "fingerprints": list(fingerprints)}
    return (await reader.scalars(_STALE, values)).all()


async def finish(writer: Writer, one: Claimed, outcome: Outcome, *, now: datetime) -> bool:
    """Note that a document is indexed; false if it is another by now, or gone."""
    values = {name: getattr(outcome, name) for name in Outcome.__slots__}
    wanted = {"id": one.id, "revision": one.revision, "now": now}
    return (await writer.execute(_FINISH, {**wanted, **values})).rowcount == 1


async def fail(
    writer: Writer,
    one: Claimed,
    *,
    code: str,
    message: str,
    again_at: datetime | None,
    now: datetime,
) -> None:
    """Note that a document was not indexed, and when it is tried again, if it is."""
    failure = orjson.dumps({"code": code, "message": message}).decode()
    values = {"id": one.id, "revision": one.revision, "failure": failure, "now": now}
    if again_at is None:
        await writer.execute(_FAIL, values)
    else:
        await writer.execute(_POSTPONE, {**values, "until": again_at})
