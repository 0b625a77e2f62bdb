"""What servers say of their tools, as it was approved."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class PinSetRow(Rows):
    """The tools of a server of ours in one version, or of a server as it was registered."""

    __tablename__ = "pin_sets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["server", "registered_at"],
            ["mcp_servers.name", "mcp_servers.created_at"],
            name="fk_pin_sets_registration",
            ondelete="CASCADE",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    server: Mapped[str]
    version: Mapped[str]
    registered_at: Mapped[datetime | None]
    used_at: Mapped[datetime]
    revision: Mapped[UUID]


class ToolPinRow(Rows):
    """One tool: what was approved and what is offered instead, as canonical JSON, and hashes."""

    __tablename__ = "tool_pins"

    set_id: Mapped[UUID] = mapped_column(
        ForeignKey("pin_sets.id", ondelete="CASCADE"), primary_key=True
    )
    tool: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    hash: Mapped[str | None]
    definition: Mapped[str | None]
    offered_hash: Mapped[str | None]
    offered: Mapped[str | None]
    reason: Mapped[str | None]
    seen_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
