"""What is particular to GitHub's REST API, and to its GraphQL."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import orjson

from sophia.kit.clock import Clock
from sophia.servers.vendor.dialect import Answer, Dialect, retry_after_s, words_of
from sophia.servers.vendor.graphql import errors_of

_LIMITED = (403, 429)
_OK, _UNPROCESSABLE = 200, 422
# By GraphQL's type of an error.
_STATUS = MappingProxyType(
    {
        "NOT_FOUND": 404,
        "FORBIDDEN": 403,
        "INSUFFICIENT_SCOPES": 403,
        "RATE_LIMITED": 429,
        "RATE_LIMIT": 429,
    }
)
_SECONDARY_S = 60.0  # what GitHub asks for when it says nothing


def wait_s(answer: Answer, clock: Clock) -> float | None:
    """Tell a limit, primary or secondary, from a refusal, and give how long it holds."""
    if answer.status not in _LIMITED:
        return None
    asked = retry_after_s(answer, clock)
    if asked is not None:
        return asked
    if answer.headers.get("x-ratelimit-remaining") == "0":
        return _until_reset(answer, clock)
    is_secondary = "secondary rate limit" in words_of(answer).lower()
    return _SECONDARY_S if is_secondary or answer.status != _LIMITED[0] else None


def empty_s(answer: Answer, clock: Clock) -> float | None:
    """Give how long nothing may be asked any more, when this was the last request."""
    if answer.headers.get("x-ratelimit-remaining") != "0":
        return None
    return _until_reset(answer, clock)


def bucket(path: str) -> str:
    """Give the limit that a request counts against."""
    if path.startswith("/search/code"):
        return "code_search"
    return "search" if path.startswith("/search/") else "core"


def scope_hint(answer: Answer) -> str:
    """Say what the token lacks."""
    needed = answer.headers.get("x-accepted-oauth-scopes", "")
    if needed:
        has = answer.headers.get("x-oauth-scopes", "") or "none"
        return f"It needs one of the scopes {needed}; the token has {has}."
    permissions = answer.headers.get("x-accepted-github-permissions", "")
    return f"It needs the permissions {permissions}." if permissions else ""


def words(answer: Answer) -> str:
    """Give what GitHub says, with the fields that are wrong."""
    said = words_of(answer)
    try:
        errors: Any = orjson.loads(answer.body).get("errors") or []
        fields = [f"{one['field']} is {one['code']}" for one in errors if "field" in one]
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return said
    return "; ".join([said, *fields])


def graph_status(answer: Answer) -> int:
    """Give the status of HTTP that an answer of GraphQL means: it refuses by 200."""
    if answer.status != _OK:
        return answer.status
    meant = [_STATUS.get(str(one.get("type")), _UNPROCESSABLE) for one in errors_of(answer)]
    return max(meant, default=answer.status)


def _until_reset(answer: Answer, clock: Clock) -> float:
    reset = answer.headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal():
        return _SECONDARY_S
    return max(1.0, int(reset) - clock.now().timestamp())


GITHUB = Dialect(
    title="GitHub",
    token_name="GITHUB_TOKEN",  # noqa: S106 - the name of a variable
    headers={
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    },
    wait_s=wait_s,
    empty_s=empty_s,
    bucket=bucket,
    words=words,
    scope_hint=scope_hint,
)
GITHUB_GRAPH = replace(GITHUB, status=graph_status)
