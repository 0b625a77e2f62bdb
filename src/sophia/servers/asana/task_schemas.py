"""What the tools give of tasks: what matters, in plain words."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from sophia.servers.asana.raw import RawAttachment, RawMembership, RawStory, RawTask
from sophia.servers.asana.schemas import (
    MOST_NAMED,
    FieldValue,
    cut,
    name_or_none,
    names_of,
    values_of,
)
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, body_of

_KINDS = {"default_task": "task"}


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
    followers: list[str] = Field(description="The first 20.")
    author: str | None
    created_at: datetime
    modified_at: datetime
    custom_fields: list[FieldValue] = Field(description="The first 20 that have a value.")
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
            followers=names_of(raw.followers[:MOST_NAMED]),
            author=author,
            created_at=raw.created_at,
            custom_fields=values_of(raw.custom_fields),
            body=body or body_of(raw.notes),
            more=more or {},
        )


class Dependencies(BaseModel):
    """What a task waits for, and what waits for it."""

    task_id: str
    depends_on: list[TaskBrief]
    blocks: list[TaskBrief]


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


def _place(raw: RawMembership) -> str:
    return " / ".join(names_of([one for one in (raw.project, raw.section) if one is not None]))
