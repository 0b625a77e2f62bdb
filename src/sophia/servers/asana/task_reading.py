"""The tools that read tasks and what belongs to them."""

from typing import Literal

from pydantic import Field

from sophia.servers.asana.client import Asana, Following, only
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.handles import Person, ProjectId, TaskId, Workspace
from sophia.servers.asana.raw import (
    ATTACHMENT,
    NAMES,
    STORY,
    TASK,
    TASK_BRIEF,
    RawAttachment,
    RawNamed,
    RawStory,
    RawTask,
)
from sophia.servers.asana.schemas import Thing, Things
from sophia.servers.asana.task_schemas import (
    AttachmentOut,
    Attachments,
    CommentOut,
    Comments,
    Dependencies,
    TaskBrief,
    TaskOut,
    Tasks,
)
from sophia.servers.call import Call
from sophia.servers.vendor.brief import (
    LIST_BYTES,
    Cursor,
    Fields,
    Json,
    Limit,
    body_of,
    by_cursor,
    chosen,
    fitting,
)
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

_MOST_DEPENDENCIES = 30  # Asana allows a task as many, both ways together
_OPEN_ONLY = "now"

Completed = Field(
    default=False, description="false: what is open; true: what is completed; null: both."
)


class ProjectTasks(Asked):
    """The arguments of get_project_tasks."""

    project_id: ProjectId
    section: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    completed: bool | None = Completed
    limit: Limit = 30
    cursor: Cursor = None


class MyTasks(Asked):
    """The arguments of get_my_tasks."""

    assignee: Person = "me"
    completed: bool | None = Completed
    workspace: Workspace = None
    limit: Limit = 30
    cursor: Cursor = None


class OneTask(Asked):
    """The arguments of get_task_details."""

    task_id: TaskId
    fields: Fields = Field(default=[])
    body_cursor: Cursor = None


class PartOfTask(Asked):
    """The arguments of the tools that list what belongs to a task."""

    task_id: TaskId
    limit: Limit = 30
    cursor: Cursor = None


class CommentsOfTask(Asked):
    """The arguments of list_comments."""

    task_id: TaskId
    what: Literal["comments", "all"] = Field(
        default="comments", description="all: what was done to it too."
    )
    limit: Limit = 30
    cursor: Cursor = None


class TaskOnly(Asked):
    """The arguments of list_dependencies."""

    task_id: TaskId


class InWorkspace(Asked):
    """The arguments of the tools that list what a workspace has."""

    workspace: Workspace = None
    limit: Limit = 50
    cursor: Cursor = None


