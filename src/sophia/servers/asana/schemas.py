"""What the tools give: what matters of Asana's objects, in plain words."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from sophia.servers.asana.raw import (
    RawAttachment,
    RawMembership,
    RawNamed,
    RawPortfolio,
    RawProject,
    RawStatus,
    RawStory,
    RawTask,
    RawValue,
)
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, body_of

_TEXT_CHARS = 2_000
_KINDS = {"default_task": "task"}


class Thing(BaseModel):
    """Something by its gid and name."""

    gid: str
    name: str

    @classmethod
    def of(cls, raw: RawNamed) -> Self:
        """Take what matters."""
        return cls(gid=raw.gid, name=raw.name or "")


class Found(BaseModel):
    """Things by their names, all of them."""

    found: list[Thing]


class Things(Page):
    """Things by their names."""

    found: list[Thing]


class FieldValue(BaseModel):
    """The value of a custom field."""

    name: str
    value: str | None

    @classmethod
    def of(cls, raw: RawValue) -> Self:
        """Take what matters."""
        return cls(name=raw.name, value=raw.display_value)


class TaskBrief(BaseModel):
    """A task in a list."""

    task_id: str
    name: str
    kind: str = Field(description="task, milestone, approval or custom.")
    is_completed: bool
    assignee: str | None
    due: date | datetime | None
    places: list[str] = Field(description="Its projects, each with the section.")
    parent: str | None = Field(description="Of what it is a subtask.")
    tags: list[str]
    modified_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawTask) -> Self:
        """Take what matters."""
        return cls(**task_facts(raw))


class Tasks(Page):
    """Tasks."""

    tasks: list[TaskBrief]


class FoundTasks(Tasks):
    """Tasks that fit."""

    how: str = Field(description="What was searched, and what was not.")


class TaskOut(BaseModel):
    """A task."""

    task_id: str
    name: str
    kind: str
    is_completed: bool
    completed_at: datetime | None
    assignee: str | None
    start: date | None
    due: date | datetime | None
    places: list[str]
    parent: str | None
    parent_id: str | None
    subtasks: int
    depends_on: int = Field(description="How many tasks it waits for; list_dependencies has them.")
    blocks: int = Field(description="How many tasks wait for it.")
    tags: list[str]
    followers: list[str]
    author: str | None
    created_at: datetime
    modified_at: datetime
    custom_fields: list[FieldValue]
    url: str
    body: Body
    more: Json = {}

    @classmethod
    def of(
        cls,
        raw: RawTask,
        *,
        author: str | None = None,
        body: Body | None = None,
        more: Json | None = None,
    ) -> Self:
        """Take what matters."""
        return cls(
            **task_facts(raw),
            completed_at=raw.completed_at,
            start=raw.start_on,
            parent_id=raw.parent.gid if raw.parent else None,
            subtasks=raw.num_subtasks,
            depends_on=len(raw.dependencies),
            blocks=len(raw.dependents),
            followers=names_of(raw.followers),
            author=author,
            created_at=raw.created_at,
            custom_fields=[FieldValue.of(one) for one in raw.custom_fields],
            body=body or body_of(raw.notes),
            more=more or {},
        )


class Dependencies(BaseModel):
    """What a task waits for, and what waits for it."""

    task_id: str
    depends_on: list[TaskBrief]
    blocks: list[TaskBrief]


class ProjectBrief(BaseModel):
    """A project in a list."""

    project_id: str
    name: str
    is_archived: bool
    is_completed: bool
    team: str | None
    start: date | None
    due: date | None
    last_status: str | None = Field(description="The title of the last status update.")
    modified_at: datetime | None
    url: str

    @classmethod
    def of(cls, raw: RawProject) -> Self:
        """Take what matters."""
        return cls(**project_facts(raw))


class Projects(Page):
    """Projects."""

    projects: list[ProjectBrief]


class ProjectOut(BaseModel):
    """A project."""

    project_id: str
    name: str
    is_archived: bool
    is_completed: bool
    owner: str | None
    team: str | None
    start: date | None
    due: date | None
    last_status: str | None
    modified_at: datetime | None
    url: str
    privacy: str | None
    members: list[str]
    created_at: datetime | None
    custom_fields: list[FieldValue]
    body: Body
    more: Json = {}

    @classmethod
    def of(
        cls,
        raw: RawProject,
        *,
        owner: str | None,
        body: Body | None = None,
        more: Json | None = None,
    ) -> Self:
        """Take what matters."""
        return cls(
            **project_facts(raw),
            owner=owner,
            privacy=raw.privacy_setting,
            members=names_of(raw.members),
            created_at=raw.created_at,
            custom_fields=[FieldValue.of(one) for one in raw.custom_fields],
            body=body or body_of(raw.notes),
            more=more or {},
        )


class StatusOut(BaseModel):
    """A status update."""

    status_id: str
    state: str
    title: str
    author: str | None
    created_at: datetime
    text: str

    @classmethod
    def of(cls, raw: RawStatus) -> Self:
        """Take what matters."""
        return cls(
            status_id=raw.gid,
            state=raw.status_type,
            title=raw.title,
            author=name_or_none(raw.created_by),
            created_at=raw.created_at,
            text=cut(raw.text),
        )


class Statuses(Page):
    """Status updates, the youngest first."""

    status_updates: list[StatusOut]


class CommentOut(BaseModel):
    """What somebody said to a task, or what was done to it."""

    comment_id: str
    author: str | None
    created_at: datetime
    kind: str = Field(description="comment_added, or what was done.")
    is_pinned: bool
    text: str

    @classmethod
    def of(cls, raw: RawStory) -> Self:
        """Take what matters."""
        return cls(
            comment_id=raw.gid,
            author=name_or_none(raw.created_by),
            created_at=raw.created_at,
            kind=raw.resource_subtype,
            is_pinned=raw.is_pinned,
            text=cut(raw.text),
        )


class Comments(Page):
    """What was said, the oldest first."""

    comments: list[CommentOut]


class AttachmentOut(BaseModel):
    """A file."""

    attachment_id: str
    name: str
    host: str | None
    size_bytes: int | None
    created_at: datetime | None
    url: str | None = Field(description="To see it at Asana, for whoever may.")
    download_url: str | None = Field(description="Valid for two minutes.")

    @classmethod
    def of(cls, raw: RawAttachment) -> Self:
        """Take what matters."""
        return cls(
            attachment_id=raw.gid,
            name=raw.name,
            host=raw.host or raw.resource_subtype,
            size_bytes=raw.size,
            created_at=raw.created_at,
            url=raw.view_url,
            download_url=raw.download_url,
        )


class Attachments(Page):
    """Files."""

    attachments: list[AttachmentOut]


class PortfolioBrief(BaseModel):
    """A portfolio in a list."""

    portfolio_id: str
    name: str
    owner: str | None
    start: date | None
    due: date | None
    last_status: str | None
    created_at: datetime
    url: str

    @classmethod
    def of(cls, raw: RawPortfolio) -> Self:
        """Take what matters."""
        last = raw.current_status_update
        return cls(
            portfolio_id=raw.gid,
            name=raw.name,
            owner=name_or_none(raw.owner),
            start=raw.start_on,
            due=raw.due_on,
            last_status=last.title if last else None,
            created_at=raw.created_at,
            url=raw.permalink_url,
        )


class Portfolios(Page):
    """Portfolios."""

    portfolios: list[PortfolioBrief]


def task_facts(raw: RawTask) -> Json:
    """Give what a list and a single task both tell."""
    return {
        "task_id": raw.gid,
        "name": raw.name,
        "kind": _KINDS.get(raw.resource_subtype, raw.resource_subtype),
        "is_completed": raw.completed,
        "assignee": name_or_none(raw.assignee),
        "due": raw.due_at or raw.due_on,
        "places": [_place(one) for one in raw.memberships],
        "parent": name_or_none(raw.parent),
        "tags": names_of(raw.tags),
        "modified_at": raw.modified_at,
        "url": raw.permalink_url,
    }


def project_facts(raw: RawProject) -> Json:
    """Give what a list and a single project both tell."""
    last = raw.current_status_update
    return {
        "project_id": raw.gid,
        "name": raw.name,
        "is_archived": raw.archived,
        "is_completed": raw.completed,
        "team": name_or_none(raw.team),
        "start": raw.start_on,
        "due": raw.due_on,
        "last_status": last.title if last else None,
        "modified_at": raw.modified_at,
        "url": raw.permalink_url,
    }


def name_or_none(raw: RawNamed | None) -> str | None:
    """Give how something is called; what is hidden has its gid."""
    return (raw.name or raw.gid) if raw is not None else None


def names_of(raws: Iterable[RawNamed]) -> list[str]:
    """Give how several things are called."""
    return [raw.name or raw.gid for raw in raws]


def cut(text: str) -> str:
    """Give a text up to a length."""
    return text if len(text) <= _TEXT_CHARS else f"{text[:_TEXT_CHARS]}…"


def _place(raw: RawMembership) -> str:
    return " / ".join(names_of([one for one in (raw.project, raw.section) if one is not None]))
