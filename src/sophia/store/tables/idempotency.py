"""Requests with an Idempotency-Key, and how they were answered."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class IdempotencyKeyRow(Rows):
    """A key that somebody's request carried in the last day."""

    __tablename__ = "idempotency_keys"

    # The API key that was used, else the user.
    principal: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    # Which run of the request this is, and until when nobody else may run it.
    run: Mapped[UUID]
    lease_until: Mapped[datetime]
    # Encrypted: an answer may hold a secret. Null while there is none.
    answer: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_idempotency_keys_created_at", "created_at"),
        Index("ix_idempotency_keys_user_id", "user_id"),
    )
