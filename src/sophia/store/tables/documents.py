"""Documents that were split into memories."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class MemoryDocumentRow(Rows):
    """A document: where it is from, how far it is read, and what its passages have in common."""

    __tablename__ = "memory_documents"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Whose it is, as with memories, and who added it.
    owner: Mapped[str]
    author: Mapped[str]
    scope: Mapped[str]
    name: Mapped[str]
    url: Mapped[str | None]
    category: Mapped[str]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    trust: Mapped[str]
    state: Mapped[str]
    # Counts what was added under this name: what was read of an earlier one is not stored.
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    pending: Mapped[bytes | None] = mapped_column(LargeBinary)
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    media_type: Mapped[str | None]
    pages: Mapped[int | None] = mapped_column(Integer)
    passages: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    indexed: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    is_cut: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    failure: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    # When a worker may take it: at once, again after a failure, or after the one that took it died.
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    indexed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("owner", "scope", "name", name="uq_memory_documents_name"),
        Index("ix_memory_documents_owner_id", "owner", "id"),
        Index(
            "ix_memory_documents_due_at",
            "due_at",
            postgresql_where=text("state IN ('queued', 'indexing')"),
        ),
    )
