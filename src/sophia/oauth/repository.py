"""Registered applications and grants in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, Select, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from sophia.kit.ids import GrantId, UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.identity import UserRow
from sophia.store.tables.oauth import OAuthClientRow, OAuthGrantRow

_GRANT = (*OAuthGrantRow.__table__.columns,)
# Those that no person ever agreed to go first, the oldest of them before the others.
_MAKE_ROOM = text("""
    DELETE FROM oauth_clients WHERE expires_at <= :now OR id IN (
        SELECT id FROM oauth_clients ORDER BY expires_at DESC, id DESC OFFSET :kept)
""")


async def add_client(writer: Writer, values: dict[str, Any], *, most: int) -> None:
    """Store an application; what expired goes, and when there are too many whoever would next."""
    await writer.execute(_MAKE_ROOM, {"now": values["created_at"], "kept": most - 1})
    await writer.execute(insert(OAuthClientRow).values(**values))


async def client(reader: Reader, id_: UUID, *, now: datetime) -> RowMapping | None:
    """Give an application that has not expired."""
    found = await reader.execute(
        select(*OAuthClientRow.__table__.columns).where(
            OAuthClientRow.id == id_, OAuthClientRow.expires_at > now
        )
    )
    return found.mappings().one_or_none()


async def keep_client(writer: Writer, id_: UUID, *, until: datetime) -> None:
    """Put off when an application expires."""
    await writer.execute(
        update(OAuthClientRow).where(OAuthClientRow.id == id_).values(expires_at=until)
    )


async def add_grant(writer: Writer, values: dict[str, Any]) -> None:
    """Store what a person allowed, or allows again under that id with another code."""
    added = insert(OAuthGrantRow).values(**values)
    await writer.execute(
        added.on_conflict_do_update(
            index_elements=[OAuthGrantRow.id],
            set_={name: values[name] for name in ("code_hash", "code_expires_at", "scopes")},
            where=(OAuthGrantRow.user_id == values["user_id"])
            & OAuthGrantRow.redeemed_at.is_(None),
        )
    )


async def drop_dead(writer: Writer, user_id: UserId, *, before: datetime) -> None:
    """Forget a person's grants that ended long ago, and codes that nobody redeemed."""
    grant = OAuthGrantRow
    ended = func.coalesce(grant.revoked_at, grant.expires_at, grant.code_expires_at)
    await writer.execute(delete(grant).where(grant.user_id == user_id, ended < before))


def _locked(*where: ColumnElement[bool]) -> Select[Any]:
    """Select a grant whose person may sign in; nobody else changes it meanwhile."""
    return (
        select(*_GRANT)
        .join(UserRow, UserRow.id == OAuthGrantRow.user_id)
        .where(UserRow.disabled_at.is_(None), *where)
        .with_for_update(of=OAuthGrantRow)
    )


async def locked_by_code(writer: Writer, code_hash: bytes) -> RowMapping | None:
    """Give the grant of a code, redeemed or not."""
    found = await writer.execute(_locked(OAuthGrantRow.code_hash == code_hash))
    return found.mappings().one_or_none()


async def locked(writer: Writer, id_: GrantId) -> RowMapping | None:
    """Give a grant, ended or not."""
    found = await writer.execute(_locked(OAuthGrantRow.id == id_))
    return found.mappings().one_or_none()


async def change(writer: Writer, id_: GrantId, values: dict[str, Any]) -> None:
    """Change a locked grant."""
    await writer.execute(update(OAuthGrantRow).where(OAuthGrantRow.id == id_).values(**values))


def _good(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        OAuthGrantRow.redeemed_at.is_not(None),
        OAuthGrantRow.revoked_at.is_(None),
        OAuthGrantRow.expires_at > now,
    )


async def standing(reader: Reader, id_: GrantId, *, now: datetime) -> RowMapping | None:
    """Give a grant that is good with its person as they are now."""
    found = await reader.execute(
        select(OAuthGrantRow.user_id, OAuthGrantRow.scopes, UserRow.name, UserRow.role)
        .join(UserRow, UserRow.id == OAuthGrantRow.user_id)
        .where(OAuthGrantRow.id == id_, UserRow.disabled_at.is_(None), *_good(now))
    )
    return found.mappings().one_or_none()


async def grants(reader: Reader, user_id: UserId, *, now: datetime) -> Sequence[RowMapping]:
    """Give a person's grants that are good, the last used first."""
    found = await reader.execute(
        select(*_GRANT)
        .where(OAuthGrantRow.user_id == user_id, *_good(now))
        .order_by(OAuthGrantRow.last_used_at.desc(), OAuthGrantRow.id)
    )
    return found.mappings().all()


async def end(writer: Writer, id_: UUID, *, user_id: UserId, now: datetime) -> bool:
    """End a person's grant; says whether there was one that was good."""
    done = await writer.execute(
        update(OAuthGrantRow)
        .where(OAuthGrantRow.id == id_, OAuthGrantRow.user_id == user_id, *_good(now))
        .values(revoked_at=now)
    )
    return done.rowcount == 1
