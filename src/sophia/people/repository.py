"""People, invitations and teams in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from sophia.kit.ids import UserId
from sophia.store.database import Reader, Writer
from sophia.store.tables.identity import UserRow
from sophia.store.tables.people import InvitationRow, TeamMemberRow, TeamRow

_PEOPLE = """
    SELECT person.id AS user_id, name, email, role, disabled_at IS NOT NULL AS is_disabled,
        password_hash IS NOT NULL AS has_password,
        created_at, greatest(
            (SELECT max(last_used_at) FROM sessions WHERE user_id = person.id),
            (SELECT max(last_used_at) FROM api_keys WHERE user_id = person.id)
        ) AS last_seen_at
    FROM users person
"""
_ALL = text(f"{_PEOPLE} ORDER BY person.id")
_ONE = text(f"{_PEOPLE} WHERE person.id = :id")
_TEAMS = text("""
    SELECT team.id AS team_id, team.name, team.created_at,
        coalesce((
            SELECT json_agg(json_build_object(
                    'user_id', member.user_id, 'name', person.name, 'role', member.role)
                ORDER BY person.name, person.id)
            FROM team_members member JOIN users person ON person.id = member.user_id
            WHERE member.team_id = team.id
        ), '[]') AS members
    FROM teams team
    WHERE cast(:user_id AS uuid) IS NULL OR EXISTS (
        SELECT FROM team_members mine WHERE mine.team_id = team.id AND mine.user_id = :user_id)
    ORDER BY team.name
""")
_JOIN_TEAMS = text("""
    INSERT INTO team_members (team_id, user_id, role)
    SELECT id, :user_id, 'member' FROM teams WHERE id = ANY(:team_ids) ON CONFLICT DO NOTHING
""")


async def people(reader: Reader) -> Sequence[RowMapping]:
    """Give everybody, the oldest account first."""
    return (await reader.execute(_ALL)).mappings().all()


async def person(reader: Reader, id_: UserId) -> RowMapping | None:
    """Give somebody, disabled or not."""
    return (await reader.execute(_ONE, {"id": id_})).mappings().one_or_none()


async def lock_roles(writer: Writer, ids: Sequence[UserId]) -> dict[UUID, str]:
    """Give the roles of people, which nobody else changes until the transaction ends."""
    found = await writer.execute(
        select(UserRow.id, UserRow.role)
        .where(UserRow.id.in_(ids))
        .order_by(UserRow.id)
        .with_for_update()
    )
    return {row.id: row.role for row in found}


async def change(writer: Writer, id_: UserId, values: dict[str, Any]) -> None:
    """Change somebody."""
    await writer.execute(update(UserRow).where(UserRow.id == id_).values(**values))


async def add_person(writer: Writer, values: dict[str, Any]) -> None:
    """Store a new account."""
    await writer.execute(insert(UserRow).values(**values))


async def remove_person(writer: Writer, id_: UserId) -> None:
    """Delete somebody and, with the account, all that is theirs."""
    for table in ("memories", "memory_changes", "memory_documents", "memory_entities"):
        await writer.execute(
            text(f"DELETE FROM {table} WHERE owner = :id"),  # noqa: S608 - constants
            {"id": str(id_)},
        )
    await writer.execute(delete(UserRow).where(UserRow.id == id_))


async def end_access(writer: Writer, id_: UserId, *, now: datetime) -> None:
    """End somebody's sessions and void the links."""
    await writer.execute(
        text("UPDATE sessions SET revoked_at = :now WHERE user_id = :id AND revoked_at IS NULL"),
        {"id": id_, "now": now},
    )
    await writer.execute(text("DELETE FROM sign_in_links WHERE user_id = :id"), {"id": id_})


async def add_invitation(writer: Writer, values: dict[str, Any]) -> RowMapping:
    """Store an invitation; one that is made again keeps its id and gets another link."""
    added = await writer.execute(
        insert(InvitationRow)
        .values(**values)
        .on_conflict_do_update(
            index_elements=[InvitationRow.id],
            set_={"token_hash": values["token_hash"]},
            where=InvitationRow.invited_by == values["invited_by"],
        )
        .returning(*InvitationRow.__table__.columns)
    )
    return added.mappings().one()


