"""Conversations, turns and their steps."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class ConversationRow(Rows):
    """A thread of turns that belongs to one user."""

    __tablename__ = "conversations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    title: Mapped[str]
    # words: the first ones said; kept: those for good; model; person: nothing overwrites it.
    title_by: Mapped[str] = mapped_column(server_default="words")
    created_at: Mapped[datetime]
    # When it came from a file: what it says was said is somebody's claim.
    imported_at: Mapped[datetime | None]
    # A UUIDv7 renewed by every turn: sorts by last activity and is the page cursor.
    activity: Mapped[UUID]

    __table_args__ = (
        Index("ix_conversations_user_activity", "user_id", "activity"),
        Index(
            "ix_conversations_titled_by_words",
            "created_at",
            postgresql_where=text("title_by = 'words'"),
        ),
    )


class TurnRow(Rows):
    """One message of the user and what came of it. This row is the truth of the turn."""

    __tablename__ = "turns"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE")
    )
    # The turn that it follows on; turns with the same one are versions of each other.
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    user_name: Mapped[str]
    status: Mapped[str]
    message: Mapped[str]
    context: Mapped[str]
    request: Mapped[dict[str, Any]]
    model: Mapped[str | None]
    # Ending: the answer, how it was reached (messages for the model), and what it cost.
    response: Mapped[str] = mapped_column(server_default="")
    reply: Mapped[dict[str, Any] | None]
    # Dispatch: who runs it until when, and how often it was claimed.
    attempt: Mapped[int] = mapped_column(Integer, server_default="0")
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    is_stop_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    # Repeats of the same request.
    idempotency_key: Mapped[str | None]
    fingerprint: Mapped[str | None]

    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    # When what is worth keeping of it was kept (memory/learning.py).
    absorbed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_turns_conversation", "conversation_id", "id"),
        Index("ix_turns_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index(
            "ix_turns_open",
            "status",
            "id",
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
        Index(
            "ix_turns_conversation_open",
            "conversation_id",
            "id",
            postgresql_where=text("status IN ('queued', 'running', 'awaiting_approval')"),
        ),
        UniqueConstraint("user_id", "idempotency_key", name="uq_turns_user_idempotency_key"),
    )


class TurnStepRow(Rows):
    """A finished stretch of a turn: its events with their positions, in order."""

    __tablename__ = "turn_steps"

    turn_id: Mapped[UUID] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    attempt: Mapped[int] = mapped_column(Integer)
    last_number: Mapped[int] = mapped_column(BigInteger)
    events: Mapped[list[Any]]


class TurnWordsRow(Rows):
    """The words of an ended turn, for the search. A trigger on the turns writes it."""

    __tablename__ = "turn_words"

    turn_id: Mapped[UUID] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(TSVECTOR)

    __table_args__ = (
        Index("ix_turn_words_words", "words", postgresql_using="gin"),
        Index("ix_turn_words_user_turn", "user_id", "turn_id"),
    )
