"""People's logins at MCP servers that others run."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class UpstreamLoginRow(Rows):
    """One user's tokens at one server, sealed."""

    __tablename__ = "upstream_logins"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    server: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str]
    scope: Mapped[str | None]
    expires_at: Mapped[datetime | None]
    # One more with each token: whoever renews, renews the one that was read.
    version: Mapped[int]
    # Until then nobody else uses the refresh token, which is good once.
    renewing_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    renewed_at: Mapped[datetime]


class UpstreamAttemptRow(Rows):
    """A login under way, good once."""

    __tablename__ = "upstream_attempts"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    server: Mapped[str]
    sealed: Mapped[str]
    expires_at: Mapped[datetime]


class UpstreamClientRow(Rows):
    """Who Sophia is at a login where she registered herself, sealed."""

    __tablename__ = "upstream_clients"

    server: Mapped[str] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(primary_key=True)
    redirect_uri: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[str]
    created_at: Mapped[datetime]
