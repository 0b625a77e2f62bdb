"""Accounts at an OpenID provider that sign people in here."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class ExternalIdentityRow(Rows):
    """An account at a provider: its issuer and subject stand for one user here."""

    __tablename__ = "external_identities"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str | None]
    linked_at: Mapped[datetime]
