"""What vendors sent, and the secrets that they gave for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class HookDeliveryRow(Rows):
    """A delivery; the digest is of what the vendor signed."""

    __tablename__ = "hook_deliveries"

    vendor: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    delivery_id: Mapped[str]
    happenings: Mapped[list[Any]]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_hook_deliveries_received_at", "received_at"),
        Index(
            "ix_hook_deliveries_waiting",
            "received_at",
            postgresql_where=text("handled_at IS NULL"),
        ),
    )


class HookSecretRow(Rows):
    """A secret that a vendor gave, sealed."""

    __tablename__ = "hook_secrets"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor: Mapped[str]
    sealed: Mapped[str]
    created_at: Mapped[datetime]
