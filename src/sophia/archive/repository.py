"""Storing an imported conversation."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import text

from sophia.kit.ids import ConversationId, TurnId, UserId
from sophia.store.database import Writer

_CONVERSATION = text("""
    INSERT INTO conversations (id, user_id, title, title_by, created_at, imported_at, activity)
    VALUES (:id, :user_id, :title, 'person', :created_at, :now, :activity)
    ON CONFLICT (id) DO NOTHING RETURNING id
""")
_TURNS = text("""
    INSERT INTO turns (id, conversation_id, parent_id, user_id, user_name, status, message, context,
        request, model, response, reply, attempt, created_at, started_at, ended_at)
    SELECT turn.id, :conversation_id, turn.parent_id, :user_id, :user_name, turn.status,
        turn.message, turn.context, '{}', turn.model, turn.response, turn.reply,
        1, turn.created_at, turn.started_at, turn.ended_at
    FROM jsonb_to_recordset(cast(:turns AS jsonb)) AS turn (id uuid, parent_id uuid, status text,
        message text, context text, model text, response text, reply jsonb,
        created_at timestamptz, started_at timestamptz, ended_at timestamptz)
""")
_STEPS = text("""
    INSERT INTO turn_steps (turn_id, step, attempt, last_number, events)
    SELECT turn.id, 0, 1, jsonb_array_length(turn.events), turn.events
    FROM jsonb_to_recordset(cast(:turns AS jsonb)) AS turn (id uuid, events jsonb)
""")
_FILES = text("""
    INSERT INTO turn_attachments (turn_id, attachment_id, place)
    SELECT turn.id, cast(file.id AS uuid), file.place
    FROM jsonb_to_recordset(cast(:turns AS jsonb)) AS turn (id uuid, attachments jsonb),
        jsonb_array_elements_text(turn.attachments) WITH ORDINALITY AS file (id, place)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """A conversation that comes from a file, as it is stored."""

    id: ConversationId
    user_id: UserId
    title: str
    created_at: datetime
    activity: ConversationId | TurnId
    now: datetime


async def add_conversation(writer: Writer, conversation: StoredConversation) -> bool:
    """Store a conversation; says whether it was not there."""
    return await writer.scalar(_CONVERSATION, asdict(conversation)) is not None


async def add_turns(
    writer: Writer,
    turns: Sequence[dict[str, Any]],
    *,
    conversation_id: ConversationId,
    user_id: UserId,
    user_name: str,
) -> None:
    """Store ended turns with their events, and which of the stored files go with them."""
    values = {
        "turns": orjson.dumps(turns).decode(),
        "conversation_id": conversation_id,
        "user_id": user_id,
        "user_name": user_name,
    }
    await writer.execute(_TURNS, values)
    await writer.execute(_STEPS, values)
    await writer.execute(_FILES, values)
