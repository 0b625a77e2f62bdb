"""Labels, milestones and sub-issues."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import (
    answer,
    check_repository,
    given,
    invalid,
    missing,
    page_of,
    state_of,
)
from sophia.sandbox.github.shapes import REPO_API, REPO_WEB, Json
from sophia.sandbox.github.state import State

_REPO = "/repos/{owner}/{repo}"
_MILESTONE = f"{_REPO}/milestones/{{number:int}}"
_PARTS = f"{_REPO}/issues/{{number:int}}"


async def list_labels(request: Request) -> Response:
    """List labels."""
    check_repository(request)
    return answer(request, page_of(request, list(state_of(request).labels.values())))


async def create_label(request: Request) -> Response:
    """Make a label."""
    check_repository(request)
    labels, body = state_of(request).labels, await given(request)
    if not body.get("name") or body["name"] in labels:
        raise invalid("name", resource="Label")
    labels[body["name"]] = shapes.label(body["name"]) | body
    return answer(request, labels[body["name"]], status=201)


async def label(request: Request) -> Response:
    """Give, change or delete a label."""
    check_repository(request)
    labels, name = state_of(request).labels, request.path_params["name"]
    if name not in labels:
        raise missing()
    if request.method == "GET":
        return answer(request, labels[name])
    was = labels.pop(name)
    if request.method == "DELETE":
        return Response(status_code=204)
    body = await given(request)
    now = body.pop("new_name", name)
    labels[now] = {**was, **body, "name": now}
    return answer(request, labels[now])


async def list_milestones(request: Request) -> Response:
    """List milestones."""
    check_repository(request)
    state, wanted = state_of(request), request.query_params.get("state", "open")
    found = [
        _counted(state, number)
        for number, raw in state.milestones.items()
        if wanted in {"all", raw["state"]}
    ]
    return answer(request, page_of(request, found))


async def create_milestone(request: Request) -> Response:
    """Make a milestone."""
    check_repository(request)
    state, body = state_of(request), await given(request)
    if not body.get("title"):
        raise invalid("title", resource="Milestone")
    number = max(state.milestones, default=0) + 1
    state.milestones[number] = _milestone(number) | body
    return answer(request, _counted(state, number), status=201)


async def milestone(request: Request) -> Response:
    """Give, change or delete a milestone."""
    check_repository(request)
    state, number = state_of(request), request.path_params["number"]
    if number not in state.milestones:
        raise missing()
    if request.method == "DELETE":
        del state.milestones[number]
        return Response(status_code=204)
    if request.method == "PATCH":
        state.milestones[number] |= await given(request)
    return answer(request, _counted(state, number))


async def list_parts(request: Request) -> Response:
    """List the sub-issues of an issue."""
    state, number = _asked(request)
    found = [state.issues[one] for one in state.parts.get(number, [])]
    return answer(request, page_of(request, found))


async def add_part(request: Request) -> Response:
    """Make an issue part of another, of one at most."""
    state, number = _asked(request)
    body = await given(request)
    part = _of_id(state, body.get("sub_issue_id"))
    others = [one for one, parts in state.parts.items() if part in parts]
    if others and not body.get("replace_parent"):
        raise HTTPException(422, "Sub issue may only have one parent")
    for one in others:
        state.parts[one].remove(part)
    state.parts.setdefault(number, []).append(part)
    return answer(request, state.issues[number], status=201)


async def remove_part(request: Request) -> Response:
    """Take a sub-issue out."""
    state, number = _asked(request)
    part = _of_id(state, (await given(request)).get("sub_issue_id"))
    if part not in state.parts.get(number, []):
        raise missing()
    state.parts[number].remove(part)
    return answer(request, state.issues[number])


async def move_part(request: Request) -> Response:
    """Move a sub-issue behind or before another."""
    state, number = _asked(request)
    body, parts = await given(request), state.parts.get(number, [])
    part = _of_id(state, body.get("sub_issue_id"))
    other = _of_id(state, body.get("after_id") or body.get("before_id"))
    if part not in parts or other not in parts:
        raise missing()
    parts.remove(part)
    parts.insert(parts.index(other) + ("after_id" in body), part)
    return answer(request, state.issues[number])


def _asked(request: Request) -> tuple[State, int]:
    check_repository(request)
    state, number = state_of(request), request.path_params["number"]
    if number not in state.issues:
        raise missing()
    return state, number


def _of_id(state: State, id_: int | None) -> int:
    found = [number for number, raw in state.issues.items() if raw["id"] == id_]
    if not found:
        raise missing()
    return found[0]


def _counted(state: State, number: int) -> Json:
    of = [one for one in state.issues.values() if (one["milestone"] or {}).get("number") == number]
    is_open = [one for one in of if one["state"] == "open"]
    return state.milestones[number] | {
        "open_issues": len(is_open),
        "closed_issues": len(of) - len(is_open),
    }


def _milestone(number: int) -> Json:
    api = f"{REPO_API}/milestones/{number}"
    return {
        "url": api,
        "html_url": f"{REPO_WEB}/milestone/{number}",
        "labels_url": f"{api}/labels",
        "id": 3100 + number,
        "node_id": shapes.node("MI", number),
        "number": number,
        "state": "open",
        "title": "",
        "description": None,
        "creator": shapes.user(team.ME),
        "open_issues": 0,
        "closed_issues": 0,
        "created_at": shapes.MADE_AT,
        "updated_at": shapes.MADE_AT,
        "closed_at": None,
        "due_on": None,
    }


ROUTES = [
    Route(f"{_REPO}/labels", list_labels, methods=["GET"]),
    Route(f"{_REPO}/labels", create_label, methods=["POST"]),
    Route(f"{_REPO}/labels/{{name}}", label, methods=["GET", "PATCH", "DELETE"]),
    Route(f"{_REPO}/milestones", list_milestones, methods=["GET"]),
    Route(f"{_REPO}/milestones", create_milestone, methods=["POST"]),
    Route(_MILESTONE, milestone, methods=["GET", "PATCH", "DELETE"]),
    Route(f"{_PARTS}/sub_issues", list_parts, methods=["GET"]),
    Route(f"{_PARTS}/sub_issues", add_part, methods=["POST"]),
    Route(f"{_PARTS}/sub_issues/priority", move_part, methods=["PATCH"]),
    Route(f"{_PARTS}/sub_issue", remove_part, methods=["DELETE"]),
]
