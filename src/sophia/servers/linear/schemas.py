"""What the tools for issues give: what matters of Linear's objects, in plain words."""

from datetime import date, datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from sophia.servers.linear.handles import priority_word
from sophia.servers.linear.raw import (
    RawAttachment,
    RawComment,
    RawIssue,
    RawIssueLink,
    RawLabelled,
    RawPerson,
    RawRelated,
    RawWholeIssue,
)
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, fitting, part_of, snippet

NOBODY = "nobody"  # whoever left the workspace
# What a list within an answer may take of it.
_PART = 5 * 1024

type Relation = Literal["blocks", "blocked_by", "related", "duplicate_of", "duplicated_by"]

# Linear's word, seen from the issue that the relation begins at and from the other.
_FORWARD: dict[str, Relation] = {"blocks": "blocks", "duplicate": "duplicate_of"}
_BACKWARD: dict[str, Relation] = {"blocks": "blocked_by", "duplicate": "duplicated_by"}


class IssueBrief(BaseModel):
    """An issue in a list."""

    issue_id: str = Field(description="Such as ENG-123.")
    title: str
    state: str
    state_type: str = Field(description="triage, backlog, unstarted, started, completed, canceled.")
    priority: str
    team: str
    assignee: str | None
    creator: str | None
    labels: list[str]
    project: str | None
    milestone: str | None
    cycle: str | None
    parent: str | None
    estimate: float | None
    due_date: date | None
    created_at: datetime
    updated_at: datetime
    url: str
    begins: str = Field(description="The beginning of its text.")

    @classmethod
    def of(cls, raw: RawIssue) -> Self:
        """Take what matters."""
        return cls(**issue_facts(raw), begins=snippet(raw.description))


class IssueLink(BaseModel):
    """Another issue."""

    issue_id: str
    title: str
    state: str
    url: str

    @classmethod
    def of(cls, raw: RawIssueLink) -> Self:
        """Take what matters."""
        return cls(issue_id=raw.identifier, title=raw.title, state=raw.state.name, url=raw.url)


class RelationOut(BaseModel):
    """How the issue stands to another."""

    relation_id: str
    relation: Relation
    issue: IssueLink


class AttachmentOut(BaseModel):
    """Something at an issue that lies elsewhere, such as a pull request."""

    attachment_id: str
    title: str
    subtitle: str
    source: str | None
    url: str
    created_at: datetime

    @classmethod
    def of(cls, raw: RawAttachment) -> Self:
        """Take what matters."""
        return cls(
            attachment_id=raw.id,
            title=raw.title,
            subtitle=raw.subtitle or "",
            source=raw.source_type,
            url=raw.url,
            created_at=raw.created_at,
        )


class IssueOut(BaseModel):
    """An issue."""

    issue_id: str = Field(description="Such as ENG-123.")
    id: str
    title: str
    state: str
    state_type: str
    priority: str
    team: str
    assignee: str | None
    creator: str | None
    labels: list[str]
    project: str | None
    milestone: str | None
    cycle: str | None
    parent: str | None
    estimate: float | None
    due_date: date | None
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    canceled_at: datetime | None
    branch_name: str = Field(description="The name that Linear proposes for its branch.")
    sub_issues: list[IssueLink] = Field(description="The first; list_issues by parent has all.")
    relations: list[RelationOut] = Field(description="The first; list_relations has all.")
    attachments: list[AttachmentOut] = Field(description="The first; list_attachments has all.")
    url: str
    body: Body
    more: Json = {}

    @classmethod
    def of(cls, raw: RawWholeIssue, *, body: Body, more: Json | None = None) -> Self:
        """Take what matters."""
        return cls(
            **issue_facts(raw),
            id=raw.id,
            started_at=raw.started_at,
            completed_at=raw.completed_at,
            canceled_at=raw.canceled_at,
            branch_name=raw.branch_name,
            sub_issues=fitting(map(IssueLink.of, raw.children.nodes), max_bytes=_PART),
            relations=fitting(relations_of(raw), max_bytes=_PART),
            attachments=fitting(map(AttachmentOut.of, raw.attachments.nodes), max_bytes=_PART),
            body=body,
            more=more or {},
        )


class Issues(Page):
    """Issues, those changed last first."""

    issues: list[IssueBrief]


class FoundIssues(Page):
    """Issues that fit, the best first."""

    issues: list[IssueBrief]
    total: int


class CommentOut(Body):
    """What somebody said."""

    comment_id: str
    author: str
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None
    reply_to: str | None = Field(description="The comment_id that it answers.")
    url: str

    @classmethod
    def of(cls, raw: RawComment, *, start: int = 0) -> Self:
        """Take what matters."""
        return cls(
            comment_id=raw.id,
            author=author_of(raw),
            created_at=raw.created_at,
            edited_at=raw.edited_at,
            resolved_at=raw.resolved_at,
            reply_to=raw.parent.id if raw.parent else None,
            url=raw.url,
            **part_of(raw.body, raw.id, start=start),
        )


class Comments(Page):
    """Comments, the youngest first."""

    comments: list[CommentOut]


class Attachments(Page):
    """What is attached to an issue."""

    attachments: list[AttachmentOut]


class Relations(BaseModel):
    """How an issue stands to others."""

    issue_id: str
    relations: list[RelationOut]
    is_complete: bool = Field(description="false: it has more than an answer has room for.")


class Deleted(BaseModel):
    """What is gone."""

    deleted: str


def issue_facts(raw: RawIssue) -> Json:
    """Give what a list and a single issue both tell."""
    cycle = raw.cycle
    return {
        "issue_id": raw.identifier,
        "title": raw.title,
        "state": raw.state.name,
        "state_type": raw.state.type,
        "priority": priority_word(raw.priority),
        "team": raw.team.key,
        "assignee": name_of(raw.assignee),
        "creator": name_of(raw.creator),
        "labels": [one.name for one in raw.labels.nodes],
        "project": name_of(raw.project),
        "milestone": name_of(raw.project_milestone),
        "cycle": (cycle.name or f"Cycle {int(cycle.number)}") if cycle else None,
        "parent": raw.parent.identifier if raw.parent else None,
        "estimate": raw.estimate,
        "due_date": raw.due_date,
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "url": raw.url,
    }


def relations_of(raw: RawRelated) -> list[RelationOut]:
    """Give relations as seen from the issue."""
    sides = [
        *((one, one.related_issue, _FORWARD) for one in raw.relations.nodes),
        *((one, one.issue, _BACKWARD) for one in raw.inverse_relations.nodes),
    ]
    return [
        RelationOut(
            relation_id=one.id,
            relation=words.get(one.type, "related"),
            issue=IssueLink.of(other),
        )
        for one, other, words in sides
        if other is not None
    ]


def name_of(raw: RawPerson | RawLabelled | None) -> str | None:
    """Give the name of somebody or something."""
    return raw.name if raw is not None else None


def author_of(raw: RawComment) -> str:
    """Give who said something: a person of the workspace, one from outside, or a program."""
    found = raw.user or raw.external_user or raw.bot_actor
    return found.name if found is not None else NOBODY
