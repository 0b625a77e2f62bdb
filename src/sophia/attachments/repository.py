"""Attachments in PostgreSQL: each content once per user, whatever it is called."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA

from sophia.kit.ids import ConversationId, TurnId, UserId
from sophia.store.database import Reader, Writer

_IDS = bindparam("ids", type_=ARRAY(Uuid))
# What is read of one file for a model, and of the images of a whole talk, the newest first.
_MAX_CHARS = 60_000
_MAX_IMAGE_BYTES = 20 * 1024 * 1024
_COLUMNS = "id, name, media_type, size_bytes, pages, is_cut, created_at"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:user_id, 9))")
_USED = text("""
    SELECT coalesce(sum(length(content)), 0) FROM attachment_contents
    WHERE user_id = :user_id AND sha256 <> ALL(:but)
""").bindparams(bindparam("but", type_=ARRAY(BYTEA)))
_ADD_CONTENT = text("""
    INSERT INTO attachment_contents (user_id, sha256, content)
    VALUES (:user_id, :sha256, :content) ON CONFLICT DO NOTHING
""")
_ADD = text(f"""
    INSERT INTO attachments (id, user_id, sha256, name, media_type, size_bytes, said, pages, is_cut,
        created_at)
    VALUES (:id, :user_id, :sha256, :name, :media_type, :size_bytes, :said, :pages, :is_cut, :now)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING {_COLUMNS}
""")  # noqa: S608 - a constant of this module
_CONTENT = text("""
    SELECT name, media_type, content FROM attachments JOIN attachment_contents
        USING (user_id, sha256)
    WHERE attachments.id = :id AND attachments.user_id = :user_id
""")
_TYPES = text("""
    SELECT media_type FROM attachments WHERE id = ANY(:ids) AND user_id = :user_id
""").bindparams(_IDS)
_ATTACH = text("""
    INSERT INTO turn_attachments (turn_id, attachment_id, place)
    SELECT :turn_id, attachments.id, asked.place
    FROM unnest(cast(:ids AS uuid[])) WITH ORDINALITY AS asked (id, place)
    JOIN attachments ON attachments.id = asked.id AND attachments.user_id = :user_id
    RETURNING attachment_id
""").bindparams(_IDS)
_OF_TURNS = text(f"""
    SELECT turn_attachments.turn_id, attachments.id, name, media_type,
        left(said, {_MAX_CHARS}) AS said, is_cut OR length(said) > {_MAX_CHARS} AS is_cut,
        CASE WHEN media_type LIKE 'image/%' AND {_MAX_IMAGE_BYTES} >=
            sum(size_bytes) FILTER (WHERE media_type LIKE 'image/%')
                OVER (ORDER BY turn_id DESC, place)
        THEN content END AS content
    FROM turn_attachments
    JOIN attachments ON attachments.id = attachment_id
    JOIN attachment_contents USING (user_id, sha256)
    WHERE turn_id = ANY(:ids) ORDER BY turn_id, place
""").bindparams(_IDS)  # noqa: S608 - constants of this module
_OF_CONVERSATION = text("""
    SELECT DISTINCT attachment_id FROM turn_attachments
    JOIN turns ON turns.id = turn_id
    WHERE conversation_id = :conversation_id AND turns.user_id = :user_id
""")
_CONTENTS_OF_CONVERSATION = text("""
    SELECT attachments.id, name, media_type, said, pages, is_cut,
        CASE WHEN sum(size_bytes) OVER (ORDER BY attachments.id) <= :max_bytes THEN content END
            AS content
    FROM attachments JOIN attachment_contents USING (user_id, sha256)
    WHERE user_id = :user_id AND attachments.id IN (
        SELECT attachment_id FROM turn_attachments JOIN turns ON turns.id = turn_id
        WHERE conversation_id = :conversation_id AND turns.user_id = :user_id)
    ORDER BY attachments.id
