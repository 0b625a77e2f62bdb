"""The tools that change tasks."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sophia.servers.asana.client import Action, Asana
from sophia.servers.asana.client import Outcome as Answered
from sophia.servers.asana.custom_fields import CustomFields
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.raw import NAMES, STORY, TASK, RawNamed, RawStory, RawTask
from sophia.servers.asana.task_arguments import (
    NOBODY,
    AddComment,
    CreateTask,
    CreateTasks,
    Deleted,
    DeleteTask,
    FollowTask,
    LinkTasks,
    MadeTask,
    MoveTask,
    Outcome,
    Outcomes,
    TagTask,
    TaskChange,
    TaskFields,
    UpdateTasks,
    day,
)
from sophia.servers.asana.task_reading import dependencies_of
from sophia.servers.asana.task_schemas import CommentOut, Dependencies, TaskOut
from sophia.servers.call import Call
from sophia.servers.vendor.brief import Json, snippet
from sophia.servers.vendor.errors import HandleError, VendorError, VendorRefusedError
from sophia.servers.vendor.reading import read_one

_KINDS = {"task": "default_task"}
_SHORT = ("name", "permalink_url")


class TaskChanges:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory
        self._custom = CustomFields(asana, directory)

    async def create_task(self, given: CreateTask, _call: Call) -> TaskOut:
        """Make a task."""
        project = await self._directory.gid("project", given.project_id)
        section = await self._directory.section(given.section, project) if given.section else None
        made = await self._asana.change("POST", "/tasks", await self._making(given, project), TASK)
        gid = read_one(RawNamed, made).gid
        if section is None:
            return _told(made)
        [error] = await self._into(section, [gid])
        if error is not None:
            raise type(error)(f"Task {gid} was made, but not put into its section: {error.message}")
        return _told(await self._asana.one(f"/tasks/{gid}", TASK))

    async def create_tasks(self, given: CreateTasks, _call: Call) -> Outcomes:
        """Make several tasks; some may fail where others are made."""
        project = await self._directory.gid("project", given.project_id)
        section = await self._directory.section(given.section, project) if given.section else None
        wanted = [await self._making(one, project) for one in given.tasks]
        answers = await self._asana.batch(
            [Action(method="post", path="/tasks", data=one, fields=_SHORT) for one in wanted]
        )
        outcomes = [
            _outcome(one, name=task.name) for one, task in zip(answers, given.tasks, strict=True)
        ]
        made = [one for one in outcomes if one.task_id is not None]
        if section is not None:
            errors = await self._into(section, [one.task_id or "" for one in made])
            for one, error in zip(made, errors, strict=True):
                if error is not None:
                    one.error = f"It was made, but not put into its section: {error.message}"
        return _counted(outcomes)

    async def update_task(self, given: TaskChange, _call: Call) -> TaskOut:
        """Change a task; what is left out stays."""
        task = await self._directory.task(given.task_id)
        changes = await self._changes(given, task)
        return _told(await self._asana.change("PUT", f"/tasks/{task}", changes, TASK))

    async def update_tasks(self, given: UpdateTasks, _call: Call) -> Outcomes:
        """Change several tasks; some may fail where others are changed."""
        gids = [await self._directory.task(one.task_id) for one in given.tasks]
        actions = [
            Action(
                method="put",
                path=f"/tasks/{gid}",
                data=await self._changes(one, gid),
                fields=_SHORT,
            )
            for gid, one in zip(gids, given.tasks, strict=True)
        ]
        answers = await self._asana.batch(actions)
        return _counted(
            [_outcome(one, name=gid, gid=gid) for one, gid in zip(answers, gids, strict=True)]
        )

    async def delete_task(self, given: DeleteTask, _call: Call) -> Deleted:
        """Delete a task; for thirty days it can be brought back at Asana."""
        task = await self._directory.task(given.task_id)
        raw = read_one(RawNamed, await self._asana.one(f"/tasks/{task}", NAMES))
        await self._asana.change("DELETE", f"/tasks/{task}")
        return Deleted(task_id=task, name=raw.name or "")

    async def move_task(self, given: MoveTask, _call: Call) -> TaskOut:
        """Put a task into a project, section or under another, and out of a project."""
        task = await self._directory.task(given.task_id)
        steps: list[tuple[str, Json]] = []
        if given.project_id is not None or given.section is not None:
            steps.append(("addProject", await self._place(given, task)))
        if given.out_of is not None:
            steps.append(
                ("removeProject", {"project": await self._directory.gid("project", given.out_of)})
            )
        if given.parent is not None:
            parent = None if given.parent == NOBODY else await self._directory.task(given.parent)
            steps.append(("setParent", {"parent": parent}))
        return await self._stepped(task, steps, needs="project_id, section, out_of or parent")

    async def tag_task(self, given: TagTask, _call: Call) -> TaskOut:
        """Put tags on a task and take them off."""
        task = await self._directory.task(given.task_id)
        asked = (("addTag", given.add), ("removeTag", given.remove))
        steps: list[tuple[str, Json]] = [
            (verb, {"tag": await self._directory.gid("tag", one)})
            for verb, tags in asked
            for one in tags
        ]
        return await self._stepped(task, steps, needs="add or remove")

    async def follow_task(self, given: FollowTask, _call: Call) -> TaskOut:
        """Add followers to a task and take them off."""
        task = await self._directory.task(given.task_id)
        asked = (("addFollowers", given.add), ("removeFollowers", given.remove))
        steps: list[tuple[str, Json]] = [
            (verb, {"followers": await self._directory.people(people)})
            for verb, people in asked
            if people
        ]
        return await self._stepped(task, steps, needs="add or remove")

    async def link_tasks(self, given: LinkTasks, _call: Call) -> Dependencies:
        """Say what a task waits for, and what waits for it."""
        task = await self._directory.task(given.task_id)
        asked = (
            ("addDependencies", "dependencies", given.depends_on),
            ("addDependents", "dependents", given.blocks),
            ("removeDependencies", "dependencies", given.no_longer_depends_on),
            ("removeDependents", "dependents", given.no_longer_blocks),
        )
        steps: list[tuple[str, Json]] = [
            (verb, {side: [await self._directory.task(one) for one in tasks]})
            for verb, side, tasks in asked
            if tasks
        ]
        await self._done(task, steps, needs="depends_on, blocks or what is no longer so")
        return await dependencies_of(self._asana, task)

    async def add_comment(self, given: AddComment, _call: Call) -> CommentOut:
        """Say something to a task."""
        path = f"/tasks/{await self._directory.task(given.task_id)}/stories"
        made = await self._asana.change("POST", path, {"text": given.text}, STORY)
        return CommentOut.of(read_one(RawStory, made))

    async def _making(self, given: MadeTask, project: str) -> Json:
        written: Json = {
            **await self._fields(given),
            "name": given.name,
            "resource_subtype": _KINDS.get(given.kind, given.kind),
            "projects": [project],
        }
        if given.parent is not None:
            written["parent"] = await self._directory.task(given.parent)
        if given.followers:
            written["followers"] = await self._directory.people(given.followers)
        if given.tags:
            written["tags"] = [await self._directory.gid("tag", one) for one in given.tags]
        if given.custom_fields:
            written["custom_fields"] = await self._custom.of_project(project, given.custom_fields)
        return written

    async def _changes(self, given: TaskChange, task: str) -> Json:
        written = await self._fields(given)
        said = {"name": given.name, "completed": given.completed, "approval_status": given.approval}
        written |= {name: value for name, value in said.items() if value is not None}
        if given.custom_fields:
            written["custom_fields"] = await self._custom.of_task(task, given.custom_fields)
        if not written:
            raise VendorRefusedError(f"Nothing is to be changed in {task}: name what is.")
        return written

    async def _fields(self, given: TaskFields) -> Json:
        written: Json = {}
        if given.description is not None:
            written["notes"] = given.description
        if given.assignee is not None:
            is_nobody = given.assignee == NOBODY
            written["assignee"] = (
                None if is_nobody else await self._directory.person(given.assignee)
            )
        if isinstance(given.due_date, datetime):
            written["due_at"] = given.due_date.isoformat()
        elif given.due_date is not None:
            written["due_on"] = day(given.due_date)
        if given.start_date is not None:
            written["start_on"] = day(given.start_date)
        return written

    async def _place(self, given: MoveTask, task: str) -> Json:
        if given.project_id is not None:
            project = await self._directory.gid("project", given.project_id)
        else:
            project = await self._only_project(task)
        if given.section is None:
            return {"project": project}
        return {
            "project": project,
            "section": await self._directory.section(given.section, project),
        }

    async def _only_project(self, task: str) -> str:
        raw = read_one(RawTask, await self._asana.one(f"/tasks/{task}", TASK))
        there = [one.project for one in raw.memberships if one.project is not None]
        if len(there) != 1:
            told = ", ".join(f"{one.name} ({one.gid})" for one in there) or "none"
            raise HandleError(f"In which project is the section? Give project_id; it is in {told}.")
        return there[0].gid

    async def _into(self, section: str, tasks: Sequence[str]) -> list[VendorError | None]:
        path = f"/sections/{section}/addTask"
        actions = [Action(method="post", path=path, data={"task": task}) for task in tasks]
        return [one.error for one in await self._asana.batch(actions)]

    async def _stepped(self, task: str, steps: list[tuple[str, Json]], *, needs: str) -> TaskOut:
        await self._done(task, steps, needs=needs)
        return _told(await self._asana.one(f"/tasks/{task}", TASK))

    async def _done(self, task: str, steps: list[tuple[str, Json]], *, needs: str) -> None:
        """Do one after the other: the error of a later one says what was done before."""
        if not steps:
            raise VendorRefusedError(f"Nothing is to be done: give {needs}.")
        done: list[str] = []
        for verb, data in steps:
            try:
                await self._asana.change("POST", f"/tasks/{task}/{verb}", data)
            except VendorError as error:
                if not done:
                    raise
                raise type(error)(
                    f"{', '.join(done)} was done; {verb} not: {error.message}"
                ) from error
            done.append(verb)


def _told(raw: Any) -> TaskOut:
    return TaskOut.of(read_one(RawTask, raw))


def _outcome(answered: Answered, *, name: str, gid: str | None = None) -> Outcome:
    if answered.error is not None:
        return Outcome(name=snippet(name), task_id=gid, url=None, error=answered.error.message)
    raw = read_one(_Made, answered.made)
    return Outcome(name=snippet(raw.name), task_id=raw.gid, url=raw.permalink_url, error=None)


def _counted(outcomes: list[Outcome]) -> Outcomes:
    return Outcomes(tasks=outcomes, failed=sum(one.error is not None for one in outcomes))


class _Made(RawNamed):
    permalink_url: str
