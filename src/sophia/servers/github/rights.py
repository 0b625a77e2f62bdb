"""Which tools a credential can use at all: the others are not offered.

Three kinds of credential say what they may. A GitHub App says it with its token, a classic token by
a header of each answer; a fine-grained token says nothing, and is offered every tool.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sophia.servers.parts import Tool

_LEVELS = {"read": 1, "write": 2, "admin": 3}
# What a scope of a classic token holds besides.
_HOLDS = {
    "repo": frozenset({"public_repo", "security_events", "repo:status", "notifications"}),
    "admin:org": frozenset({"write:org", "read:org"}),
    "write:org": frozenset({"read:org"}),
}


@dataclass(frozen=True, slots=True)
class _Need:
    """What a toolset needs: permissions of an App and scopes, of which one is enough.

    Reading what is public needs no scope. Without a permission nothing of it is for Apps.
    """

    permissions: tuple[str, ...]
    reading: frozenset[str] = frozenset()
    writing: frozenset[str] = frozenset()


_REPO = frozenset({"repo", "public_repo"})
_NEEDS = {
    "repos": _Need(("contents",), writing=_REPO),
    "git": _Need(("contents",), writing=_REPO),
    "issues": _Need(("issues",), writing=_REPO),
    "planning": _Need(("issues",), writing=_REPO),
    "pull_requests": _Need(("pull_requests",), writing=_REPO),
    "reviews": _Need(("pull_requests",), writing=_REPO),
    "actions": _Need(("actions",), writing=frozenset({"repo"})),
    "security": _Need(
        ("security_events", "vulnerability_alerts", "secret_scanning_alerts"),
        reading=frozenset({"security_events"}),
    ),
    "notifications": _Need(
        (), reading=frozenset({"notifications"}), writing=frozenset({"notifications"})
    ),
    "gists": _Need((), writing=frozenset({"gist"})),
}
# Tools that need something else than their toolset.
_OTHERWISE = {
    "get_me": _Need(()),
    "get_repository_info": _Need(("metadata",)),
    "list_repositories": _Need(("metadata",)),
    "search_repositories": _Need(("metadata",)),
    "search_users": _Need(("metadata",)),
    "list_review_requests": _Need(()),
    "list_teams": _Need(("members",), reading=frozenset({"read:org", "repo", "user"})),
    "list_team_members": _Need(("members",), reading=frozenset({"read:org"})),
    "list_pull_request_checks": _Need(("checks",)),
    "merge_pull_request": _Need(("contents",), writing=_REPO),
    "update_pull_request_branch": _Need(("contents",), writing=_REPO),
}


def scopes_of(header: str) -> frozenset[str]:
    """Read the scopes of a classic token, with those that they hold."""
    named = {one.strip() for one in header.split(",") if one.strip()}
    return frozenset(named.union(*(_HOLDS.get(one, frozenset[str]()) for one in named)))


def beyond_scopes(tools: list[Tool[Any, Any]], scopes: frozenset[str]) -> dict[str, str]:
    """Give the tools that a classic token cannot use, and why."""
    refused: dict[str, str] = {}
    for tool in tools:
        need = _need(tool)
        enough = need.reading if tool.is_read_only else need.writing
        if enough and not enough & scopes:
            refused[tool.name] = (
                f"The token of GITHUB_TOKEN lacks the scope {' or '.join(sorted(enough))}: the"
                " operator gives it that and restarts."
            )
    return refused


def beyond_permissions(
    tools: list[Tool[Any, Any]], permissions: Mapping[str, str]
) -> dict[str, str]:
    """Give the tools that a GitHub App cannot use, and why."""
    refused: dict[str, str] = {}
    for tool in tools:
        need, level = _need(tool), "read" if tool.is_read_only else "write"
        if not need.permissions:
            refused[tool.name] = "It is for people's tokens: a GitHub App is nobody."
        elif all(
            _LEVELS.get(permissions.get(name, ""), 0) < _LEVELS[level] for name in need.permissions
        ):
            refused[tool.name] = (
                f"The GitHub App lacks the permission {' or '.join(need.permissions)}: {level}."
                " The operator gives it at GitHub, accepts it for the installation and restarts."
            )
    return refused


def _need(tool: Tool[Any, Any]) -> _Need:
    return _OTHERWISE.get(tool.name) or _NEEDS[tool.toolset or ""]
