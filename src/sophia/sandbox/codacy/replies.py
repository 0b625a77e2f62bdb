"""How the stand-in answers: pages, refusals, and of what it knows."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.sandbox import team
from sophia.sandbox.codacy.shapes import PROVIDER, Json
from sophia.sandbox.codacy.state import State

_PAGE = 100
_CURSOR = "from-"
_ERRORS = {400: "BadRequest", 401: "Unauthorized", 404: "NotFound"}


def state_of(request: Request) -> State:
    """Give what a request is about."""
    return request.app.state.codacy


def listed(request: Request, items: Sequence[Any], **besides: Any) -> Response:
    """Answer with the page that is asked for, and the cursor of the next."""
    size = _number(request, "limit", _PAGE)
    start = _number(request, "cursor", 0, before=_CURSOR)
    page: Json = {"limit": size, "total": len(items)}
    if start + size < len(items):
        page["cursor"] = f"{_CURSOR}{start + size}"
    return JSONResponse({"data": list(items[start : start + size]), "pagination": page, **besides})


def _number(request: Request, name: str, default: int, *, before: str = "") -> int:
    written = request.query_params.get(name, f"{before}{default}").removeprefix(before)
    if not written.isdecimal():
        raise HTTPException(400, f"The {name} is no number")
    return int(written)


def one(data: Any) -> Response:
    """Answer with one thing."""
    return JSONResponse({"data": data})


def missing(what: str) -> HTTPException:
    """Say that there is no such thing."""
    return HTTPException(404, f"{what} not found")


async def refused(_request: Request, error: Exception) -> Response:
    """Write a refusal as Codacy does."""
    if not isinstance(error, HTTPException):
        raise error
    said: Json = {"error": _ERRORS.get(error.status_code, "Error"), "message": error.detail}
    if error.status_code in {400, 404}:
        said["actions"] = []
    return JSONResponse(said, status_code=error.status_code)


async def given(request: Request) -> Json:
    """Read a request's body, if there is one."""
    return await request.json() if await request.body() else {}


def check(request: Request) -> None:
    """Refuse what is not the team's organisation, nor its repository."""
    asked = request.path_params
    owner = (asked["provider"], asked["owner"].lower())
    if owner != (PROVIDER, team.ORGANISATION):
        raise missing("Organization")
    if asked.get("repo", team.REPOSITORY).lower() != team.REPOSITORY:
        raise missing("Repository")
