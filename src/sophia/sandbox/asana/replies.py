"""How the stand-in answers: the fields that are asked for, pages, refusals."""

from collections.abc import Sequence
from typing import Any, cast

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.sandbox.asana.state import Json, State

_MOST = 100
_HELP = "For more information on API status codes and how to handle them, read the docs on errors."
_COMPACT = ("name", "resource_type")

type Tree = dict[str, Tree]


def state_of(request: Request) -> State:
    """Give the workspace that a request is about."""
    return request.app.state.workspace


def answer(request: Request, thing: Json, *, status: int = 200) -> Response:
    """Answer with one thing."""
    return JSONResponse({"data": shown(state_of(request), thing, fields(request))}, status)


def done() -> Response:
    """Answer that there is nothing to tell."""
    return JSONResponse({"data": {}})


def page(request: Request, things: Sequence[Json], *, prefix: str = "") -> Response:
    """Answer with the page that is asked for; `prefix` stands before what is shown of each."""
    asked = request.query_params
    state, start = state_of(request), _start(asked.get("offset"))
    size = int(asked.get("limit", _MOST))
    if not 1 <= size <= _MOST:
        raise invalid("limit: Must be between 1 and 100")
    some = things[start : start + size]
    wanted = fields(request) or [f"{prefix}{name}" for name in _COMPACT]
    said: Json = {"data": [shown(state, one, wanted) for one in some]}
    if "limit" in asked:
        end = start + size
        following = {"offset": f"at{end}", "path": f"{request.url.path}?offset=at{end}"}
        uri = f"https://app.asana.com/api/1.0{following['path']}"
        said["next_page"] = {**following, "uri": uri} if end < len(things) else None
    return JSONResponse(said)


def fields(request: Request) -> list[str]:
    """Give the fields that a request asks for; none: Asana's own choice."""
    return [name for name in request.query_params.get("opt_fields", "").split(",") if name]


def shown(state: State, thing: Json, wanted: Sequence[str]) -> Json:
    """Give of a thing what is asked for, as `assignee.name`."""
    if not wanted:
        wanted = [name for name in _all_of(state, thing) if name not in {"gid", "fields", "items"}]
    tree: Tree = {}
    for name in wanted:
        at = tree
        for step in name.split("."):
            at = at.setdefault(step, {})
    return _grown(state, thing, tree)


async def given(request: Request) -> Json:
    """Read a request's body."""
    body: Any = await request.json()
    data = cast("Json", body).get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise invalid("data: Missing input")
    return cast("Json", data)


def thing_of(request: Request, kind: str) -> Json:
    """Give what the path names."""
    return find(state_of(request), kind, request.path_params["gid"])


def find(state: State, kind: str, gid: Any) -> Json:
    """Give a thing by its gid, or somebody by `me` or e-mail address; raises HTTPException."""
    found = state.things.get(str(gid))
    if kind == "user" and found is None:
        mail = {one["email"]: one for one in state.of_kind("user")}
        found = state.me if gid == "me" else mail.get(str(gid))
    if found is None or found["resource_type"] != kind:
        raise missing(kind, gid)
    return found


def missing(kind: str, gid: Any) -> HTTPException:
    """Say that there is no such thing."""
    return HTTPException(404, f"{kind}: Unknown object: {gid}")


def invalid(message: str) -> HTTPException:
    """Say what is wrong with a request."""
    return HTTPException(400, message)


async def refused(_request: Request, error: Exception) -> Response:
    """Write a refusal as Asana does."""
    if not isinstance(error, HTTPException):
        raise error
    said = {"errors": [{"message": error.detail, "help": _HELP}]}
    return JSONResponse(said, status_code=error.status_code)


def _start(offset: str | None) -> int:
    if offset is None:
        return 0
    if not offset.startswith("at") or not offset[2:].isdecimal():
        raise invalid("offset: Your pagination token is invalid.")
    return int(offset[2:])


def _all_of(state: State, thing: Json) -> Json:
    """Add what is counted and not kept."""
    if thing["resource_type"] != "task":
        return thing
    waiting = [one for one in state.of_kind("task") if thing in one["dependencies"]]
    return {**thing, "num_subtasks": len(state.subtasks(thing)), "dependents": waiting}


def _grown(state: State, thing: Json, tree: Tree) -> Json:
    whole = _all_of(state, thing) if "gid" in thing else thing
    told: Json = {"gid": thing["gid"]} if "gid" in thing else {}
    for name, below in tree.items():
        if name in whole:
            told[name] = _value(state, whole[name], below)
    return told


def _value(state: State, value: Any, below: Tree) -> Any:
    if isinstance(value, list):
        return [_value(state, one, below) for one in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    thing = cast("Json", value)
    if "gid" not in thing and not below:
        return {name: _value(state, one, {}) for name, one in thing.items()}
    return _grown(state, thing, below or {"resource_type": {}})
