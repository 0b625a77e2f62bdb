"""MCP servers of others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class McpServerRow(Rows):
    """A registered server: a URL, or a command that one worker at a time runs.

    What is secret is sealed; the revision changes with every change. `held_at` is where the worker
    serves it that holds it until `held_until`.
    """

    __tablename__ = "mcp_servers"

    name: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str | None]
    sealed_headers: Mapped[str | None]
    wants_login: Mapped[bool]
    client_id: Mapped[str | None]
    command: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    sealed_environment: Mapped[str | None]
    memory_mb: Mapped[int | None]
    processes: Mapped[int | None]
    held_at: Mapped[str | None]
    held_until: Mapped[datetime | None]
    is_enabled: Mapped[bool]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    revision: Mapped[UUID]
