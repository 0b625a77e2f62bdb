"""Tasks, what is said to them, and where they stand."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.asana.replies import (
    answer,
    done,
    find,
    given,
    invalid,
    missing,
    page,
    state_of,
    thing_of,
)
from sophia.sandbox.asana.state import Json, State, set_value

_WRITTEN = ("name", "notes", "due_on", "due_at", "start_on", "resource_subtype", "approval_status")
_MOST_LINKS = 30

type Endpoint = Callable[[Request], Awaitable[Response]]


async def list_tasks(request: Request) -> Response:
    """List somebody's tasks in the workspace."""
    state, asked = state_of(request), request.query_params
    if "assignee" not in asked or "workspace" not in asked:
        raise invalid("assignee: You must specify a workspace and an assignee")
    find(state, "workspace", asked["workspace"])
    person = find(state, "user", asked["assignee"])
    return _page(request, [one for one in state.of_kind("task") if one["assignee"] is person])


async def list_project_tasks(request: Request) -> Response:
    """List the tasks of a project."""
    return _page(request, state_of(request).tasks_in(thing_of(request, "project")))


async def list_section_tasks(request: Request) -> Response:
    """List the tasks of a section."""
    return _page(request, state_of(request).tasks_in(thing_of(request, "section")))


async def create_task(request: Request) -> Response:
    """Make a task."""
    state, body = state_of(request), await given(request)
    if not body.get("projects") and not body.get("parent") and not body.get("workspace"):
        raise invalid("workspace: You should specify one of workspace, parent, projects")
    parent = find(state, "task", body["parent"]) if body.get("parent") else None
    projects = [find(state, "project", gid) for gid in body.get("projects", [])]
    people = [find(state, "user", one) for one in body.get("followers", [])]
    tags = [find(state, "tag", gid) for gid in body.get("tags", [])]
    task = state.make_task(body.get("name", ""), parent=parent, tags=tags)
    task["followers"] = [task["created_by"], *[one for one in people if one is not state.me]]
    for project in projects:
        state.put(task, project)
    _write(state, task, body)
    return answer(request, task, status=201)


async def show_task(request: Request) -> Response:
    """Give a task."""
    return answer(request, thing_of(request, "task"))


async def show_by_custom_id(request: Request) -> Response:
    """Give the task that the workspace numbers so."""
    wanted = request.path_params["custom_id"]
    for task in state_of(request).of_kind("task"):
        if task.get("custom_id") == wanted:
            return answer(request, task)
    raise missing("task", wanted)


async def change_task(request: Request) -> Response:
    """Change a task."""
    task = thing_of(request, "task")
    _write(state_of(request), task, await given(request))
    return answer(request, task)


async def delete_task(request: Request) -> Response:
    """Delete a task and what is under it."""
    state, task = state_of(request), thing_of(request, "task")
    for one in [task, *state.subtasks(task)]:
        state.things.pop(one["gid"], None)
    for one in state.of_kind("task"):
        one["dependencies"] = [other for other in one["dependencies"] if other is not task]
    return done()


async def list_subtasks(request: Request) -> Response:
    """List what is under a task."""
    return page(request, state_of(request).subtasks(thing_of(request, "task")))


async def list_dependencies(request: Request) -> Response:
    """List what a task waits for."""
    return page(request, thing_of(request, "task")["dependencies"])


async def list_dependents(request: Request) -> Response:
    """List what waits for a task."""
    state, task = state_of(request), thing_of(request, "task")
    return page(request, [one for one in state.of_kind("task") if task in one["dependencies"]])


def linking(side: str, *, is_more: bool) -> Endpoint:
    """Link tasks on one side, or no longer."""

    async def link(request: Request) -> Response:
        state, task, body = state_of(request), thing_of(request, "task"), await given(request)
        for other in [find(state, "task", gid) for gid in body[side]]:
            waiting, first = (task, other) if side == "dependencies" else (other, task)
            _link(waiting, first, is_more=is_more)
        return done()

    return link


async def add_project(request: Request) -> Response:
    """Put a task into a project, or elsewhere in it."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    project = find(state, "project", body.get("project"))
    section = find(state, "section", body["section"]) if "section" in body else None
    if section is not None and section["project"] is not project:
        raise invalid("section: Section is not in the project")
    state.put(task, project, section)
    return done()


async def remove_project(request: Request) -> Response:
    """Take a task out of a project."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    project = find(state, "project", body.get("project"))
    task["memberships"] = [one for one in task["memberships"] if one["project"] is not project]
    return done()


async def add_to_section(request: Request) -> Response:
    """Put a task into a section of its project."""
    state, section, body = state_of(request), thing_of(request, "section"), await given(request)
    state.put(find(state, "task", body.get("task")), section["project"], section)
    return done()


async def set_parent(request: Request) -> Response:
    """Put a task under another."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    parent = find(state, "task", body["parent"]) if body.get("parent") else None
    if parent is task:
        raise invalid("parent: A task cannot be its own parent")
    task["parent"] = parent
    return answer(request, task)


async def add_tag(request: Request) -> Response:
    """Put a tag on a task."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    tag = find(state, "tag", body.get("tag"))
    task["tags"] = [*[one for one in task["tags"] if one is not tag], tag]
    return done()


