"""How people write Linear's things."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field

from sophia.servers.vendor.errors import HandleError

IssueId = Annotated[
    str,
    Field(min_length=1, max_length=300, description="ENG-123, a web address or an id."),
]
Person = Annotated[
    str, Field(min_length=1, max_length=200, description="me, a name, an e-mail or an id.")
]
Team = Annotated[
    str, Field(min_length=1, max_length=200, description="A key such as ENG, a name or an id.")
]
Project = Annotated[
    str, Field(min_length=1, max_length=300, description="A name, a web address or an id.")
]
Cycle = Annotated[
    str,
    Field(
        min_length=1, max_length=200, description="current, next, previous, a number, name or id."
    ),
]
State = Annotated[
    str, Field(min_length=1, max_length=100, description="A state's name or id, such as Done.")
]
Name = Annotated[str, Field(min_length=1, max_length=300, description="A name or an id.")]
Day = Annotated[
    str,
    Field(pattern=r"^(none|\d{4}-\d\d-\d\d)$", description="Such as 2026-05-01; none: no date."),
]
Priority = Annotated[
    Annotated[int, Field(ge=0, le=4)] | Literal["none", "urgent", "high", "medium", "low"],
    Field(description="0 none, 1 urgent, 2 high, 3 medium, 4 low; or that word."),
]

PRIORITIES = ("none", "urgent", "high", "medium", "low")

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]{0,9}-[0-9]{1,9}")
# Addresses end with the title and the slug: /acme/project/new-boats-0a1b2c3d4e5f/overview
_SLUG = re.compile(r"(?:.*-)?([0-9a-f]{8,16})")


def is_id(written: str) -> bool:
    """Say whether that is an id of Linear's."""
    return _UUID.fullmatch(written.strip()) is not None


def is_none(written: str) -> bool:
    """Say whether that means nothing: nobody, no project, no date."""
    return written.strip().lower() == "none"


def issue_id(written: str) -> str:
    """Give an issue's id or identifier, as Linear takes both; raises HandleError."""
    text = written.strip()
    if "://" in text:
        text = _after(text, "issue") or text
    if is_id(text):
        return text.lower()
    if _IDENTIFIER.fullmatch(text):
        return text.upper()
    raise HandleError(
        f"{written!r} names no issue: write ENG-123, its web address or its id; search_issues finds"
        " issues by words."
    )


def slug_or_name(written: str, kind: str) -> str:
    """Give the slug in a web address of something, else what is written."""
    text = written.strip()
    if "://" not in text:
        return text
    found = _SLUG.fullmatch(_after(text, kind) or "")
    if found is None:
        raise HandleError(f"{written!r} is no web address of a {kind} in Linear: write its name.")
    return found[1]


def priority_number(priority: int | str) -> int:
    """Give a priority as Linear counts it."""
    return PRIORITIES.index(priority) if isinstance(priority, str) else priority


def priority_word(priority: float) -> str:
    """Give a priority in words."""
    at = int(priority)
    return PRIORITIES[at] if 0 <= at < len(PRIORITIES) else str(at)


def written(**given: str | None) -> dict[str, Any]:
    """Give what is said, as Linear's input: of dates "none" takes away."""
    return {
        name: None if name.endswith("Date") and is_none(value) else value
        for name, value in given.items()
        if value is not None
    }


def _after(url: str, kind: str) -> str | None:
    """Give the part of an address that follows `/kind/`."""
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    at = parts.index(kind) + 1 if kind in parts else len(parts)
    return parts[at] if at < len(parts) else None
