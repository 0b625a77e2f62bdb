"""How the stand-in answers: pages, refusals, and who may ask."""

from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.sandbox import team
from sophia.sandbox.github.shapes import Json, sha_of
from sophia.sandbox.github.state import State

_PAGE = 30
DOCS = "https://docs.github.com/rest"


def state_of(request: Request) -> State:
    """Give the repository that a request is about."""
    return request.app.state.repository


def page_of(request: Request, items: Sequence[Any]) -> list[Any]:
    """Give the page that is asked for."""
    size = int(request.query_params.get("per_page", _PAGE))
    start = (int(request.query_params.get("page", 1)) - 1) * size
    return list(items[start : start + size])


def answer(request: Request, said: Any, *, status: int = 200) -> Response:
    """Answer with JSON and its ETag, or that it is as it was."""
    reply = JSONResponse(said, status_code=status)
    tag = f'"{sha_of(bytes(reply.body).decode())}"'
    if request.method == "GET" and request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    reply.headers["ETag"] = tag
    return reply


def missing() -> HTTPException:
    """Say that there is no such thing."""
    return HTTPException(404, "Not Found")


def invalid(field: str, *, resource: str = "Issue") -> HTTPException:
    """Say what is wrong with a request."""
    return HTTPException(422, f"Validation Failed: {resource}.{field} is missing or invalid")


async def refused(_request: Request, error: Exception) -> Response:
    """Write a refusal as GitHub does."""
    if not isinstance(error, HTTPException):
        raise error
    said = {"message": error.detail, "documentation_url": DOCS, "status": str(error.status_code)}
    return JSONResponse(said, status_code=error.status_code)


async def given(request: Request) -> Json:
    """Read a request's body."""
    body: Any = await request.json()
    return body


def check_repository(request: Request) -> None:
    """Refuse other repositories than the team's; names are told apart as GitHub does."""
    owner, name = request.path_params["owner"], request.path_params["repo"]
    if (owner.lower(), name.lower()) != (team.ORGANISATION, team.REPOSITORY):
        raise missing()
