"""Schedules, and what came of each of their runs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class ScheduleRow(Rows):
    """A message that is said by the clock or when something happens, in its user's name."""

    __tablename__ = "schedules"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # Made by a key: it runs as long as the key is valid, and with no more than the key's rights.
    api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    # None: a conversation of its own for each run. One that is gone pauses the schedule.
    conversation_id: Mapped[UUID | None]
    message: Mapped[str]
    model: Mapped[str | None]
    tools: Mapped[list[Any] | None]
    cron: Mapped[str | None]
    time_zone: Mapped[str]
    is_enabled: Mapped[bool]
    paused_because: Mapped[str | None]
    # Failures before this do not count towards the pause.
    resumed_at: Mapped[datetime]
    run_asked_at: Mapped[datetime | None]
    next_run_at: Mapped[datetime | None]
    # What it waits for: the vendor, its events and facts that they must have.
    on_event: Mapped[dict[str, Any] | None]
    # What has happened since, for the turn that is to begin; strangers' words.
    events: Mapped[list[Any]] = mapped_column(server_default="[]")
    woken_at: Mapped[datetime | None]
    last_run_at: Mapped[datetime | None]
    last_turn_id: Mapped[UUID | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_schedules_user", "user_id", "id"),
        Index("ix_schedules_due", "next_run_at", postgresql_where=text("is_enabled")),
        Index(
            "ix_schedules_asked",
            "run_asked_at",
            postgresql_where=text("run_asked_at IS NOT NULL"),
        ),
        Index("ix_schedules_woken", "woken_at", postgresql_where=text("woken_at IS NOT NULL")),
    )


class ScheduleRunRow(Rows):
    """A time at which a schedule was due, and what came of it."""

    __tablename__ = "schedule_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    schedule_id: Mapped[UUID] = mapped_column(ForeignKey("schedules.id", ondelete="CASCADE"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    due_at: Mapped[datetime]
    at: Mapped[datetime]
    outcome: Mapped[str]
    reason: Mapped[str]
    turn_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id", ondelete="SET NULL"))

    __table_args__ = (
        UniqueConstraint("schedule_id", "due_at", name="uq_schedule_runs_due"),
        Index("ix_schedule_runs_schedule", "schedule_id", "id"),
        Index("ix_schedule_runs_turn", "turn_id"),
    )
