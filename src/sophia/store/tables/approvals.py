"""Approvals of tool calls, and the rules that say which calls need one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class ApprovalRow(Rows):
    """A question to a person: may this very call run? The answer is good for it alone, once."""

    __tablename__ = "approvals"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    call_id: Mapped[str]
    tool: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    arguments_hash: Mapped[str]
    tool_class: Mapped[str]
    reason: Mapped[str]
    status: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    used_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_approvals_turn", "turn_id"),
        Index("ix_approvals_pending", "user_id", "id", postgresql_where=text("status = 'pending'")),
    )


class ToolRuleRow(Rows):
    """What the operator says of a class of tools or of tools by name, for somebody."""

    __tablename__ = "tool_rules"

    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    verdict: Mapped[str]


class ToolOverrideRow(Rows):
    """How the operator has one tool shown to somebody at the MCP gateway."""

    __tablename__ = "tool_overrides"

    subject: Mapped[str] = mapped_column(primary_key=True)
    subject_id: Mapped[str] = mapped_column(primary_key=True)
    tool: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    description: Mapped[str | None]
    is_hidden: Mapped[bool | None]