async def remove_tag(request: Request) -> Response:
    """Take a tag off a task."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    tag = find(state, "tag", body.get("tag"))
    task["tags"] = [one for one in task["tags"] if one is not tag]
    return done()


def following(*, is_more: bool) -> Endpoint:
    """Add followers to a task, or take them off."""

    async def follow(request: Request) -> Response:
        state, task, body = state_of(request), thing_of(request, "task"), await given(request)
        people = [find(state, "user", one) for one in body["followers"]]
        kept = [one for one in task["followers"] if all(one is not each for each in people)]
        task["followers"] = [*kept, *people] if is_more else kept
        return answer(request, task)

    return follow


async def list_stories(request: Request) -> Response:
    """List what was said to a task and done to it."""
    state, task = state_of(request), thing_of(request, "task")
    return page(request, [one for one in state.of_kind("story") if one["target"] is task])


async def add_story(request: Request) -> Response:
    """Say something to a task."""
    state, task, body = state_of(request), thing_of(request, "task"), await given(request)
    if not body.get("text"):
        raise invalid("text: Missing input")
    return answer(request, state.tell(task, "comment_added", body["text"]), status=201)


async def list_attachments(request: Request) -> Response:
    """List the files of a task."""
    state = state_of(request)
    parent = find(state, "task", request.query_params.get("parent"))
    return page(request, [one for one in state.of_kind("attachment") if one["parent"] is parent])


def _page(request: Request, tasks: list[Json]) -> Response:
    """Leave out what was completed before the time that is asked for."""
    since = request.query_params.get("completed_since")
    until = state_of(request).now() if since == "now" else since
    return page(
        request,
        [
            one
            for one in tasks
            if not one["completed"] or until is None or one["completed_at"] >= until
        ],
    )


def _write(state: State, task: Json, body: Json) -> None:
    for gid, value in body.get("custom_fields", {}).items():
        try:
            set_value(_value_of(task, gid), value, state)
        except KeyError as error:
            raise invalid(f"custom_fields: Unknown object: {error.args[0]}") from error
    task |= {name: body[name] for name in _WRITTEN if name in body}
    if body.get("due_at"):
        task["due_on"] = body["due_at"][:10]
    if "assignee" in body:
        task["assignee"] = find(state, "user", body["assignee"]) if body["assignee"] else None
    task["modified_at"] = state.now()
    if "completed" in body:
        task["completed"] = body["completed"]
        task["completed_at"] = task["modified_at"] if body["completed"] else None


def _value_of(task: Json, gid: str) -> Json:
    found = next((one for one in task["custom_fields"] if one["gid"] == gid), None)
    if found is None:
        raise invalid(f"custom_fields: Custom field with ID {gid} is not on given object")
    return found


def _link(waiting: Json, first: Json, *, is_more: bool) -> None:
    if waiting is first:
        raise invalid("dependencies: A task cannot depend on itself")
    kept = [one for one in waiting["dependencies"] if one is not first]
    waiting["dependencies"] = [*kept, first] if is_more else kept
    if len(waiting["dependencies"]) > _MOST_LINKS:
        raise invalid("dependencies: Too many dependencies")


_ONE = "/tasks/{gid}"
_VERBS: dict[str, Any] = {
    "addDependencies": linking("dependencies", is_more=True),
    "removeDependencies": linking("dependencies", is_more=False),
    "addDependents": linking("dependents", is_more=True),
    "removeDependents": linking("dependents", is_more=False),
    "addProject": add_project,
    "removeProject": remove_project,
    "setParent": set_parent,
    "addTag": add_tag,
    "removeTag": remove_tag,
    "addFollowers": following(is_more=True),
    "removeFollowers": following(is_more=False),
    "stories": add_story,
}

ROUTES = [
    Route("/tasks", list_tasks, methods=["GET"]),
    Route("/tasks", create_task, methods=["POST"]),
    Route(_ONE, show_task, methods=["GET"]),
    Route(_ONE, change_task, methods=["PUT"]),
    Route(_ONE, delete_task, methods=["DELETE"]),
    Route(f"{_ONE}/subtasks", list_subtasks),
    Route(f"{_ONE}/dependencies", list_dependencies),
    Route(f"{_ONE}/dependents", list_dependents),
    Route(f"{_ONE}/stories", list_stories, methods=["GET"]),
    *[Route(f"{_ONE}/{verb}", deed, methods=["POST"]) for verb, deed in _VERBS.items()],
    Route("/projects/{gid}/tasks", list_project_tasks),
    Route("/sections/{gid}/tasks", list_section_tasks),
    Route("/sections/{gid}/addTask", add_to_section, methods=["POST"]),
    Route("/attachments", list_attachments),
    Route("/workspaces/{gid}/tasks/custom_id/{custom_id}", show_by_custom_id),
]