""")
_UNUSED = "NOT EXISTS (SELECT FROM turn_attachments WHERE attachment_id = attachments.id)"
_REMOVE = text(f"DELETE FROM attachments WHERE id = ANY(:ids) AND {_UNUSED}").bindparams(_IDS)  # noqa: S608 - constants of this module
_REMOVE_CONTENTS = """
    DELETE FROM attachment_contents content
    WHERE NOT EXISTS (
        SELECT FROM attachments one
        WHERE one.user_id = content.user_id AND one.sha256 = content.sha256)
"""
_PRUNE = text(f"""
    DELETE FROM attachments WHERE created_at < now() - interval '24 hours' AND {_UNUSED}
    RETURNING user_id
""")  # noqa: S608 - constants of this module


async def used_bytes(writer: Writer, *, user_id: UserId, but: Sequence[bytes]) -> int:
    """Give what a user's contents take up without some, and let no other upload in between."""
    await writer.execute(_LOCK, {"user_id": str(user_id)})
    return int(await writer.scalar(_USED, {"user_id": user_id, "but": list(but)}) or 0)


async def add(writer: Writer, values: dict[str, Any]) -> RowMapping:
    """Store an attachment, and its content unless it is there."""
    await writer.execute(_ADD_CONTENT, values)
    return (await writer.execute(_ADD, values)).mappings().one()


async def content(reader: Reader, *, user_id: UserId, id_: UUID) -> RowMapping | None:
    """Give one of the user's attachments with its content."""
    found = await reader.execute(_CONTENT, {"user_id": user_id, "id": id_})
    return found.mappings().one_or_none()


async def media_types(reader: Reader, ids: Sequence[UUID], *, user_id: UserId) -> Sequence[str]:
    """Give the types of a user's attachments."""
    values = {"ids": list(ids), "user_id": user_id}
    return (await reader.scalars(_TYPES, values)).all()


async def attach(writer: Writer, ids: Sequence[UUID], *, user_id: UserId, turn_id: TurnId) -> bool:
    """Put attachments to a turn, in this order; says whether all were the user's own."""
    values = {"ids": list(ids), "user_id": user_id, "turn_id": turn_id}
    return len((await writer.execute(_ATTACH, values)).all()) == len(ids)


async def of_turns(reader: Reader, turn_ids: Sequence[TurnId]) -> Sequence[RowMapping]:
    """Give the attachments of turns with what a model is told of them, in order."""
    return (await reader.execute(_OF_TURNS, {"ids": list(turn_ids)})).mappings().all()


async def of_conversation(
    reader: Reader, *, user_id: UserId, conversation_id: ConversationId
) -> list[UUID]:
    """Give the attachments of a conversation."""
    values = {"conversation_id": conversation_id, "user_id": user_id}
    return list(await reader.scalars(_OF_CONVERSATION, values))


async def contents_of_conversation(
    reader: Reader, *, user_id: UserId, conversation_id: ConversationId, max_bytes: int
) -> Sequence[RowMapping]:
    """Give the attachments of a conversation, with what they hold as long as that is not more."""
    values = {
        "conversation_id": conversation_id,
        "user_id": user_id,
        "max_bytes": max_bytes,
    }
    return (await reader.execute(_CONTENTS_OF_CONVERSATION, values)).mappings().all()


async def remove_unused(writer: Writer, ids: Sequence[UUID], *, user_id: UserId) -> int:
    """Delete those that belong to no turn any more, and the contents that nothing else has."""
    if not ids:
        return 0
    removed = await writer.execute(_REMOVE, {"ids": list(ids)})
    await writer.execute(text(f"{_REMOVE_CONTENTS} AND user_id = :user_id"), {"user_id": user_id})
    return removed.rowcount


async def prune(writer: Writer) -> int:
    """Delete what was uploaded a day ago and never sent; says how much that was."""
    removed = (await writer.execute(_PRUNE)).all()
    if removed:
        await writer.execute(text(_REMOVE_CONTENTS))
    return len(removed)
