"""Applications that registered themselves, and what people allowed them and others."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class OAuthClientRow(Rows):
    """An application that registered itself; it has no secret."""

    __tablename__ = "oauth_clients"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    redirect_uris: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    # Put off each time that it gets tokens.
    expires_at: Mapped[datetime] = mapped_column(index=True)


class OAuthGrantRow(Rows):
    """What a person allowed an application: a code at first, then a family of refresh tokens."""

    __tablename__ = "oauth_grants"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # An id in oauth_clients, or the address of the application's own description.
    client_id: Mapped[str]
    client_name: Mapped[str]
    client_host: Mapped[str | None]
    redirect_uri: Mapped[str]
    resource: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_challenge: Mapped[str]
    code_expires_at: Mapped[datetime]
    # Until the code is redeemed there are no tokens.
    redeemed_at: Mapped[datetime | None]
    token_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    previous_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    rotated_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_oauth_grants_user", "user_id", "id"),)
