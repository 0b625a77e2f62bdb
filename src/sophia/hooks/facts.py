"""What a delivery says, cut down to what a filter or a turn needs."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from sophia.hooks.schemas import Happening

_MAX_CHARS = 300
_MAX_HAPPENINGS = 50
# Where GitHub says what an event is about; the first that is there.
_ABOUT = (
    *("issue", "pull_request", "release", "workflow_run", "check_run", "alert", "discussion"),
    "milestone",
)


def of_github(kind: str, told: Mapping[str, Any]) -> tuple[Happening, ...]:
    """Read what GitHub sends: `pull_request.opened` of a repository."""
    about = _in(told, next((name for name in _ABOUT if name in told), ""))
    facts: dict[str, Any] = {
        "repo": _in(told, "repository").get("full_name"),
        "number": about.get("number"),
        "title": about.get("title") or about.get("name"),
        "state": about.get("conclusion") or about.get("state"),
        "branch": told.get("ref") or about.get("head_branch") or _in(about, "head").get("ref"),
        "author": _in(told, "sender").get("login"),
        "url": about.get("html_url") or told.get("compare"),
    }
    action = told.get("action")
    return (_happening(f"{kind}.{action}" if isinstance(action, str) else kind, facts),)


def of_linear(told: Mapping[str, Any]) -> tuple[Happening, ...]:
    """Read what Linear sends: `issue.create` of a team."""
    about = _in(told, "data")
    facts = {
        "team": _in(about, "team").get("key"),
        "number": about.get("identifier"),
        "title": about.get("title") or about.get("name"),
        "state": _in(about, "state").get("name"),
        "author": _in(told, "actor").get("name"),
        "url": told.get("url"),
    }
    return (_happening(f"{told.get('type')}.{told.get('action')}".lower(), facts),)


def of_asana(events: Iterable[Mapping[str, Any]]) -> tuple[Happening, ...]:
    """Read what Asana sends: `task.changed`, several at once, by numbers alone."""
    return tuple(_of_asana(event) for event in list(events)[:_MAX_HAPPENINGS])


def _of_asana(event: Mapping[str, Any]) -> Happening:
    about = _in(event, "resource")
    facts = {
        "task": about.get("gid"),
        "title": about.get("name"),
        "parent": _in(event, "parent").get("gid"),
        "field": _in(event, "change").get("field"),
        "author": _in(event, "user").get("gid"),
    }
    return _happening(f"{about.get('resource_type')}.{event.get('action')}", facts)


def _happening(event: str, facts: Mapping[str, Any]) -> Happening:
    kept = {
        name: value if isinstance(value, int) else str(value)[:_MAX_CHARS]
        for name, value in facts.items()
        if value is not None
    }
    return Happening(event[:_MAX_CHARS], kept)


def _in(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = told.get(name)
    return cast("Mapping[str, Any]", inner) if isinstance(inner, dict) else {}
