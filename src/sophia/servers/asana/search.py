"""The tools that find: tasks by words, anything by the beginning of its name."""

from typing import Literal

from pydantic import Field

from sophia.servers.asana.client import Action, Asana, only
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.handles import Person, ProjectId, Workspace, user_path
from sophia.servers.asana.raw import NAMES, TASK_BRIEF, RawNamed, RawTask
from sophia.servers.asana.schemas import Found, Thing
from sophia.servers.asana.task_reading import briefs
from sophia.servers.asana.task_schemas import FoundTasks, TaskBrief
from sophia.servers.call import Call
from sophia.servers.vendor.brief import Cursor, Limit, by_cursor, fitting
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.errors import VendorForbiddenError, VendorMissingError, VendorPaidError
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

_SEARCHED = "Asana's search of names and texts, the youngest first."
_UNPAID = "This workspace has no paid plan, and Asana's search needs one: "
_BY_PROJECT = _UNPAID + "the words were looked for in the names and texts of the project's tasks."
_BY_NAME = (
    _UNPAID + "tasks were found by their names alone. With project_id the texts of a project's"
    " tasks are looked through."
)
# Marks a cursor of the way without a paid plan.
_PLAIN = "plain:"
_MOST_BY_NAME = 30
# What is found by name may be gone or not for this token.
_HIDDEN = (VendorMissingError, VendorForbiddenError)


class SearchTasks(Asked):
    """The arguments of search_tasks."""

    query: str = Field(min_length=1, max_length=200, description="Words of its name or text.")
    project_id: ProjectId | None = None
    assignee: Person | None = None
    completed: bool | None = Field(default=None, description="Leave out for both.")
    workspace: Workspace = None
    limit: Limit = 20
    cursor: Cursor = None


class SearchObjects(Asked):
    """The arguments of search_objects."""

    query: str = Field(max_length=200, description="A beginning of its name; empty: used lately.")
    kind: Literal[
        "task", "project", "portfolio", "user", "team", "tag", "custom_field", "project_template"
    ]
    workspace: Workspace = None
    limit: Limit = 20


class SearchTools:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def search_tasks(self, given: SearchTasks, _call: Call) -> FoundTasks:
        """Find tasks by words; without a paid plan in simpler ways."""
        project = (
            await self._directory.gid("project", given.project_id) if given.project_id else None
        )
        workspace = await self._workspace(given.workspace, project)
        assignee = (
            await self._directory.person(given.assignee, workspace) if given.assignee else None
        )
        asked: Params = {
            "text": given.query,
            "projects.any": project,
            "assignee.any": assignee,
            "completed": given.completed,
            "sort_by": "created_at",
            "sort_ascending": False,
        }
        how = [_SEARCHED]

        async def ask(after: str | None, size: int) -> tuple[list[TaskBrief], str | None]:
            if after is None or not after.startswith(_PLAIN):
                try:
                    return await self._searched(workspace, asked, after, size)
                except VendorPaidError:
                    after = None
            how.append(_BY_PROJECT if project else _BY_NAME)
            if project is None:
                return await self._by_name(workspace, given, assignee), None
            offset = after.removeprefix(_PLAIN) if after else None
            return await self._in_project(project, given, assignee, offset, size)

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return FoundTasks(tasks=kept, next_cursor=following, how=how[-1])

    async def search_objects(self, given: SearchObjects, _call: Call) -> Found:
        """Find anything by its name."""
        workspace = await self._directory.workspace(given.workspace)
        asked: Params = {"resource_type": given.kind, "query": given.query, "count": given.limit}
        found = await self._asana.listed(f"/workspaces/{workspace}/typeahead", NAMES, asked)
        return Found(found=fitting(Thing.of(raw) for raw in read_many(RawNamed, found)))

    async def _workspace(self, written: str | None, project: str | None) -> str:
        if written is not None or project is None:
            return await self._directory.workspace(written)
        return await self._directory.workspace_of(project)

    async def _searched(
        self, workspace: str, asked: Params, after: str | None, size: int
    ) -> tuple[list[TaskBrief], str | None]:
        # Its pages are counted by us: those created before the last that was given.
        found, _ = await self._asana.page(
            f"/workspaces/{workspace}/tasks/search",
            TASK_BRIEF,
            size=size,
            asked={**asked, "created_at.before": after},
        )
        kept, _ = briefs((found, None))
        return kept, found[-1]["created_at"] if len(found) == size else None

    async def _in_project(
        self, project: str, given: SearchTasks, assignee: str | None, after: str | None, size: int
    ) -> tuple[list[TaskBrief], str | None]:
        async def ask(after: str | None, size: int) -> tuple[list[RawTask], str | None]:
            found, following = await self._asana.page(
                f"/projects/{project}/tasks", (*TASK_BRIEF, "notes"), after=after, size=size
            )
            return read_many(RawTask, found), following

        who = await self._gid(assignee)
        found, following = await only(ask, lambda raw: _fits(raw, given, who))(after, size)
        return [TaskBrief.of(raw) for raw in found], f"{_PLAIN}{following}" if following else None

    async def _by_name(
        self, workspace: str, given: SearchTasks, assignee: str | None
    ) -> list[TaskBrief]:
        count = min(given.limit, _MOST_BY_NAME)
        asked: Params = {"resource_type": "task", "query": given.query, "count": count}
        found = await self._asana.listed(f"/workspaces/{workspace}/typeahead", NAMES, asked)
        outcomes = await self._asana.batch(
            [
                Action(method="get", path=f"/tasks/{raw.gid}", fields=TASK_BRIEF)
                for raw in read_many(RawNamed, found)
            ]
        )
        for one in outcomes:
            if one.error is not None and not isinstance(one.error, _HIDDEN):
                raise one.error
        raws = [read_one(RawTask, one.made) for one in outcomes if one.made is not None]
        who = await self._gid(assignee)
        return [TaskBrief.of(raw) for raw in raws if _suits(raw, given, who)]

    async def _gid(self, person: str | None) -> str | None:
        if person is None or person.isdecimal():
            return person
        return read_one(RawNamed, await self._asana.one(user_path(person), NAMES)).gid


def _fits(raw: RawTask, given: SearchTasks, assignee: str | None) -> bool:
    text = f"{raw.name} {raw.notes}".casefold()
    words = given.query.casefold().split()
    return all(word in text for word in words) and _suits(raw, given, assignee)


def _suits(raw: RawTask, given: SearchTasks, assignee: str | None) -> bool:
    if given.completed is not None and raw.completed is not given.completed:
        return False
    return assignee is None or (raw.assignee is not None and raw.assignee.gid == assignee)
