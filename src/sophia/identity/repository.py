"""Users, links, sessions and keys in PostgreSQL."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, delete, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from sophia.kit.ids import ApiKeyId, SessionId, UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.identity import ApiKeyRow, SessionRow, SignInLinkRow, UserRow

_USER = (UserRow.id, UserRow.name, UserRow.email, UserRow.role, UserRow.password_hash)


async def ensure_owner(writer: Writer, *, id_: UserId, now: datetime) -> UserId:
    """Give the owner, made now if there was none."""
    await writer.execute(
        insert(UserRow)
        .values(id=id_, name="Owner", role="owner", created_at=now)
        .on_conflict_do_nothing(
            index_elements=[UserRow.role], index_where=UserRow.role == literal_column("'owner'")
        )
    )
    # A statement of its own: it sees whom somebody else made at the same moment.
    owner = await writer.execute(select(UserRow.id).where(UserRow.role == "owner"))
    return UserId(owner.scalar_one())


async def user(reader: Reader, id_: UserId) -> RowMapping | None:
    """Give a user who is not disabled."""
    found = await reader.execute(
        select(*_USER).where(UserRow.id == id_, UserRow.disabled_at.is_(None))
    )
    return found.mappings().one_or_none()


async def user_by_email(reader: Reader, email: str) -> RowMapping | None:
    """Give the user with an e-mail address."""
    found = await reader.execute(
        select(*_USER).where(UserRow.email == email, UserRow.disabled_at.is_(None))
    )
    return found.mappings().one_or_none()


async def users(reader: Reader) -> list[RowMapping]:
    """Give everybody, the oldest account first."""
    found = await reader.execute(select(*_USER, UserRow.created_at).order_by(UserRow.id))
    return list(found.mappings())


async def update_user(writer: Writer, id_: UserId, values: dict[str, Any]) -> None:
    """Change a user."""
    await writer.execute(update(UserRow).where(UserRow.id == id_).values(**values))


async def has_signed_in(reader: Reader, id_: UserId) -> bool:
    """Say whether a user ever signed in."""
    return bool(
        await reader.scalar(select(SessionRow.id).where(SessionRow.user_id == id_).limit(1))
    )


async def add_link(
    writer: Writer, *, user_id: UserId, token_hash: bytes, now: datetime, ttl: timedelta
) -> None:
    """Store a link and void the user's earlier ones."""
    await writer.execute(delete(SignInLinkRow).where(SignInLinkRow.user_id == user_id))
    await writer.execute(
        insert(SignInLinkRow).values(
            token_hash=token_hash, user_id=user_id, created_at=now, expires_at=now + ttl
        )
    )


async def use_link(writer: Writer, *, token_hash: bytes, now: datetime) -> UserId | None:
    """Use a link up; gives its user, once."""
    found = await writer.scalar(
        update(SignInLinkRow)
        .where(
            SignInLinkRow.token_hash == token_hash,
            SignInLinkRow.used_at.is_(None),
            SignInLinkRow.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInLinkRow.user_id)
    )
    return None if found is None else UserId(found)


async def add_session(writer: Writer, values: dict[str, Any]) -> None:
    """Store a session with its first refresh token."""
    await writer.execute(insert(SessionRow).values(**values))


async def session(reader: Reader, id_: SessionId) -> RowMapping | None:
    """Give a session, ended or not."""
    found = await reader.execute(select(*SessionRow.__table__.columns).where(SessionRow.id == id_))
    return found.mappings().one_or_none()


async def locked_session(writer: Writer, id_: SessionId) -> RowMapping | None:
    """Give a session, ended or not; nobody else changes it until the transaction ends."""
    found = await writer.execute(
        select(*SessionRow.__table__.columns).where(SessionRow.id == id_).with_for_update()
    )
    return found.mappings().one_or_none()


async def rotate(
    writer: Writer, *, id_: SessionId, old: bytes, fresh: bytes, now: datetime
) -> None:
    """Replace the newest refresh token of a locked session."""
    await writer.execute(
        update(SessionRow)
        .where(SessionRow.id == id_)
        .values(token_hash=fresh, previous_hash=old, rotated_at=now, last_used_at=now)
    )


async def revoke_session(
    writer: Writer, *, id_: SessionId, now: datetime, user_id: UserId | None = None
) -> bool:
    """End a session; says whether there was one that had not ended."""
    statement = update(SessionRow).where(SessionRow.id == id_, SessionRow.revoked_at.is_(None))
    if user_id is not None:
        statement = statement.where(SessionRow.user_id == user_id)
    done = await writer.execute(statement.values(revoked_at=now))
    return done.rowcount == 1


async def revoke_other_sessions(
    writer: Writer, *, user_id: UserId, kept: SessionId | None, now: datetime
) -> None:
    """End a user's sessions but one."""
    statement = update(SessionRow).where(
        SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None)
    )
    if kept is not None:
        statement = statement.where(SessionRow.id != kept)
    await writer.execute(statement.values(revoked_at=now))


