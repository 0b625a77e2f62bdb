"""What the tools for a workspace take and give: people, teams, states, labels, cycles."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from sophia.servers.linear.handles import Team
from sophia.servers.linear.raw import RawCycle, RawLabel, RawTeamState, RawUser, RawWholeTeam
from sophia.servers.linear.schemas import name_of
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Cursor, Limit, snippet
from sophia.servers.vendor.offering import Asked


class Me(BaseModel):
    """Whose key it is."""

    user_id: str
    name: str
    display_name: str
    email: str
    is_admin: bool
    workspace: str


class UserOut(BaseModel):
    """Somebody of the workspace."""

    user_id: str
    name: str
    display_name: str
    email: str
    is_admin: bool
    is_guest: bool
    is_me: bool

    @classmethod
    def of(cls, raw: RawUser) -> Self:
        """Take what matters."""
        return cls(
            user_id=raw.id,
            name=raw.name,
            display_name=raw.display_name,
            email=raw.email,
            is_admin=raw.admin,
            is_guest=raw.guest,
            is_me=raw.is_me,
        )


class Users(Page):
    """People of the workspace."""

    users: list[UserOut]


class CycleOut(BaseModel):
    """A cycle."""

    cycle_id: str
    number: int
    name: str | None
    description: str
    when: str = Field(description="current, next, previous, or empty.")
    progress: float = Field(description="From 0 to 1.")
    starts_at: datetime | None
    ends_at: datetime | None
    completed_at: datetime | None

    @classmethod
    def of(cls, raw: RawCycle) -> Self:
        """Take what matters."""
        flags = (("current", raw.is_active), ("next", raw.is_next), ("previous", raw.is_previous))
        return cls(
            cycle_id=raw.id,
            number=int(raw.number),
            name=raw.name,
            description=snippet(raw.description),
            when=next((word for word, holds in flags if holds), ""),
            progress=round(raw.progress, 3),
            starts_at=raw.starts_at,
            ends_at=raw.ends_at,
            completed_at=raw.completed_at,
        )


class Cycles(Page):
    """The cycles of a team, the youngest first."""

    cycles: list[CycleOut]


class TeamOut(BaseModel):
    """A team."""

    team_id: str
    key: str
    name: str
    description: str
    has_cycles: bool
    has_triage: bool
    estimates: str = Field(description="notUsed, linear, fibonacci, exponential or tShirt.")
    current_cycle: CycleOut | None

    @classmethod
    def of(cls, raw: RawWholeTeam) -> Self:
        """Take what matters."""
        return cls(
            team_id=raw.id,
            key=raw.key,
            name=raw.name,
            description=snippet(raw.description),
            has_cycles=raw.cycles_enabled,
            has_triage=raw.triage_enabled,
            estimates=raw.issue_estimation_type,
            current_cycle=CycleOut.of(raw.active_cycle) if raw.active_cycle else None,
        )


class Teams(Page):
    """The teams of the workspace."""

    teams: list[TeamOut]


class StateOut(BaseModel):
    """A state that issues may be in."""

    state_id: str
    name: str
    type: str
    team: str
    description: str

    @classmethod
    def of(cls, raw: RawTeamState) -> Self:
        """Take what matters."""
        return cls(
            state_id=raw.id,
            name=raw.name,
            type=raw.type,
            team=raw.team.key,
            description=snippet(raw.description),
        )


class States(Page):
    """States that issues may be in."""

    states: list[StateOut]


class LabelOut(BaseModel):
    """A label."""

    label_id: str
    name: str
    description: str
    color: str
    group: str | None = Field(description="The group that it belongs to.")
    is_group: bool
    team: str | None = Field(description="null: of the whole workspace.")

    @classmethod
    def of(cls, raw: RawLabel) -> Self:
        """Take what matters."""
        return cls(
            label_id=raw.id,
            name=raw.name,
            description=snippet(raw.description),
            color=raw.color,
            group=name_of(raw.parent),
            is_group=raw.is_group,
            team=raw.team.key if raw.team else None,
        )


class Labels(Page):
    """Labels that issues may carry."""

    labels: list[LabelOut]


class Listing(Asked):
    """The arguments of list_teams."""

    limit: Limit = 50
    cursor: Cursor = None


class OneTeam(Asked):
    """The arguments of get_team."""

    team: Team


class OfTeam(Asked):
    """The arguments of list_issue_statuses and list_issue_labels."""

    team: Team | None = None
    limit: Limit = 50
    cursor: Cursor = None


class ListUsers(Asked):
    """The arguments of list_users."""

    team: Team | None = None
    query: str | None = Field(
        default=None, min_length=1, max_length=100, description="A part of the name or e-mail."
    )
    limit: Limit = 50
    cursor: Cursor = None


class ListCycles(Asked):
    """The arguments of list_cycles."""

    team: Team
    limit: Limit = 50
    cursor: Cursor = None


class CreateLabel(Asked):
    """The arguments of create_issue_label."""

    name: str = Field(min_length=1, max_length=80)
    team: Team | None = Field(
        default=None, description="Leave out for a label of the whole workspace."
    )
    color: str | None = Field(default=None, pattern=r"^#[0-9a-fA-F]{6}$")
    description: str | None = Field(default=None, max_length=255)
