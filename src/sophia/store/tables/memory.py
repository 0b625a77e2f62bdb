"""What Sophia was told, with who said it and when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Computed,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class MemoryRow(Rows):
    """One thing worth keeping. Nobody finds it but its owner, or who is in its space."""

    __tablename__ = "memories"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Who may find it: a user's id, the free user_id of a client with the server's own token, or a
    # space that several people share (memory/spaces.py).
    owner: Mapped[str]
    # Who stored it: of a shared one's owner that says nothing.
    author: Mapped[str | None]
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
    document: Mapped[str | None]
    # Of a passage: of which document, on which page of it and under which heading.
    document_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("memory_documents.id", ondelete="CASCADE")
    )
    page: Mapped[int | None] = mapped_column(Integer)
    heading: Mapped[str | None]
    kind: Mapped[str] = mapped_column(server_default="note")
    trust: Mapped[str] = mapped_column(server_default="told")
    # When it happened, if that is known; apart from when it was stored.
    occurred_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    # Since and until when it holds, what holds in its place, and when it is let go of.
    valid_from: Mapped[datetime | None]
    valid_until: Mapped[datetime | None]
    superseded_by: Mapped[UUID | None] = mapped_column(
        ForeignKey("memories.id", ondelete="SET NULL")
    )
    expires_at: Mapped[datetime | None]
    # Of which entity of the knowledge graph it is said.
    entity_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("memory_entities.id", ondelete="CASCADE")
    )
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
        Index("ix_memories_owner_id", "owner", "id"),
        Index(
            "ix_memories_superseded_by",
            "superseded_by",
            postgresql_where=text("superseded_by IS NOT NULL"),
        ),
        Index(
            "ix_memories_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")
        ),
        Index("ix_memories_entity_id", "entity_id", postgresql_where=text("entity_id IS NOT NULL")),
        Index(
            "ix_memories_document_id",
            "document_id",
            postgresql_where=text("document_id IS NOT NULL"),
        ),
        Index("ix_memories_conversation", "owner", "scope", "conversation", "position"),
        Index(
            "ix_memories_keys",
            "keys",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )


class MemoryChangeRow(Rows):
    """What a memory was before somebody changed or deleted it; nothing, if it was brought back."""

    __tablename__ = "memory_changes"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    memory_id: Mapped[UUID]
    owner: Mapped[str]
    deed: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[dict[str, Any] | None]

    __table_args__ = (
        Index("ix_memory_changes_memory_id", "memory_id", "id"),
        Index("ix_memory_changes_owner", "owner"),
        Index("ix_memory_changes_at", "at", postgresql_where=text("deed = 'deleted'")),
    )


class MemoryLinkRow(Rows):
    """That one memory has to do with another."""

    __tablename__ = "memory_links"

    from_id: Mapped[UUID] = mapped_column(
        ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True
    )
    to_id: Mapped[UUID] = mapped_column(
        ForeignKey("memories.id", ondelete="CASCADE"), primary_key=True
    )
    relation: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (Index("ix_memory_links_to_id", "to_id"),)


class MemoryUnlearnerRow(Rows):
    """Somebody of whose talks nothing is to be kept unasked."""

    __tablename__ = "memory_unlearners"

    owner: Mapped[str] = mapped_column(primary_key=True)


class MemoryEntityRow(Rows):
    """A person, project or thing of somebody's knowledge graph."""

    __tablename__ = "memory_entities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str]
    name: Mapped[str]
    entity_type: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (UniqueConstraint("owner", "name", name="uq_memory_entities_name"),)


class MemoryRelationRow(Rows):
    """How one entity stands to another."""

    __tablename__ = "memory_relations"

    from_id: Mapped[UUID] = mapped_column(
        ForeignKey("memory_entities.id", ondelete="CASCADE"), primary_key=True
    )
    to_id: Mapped[UUID] = mapped_column(
        ForeignKey("memory_entities.id", ondelete="CASCADE"), primary_key=True
    )
    relation_type: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_memory_relations_to_id", "to_id"),
        Index("ix_memory_relations_owner", "owner"),
    )
