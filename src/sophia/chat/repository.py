"""Conversations and turns in PostgreSQL. The viewer's own only: every query says whose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import JSONB

from sophia.kit import page
from sophia.kit.ids import ConversationId, TurnId, UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.chat import ConversationRow, TurnRow

_CONVERSATIONS = """
    SELECT conversation.id, title, title_by, created_at, imported_at, activity,
        active.id AS active_turn_id
    FROM conversations conversation
    LEFT JOIN LATERAL (
        SELECT turns.id FROM turns
        WHERE turns.conversation_id = conversation.id
            AND status IN ('queued', 'running', 'awaiting_approval')
        ORDER BY turns.id LIMIT 1
    ) active ON true
    WHERE conversation.user_id = :user_id
"""
_CONVERSATION_PAGE = text(f"""
    {_CONVERSATIONS} AND (cast(:cursor AS uuid) IS NULL OR activity < :cursor)
    ORDER BY activity DESC LIMIT :limit
""")
_CONVERSATION = text(f"{_CONVERSATIONS} AND conversation.id = :id")

_TURNS = """
    SELECT turn.id, conversation_id, parent_id, status, message, context, response, reply, model,
        created_at, started_at, ended_at,
        CASE WHEN reply IS NULL THEN (
            SELECT json_agg(step.events ORDER BY step.step) FROM turn_steps step
            WHERE step.turn_id = turn.id
        ) END AS step_events,
        (SELECT json_agg(json_build_object('attachment_id', attachments.id, 'name', name,
                'media_type', media_type, 'size_bytes', size_bytes, 'pages', pages,
                'is_cut', is_cut, 'created_at', attachments.created_at) ORDER BY place)
         FROM turn_attachments JOIN attachments ON attachments.id = attachment_id
         WHERE turn_id = turn.id) AS attachments
    FROM turns turn WHERE user_id = :user_id
"""
_TURN_PAGE = text(f"""
    {_TURNS} AND (cast(:conversation_id AS uuid) IS NULL OR conversation_id = :conversation_id)
        AND (cast(:cursor AS uuid) IS NULL OR turn.id < :cursor)
    ORDER BY turn.id DESC LIMIT :limit
""")
_TURN = text(f"{_TURNS} AND turn.id = :id")

_STEPS_AFTER = text("""
    SELECT step.attempt, step.events FROM turn_steps step
    WHERE step.turn_id = :id AND (step.attempt, step.last_number) > (:attempt, :number)
    ORDER BY step.step
""")


ENDED = frozenset({"done", "failed", "stopped"})


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """A stored stretch of a turn's events: [[number, event], …] of one attempt."""

    attempt: int
    events: list[list[Any]]


async def add_conversation(
    writer: Writer, *, id_: ConversationId, user_id: UserId, title: str | None, now: datetime
) -> None:
    """Store a new conversation, unless it is there."""
    await writer.execute(
        text("""
            INSERT INTO conversations (id, user_id, title, title_by, created_at, activity)
            VALUES (:id, :user_id, coalesce(:title, 'New conversation'),
                CASE WHEN cast(:title AS text) IS NULL THEN 'words' ELSE 'person' END, :now, :id)
            ON CONFLICT (id) DO NOTHING
        """),
        {"id": id_, "user_id": user_id, "title": title, "now": now},
    )


async def conversation_page(
    reader: Reader, *, user_id: UserId, cursor: str | None, limit: int
) -> page.Page[RowMapping]:
    """Give a page of the user's conversations, the last used first."""
    found = await reader.execute(
        _CONVERSATION_PAGE,
        {"user_id": user_id, "cursor": page.decode_cursor(cursor), "limit": limit + 1},
    )
    return page.cut(found.mappings().all(), limit=limit, key=lambda row: row["activity"])


async def conversation(
    reader: Reader, *, user_id: UserId, id_: ConversationId
) -> RowMapping | None:
    """Give one of the user's conversations."""
    found = await reader.execute(_CONVERSATION, {"user_id": user_id, "id": id_})
    return found.mappings().one_or_none()


async def rename_conversation(
    writer: Writer, *, user_id: UserId, id_: ConversationId, title: str
) -> bool:
    """Set the title; says whether there was such a conversation."""
    done = await writer.execute(
        update(ConversationRow)
        .where(ConversationRow.id == id_, ConversationRow.user_id == user_id)
        .values(title=title, title_by="person")
    )
    return done.rowcount == 1


async def delete_conversation(
    writer: Writer, *, user_id: UserId, id_: ConversationId
) -> list[TurnId] | None:
    """Delete a conversation with all its turns and give those; nothing if there was none."""
    turns = await writer.scalars(
        select(TurnRow.id).where(TurnRow.conversation_id == id_, TurnRow.user_id == user_id)
    )
    done = await writer.execute(
        delete(ConversationRow).where(ConversationRow.id == id_, ConversationRow.user_id == user_id)
    )
    return [TurnId(turn_id) for turn_id in turns] if done.rowcount == 1 else None


async def running_turns(
    reader: Reader, *, user_id: UserId, id_: ConversationId
) -> Sequence[TurnId]:
    """Give the turns of a conversation that a worker runs now."""
    found = await reader.scalars(
        select(TurnRow.id).where(
            TurnRow.conversation_id == id_,
            TurnRow.user_id == user_id,
            TurnRow.status == "running",
            TurnRow.lease_until > func.now(),
        )
    )
    return [TurnId(turn_id) for turn_id in found]


async def turn_page(
    reader: Reader,
    *,
    user_id: UserId,
    conversation_id: ConversationId | None,
    cursor: str | None,
    limit: int,
) -> page.Page[RowMapping]:
    """Give a page of the user's turns, newest first, of one conversation or of all."""
    found = await reader.execute(
        _TURN_PAGE,
        {
            "user_id": user_id,
            "conversation_id": conversation_id,
            "cursor": page.decode_cursor(cursor),
            "limit": limit + 1,
        },
    )
    return page.cut(found.mappings().all(), limit=limit, key=lambda row: row["id"])


async def turn(reader: Reader, *, user_id: UserId, id_: TurnId) -> RowMapping | None:
    """Give one of the user's turns."""
    found = await reader.execute(_TURN, {"user_id": user_id, "id": id_})
    return found.mappings().one_or_none()


async def turn_by_key(reader: Reader, *, user_id: UserId, key: str) -> RowMapping | None:
    """Give the turn that an Idempotency-Key began."""
    found = await reader.execute(
        select(TurnRow.id, TurnRow.conversation_id, TurnRow.fingerprint, TurnRow.status).where(
            TurnRow.user_id == user_id, TurnRow.idempotency_key == key
        )
    )
    return found.mappings().one_or_none()


async def turn_status(reader: Reader, *, turn_id: TurnId) -> str | None:
    """Give a turn's status, or nothing if it is gone."""
    return await reader.scalar(select(TurnRow.status).where(TurnRow.id == turn_id))


async def steps_after(
    reader: Reader, *, turn_id: TurnId, attempt: int, number: int
) -> list[StoredEvents]:
    """Give the stored stretches that hold events behind a position, in order."""
    found = await reader.execute(
        _STEPS_AFTER, {"id": turn_id, "attempt": attempt, "number": number}
    )
    return [StoredEvents(row.attempt, row.events) for row in found]


_BEGIN_TURN = """
    INSERT INTO turns (id, conversation_id, parent_id, user_id, user_name, status, message, context,
        request, model, idempotency_key, fingerprint, created_at)
    SELECT :id, conversation.id, conversation.parent_id, :user_id, :user_name, 'queued', :message,
        :context, :request, :model, :idempotency_key, :fingerprint, :now
    FROM conversation RETURNING conversation_id
"""
_BEGIN_IN_NEW = text(f"""
    WITH conversation AS (
        INSERT INTO conversations (id, user_id, title, created_at, activity)
        VALUES (:conversation_id, :user_id, :title, :now, :id)
        RETURNING id, cast(NULL AS uuid) AS parent_id
    ) {_BEGIN_TURN}
""").bindparams(bindparam("request", type_=JSONB))  # noqa: S608 - constants of this module
# Two messages at once follow on each other: a statement of its own waits for whoever was first.
_LOCK = text("""
    SELECT FROM conversations WHERE id = :conversation_id AND user_id = :user_id FOR UPDATE
""")
# A turn follows on the one that was begun last, which `activity` names, unless it is said where.
_BEGIN_IN_OLD = text(f"""
    WITH place AS (
        SELECT conversations.id,
            CASE WHEN cast(:instead_of AS uuid) IS NULL THEN place.id ELSE place.parent_id END
                AS parent_id
        FROM conversations
        LEFT JOIN turns place ON place.conversation_id = conversations.id
            AND place.id = coalesce(:instead_of, :after, conversations.activity)
        WHERE conversations.id = :conversation_id AND conversations.user_id = :user_id
            AND (coalesce(cast(:instead_of AS uuid), :after) IS NULL OR place.id IS NOT NULL)
    ), conversation AS (
        UPDATE conversations SET activity = :id,
            title = CASE WHEN title = 'New conversation' AND title_by = 'words'
                THEN :title ELSE title END
        FROM place WHERE conversations.id = place.id
        RETURNING conversations.id, place.parent_id
    ) {_BEGIN_TURN}
""").bindparams(bindparam("request", type_=JSONB))  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """A turn to be begun."""

    id: TurnId
    conversation_id: ConversationId
    user_id: UserId
    user_name: str
    title: str
    message: str
    context: str
    request: dict[str, Any]
    model: str | None
    idempotency_key: str | None
    fingerprint: str | None
    now: datetime
    after: TurnId | None = None
    instead_of: TurnId | None = None


async def begin_turn(writer: Writer, draft: TurnDraft, *, begins_conversation: bool) -> bool:
    """Store the message and its turn, with a conversation of its own in a single statement.

    Says whether the conversation, and the turn that it is to follow on or replace, were there and
    the user's own.
    """
    values = {name: getattr(draft, name) for name in TurnDraft.__slots__}
    if begins_conversation:
        return await writer.scalar(_BEGIN_IN_NEW, values) is not None
    await writer.execute(_LOCK, values)
    return await writer.scalar(_BEGIN_IN_OLD, values) is not None


async def request_stop(writer: Writer, *, user_id: UserId, turn_id: TurnId) -> str | None:
    """Mark a turn as to be stopped; one that waits for an answer waits no longer.

    Gives the status, or nothing if the user has no such turn.
    """
    return await writer.scalar(
        text("""
            WITH stopped AS (
                UPDATE turns SET
                    is_stop_requested = is_stop_requested
                        OR status IN ('queued', 'running', 'awaiting_approval'),
                    status = CASE status WHEN 'awaiting_approval' THEN 'queued' ELSE status END
                WHERE id = :id AND user_id = :user_id RETURNING id, status
            ), closed AS (
                UPDATE approvals SET status = 'expired', answered_at = now()
                WHERE turn_id = (SELECT id FROM stopped) AND status = 'pending'
            )
            SELECT status FROM stopped
        """),
        {"id": turn_id, "user_id": user_id},
    )
