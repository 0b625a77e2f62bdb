from dataclasses import replace
from typing import Any

import pytest

from sophia.servers.call import Call
from sophia.servers.errors import ToolsetUnknownError
from sophia.servers.parts import NoArguments, ServerParts, Tool
from sophia.servers.selection import read_toolsets, selected


async def run(_given: NoArguments, _call: Call) -> str:
    return "done"


def tool(name: str, **more: Any) -> Tool[Any, Any]:
    return Tool(name=name, title=name, description=name, arguments=NoArguments, run=run, **more)


PARTS = ServerParts(
    name="github",
    instructions="",
    tools=[
        tool("whoami", is_read_only=True),
        tool("list_issues", is_read_only=True, toolset="issues"),
        tool("create_issue", toolset="issues"),
        tool("list_pulls", is_read_only=True, toolset="pull_requests"),
    ],
)


def names(parts: ServerParts) -> list[str]:
    return [one.name for one in parts.tools]


def test_without_a_choice_all_is_offered() -> None:
    assert names(selected(PARTS, is_read_only=False, toolsets={})) == names(PARTS)


def test_read_only_leaves_out_what_changes_something_and_says_why() -> None:
    parts = selected(PARTS, is_read_only=True, toolsets={})

    assert names(parts) == ["whoami", "list_issues", "list_pulls"]
    assert "SOPHIA_MCP_READ_ONLY" in parts.withheld["create_issue"]


def test_a_choice_of_toolsets_keeps_them_and_what_belongs_to_all() -> None:
    chosen = read_toolsets("linear:issues github:issues")
    parts = selected(PARTS, is_read_only=False, toolsets=chosen)

    assert names(parts) == ["whoami", "list_issues", "create_issue"]
    assert parts.withheld.keys() == {"list_pulls"}
    assert "pull_requests is off" in parts.withheld["list_pulls"]


@pytest.mark.parametrize(
    ("written", "offered"),
    [
        ("", ["whoami", "list_issues", "create_issue"]),
        ("github:default", ["whoami", "list_issues", "create_issue"]),
        ("github:pull_requests", ["whoami", "list_pulls"]),
        ("github:default,pull_requests", names(PARTS)),
        ("github:all", names(PARTS)),
    ],
)
def test_what_is_off_by_itself_is_switched_on_by_name(written: str, offered: list[str]) -> None:
    few = replace(PARTS, default_toolsets=frozenset({"issues"}))

    assert names(selected(few, is_read_only=False, toolsets=read_toolsets(written))) == offered


def test_a_toolset_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ToolsetUnknownError, match="no isues; it has issues, pull_requests"):
        selected(PARTS, is_read_only=False, toolsets=read_toolsets("github:isues"))


@pytest.mark.parametrize("written", ["issues", "github", "github:", "gitlab:issues", "github:,"])
def test_a_choice_that_is_not_understood_is_told(written: str) -> None:
    with pytest.raises(ToolsetUnknownError, match="SERVER:TOOLSET"):
        read_toolsets(written)


def test_a_toolset_that_the_credential_cannot_use_may_be_named_and_says_why() -> None:
    held = replace(PARTS, withheld={"list_pulls": "The token lacks a scope."})
    parts = selected(held, is_read_only=False, toolsets=read_toolsets("github:pull_requests"))

    assert names(parts) == ["whoami"]
    assert parts.withheld["list_pulls"] == "The token lacks a scope."