async def open_invitations(reader: Reader, *, now: datetime) -> Sequence[RowMapping]:
    """Give the invitations that can be accepted, the newest first."""
    found = await reader.execute(
        select(*InvitationRow.__table__.columns)
        .where(InvitationRow.ended_at.is_(None), InvitationRow.expires_at > now)
        .order_by(InvitationRow.id.desc())
    )
    return found.mappings().all()


async def end_invitation(writer: Writer, id_: UUID, *, now: datetime) -> bool:
    """Take an invitation back; says whether it was open."""
    done = await writer.execute(
        update(InvitationRow)
        .where(InvitationRow.id == id_, InvitationRow.ended_at.is_(None))
        .values(ended_at=now)
    )
    return done.rowcount == 1


async def use_invitation(writer: Writer, token_hash: bytes, *, now: datetime) -> RowMapping | None:
    """Use an open invitation up, once."""
    found = await writer.execute(
        update(InvitationRow)
        .where(
            InvitationRow.token_hash == token_hash,
            InvitationRow.ended_at.is_(None),
            InvitationRow.expires_at > now,
        )
        .values(ended_at=now)
        .returning(*InvitationRow.__table__.columns)
    )
    return found.mappings().one_or_none()


async def teams(reader: Reader, *, user_id: UserId | None) -> Sequence[RowMapping]:
    """Give the teams that somebody is in, or all, by name."""
    return (await reader.execute(_TEAMS, {"user_id": user_id})).mappings().all()


async def add_team(writer: Writer, values: dict[str, Any]) -> None:
    """Store a team; one that is there under this id stays."""
    await writer.execute(
        insert(TeamRow).values(**values).on_conflict_do_nothing(index_elements=[TeamRow.id])
    )


async def rename_team(writer: Writer, id_: UUID, *, name: str) -> bool:
    """Rename a team; says whether there was one."""
    done = await writer.execute(update(TeamRow).where(TeamRow.id == id_).values(name=name))
    return done.rowcount == 1


async def remove_team(writer: Writer, id_: UUID) -> bool:
    """Delete a team and what it remembers together; says whether there was one."""
    for table in ("memories", "memory_changes", "memory_documents"):
        await writer.execute(
            text(f"DELETE FROM {table} WHERE owner = chr(31) || 'team:' || :id"),  # noqa: S608
            {"id": str(id_)},
        )
    done = await writer.execute(delete(TeamRow).where(TeamRow.id == id_))
    return done.rowcount == 1


async def put_member(writer: Writer, team_id: UUID, user_id: UserId, *, role: str) -> None:
    """Take somebody into a team, or change what they are there."""
    await writer.execute(
        insert(TeamMemberRow)
        .values(team_id=team_id, user_id=user_id, role=role)
        .on_conflict_do_update(
            index_elements=[TeamMemberRow.team_id, TeamMemberRow.user_id], set_={"role": role}
        )
    )


async def remove_member(writer: Writer, team_id: UUID, user_id: UserId) -> bool:
    """Take somebody out of a team; says whether they were in it."""
    done = await writer.execute(
        delete(TeamMemberRow).where(
            TeamMemberRow.team_id == team_id, TeamMemberRow.user_id == user_id
        )
    )
    return done.rowcount == 1


async def team_role(reader: Reader, team_id: UUID, user_id: UserId) -> str | None:
    """Say what somebody is in a team."""
    return await reader.scalar(
        select(TeamMemberRow.role).where(
            TeamMemberRow.team_id == team_id, TeamMemberRow.user_id == user_id
        )
    )


async def join_teams(writer: Writer, user_id: UserId, team_ids: Sequence[UUID]) -> None:
    """Take somebody into those of some teams that there still are."""
    await writer.execute(_JOIN_TEAMS, {"user_id": user_id, "team_ids": list(team_ids)})
