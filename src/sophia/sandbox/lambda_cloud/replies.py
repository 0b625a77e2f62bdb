"""How the stand-in answers: in envelopes, and with the vendor's codes."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sophia.sandbox.lambda_cloud.state import Cloud

type Json = dict[str, Any]

INVALID_KEY: Json = {
    "error": {
        "code": "global/invalid-api-key",
        "message": "API key was invalid, expired, or deleted.",
        "suggestion": "Check your API key or create a new one, then try again.",
    }
}


class Refusal(HTTPException):
    """What is refused, with the vendor's code."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Take the status, the code and the words."""
        super().__init__(status, message)
        self.code = code


def answer(data: Any) -> Response:
    """Answer with something."""
    return JSONResponse({"data": data})


def invalid(message: str) -> Refusal:
    """Refuse what was written wrongly."""
    return Refusal(400, "global/invalid-parameters", message)


def missing(message: str, *, status: int = 404) -> Refusal:
    """Refuse what concerns nothing that is there."""
    return Refusal(status, "global/object-does-not-exist", message)


async def refused(_request: Request, error: Exception) -> Response:
    """Write a refusal as the vendor does."""
    code = error.code if isinstance(error, Refusal) else "global/not-found"
    status = error.status_code if isinstance(error, HTTPException) else 500
    said = {"code": code, "message": str(getattr(error, "detail", "")), "suggestion": "Look again."}
    return JSONResponse({"error": said}, status)


def cloud_of(request: Request) -> Cloud:
    """Give the account that a request is about."""
    return request.app.state.cloud


async def given(request: Request, *required: str) -> Json:
    """Read what was sent; refuses what lacks a field."""
    body: Json = await request.json()
    for name in required:
        if name not in body:
            raise invalid(f"{name}: field required")
    return body
