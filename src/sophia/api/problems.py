"""Errors as RFC 9457 problems: the one table from Kind to HTTP status, for HTTP and handshakes."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.websockets import WebSocket

from sophia.identity.guard import CHALLENGE
from sophia.kit import log
from sophia.kit.errors import Kind, SophiaError
from sophia.kit.invalid import findings

STATUS: Mapping[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.EXHAUSTED: 429,
    Kind.UNAVAILABLE: 503,
    Kind.TIMEOUT: 504,
    Kind.BUG: 500,
}
_RETRY_AFTER_S = "2"
MEDIA_TYPE = "application/problem+json"
_REFUSED = "request.refused"
_CODES = {
    400: "request.unreadable",
    404: "request.path_unknown",
    405: "request.method_unknown",
}
_logger = log.get("api")


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457), and what to do about it. Facts join it as further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="A URN of the code.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong, and what to do next.")
    code: str = Field(description="The kind of problem, for programs: feature.what_is_wrong.")


def problem(
    status: int, *, detail: str, code: str, facts: Mapping[str, Any] | None = None
) -> Response:
    """Shape a problem. The facts join it as members of their own."""
    body = {
        "type": f"urn:sophia:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        **(facts or {}),
    }
    headers: dict[str, str] = {}
    if facts and "retry_after_s" in facts:
        headers["Retry-After"] = str(math.ceil(facts["retry_after_s"]))
    elif status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = _RETRY_AFTER_S
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(body), status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Translate every error of the app."""
    app.add_exception_handler(SophiaError, _on_sophia_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Exception, _on_bug)


async def _on_sophia_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, SophiaError):
        raise error
    if error.kind is Kind.BUG:
        _logger.error("api.request.failed", exc_info=error)
    answer = problem(STATUS[error.kind], detail=error.message, code=error.code, facts=error.facts)
    if error.kind in {Kind.UNAUTHENTICATED, Kind.FORBIDDEN} and CHALLENGE in request.scope:
        answer.headers["WWW-Authenticate"] = request.scope[CHALLENGE]
    # Starlette hands over the WebSocket when a handshake is refused, whatever its types say.
    connection: HTTPConnection = request
    if isinstance(connection, WebSocket):
        await connection.send_denial_response(answer)
    return answer


async def _on_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    found = error.errors()
    errors = findings(found)
    if found[0]["type"] == "json_invalid":
        said = found[0].get("ctx", {}).get("error", "it ends too early")
        detail = f"The body is no JSON: {said}, at character {found[0]['loc'][-1]}."
    elif found[0]["loc"][0] == "body" and _is_of_another_type(request):
        return problem(
            415,
            detail="The body is taken as JSON only: send it with Content-Type: application/json.",
            code="request.media_type_unknown",
        )
    else:
        detail = f"{errors[0]['where']}: {errors[0]['what']}"
    return problem(422, detail=detail, code="request.invalid", facts={"errors": errors})


def _is_of_another_type(request: Request) -> bool:
    """Say whether there is a body that does not call itself JSON."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    has_body = (
        "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"
    )
    return has_body and media_type != "application/json" and not media_type.endswith("+json")


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    detail = str(error.detail)
    allowed = ""
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _methods_of(request)
        detail = f"{request.method} is not for this path: use {allowed}."
    elif error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's word for a body that its JSON parser could not even begin to read.
        detail = "The body is no JSON in UTF-8, or is nested too deeply: mend it."
    elif error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = "There is nothing at this path: GET /docs lists what is."
    answer = problem(error.status_code, detail=detail, code=_CODES.get(error.status_code, _REFUSED))
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    if allowed:
        answer.headers["Allow"] = allowed
    return answer


def _methods_of(request: Request) -> str:
    """Name the methods of a path; Starlette itself would name those of the first route alone."""
    app: FastAPI = request.app
    methods = {
        method.upper()
        for template, operations in app.openapi()["paths"].items()
        if compile_path(template)[0].match(request.url.path)
        for method in operations
    }
    return ", ".join(sorted(methods)) or "GET, HEAD"


async def _on_bug(_request: Request, error: Exception) -> Response:
    _logger.error("api.request.crashed", exc_info=error)
    return problem(
        500, detail="Sophia made a mistake; its log says more.", code="sophia.unexpected"
    )
