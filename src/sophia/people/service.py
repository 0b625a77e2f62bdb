"""What may be done to people, and by whom: everybody acts on those below them only."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.audit.journal import Deed, record
from sophia.identity.deeds import deed
from sophia.identity.errors import EmailTakenError
from sophia.identity.refresh_tokens import digest
from sophia.identity.schemas import Scope, Viewer
from sophia.identity.service import IdentityService, SignedIn
from sophia.kit.clock import Clock
from sophia.kit.ids import UserId, uuid7
from sophia.people import repository
from sophia.people.errors import (
    InvitationMissingError,
    InvitationOverError,
    OwnerStaysError,
    PersonMissingError,
    RoleTooHighError,
    TeamMissingError,
    TeamNameTakenError,
)
from sophia.people.schemas import RANKS, InvitationIn, JoinIn, PersonChangeIn
from sophia.store.database import Database, Writer


@dataclass(frozen=True, slots=True)
class PeopleService:
    """People, invitations and teams."""

    database: Database
    identity: IdentityService
    clock: Clock

    async def all(self) -> Sequence[RowMapping]:
        """Give everybody, the oldest account first."""
        async with self.database.reading() as reader:
            return await repository.people(reader)

    async def one(self, id_: UserId) -> RowMapping:
        """Give somebody; raises PersonMissingError."""
        async with self.database.reading() as reader:
            row = await repository.person(reader, id_)
        if row is None:
            raise PersonMissingError
        return row

    async def change(self, viewer: Viewer, id_: UserId, wanted: PersonChangeIn) -> RowMapping:
        """Change somebody's role, or shut them out or let them in again. It counts at once.

        Raises PersonMissingError, RoleTooHighError, OwnerStaysError.
        """
        async with self.database.transaction() as writer:
            await self._require_above(writer, viewer, id_, role=wanted.role)
            if wanted.role == "owner":
                await self._hand_over(writer, viewer, id_)
            elif wanted.role is not None:
                await repository.change(writer, id_, {"role": wanted.role})
                told = deed(viewer, "user.role", target=id_, outcome=wanted.role)
                await record(writer, told)
            if wanted.is_disabled is not None:
                await self._set_disabled(writer, viewer, id_, is_disabled=wanted.is_disabled)
        self.identity.forget_standing()
        return await self.one(id_)

    async def remove(self, viewer: Viewer, id_: UserId) -> None:
        """Delete somebody and all that is theirs; raises as `change` does."""
        async with self.database.transaction() as writer:
            await self._require_above(writer, viewer, id_)
            await repository.remove_person(writer, id_)
            await record(writer, deed(viewer, "user.delete", target=id_))
        self.identity.forget_standing()

    async def invite(
        self, viewer: Viewer, wanted: InvitationIn, *, id_: UUID
    ) -> tuple[str, RowMapping]:
        """Make an invitation; gives its token, this once. Raises RoleTooHighError."""
        if RANKS[wanted.role] >= RANKS[viewer.role]:
            raise RoleTooHighError
        token = secrets.token_urlsafe(32)
        now = self.clock.now()
        values = {
            "id": id_,
            "token_hash": digest(token),
            "role": wanted.role,
            "email": wanted.email,
            "team_ids": wanted.team_ids,
            "invited_by": viewer.user_id,
            "created_at": now,
            "expires_at": now + timedelta(days=wanted.expires_in_days),
        }
        async with self.database.transaction() as writer:
            row = await repository.add_invitation(writer, values)
            await record(writer, deed(viewer, "user.invite", target=id_, outcome=wanted.role))
        return token, row

    async def invitations(self) -> Sequence[RowMapping]:
        """Give the invitations that are open, the newest first."""
        async with self.database.reading() as reader:
            return await repository.open_invitations(reader, now=self.clock.now())

    async def take_back(self, viewer: Viewer, id_: UUID) -> None:
        """End an invitation; raises InvitationMissingError."""
        async with self.database.transaction() as writer:
            if not await repository.end_invitation(writer, id_, now=self.clock.now()):
                raise InvitationMissingError
            await record(writer, deed(viewer, "user.uninvite", target=id_))

    async def join(self, wanted: JoinIn, *, user_agent: str) -> SignedIn:
        """Accept an invitation: gives a session of the new account.

        Raises InvitationOverError, EmailTakenError, PasswordWeakError.
        """
        personal = (wanted.name, wanted.email or "")
        hashed = await self.identity.passwords.hash(wanted.password, personal=personal)
        try:
            async with self.database.transaction() as writer:
                return await self._admit(writer, wanted, hashed, user_agent=user_agent)
        except IntegrityError as error:
            raise EmailTakenError from error

    async def teams(self, viewer: Viewer) -> Sequence[RowMapping]:
        """Give one's teams; all of them to whoever manages people."""
        user_id = None if Scope.USERS_READ in viewer.scopes else viewer.user_id
        async with self.database.reading() as reader:
            return await repository.teams(reader, user_id=user_id)

    async def add_team(self, viewer: Viewer, *, name: str, id_: UUID) -> None:
        """Make a team; raises TeamNameTakenError."""
        values = {"id": id_, "name": name, "created_at": self.clock.now()}
        try:
            async with self.database.transaction() as writer:
                await repository.add_team(writer, values)
                await record(writer, deed(viewer, "team.create", target=id_))
        except IntegrityError as error:
            raise TeamNameTakenError from error

    async def rename_team(self, viewer: Viewer, id_: UUID, *, name: str) -> None:
        """Rename a team; raises TeamMissingError, TeamNameTakenError."""
        try:
            async with self.database.transaction() as writer:
                if not await repository.rename_team(writer, id_, name=name):
                    raise TeamMissingError
                await record(writer, deed(viewer, "team.rename", target=id_))
        except IntegrityError as error:
            raise TeamNameTakenError from error

    async def remove_team(self, viewer: Viewer, id_: UUID) -> None:
        """Delete a team; raises TeamMissingError."""
        async with self.database.transaction() as writer:
            if not await repository.remove_team(writer, id_):
                raise TeamMissingError
            await record(writer, deed(viewer, "team.delete", target=id_))

    async def put_member(
        self, viewer: Viewer, team_id: UUID, user_id: UserId, *, role: str
    ) -> None:
        """Take somebody into a team; raises TeamMissingError, PersonMissingError."""
        try:
            async with self.database.transaction() as writer:
                await self._require_maintainer(writer, viewer, team_id)
                if await repository.person(writer, user_id) is None:
                    raise PersonMissingError
                await repository.put_member(writer, team_id, user_id, role=role)
                target = f"{team_id} {user_id}"
                await record(writer, deed(viewer, "team.join", target=target, outcome=role))
        except IntegrityError as error:
            raise TeamMissingError from error

    async def remove_member(self, viewer: Viewer, team_id: UUID, user_id: UserId) -> None:
        """Take somebody out of a team; raises TeamMissingError, PersonMissingError."""
        async with self.database.transaction() as writer:
            if user_id != viewer.user_id:
                await self._require_maintainer(writer, viewer, team_id)
            if not await repository.remove_member(writer, team_id, user_id):
                raise PersonMissingError
            await record(writer, deed(viewer, "team.leave", target=f"{team_id} {user_id}"))

    async def _require_above(
        self, writer: Writer, viewer: Viewer, id_: UserId, *, role: str | None = None
    ) -> None:
        roles = await repository.lock_roles(writer, [viewer.user_id, id_])
        if id_ not in roles:
            raise PersonMissingError
        mine = RANKS[roles.get(viewer.user_id, viewer.role)]
        if roles[id_] == "owner":
            raise OwnerStaysError
        is_above = mine > RANKS[roles[id_]]
        may_give = role is None or mine > RANKS[role] or (role == "owner" and mine == RANKS[role])
        if not (is_above and may_give):
            raise RoleTooHighError

    async def _hand_over(self, writer: Writer, viewer: Viewer, id_: UserId) -> None:
        # In this order: there is at most one owner at any moment.
        await repository.change(writer, viewer.user_id, {"role": "admin"})
        await repository.change(writer, id_, {"role": "owner"})
        await record(writer, deed(viewer, "user.role", target=id_, outcome="owner"))

    async def _set_disabled(
        self, writer: Writer, viewer: Viewer, id_: UserId, *, is_disabled: bool
    ) -> None:
        now = self.clock.now()
        await repository.change(writer, id_, {"disabled_at": now if is_disabled else None})
        if is_disabled:
            await repository.end_access(writer, id_, now=now)
        action = "user.disable" if is_disabled else "user.enable"
        await record(writer, deed(viewer, action, target=id_))

    async def _admit(
        self, writer: Writer, wanted: JoinIn, hashed: str, *, user_agent: str
    ) -> SignedIn:
        now = self.clock.now()
        invitation = await repository.use_invitation(writer, digest(wanted.token), now=now)
        if invitation is None:
            raise InvitationOverError
        user_id = UserId(uuid7())
        values: dict[str, Any] = {
            "id": user_id,
            "name": wanted.name,
            "email": invitation["email"] or wanted.email,
            # An address that the invitation names is an administrator's word.
            "is_email_self_given": invitation["email"] is None and wanted.email is not None,
            "role": invitation["role"],
            "password_hash": hashed,
            "created_at": now,
        }
        await repository.add_person(writer, values)
        await repository.join_teams(writer, user_id, invitation["team_ids"])
        joined = Deed("user", "user.join", user_id, via=f"invitation:{invitation['id']}")
        await record(writer, joined)
        return await self.identity.open_session(writer, user_id, user_agent=user_agent)

    async def _require_maintainer(self, writer: Writer, viewer: Viewer, team_id: UUID) -> None:
        """Refuse whoever may not change a team: for an outsider it is not there."""
        if Scope.USERS_WRITE in viewer.scopes:
            return
        role = await repository.team_role(writer, team_id, viewer.user_id)
        if role is None:
            raise TeamMissingError
        if role != "maintainer":
            raise RoleTooHighError("Only a team's maintainers change it: ask one of them.")
