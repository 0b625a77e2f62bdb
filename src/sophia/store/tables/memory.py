"""What Sophia was told, with who said it and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Computed, Index, Integer, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class MemoryRow(Rows):
    """One thing worth keeping. Nobody but its owner finds it."""

    __tablename__ = "memories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Who may find it: a user's id, or the free user_id of a client with the server's own token.
    owner: Mapped[str]
    scope: Mapped[str]
    content: Mapped[str]
    # What makes it the same memory when it is stored again; see memory/service.py.
    fingerprint: Mapped[UUID]
    category: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # `metadata` is taken by SQLAlchemy's own.
    details: Mapped[dict[str, Any]] = mapped_column("metadata")
    external_id: Mapped[str | None]
    # Source: who said it, where in which conversation, and in which turn of Sophia it was stored.
    speaker: Mapped[str | None]
    conversation: Mapped[str | None]
    position: Mapped[int | None] = mapped_column(Integer)
    turn_id: Mapped[str | None]
    # When it happened, if that is known; apart from when it was stored.
    occurred_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    # Search: the stems of content, speaker and date, and how many there are.
    terms: Mapped[Any] = mapped_column(TSVECTOR)
    length: Mapped[int] = mapped_column(Integer)
    # A number for each stem with its owner, and with its owner and scope: what the index is over.
    keys: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger),
        Computed("memory_keys(owner, scope, tsvector_to_array(terms))", persisted=True),
    )

    __table_args__ = (
        UniqueConstraint("owner", "scope", "fingerprint", name="uq_memories_fingerprint"),
        Index("ix_memories_owner_scope", "owner", "scope", postgresql_include=["length"]),
        Index("ix_memories_conversation", "owner", "scope", "conversation", "position"),
        Index(
            "ix_memories_keys",
            "keys",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )
