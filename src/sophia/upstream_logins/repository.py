"""Logins, those under way, and who we are at them, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from sophia.store.database import Reader, Writer
from sophia.store.tables.upstream_logins import (
    UpstreamAttemptRow,
    UpstreamClientRow,
    UpstreamLoginRow,
)

_Login = UpstreamLoginRow
_SHOWN = (_Login.server, _Login.scope, _Login.expires_at, _Login.created_at, _Login.renewed_at)


async def add_attempt(writer: Writer, values: dict[str, Any], *, now: datetime) -> None:
    """Store a login under way; the user's expired ones go."""
    await writer.execute(
        delete(UpstreamAttemptRow).where(
            UpstreamAttemptRow.user_id == values["user_id"], UpstreamAttemptRow.expires_at <= now
        )
    )
    await writer.execute(insert(UpstreamAttemptRow).values(**values))


async def take_attempt(writer: Writer, *, user_id: UUID, state_hash: str) -> RowMapping | None:
    """Give a login under way, once."""
    found = await writer.execute(
        delete(UpstreamAttemptRow)
        .where(UpstreamAttemptRow.state_hash == state_hash, UpstreamAttemptRow.user_id == user_id)
        .returning(*UpstreamAttemptRow.__table__.columns)
    )
    return found.mappings().one_or_none()


async def get(reader: Reader, *, user_id: UUID, server: str) -> RowMapping | None:
    """Give a login."""
    found = await reader.execute(
        select(*_Login.__table__.columns).where(_Login.user_id == user_id, _Login.server == server)
    )
    return found.mappings().one_or_none()


async def list_(reader: Reader, user_id: UUID) -> Sequence[RowMapping]:
    """Give what may be shown of a user's logins."""
    found = await reader.execute(
        select(*_SHOWN).where(_Login.user_id == user_id).order_by(_Login.server)
    )
    return found.mappings().all()


async def put(writer: Writer, values: dict[str, Any]) -> None:
    """Store a login, instead of an earlier one."""
    key = ["user_id", "server"]
    added = insert(_Login).values(**values, version=1)
    again = {
        **{name: added.excluded[name] for name in values if name not in key},
        "version": _Login.version + 1,
        "renewing_until": None,
    }
    await writer.execute(
        added.on_conflict_do_update(index_elements=["user_id", "server"], set_=again)
    )


async def claim_renewal(
    writer: Writer, *, user_id: UUID, server: str, version: int, lease_s: float
) -> bool:
    """Say whether the caller, and nobody else, may use the refresh token of this version."""
    # By the database's clock, which all replicas share.
    done = await writer.execute(
        update(_Login)
        .where(
            _Login.user_id == user_id,
            _Login.server == server,
            _Login.version == version,
            or_(_Login.renewing_until.is_(None), _Login.renewing_until < func.now()),
        )
        .values(renewing_until=func.now() + timedelta(seconds=lease_s))
    )
    return done.rowcount == 1


async def change(
    writer: Writer, *, user_id: UUID, server: str, version: int, values: dict[str, Any]
) -> None:
    """Change a login if it still is the one that was read."""
    await writer.execute(
        update(_Login)
        .where(_Login.user_id == user_id, _Login.server == server, _Login.version == version)
        .values(**values)
    )


async def remove(writer: Writer, *, user_id: UUID, server: str, version: int | None = None) -> bool:
    """Forget a login, or that one version of it; says whether there was one."""
    chosen = delete(_Login).where(_Login.user_id == user_id, _Login.server == server)
    if version is not None:
        chosen = chosen.where(_Login.version == version)
    done = await writer.execute(chosen)
    return done.rowcount == 1


async def client(reader: Reader, *, server: str, issuer: str, redirect_uri: str) -> str | None:
    """Give who we registered as, sealed."""
    return await reader.scalar(
        select(UpstreamClientRow.sealed).where(
            UpstreamClientRow.server == server,
            UpstreamClientRow.issuer == issuer,
            UpstreamClientRow.redirect_uri == redirect_uri,
        )
    )


async def add_client(writer: Writer, values: dict[str, Any]) -> str:
    """Store who we registered as, unless another was quicker; gives what stands."""
    await writer.execute(insert(UpstreamClientRow).values(**values).on_conflict_do_nothing())
    found = await client(
        writer, **{name: values[name] for name in ("server", "issuer", "redirect_uri")}
    )
    return found or values["sealed"]


async def remove_client(writer: Writer, *, server: str, issuer: str) -> None:
    """Forget who we were at a login that does not know us any more."""
    await writer.execute(
        delete(UpstreamClientRow).where(
            UpstreamClientRow.server == server, UpstreamClientRow.issuer == issuer
        )
    )


async def anybody(reader: Reader, *, server: str) -> UUID | None:
    """Give the user whose login at a server is the oldest."""
    return await reader.scalar(
        select(_Login.user_id).where(_Login.server == server).order_by(_Login.created_at).limit(1)
    )
