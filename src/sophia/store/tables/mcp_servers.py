"""MCP servers of others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class McpServerRow(Rows):
    """A registered server. Its token is sealed; the revision changes with every change."""

    __tablename__ = "mcp_servers"

    name: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    sealed_token: Mapped[str | None]
    is_enabled: Mapped[bool]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    revision: Mapped[UUID]
