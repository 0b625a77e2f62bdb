"""What the tools for issues take."""

from datetime import date

from pydantic import BaseModel, Field

from sophia.servers.linear.handles import (
    Cycle,
    Day,
    IssueId,
    Name,
    Person,
    Priority,
    Project,
    State,
    Team,
)
from sophia.servers.vendor.brief import Cursor, Fields, Limit
from sophia.servers.vendor.offering import Asked

MAX_TEXT_CHARS = 100_000


class ListIssues(Asked):
    """The arguments of list_issues."""

    team: Team | None = None
    state: State | None = Field(
        default=None,
        description="A state's name, or open, closed, triage, backlog, unstarted, started,"
        " completed, canceled; leave out for all.",
    )
    assignee: Person | None = Field(
        default=None, description="me, a name, an e-mail, an id; none: unassigned."
    )
    project: Project | None = None
    cycle: Cycle | None = Field(
        default=None,
        description="current, next or previous; with team a number or name, too.",
    )
    labels: list[Name] = Field(default=[], max_length=20, description="It has all of these.")
    priority: Priority | None = None
    parent: IssueId | None = Field(default=None, description="Only the sub-issues of this one.")
    updated_since: date | None = Field(default=None, description="Such as 2026-05-01.")
    limit: Limit = 50
    cursor: Cursor = None


class SearchIssues(Asked):
    """The arguments of search_issues."""

    query: str = Field(min_length=1, max_length=500, description="Words, or ENG-123.")
    team: Team | None = None
    include_comments: bool = Field(default=False, description="Search in comments, too.")
    limit: Limit = 20
    cursor: Cursor = None


class OneIssue(Asked):
    """The arguments of get_issue."""

    issue_id: IssueId
    fields: Fields = Field(default=[])
    body_cursor: Cursor = None


class IssueWords(Asked):
    """What may be said of an issue when it is made and when it is changed."""

    description: str | None = Field(
        default=None, max_length=MAX_TEXT_CHARS, description="Markdown."
    )
    priority: Priority | None = None
    state: State | None = None
    assignee: Person | None = Field(
        default=None, description="me, a name, an e-mail, an id; none: nobody."
    )
    project: Project | None = Field(
        default=None, description="A name, web address or id; none: no project."
    )
    milestone: Name | None = Field(default=None, description="Of its project; none: no milestone.")
    cycle: Cycle | None = Field(
        default=None,
        description="current, next, previous, a number, name or id; none: no cycle.",
    )
    parent: IssueId | None = Field(
        default=None, description="The issue that it is a part of; none: no parent."
    )
    due_date: Day | None = None
    estimate: int | None = Field(default=None, ge=0, le=100, description="In the team's points.")


class _Made(BaseModel):
    title: str = Field(min_length=1, max_length=512)
    team_key: Team


class CreateIssue(IssueWords, _Made):
    """The arguments of create_issue; what must be given comes first."""

    labels: list[Name] = Field(default=[], max_length=50, description="Names or ids.")


class _Changed(BaseModel):
    issue_id: IssueId
    title: str | None = Field(default=None, min_length=1, max_length=512)


class UpdateIssue(IssueWords, _Changed):
    """The arguments of update_issue; what must be given comes first."""

    team_key: Team | None = Field(
        default=None, description="Move it to this team: a key, name or id."
    )
    labels: list[Name] | None = Field(default=None, max_length=50, description="Instead of all.")
    add_labels: list[Name] = Field(default=[], max_length=50)
    remove_labels: list[Name] = Field(default=[], max_length=50)