class TaskReading:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def get_project_tasks(self, given: ProjectTasks, _call: Call) -> Tasks:
        """List the tasks of a project, in its order."""
        project = await self._directory.gid("project", given.project_id)
        path = f"/projects/{project}/tasks"
        if given.section is not None:
            path = f"/sections/{await self._directory.section(given.section, project)}/tasks"
        return await self._tasks(path, {}, given)

    async def get_my_tasks(self, given: MyTasks, _call: Call) -> Tasks:
        """List somebody's tasks."""
        workspace = await self._directory.workspace(given.workspace)
        person = await self._directory.person(given.assignee, workspace)
        return await self._tasks("/tasks", {"assignee": person, "workspace": workspace}, given)

    async def get_task_details(self, given: OneTask, _call: Call) -> TaskOut:
        """Give a task."""
        task = await self._directory.task(given.task_id)
        found = await self._asana.one(f"/tasks/{task}", (*TASK, *given.fields))
        raw = read_one(RawTask, found)
        return TaskOut.of(
            raw,
            author=await self._directory.name_of(raw.created_by.gid) if raw.created_by else None,
            body=body_of(raw.notes, cursor=given.body_cursor),
            more=more_of(found, given.fields),
        )

    async def list_subtasks(self, given: PartOfTask, _call: Call) -> Tasks:
        """List the subtasks of a task."""
        path = f"/tasks/{await self._directory.task(given.task_id)}/subtasks"

        async def ask(after: str | None, size: int) -> tuple[list[TaskBrief], str | None]:
            return briefs(await self._asana.page(path, TASK_BRIEF, after=after, size=size))

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Tasks(tasks=kept, next_cursor=following)

    async def list_dependencies(self, given: TaskOnly, _call: Call) -> Dependencies:
        """Say what a task waits for, and what waits for it."""
        task = await self._directory.task(given.task_id)
        return await dependencies_of(self._asana, task)

    async def list_comments(self, given: CommentsOfTask, _call: Call) -> Comments:
        """List what was said to a task."""
        path = f"/tasks/{await self._directory.task(given.task_id)}/stories"

        async def ask(after: str | None, size: int) -> tuple[list[RawStory], str | None]:
            found, following = await self._asana.page(path, STORY, after=after, size=size)
            return read_many(RawStory, found), following

        said = ask if given.what == "all" else only(ask, lambda raw: raw.type == "comment")

        async def told(after: str | None, size: int) -> tuple[list[CommentOut], str | None]:
            raws, following = await said(after, size)
            return [CommentOut.of(raw) for raw in raws], following

        kept, following = await by_cursor(told, limit=given.limit, cursor=given.cursor)
        return Comments(comments=kept, next_cursor=following)

    async def list_attachments(self, given: PartOfTask, _call: Call) -> Attachments:
        """List the files of a task."""
        asked = {"parent": await self._directory.task(given.task_id)}

        async def ask(after: str | None, size: int) -> tuple[list[AttachmentOut], str | None]:
            found, following = await self._asana.page(
                "/attachments", ATTACHMENT, after=after, size=size, asked=asked
            )
            return [AttachmentOut.of(raw) for raw in read_many(RawAttachment, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Attachments(attachments=kept, next_cursor=following)

    async def list_tags(self, given: InWorkspace, _call: Call) -> Things:
        """List the tags of a workspace."""
        path = f"/workspaces/{await self._directory.workspace(given.workspace)}/tags"

        async def ask(after: str | None, size: int) -> tuple[list[Thing], str | None]:
            return things(await self._asana.page(path, NAMES, after=after, size=size))

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Things(found=kept, next_cursor=following)

    async def _tasks(self, path: str, asked: Params, given: ProjectTasks | MyTasks) -> Tasks:
        # Only what is open can be asked for; what is completed is picked out here.
        since = _OPEN_ONLY if given.completed is False else None
        params: Params = {**asked, "completed_since": since}

        async def ask(after: str | None, size: int) -> tuple[list[TaskBrief], str | None]:
            return briefs(
                await self._asana.page(path, TASK_BRIEF, after=after, size=size, asked=params)
            )

        wanted = only(ask, lambda task: task.is_completed) if given.completed else ask
        kept, following = await by_cursor(wanted, limit=given.limit, cursor=given.cursor)
        return Tasks(tasks=kept, next_cursor=following)


async def dependencies_of(asana: Asana, task: str) -> Dependencies:
    """Say what a task waits for, and what waits for it."""
    sides: list[list[TaskBrief]] = []
    for side in ("dependencies", "dependents"):
        page = await asana.page(f"/tasks/{task}/{side}", TASK_BRIEF, size=_MOST_DEPENDENCIES)
        sides.append(fitting(briefs(page)[0], max_bytes=LIST_BYTES // 2))
    return Dependencies(task_id=task, depends_on=sides[0], blocks=sides[1])


def briefs(page: Following) -> tuple[list[TaskBrief], str | None]:
    """Read a page of tasks."""
    found, following = page
    return [TaskBrief.of(raw) for raw in read_many(RawTask, found)], following


def things(page: Following) -> tuple[list[Thing], str | None]:
    """Read a page of what has a name."""
    found, following = page
    return [Thing.of(raw) for raw in read_many(RawNamed, found)], following


def more_of(found: Json, fields: list[str]) -> Json:
    """Give the fields that were asked for besides, `assignee.email` within assignee."""
    return chosen(found, list(dict.fromkeys(name.partition(".")[0] for name in fields)))
