"""What a provider's error answer means, in the words of the loop."""

from http import HTTPStatus
from typing import Any, cast

import orjson

from sophia.core.failures import (
    ModelExhaustedError,
    ModelFailedError,
    ModelRefusedError,
    ModelTimeoutError,
)
from sophia.kit.log import redact

MAX_MESSAGE_CHARS = 500

_EXHAUSTED = {402, 429}
_TIMEOUT = {408, 504}
_RETRIED = {408: "timeout", 429: "rate_limited", 529: "overloaded"}
_PERMANENT_CODES = {"insufficient_quota", "billing_hard_limit_reached"}

# The types of errors that arrive inside a stream, where there is no status any more.
_STATUS_OF_TYPE = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "tokens": 429,
    "requests": 429,
    "insufficient_quota": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}


def failure(
    status: int, message: str, *, provider: str, retry_after_s: float | None = None
) -> ModelFailedError:
    """Give the error for an HTTP status and the provider's own words, already made safe."""
    said = f": {message}" if message else "."
    facts: dict[str, str | int | float] = {"provider": provider, "status": status}
    if retry_after_s is not None:
        facts["retry_after_s"] = round(retry_after_s, 1)
    if status in _EXHAUSTED:
        wait = f" (try again in {retry_after_s:.0f} s)" if retry_after_s is not None else ""
        text = f"The rate limit or quota at {provider} is used up{wait}{said}"
        return ModelExhaustedError(text, **facts)
    if status in _TIMEOUT:
        return ModelTimeoutError(f"{provider} gave up waiting ({status}){said}", **facts)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return ModelRefusedError(f"{provider} refused the request ({status}){said}", **facts)
    return ModelFailedError(f"{provider} failed ({status}){said}", **facts)


def retry_reason(status: int, body: bytes) -> str | None:
    """Say why a refused call may be tried again, or None when that would be in vain."""
    if status == HTTPStatus.TOO_MANY_REQUESTS and _error_code(body) in _PERMANENT_CODES:
        return None
    is_server_error = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return _RETRIED.get(status) or ("server_error" if is_server_error else None)


def streamed_failure(error: object, *, provider: str, secret: str | None) -> ModelFailedError:
    """Give the error for an error object that arrived inside a stream."""
    status = 500
    words = safe(_words(error), secret=secret)
    if isinstance(error, dict):
        fields = cast("dict[str, Any]", error)
        code = fields.get("code")
        if isinstance(code, int) and 400 <= code < 600:  # noqa: PLR2004 - vLLM puts the status there
            status = code
        else:
            status = _STATUS_OF_TYPE.get(str(code)) or _STATUS_OF_TYPE.get(
                str(fields.get("type")), 500
            )
    return failure(status, words, provider=provider)


def message_of(body: bytes, *, secret: str | None) -> str:
    """Find the provider's own words in an error answer, redacted and capped."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return safe(body.decode(errors="replace"), secret=secret)
    return safe(_words(parsed), secret=secret)


def safe(text: str, *, secret: str | None) -> str:
    """Mask credentials, flatten control characters, cap the length."""
    if secret:
        text = text.replace(secret, "***")
    flat = " ".join("".join(c if c.isprintable() else " " for c in redact(text)).split())
    return flat if len(flat) <= MAX_MESSAGE_CHARS else flat[: MAX_MESSAGE_CHARS - 1] + "…"


def _words(answer: object) -> str:
    """Unwrap `{"error": {"message": …}}` and its relatives."""
    parsed = answer
    for _ in range(4):
        if not isinstance(parsed, dict):
            break
        fields = cast("dict[str, object]", parsed)
        parsed = fields.get("error") or fields.get("message") or fields.get("detail")
    if isinstance(parsed, str):
        return parsed
    return "" if parsed is None else orjson.dumps(parsed).decode()


def _error_code(body: bytes) -> object:
    try:
        parsed = orjson.loads(body)
        return parsed["error"]["code"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return None
