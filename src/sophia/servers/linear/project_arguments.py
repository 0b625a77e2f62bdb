"""What the tools for projects and all around them take."""

from typing import Literal

from pydantic import Field

from sophia.servers.linear.handles import Day, IssueId, Name, Person, Priority, Project, Team
from sophia.servers.linear.issue_arguments import MAX_TEXT_CHARS
from sophia.servers.vendor.brief import Cursor, Fields, Limit, PartCursor
from sophia.servers.vendor.offering import Asked

_MAX_SUMMARY_CHARS = 255


class ListProjects(Asked):
    """The arguments of list_projects."""

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


class OneProject(Asked):
    """The arguments of get_project."""

    project_id: Project
    fields: Fields = Field(default=[])
    body_cursor: Cursor = None


class SaveProject(Asked):
    """The arguments of save_project."""

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


class ListMilestones(Asked):
    """The arguments of list_milestones."""

    project_id: Project
    limit: Limit = 30
    cursor: Cursor = None


class SaveMilestone(Asked):
    """The arguments of save_milestone."""

    project_id: Project
    milestone: Name | None = Field(
        default=None, description="Which to change; leave out to make one."
    )
    name: str | None = Field(default=None, min_length=1, max_length=80)
    description: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    target_date: Day | None = None


class ListInitiatives(Asked):
    """The arguments of list_initiatives."""

    status: Literal["proposed", "planned", "active", "completed", "canceled"] | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneInitiative(Asked):
    """The arguments of get_initiative."""

    initiative: Name
    body_cursor: Cursor = None


class SaveInitiative(Asked):
    """The arguments of save_initiative."""

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


class ListDocuments(Asked):
    """The arguments of list_documents."""

    query: str | None = Field(
        default=None, min_length=1, max_length=100, description="A part of the title."
    )
    project: Project | None = None
    initiative: Name | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneDocument(Asked):
    """The arguments of get_document."""

    document: str = Field(
        min_length=1, max_length=300, description="A title, a web address or an id."
    )
    body_cursor: Cursor = None


class SaveDocument(Asked):
    """The arguments of save_document."""

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


class ListUpdates(Asked):
    """The arguments of list_status_updates."""

    project: Project | None = Field(default=None, description="A project or an initiative.")
    initiative: Name | None = None
    limit: Limit = 20
    cursor: Cursor = None
    body_cursor: PartCursor = None


class SaveUpdate(Asked):
    """The arguments of save_status_update."""

    project: Project | None = Field(default=None, description="A project or an initiative.")
    initiative: Name | None = None
    update_id: str | None = Field(
        default=None, max_length=36, description="Which to change; leave out to write one."
    )
    health: Literal["on_track", "at_risk", "off_track"] | None = None
    body: str | None = Field(default=None, max_length=MAX_TEXT_CHARS, description="Markdown.")
