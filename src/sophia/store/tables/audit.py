"""The journal of who did what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from sophia.store.tables.schema import Rows


class AuditRow(Rows):
    """One thing that was done. It outlives whoever and whatever it names: it refers to nothing."""

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    on_behalf_of: Mapped[UUID | None]
    via: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    arguments_hash: Mapped[str | None]
    approval_id: Mapped[UUID | None]
    turn_id: Mapped[UUID | None]
    trace_id: Mapped[str | None]
    outcome: Mapped[str]
    # Its place in the chain, and its seal; none until it is sealed.
    number: Mapped[int | None] = mapped_column(unique=True)
    seal: Mapped[bytes | None] = mapped_column(LargeBinary)
