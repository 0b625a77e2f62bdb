"""What the tools for projects and all around them take."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sophia.servers.linear.handles import Day, IssueId, Name, Person, Priority, Project, Team
from sophia.servers.linear.issue_arguments import MAX_TEXT_CHARS
from sophia.servers.vendor.brief import Cursor, Fields, Limit, PartCursor

_MAX_SUMMARY_CHARS = 255


class ListProjects(BaseModel):
    """The arguments of list_projects."""

    model_config = ConfigDict(extra="forbid")

    query: str | None = Field(
        default=None, min_length=1, max_length=100, description="A part of the name."
    )
    team: Team | None = None
    state: str | None = Field(
        default=None,
        max_length=100,
        description="A status by its name, or backlog, planned, started, paused, completed,"
        " canceled; leave out for all.",
    )
    lead: Person | None = None
    initiative: Name | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneProject(BaseModel):
    """The arguments of get_project."""

    model_config = ConfigDict(extra="forbid")

    project_id: Project
    fields: Fields = []
    body_cursor: Cursor = None


class SaveProject(BaseModel):
    """The arguments of save_project."""

    model_config = ConfigDict(extra="forbid")

    project_id: Project | None = Field(
        default=None, description="Which to change; leave out to make one."
    )
    name: str | None = Field(default=None, min_length=1, max_length=80)
    teams: list[Team] | None = Field(
        default=None, min_length=1, max_length=20, description="Keys, names or ids; all of them."
    )
    summary: str | None = Field(default=None, max_length=_MAX_SUMMARY_CHARS)
    body: str | None = Field(default=None, max_length=MAX_TEXT_CHARS, description="Markdown.")
    status: Name | None = None
    lead: Person | None = Field(
        default=None, description="me, a name, an e-mail, an id; none: nobody."
    )
    priority: Priority | None = None
    start_date: Day | None = None
    target_date: Day | None = None


class ListMilestones(BaseModel):
    """The arguments of list_milestones."""

    model_config = ConfigDict(extra="forbid")

    project_id: Project
    limit: Limit = 30
    cursor: Cursor = None


class SaveMilestone(BaseModel):
    """The arguments of save_milestone."""

    model_config = ConfigDict(extra="forbid")

    project_id: Project
    milestone: Name | None = Field(
        default=None, description="Which to change; leave out to make one."
    )
    name: str | None = Field(default=None, min_length=1, max_length=80)
    description: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    target_date: Day | None = None


class ListInitiatives(BaseModel):
    """The arguments of list_initiatives."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["proposed", "planned", "active", "completed", "canceled"] | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneInitiative(BaseModel):
    """The arguments of get_initiative."""

    model_config = ConfigDict(extra="forbid")

    initiative: Name
    body_cursor: Cursor = None


class SaveInitiative(BaseModel):
    """The arguments of save_initiative."""

    model_config = ConfigDict(extra="forbid")

    initiative: Name | None = Field(
        default=None, description="Which to change; leave out to make one."
    )
    name: str | None = Field(default=None, min_length=1, max_length=80)
    summary: str | None = Field(default=None, max_length=_MAX_SUMMARY_CHARS)
    body: str | None = Field(default=None, max_length=MAX_TEXT_CHARS, description="Markdown.")
    status: Literal["proposed", "planned", "active", "completed", "canceled"] | None = None
    owner: Person | None = Field(
        default=None, description="me, a name, an e-mail, an id; none: nobody."
    )
    target_date: Day | None = None


class ListDocuments(BaseModel):
    """The arguments of list_documents."""

    model_config = ConfigDict(extra="forbid")

    query: str | None = Field(
        default=None, min_length=1, max_length=100, description="A part of the title."
    )
    project: Project | None = None
    initiative: Name | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneDocument(BaseModel):
    """The arguments of get_document."""

    model_config = ConfigDict(extra="forbid")

    document: str = Field(
        min_length=1, max_length=300, description="A title, a web address or an id."
    )
    body_cursor: Cursor = None


class SaveDocument(BaseModel):
    """The arguments of save_document."""

    model_config = ConfigDict(extra="forbid")

    document: str | None = Field(
        default=None, max_length=300, description="Which to change; leave out to make one."
    )
    title: str | None = Field(default=None, min_length=1, max_length=255)
    body: str | None = Field(
        default=None, max_length=MAX_TEXT_CHARS, description="Markdown, instead of all."
    )
    project: Project | None = Field(
        default=None, description="Where it belongs: one of these four."
    )
    initiative: Name | None = None
    issue: IssueId | None = None
    team: Team | None = None


class ListUpdates(BaseModel):
    """The arguments of list_status_updates."""

    model_config = ConfigDict(extra="forbid")

    project: Project | None = Field(default=None, description="A project or an initiative.")
    initiative: Name | None = None
    limit: Limit = 20
    cursor: Cursor = None
    body_cursor: PartCursor = None


class SaveUpdate(BaseModel):
    """The arguments of save_status_update."""

    model_config = ConfigDict(extra="forbid")

    project: Project | None = Field(default=None, description="A project or an initiative.")
    initiative: Name | None = None
    update_id: str | None = Field(
        default=None, max_length=36, description="Which to change; leave out to write one."
    )
    health: Literal["on_track", "at_risk", "off_track"] | None = None
    body: str | None = Field(default=None, max_length=MAX_TEXT_CHARS, description="Markdown.")
