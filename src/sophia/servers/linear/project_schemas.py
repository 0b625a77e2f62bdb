"""What the tools for projects and all around them give."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from sophia.servers.linear.handles import priority_word
from sophia.servers.linear.raw import (
    RawDocument,
    RawInitiative,
    RawMilestone,
    RawProject,
    RawUpdate,
    RawWholeInitiative,
    RawWholeProject,
)
from sophia.servers.linear.schemas import name_of
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, fitting, part_of, snippet

# What a list within an answer may take of it.
_PART = 10 * 1024

type Health = Literal["on_track", "at_risk", "off_track"]

HEALTHS: dict[str, Health] = {
    "onTrack": "on_track",
    "atRisk": "at_risk",
    "offTrack": "off_track",
}


class ProjectBrief(BaseModel):
    """A project in a list."""

    project_id: str
    name: str
    summary: str
    status: str
    status_type: str = Field(description="backlog, planned, started, paused, completed, canceled.")
    health: str | None = Field(description="As its last status update says.")
    progress: float = Field(description="From 0 to 1.")
    priority: str
    lead: str | None
    teams: list[str]
    start_date: date | None
    target_date: date | None
    updated_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawProject) -> Self:
        """Take what matters."""
        return cls(**project_facts(raw))


class Projects(Page):
    """Projects, those changed last first."""

    projects: list[ProjectBrief]


class MilestoneOut(BaseModel):
    """A milestone of a project."""

    milestone_id: str
    name: str
    description: str
    target_date: date | None
    status: str
    progress: float

    @classmethod
    def of(cls, raw: RawMilestone) -> Self:
        """Take what matters."""
        return cls(
            milestone_id=raw.id,
            name=raw.name,
            description=snippet(raw.description),
            target_date=raw.target_date,
            status=raw.status,
            progress=raw.progress,
        )


class Milestones(Page):
    """The milestones of a project."""

    milestones: list[MilestoneOut]


class ProjectOut(ProjectBrief):
    """A project."""

    scope: float = Field(description="How much work there is, in points or issues.")
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    canceled_at: datetime | None
    members: list[str]
    milestones: list[MilestoneOut]
    initiatives: list[str]
    body: Body
    more: Json = {}

    @classmethod
    def whole(cls, raw: RawWholeProject, *, body: Body, more: Json | None = None) -> Self:
        """Take what matters."""
        same = ("scope", "created_at", "started_at", "completed_at", "canceled_at")
        return cls(
            **project_facts(raw),
            **{name: getattr(raw, name) for name in same},
            members=[one.name for one in raw.members.nodes],
            milestones=fitting(map(MilestoneOut.of, raw.project_milestones.nodes), max_bytes=_PART),
            initiatives=[one.name for one in raw.initiatives.nodes],
            body=body,
            more=more or {},
        )


class UpdateOut(Body):
    """What somebody wrote about how a project or an initiative stands."""

    update_id: str
    author: str
    health: str
    created_at: datetime
    edited_at: datetime | None
    url: str

    @classmethod
    def of(cls, raw: RawUpdate, *, start: int = 0) -> Self:
        """Take what matters."""
        return cls(
            update_id=raw.id,
            author=raw.user.name,
            health=HEALTHS.get(raw.health, raw.health),
            created_at=raw.created_at,
            edited_at=raw.edited_at,
            url=raw.url,
            **part_of(raw.body, raw.id, start=start),
        )


class Updates(Page):
    """Status updates, the youngest first."""

    updates: list[UpdateOut]


class InitiativeBrief(BaseModel):
    """An initiative in a list."""

    initiative_id: str
    name: str
    summary: str
    status: str
    health: str | None
    owner: str | None
    target_date: date | None
    updated_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawInitiative) -> Self:
        """Take what matters."""
        return cls(**initiative_facts(raw))


class Initiatives(Page):
    """Initiatives, those changed last first."""

    initiatives: list[InitiativeBrief]


class InitiativeOut(InitiativeBrief):
    """An initiative."""

    projects: list[ProjectBrief]
    body: Body

    @classmethod
    def whole(cls, raw: RawWholeInitiative, *, body: Body) -> Self:
        """Take what matters."""
        projects = fitting(map(ProjectBrief.of, raw.projects.nodes), max_bytes=_PART)
        return cls(**initiative_facts(raw), projects=projects, body=body)


class DocumentBrief(BaseModel):
    """A document in a list."""

    document_id: str
    title: str
    author: str | None
    updated_by: str | None
    belongs_to: str | None = Field(description="Its project, initiative, issue or team.")
    created_at: datetime
    updated_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawDocument) -> Self:
        """Take what matters."""
        return cls(**document_facts(raw))


class Documents(Page):
    """Documents, those changed last first."""

    documents: list[DocumentBrief]


class DocumentOut(DocumentBrief):
    """A document."""

    body: Body

    @classmethod
    def whole(cls, raw: RawDocument, *, body: Body) -> Self:
        """Take what matters."""
        return cls(**document_facts(raw), body=body)


def project_facts(raw: RawProject) -> Json:
    """Give what a list and a single project both tell."""
    return {
        "project_id": raw.id,
        "name": raw.name,
        "summary": snippet(raw.description),
        "status": raw.status.name,
        "status_type": raw.status.type,
        "health": HEALTHS.get(raw.health, raw.health) if raw.health else None,
        "progress": round(raw.progress, 3),
        "priority": priority_word(raw.priority),
        "lead": name_of(raw.lead),
        "teams": [one.key for one in raw.teams.nodes],
        "start_date": raw.start_date,
        "target_date": raw.target_date,
        "updated_at": raw.updated_at,
        "url": raw.url,
    }


def initiative_facts(raw: RawInitiative) -> Json:
    """Give what a list and a single initiative both tell."""
    return {
        "initiative_id": raw.id,
        "name": raw.name,
        "summary": snippet(raw.description),
        "status": raw.status.lower(),
        "health": HEALTHS.get(raw.health, raw.health) if raw.health else None,
        "owner": name_of(raw.owner),
        "target_date": raw.target_date,
        "updated_at": raw.updated_at,
        "url": raw.url,
    }


def document_facts(raw: RawDocument) -> Json:
    """Give what a list and a single document both tell."""
    issue = raw.issue.identifier if raw.issue else None
    team = raw.team.key if raw.team else None
    return {
        "document_id": raw.id,
        "title": raw.title,
        "author": name_of(raw.creator),
        "updated_by": name_of(raw.updated_by),
        "belongs_to": name_of(raw.project) or name_of(raw.initiative) or issue or team,
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "url": raw.url,
    }