async def sessions(
    reader: Reader, *, user_id: UserId, now: datetime, used_since: datetime
) -> list[RowMapping]:
    """Give a user's open sessions, the last used first."""
    found = await reader.execute(
        select(*SessionRow.__table__.columns)
        .where(
            SessionRow.user_id == user_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
            SessionRow.last_used_at > used_since,
        )
        .order_by(SessionRow.last_used_at.desc())
    )
    return list(found.mappings())


async def role_of(
    reader: Reader,
    *,
    user_id: UserId,
    session_id: SessionId | None,
    api_key_id: ApiKeyId | None,
    now: datetime,
) -> str | None:
    """Give a user's role, unless the account is disabled or the session or key is over."""
    statement = select(UserRow.role).where(UserRow.id == user_id, UserRow.disabled_at.is_(None))
    if session_id is not None:
        statement = statement.join(SessionRow, SessionRow.user_id == UserRow.id).where(
            SessionRow.id == session_id,
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > now,
        )
    if api_key_id is not None:
        statement = statement.join(ApiKeyRow, ApiKeyRow.user_id == UserRow.id).where(
            ApiKeyRow.id == api_key_id, *_valid_key(now)
        )
    role: str | None = await reader.scalar(statement)
    return role


def _valid_key(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        ApiKeyRow.revoked_at.is_(None),
        or_(ApiKeyRow.expires_at.is_(None), ApiKeyRow.expires_at > now),
    )


async def add_key(writer: Writer, values: dict[str, Any]) -> RowMapping:
    """Store an API key, or the text of one that the user has, and give it as stored."""
    added = await writer.execute(
        insert(ApiKeyRow)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[ApiKeyRow.id],
            set_={name: values[name] for name in ("hmac", "last4")},
            where=ApiKeyRow.user_id == values["user_id"],
        )
        .returning(*ApiKeyRow.__table__.columns)
    )
    return added.mappings().one()


async def keys(reader: Reader, *, user_id: UserId) -> list[RowMapping]:
    """Give a user's keys that were not revoked, the newest first."""
    found = await reader.execute(
        select(*ApiKeyRow.__table__.columns)
        .where(ApiKeyRow.user_id == user_id, ApiKeyRow.revoked_at.is_(None))
        .order_by(ApiKeyRow.id.desc())
    )
    return list(found.mappings())


async def key_by_hmac(reader: Reader, hmac: bytes, *, now: datetime) -> RowMapping | None:
    """Give a valid key with its user."""
    found = await reader.execute(
        select(
            ApiKeyRow.id,
            ApiKeyRow.scopes,
            ApiKeyRow.user_id,
            ApiKeyRow.last_used_at,
            UserRow.name,
            UserRow.role,
        )
        .join(UserRow, UserRow.id == ApiKeyRow.user_id)
        .where(
            ApiKeyRow.hmac == hmac,
            *_valid_key(now),
            UserRow.disabled_at.is_(None),
        )
    )
    return found.mappings().one_or_none()


async def touch_key(writer: Writer, id_: ApiKeyId, *, now: datetime) -> None:
    """Note that a key was used, once a minute however many processes see it."""
    await writer.execute(
        update(ApiKeyRow)
        .where(
            ApiKeyRow.id == id_,
            or_(
                ApiKeyRow.last_used_at.is_(None),
                ApiKeyRow.last_used_at <= now - timedelta(minutes=1),
            ),
        )
        .values(last_used_at=now)
    )


async def revoke_key(writer: Writer, *, user_id: UserId, id_: UUID, now: datetime) -> bool:
    """End a key; says whether the user had it."""
    done = await writer.execute(
        update(ApiKeyRow)
        .where(ApiKeyRow.id == id_, ApiKeyRow.user_id == user_id, ApiKeyRow.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    return done.rowcount == 1


async def end_key(
    writer: Writer, *, user_id: UserId, id_: UUID, now: datetime, at: datetime
) -> RowMapping | None:
    """Have a good key of a user end at a time, or when it would anyway; gives it as it was."""
    found = await writer.execute(
        select(*ApiKeyRow.__table__.columns)
        .where(ApiKeyRow.id == id_, ApiKeyRow.user_id == user_id, *_valid_key(now))
        .with_for_update()
    )
    old = found.mappings().one_or_none()
    if old is not None:
        until = at if old["expires_at"] is None else min(at, old["expires_at"])
        await writer.execute(update(ApiKeyRow).where(ApiKeyRow.id == id_).values(expires_at=until))
    return old


async def prune(writer: Writer, *, before: datetime) -> None:
    """Forget links and sessions that ended long ago."""
    await writer.execute(delete(SignInLinkRow).where(SignInLinkRow.expires_at < before))
    await writer.execute(
        delete(SessionRow).where(
            or_(SessionRow.expires_at < before, SessionRow.revoked_at < before)
        )
    )
