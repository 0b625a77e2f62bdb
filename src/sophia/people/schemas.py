"""The wire shapes of people, invitations and teams."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from sophia.identity.schemas import Email, Name, Password, Role, Secret

type InvitedRole = Literal["admin", "member", "viewer"]
type TeamRole = Literal["maintainer", "member"]

RANKS: dict[str, int] = {"viewer": 0, "member": 1, "admin": 2, "owner": 3}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PersonChangeIn(_In):
    """What to change of somebody."""

    role: Role | None = Field(default=None, description="`owner`: hand over what you are yourself.")
    is_disabled: StrictBool | None = None


class PersonOut(BaseModel):
    """Somebody who works here."""

    user_id: UUID
    name: str
    email: str | None
    role: Role
    is_disabled: bool
    has_password: bool
    created_at: datetime
    last_seen_at: datetime | None


class PeopleOut(BaseModel):
    """Everybody, the oldest account first."""

    items: list[PersonOut]


class InvitationIn(_In):
    """Somebody to be invited."""

    role: InvitedRole = "member"
    email: Email | None = Field(default=None, description="Then the account gets this address.")
    team_ids: Annotated[list[UUID], Field(max_length=50)] = []
    expires_in_days: int = Field(default=7, ge=1, le=30)


class InvitationOut(BaseModel):
    """An invitation that is open, without its link."""

    invitation_id: UUID
    role: InvitedRole
    email: str | None
    team_ids: list[UUID]
    created_at: datetime
    expires_at: datetime


class InvitationMadeOut(InvitationOut):
    """A new invitation: the only time that its link is shown."""

    link: str


class InvitationsOut(BaseModel):
    """The invitations that are open, the newest first."""

    items: list[InvitationOut]


class JoinIn(_In):
    """Accepting an invitation. The e-mail address is the invitation's, where it names one."""

    token: Secret
    name: Name
    email: Email | None = None
    password: Password


class TeamIn(_In):
    """A team's name."""

    name: Name


class MemberIn(_In):
    """What somebody is in a team."""

    role: TeamRole = "member"


class MemberOut(BaseModel):
    """Somebody in a team."""

    user_id: UUID
    name: str
    role: TeamRole


class TeamOut(BaseModel):
    """A team and who is in it."""

    team_id: UUID
    name: str
    created_at: datetime
    members: list[MemberOut]


class TeamsOut(BaseModel):
    """One's teams, by name; all of them for whoever manages people."""

    items: list[TeamOut]
