"""The arguments of the tools that change tasks."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from sophia.servers.asana.custom_fields import Values
from sophia.servers.asana.handles import Person, ProjectId, TaskId
from sophia.servers.vendor.offering import Asked

MAX_TEXT_CHARS = 60_000
MOST_AT_ONCE = 30

NOBODY = "none"

type When = date | Literal["none"]

Name = Annotated[str, Field(min_length=1, max_length=1_000)]
Text = Annotated[str, Field(max_length=MAX_TEXT_CHARS, description="Plain text.")]
Due = Annotated[
    date | AwareDatetime | Literal["none"],
    Field(description="2026-05-31, a time such as 2026-05-31T15:00:00Z, or none."),
]
Start = Annotated[
    When, Field(description="2026-05-01, or none; Asana takes it with a due date only.")
]
Assignee = Annotated[
    str,
    Field(
        min_length=1,
        max_length=300,
        description="me, a name, an e-mail address or a gid; none for nobody.",
    ),
]


class TaskFields(Asked):
    """What of a task may be written; what is left out stays."""

    description: Text | None = None
    assignee: Assignee | None = None
    due_date: Due | None = None
    start_date: Start | None = None


class MadeTask(TaskFields):
    """A task to be made."""

    name: Name
    kind: Literal["task", "milestone", "approval"] = "task"
    parent: TaskId | None = Field(default=None, description="Of what it is to be a subtask.")
    followers: list[Person] = Field(default=[], max_length=20)
    tags: list[str] = Field(default=[], max_length=20, description="Names or gids.")
    custom_fields: Values = Field(default={})


class CreateTask(MadeTask):
    """The arguments of create_task."""

    project_id: ProjectId
    section: str | None = Field(default=None, max_length=300, description="Its name or gid.")


class CreateTasks(Asked):
    """The arguments of create_tasks."""

    project_id: ProjectId
    section: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    tasks: list[MadeTask] = Field(min_length=1, max_length=MOST_AT_ONCE)


class TaskChange(TaskFields):
    """The arguments of update_task."""

    task_id: TaskId
    name: Name | None = None
    completed: bool | None = None
    approval: Literal["pending", "approved", "rejected", "changes_requested"] | None = Field(
        default=None, description="Of an approval only."
    )
    custom_fields: Values = Field(default={})


class UpdateTasks(Asked):
    """The arguments of update_tasks."""

    tasks: list[TaskChange] = Field(min_length=1, max_length=MOST_AT_ONCE)


class DeleteTask(Asked):
    """The arguments of delete_task."""

    task_id: TaskId


class MoveTask(Asked):
    """The arguments of move_task."""

    task_id: TaskId
    project_id: ProjectId | None = Field(
        default=None, description="Where it is to be too; leave out to stay in its only project."
    )
    section: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    out_of: ProjectId | None = Field(default=None, description="A project that it is to leave.")
    parent: TaskId | None = Field(
        default=None, description="Of what it is to be a subtask; none for nothing."
    )


class LinkTasks(Asked):
    """The arguments of link_tasks."""

    task_id: TaskId
    depends_on: list[TaskId] = Field(default=[], max_length=20, description="It waits for these.")
    blocks: list[TaskId] = Field(default=[], max_length=20, description="These wait for it.")
    no_longer_depends_on: list[TaskId] = Field(default=[], max_length=20)
    no_longer_blocks: list[TaskId] = Field(default=[], max_length=20)


class TagTask(Asked):
    """The arguments of tag_task."""

    task_id: TaskId
    add: list[str] = Field(default=[], max_length=20, description="Names or gids.")
    remove: list[str] = Field(default=[], max_length=20, description="Names or gids.")


class FollowTask(Asked):
    """The arguments of follow_task."""

    task_id: TaskId
    add: list[Person] = Field(default=[], max_length=20)
    remove: list[Person] = Field(default=[], max_length=20)


class AddComment(Asked):
    """The arguments of add_comment."""

    task_id: TaskId
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS, description="Plain text.")


def day(when: date | str) -> str | None:
    """Write a day as Asana does; none takes it away."""
    return when.isoformat() if isinstance(when, date) else None


class Outcome(BaseModel):
    """What came of one of several tasks."""

    name: str
    task_id: str | None
    url: str | None
    error: str | None = Field(description="Why not; null: it was done.")


class Outcomes(BaseModel):
    """What came of each, in their order."""

    tasks: list[Outcome]
    failed: int


class Deleted(BaseModel):
    """What was deleted."""

    task_id: str
    name: str
