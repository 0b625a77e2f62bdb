"""Workspaces and people, finding by name and by words, and several requests in one."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message

from sophia.sandbox.asana.replies import (
    answer,
    find,
    given,
    invalid,
    page,
    shown,
    state_of,
    thing_of,
)
from sophia.sandbox.asana.state import Json

_UNPAID = "Search is only available to premium users."
_MOST_ACTIONS = 10


async def show_user(request: Request) -> Response:
    """Give somebody."""
    return answer(request, thing_of(request, "user"))


async def list_users(request: Request) -> Response:
    """List the people of the workspace; all of them are in its team but strangers."""
    state, asked = state_of(request), request.query_params
    if "team" in asked:
        find(state, "team", asked["team"])
        members = next(state.of_kind("project"))["members"]
        return page(request, members)
    find(state, "workspace", asked.get("workspace"))
    return page(request, list(state.of_kind("user")))


async def list_workspaces(request: Request) -> Response:
    """List the workspaces."""
    return page(request, list(state_of(request).of_kind("workspace")))


async def list_teams(request: Request) -> Response:
    """List the teams of the workspace."""
    place = thing_of(request, "workspace")
    teams = state_of(request).of_kind("team")
    return page(request, [one for one in teams if one["organization"] is place])


async def list_tags(request: Request) -> Response:
    """List the tags of the workspace."""
    place = thing_of(request, "workspace")
    tags = state_of(request).of_kind("tag")
    return page(request, [one for one in tags if one["workspace"] is place])


async def complete(request: Request) -> Response:
    """Find things of which a word begins so; without words what was used last."""
    state, asked = state_of(request), request.query_params
    place = thing_of(request, "workspace")
    if "resource_type" not in asked:
        raise invalid("resource_type: Missing input")
    words = asked.get("query", "").casefold().split()
    found = [
        one
        for one in state.of_kind(asked["resource_type"])
        if one.get("workspace", place) is place and _begins(one["name"], words)
    ]
    some = found[: int(asked.get("count", 20))]
    return JSONResponse({"data": [shown(state, one, ("name", "resource_type")) for one in some]})


async def search(request: Request) -> Response:
    """Find tasks by words, for whoever has a paid plan."""
    state, asked = state_of(request), request.query_params
    thing_of(request, "workspace")
    if not state.is_paid:
        said = {"errors": [{"message": _UNPAID}]}
        return JSONResponse(said, status_code=402)
    words = asked.get("text", "").casefold().split()
    found = [
        one
        for one in state.of_kind("task")
        if all(word in f"{one['name']} {one['notes']}".casefold() for word in words)
        and asked.get("completed") in {None, str(one["completed"]).lower()}
        and one["created_at"] < asked.get("created_at.before", "9")
        and _is_in(one, asked.get("projects.any"))
        and _is_of(one, asked.get("assignee.any"), state.me["gid"])
    ]
    found.sort(key=lambda one: one["created_at"], reverse=True)
    size = int(asked.get("limit", 100))
    fields = asked.get("opt_fields", "name").split(",")
    return JSONResponse({"data": [shown(state, one, fields) for one in found[:size]]})


async def run_batch(request: Request) -> Response:
    """Answer several requests, each by itself."""
    body = await given(request)
    actions: list[Json] = body.get("actions", [])
    if not 1 <= len(actions) <= _MOST_ACTIONS:
        raise invalid("actions: Must be between 1 and 10")
    return JSONResponse({"data": [await _run(request, action) for action in actions]})


async def _run(request: Request, action: Json) -> Json:
    fields = ",".join(action.get("options", {}).get("fields", []))
    method = action["method"].upper()
    is_bodiless = method in {"GET", "DELETE"}
    body = b"" if is_bodiless else orjson.dumps({"data": action.get("data", {})})
    head, told = dict[str, Any](), bytearray()

    async def taking() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def giving(message: Message) -> None:
        head.update(message if message["type"] == "http.response.start" else {})
        told.extend(message.get("body", b""))

    scope: Json = {
        **{name: request.scope[name] for name in ("type", "asgi", "http_version", "headers")},
        **{name: request.scope[name] for name in ("scheme", "server", "client")},
        "method": method,
        "path": action["relative_path"],
        "raw_path": action["relative_path"].encode(),
        "root_path": "",
        "query_string": f"opt_fields={fields}".encode() if fields else b"",
    }
    await request.app(scope, taking, giving)
    return {"status_code": head["status"], "headers": {}, "body": orjson.loads(bytes(told))}


def _begins(name: str, words: list[str]) -> bool:
    there = name.casefold().split()
    return all(any(one.startswith(word) for one in there) for word in words)


def _is_in(task: Json, project: str | None) -> bool:
    return project is None or any(one["project"]["gid"] == project for one in task["memberships"])


def _is_of(task: Json, person: str | None, me: str) -> bool:
    if person is None:
        return True
    gid = me if person == "me" else person
    return task["assignee"] is not None and gid in {
        task["assignee"]["gid"],
        task["assignee"]["email"],
    }


ROUTES = [
    Route("/users", list_users),
    Route("/users/{gid}", show_user),
    Route("/workspaces", list_workspaces),
    Route("/workspaces/{gid}/teams", list_teams),
    Route("/workspaces/{gid}/tags", list_tags),
    Route("/workspaces/{gid}/typeahead", complete),
    Route("/workspaces/{gid}/tasks/search", search),
    Route("/batch", run_batch, methods=["POST"]),
]
