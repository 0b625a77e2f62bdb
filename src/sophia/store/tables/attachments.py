"""Files that go with messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class AttachmentContentRow(Rows):
    """What is in a file, once for each user."""

    __tablename__ = "attachment_contents"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[bytes] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class AttachmentRow(Rows):
    """A file as somebody uploaded it. `said` is what a model is told of it."""

    __tablename__ = "attachments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    sha256: Mapped[bytes]
    name: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(Integer)
    said: Mapped[str | None]
    pages: Mapped[int | None] = mapped_column(Integer)
    is_cut: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["user_id", "sha256"],
            ["attachment_contents.user_id", "attachment_contents.sha256"],
            ondelete="CASCADE",
        ),
        Index("ix_attachments_user_sha256", "user_id", "sha256"),
        Index("ix_attachments_created_at", "created_at"),
    )


class TurnAttachmentRow(Rows):
    """Which files go with which message."""

    __tablename__ = "turn_attachments"

    turn_id: Mapped[UUID] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    place: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_turn_attachments_attachment", "attachment_id"),)
