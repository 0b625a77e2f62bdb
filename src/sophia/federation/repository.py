"""External identities in PostgreSQL, and the accounts that they stand for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from sophia.store.database import Reader, Writer
from sophia.store.tables.federation import ExternalIdentityRow
from sophia.store.tables.identity import UserRow

_ACCOUNT = (
    UserRow.id,
    UserRow.name,
    UserRow.email,
    UserRow.role,
    UserRow.disabled_at,
    UserRow.is_email_self_given,
)


async def lock_person(writer: Writer, issuer: str, subject: str) -> None:
    """Let one person's sign-ins in one after the other."""
    await writer.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"{issuer} {subject}", 0)))
    )


async def account_of(writer: Writer, *, issuer: str, subject: str) -> RowMapping | None:
    """Give the account that an external identity stands for, disabled or not."""
    found = await writer.execute(
        select(*_ACCOUNT)
        .join(ExternalIdentityRow, ExternalIdentityRow.user_id == UserRow.id)
        .where(ExternalIdentityRow.issuer == issuer, ExternalIdentityRow.subject == subject)
    )
    return found.mappings().one_or_none()


async def account_by_email(writer: Writer, email: str) -> RowMapping | None:
    """Give the account with an e-mail address, disabled or not; it stays as it is until the end."""
    found = await writer.execute(select(*_ACCOUNT).where(UserRow.email == email).with_for_update())
    return found.mappings().one_or_none()


async def add_account(
    writer: Writer, *, id_: UUID, name: str, email: str | None, role: str, now: datetime
) -> bool:
    """Make an account; says whether its e-mail address was free."""
    made = await writer.scalar(
        insert(UserRow)
        .values(id=id_, name=name, email=email, role=role, created_at=now)
        .on_conflict_do_nothing(index_elements=[UserRow.email])
        .returning(UserRow.id)
    )
    return made is not None


async def set_role(writer: Writer, user_id: UUID, role: str) -> bool:
    """Change a role that is not the owner's; says whether it was another one."""
    done = await writer.execute(
        update(UserRow)
        .where(UserRow.id == user_id, UserRow.role.not_in(["owner", role]))
        .values(role=role)
    )
    return done.rowcount == 1


async def add_identity(writer: Writer, values: dict[str, Any]) -> bool:
    """Link; says whether neither side was linked at this issuer before."""
    made = await writer.scalar(
        insert(ExternalIdentityRow)
        .values(**values)
        .on_conflict_do_nothing()
        .returning(ExternalIdentityRow.id)
    )
    return made is not None


async def identities(reader: Reader, user_id: UUID) -> Sequence[RowMapping]:
    """Give a user's external identities."""
    found = await reader.execute(
        select(*ExternalIdentityRow.__table__.columns)
        .where(ExternalIdentityRow.user_id == user_id)
        .order_by(ExternalIdentityRow.id)
    )
    return found.mappings().all()


async def remove_identity(writer: Writer, *, id_: UUID, user_id: UUID) -> bool:
    """Unlink; says whether there was such a link."""
    done = await writer.execute(
        delete(ExternalIdentityRow).where(
            ExternalIdentityRow.id == id_, ExternalIdentityRow.user_id == user_id
        )
    )
    return done.rowcount == 1
