"""The Codacy server over its stand-in."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pydantic import ValidationError

from sophia.kit.clock import SystemClock
from sophia.sandbox import team
from sophia.sandbox.codacy.shapes import uuid_of
from sophia.sandbox.faults import Fault
from sophia.sandbox.github.state import FIRST_PULL
from sophia.servers.codacy.schemas import severity_of
from sophia.servers.codacy.server import open_codacy
from sophia.settings import Settings
from tests.support.codacy import REPO, Behind, Desk, codacy_desk, codacy_served
from tests.support.serving import connected, serving


@pytest.fixture(scope="module", name="behind")
async def _behind() -> AsyncGenerator[Behind]:
    """Give a server to those who only read."""
    async with codacy_served() as behind:
        yield behind


async def every(desk: Desk, tool: str, items: str, **arguments: Any) -> list[dict[str, Any]]:
    """Read a list to its last page, one at a time."""
    found, cursor = list[dict[str, Any]](), None
    for _ in range(20):
        page = await desk.ask(tool, limit=1, cursor=cursor, **arguments)
        found += page[items]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("the list has no end")


async def test_an_ignored_issue_leaves_the_open_ones_and_the_score() -> None:
    async with codacy_desk() as desk:
        before = await desk.ask("get_project_metrics")
        issues = await every(desk, "list_issues", "issues")
        worst = next(one for one in issues if one["severity"] == "critical")
        await desk.ask("ignore_issue", issue_id=worst["issue_id"], reason="TestCode")
        after = await desk.ask("get_project_metrics")
        left = await desk.ask("list_issues")
        ignored = await desk.ask("list_issues", is_ignored=True)
    assert (before["score"], after["score"]) == (55, 80)
    assert len(left["issues"]) == len(issues) - 1
    assert [one["ignored"]["reason"] for one in ignored["issues"]] == ["TestCode"]


async def test_a_repository_is_found_by_any_of_its_names(behind: Behind) -> None:
    async with behind.desk() as desk:
        web = "https://github.com/harbour-labs/ferry"
        names = (None, "ferry", "harbour-labs/ferry", "HARBOUR-LABS/ferry", REPO, web)
        for name in names:
            assert (await desk.ask("get_repository", repo=name))["repo"] == REPO
        said = await desk.refusal("get_repository", repo="harbour-lab/ferry")
        assert "Did you mean harbour-labs?" in said


async def test_goals_that_are_not_met_are_told(behind: Behind) -> None:
    async with behind.desk() as desk:
        goals = (await desk.ask("get_project_metrics"))["goals"]
        assert {goal["name"]: goal["is_met"] for goal in goals} == {
            "issues_percent": False,
            "complex_files_percent": True,
            "duplication_percent": True,
            "coverage_percent": False,
        }


async def test_lists_go_on_to_their_end_across_analysers(behind: Behind) -> None:
    async with behind.desk() as desk:
        rules = await every(desk, "get_code_patterns", "patterns")
        security = await every(desk, "get_code_patterns", "patterns", pattern_type="security")
        tools = await every(desk, "list_repository_tools", "tools")
        files = await every(desk, "list_files", "files")
        assert [one["tool"] for one in rules] == ["Ruff", "Ruff", "Ruff", "Bandit", "Checkov"]
        assert [one["rule"] for one in security] == ["Bandit_B105", "Checkov_CKV2_GHA_1"]
        assert [one["name"] for one in tools if not one["is_enabled"]] == ["Hadolint"]
        assert len(files) == len(team.FILES)


async def test_a_pull_request_says_which_gate_it_fails_and_what_is_not_tested(
    behind: Behind,
) -> None:
    async with behind.desk() as desk:
        pull = await desk.ask("get_pull_request", pull_request=FIRST_PULL)
        issues = await desk.ask("list_pull_request_issues", pull_request=FIRST_PULL)
        coverage = await desk.ask("get_pull_request_coverage", pull_request=FIRST_PULL)
        diff = await desk.ask(
            "get_pull_request_diff", pull_request=FIRST_PULL, path="ferry/timetable.py"
        )
        assert [(one["gate"], one["is_passed"]) for one in pull["gates"]] == [
            ("issueThreshold", False)
        ]
        assert [(one["change"], one["severity"]) for one in issues["issues"]] == [
            ("Added", "medium")
        ]
        assert coverage["files"][0]["uncovered"] == ["4"]
        assert "+def departures(path='data/summer.csv'):" in diff["diff"]["text"]


async def test_what_of_a_file_is_not_tested_is_told_as_lines(behind: Behind) -> None:
    async with behind.desk() as desk:
        lines = await desk.ask("get_file_coverage", file="ferry/timetable.py")
        report = await desk.ask("get_coverage_report")
        assert (lines["uncovered"], lines["covered_lines"]) == (["5-6"], 2)
        assert report["files"][0]["path"] == "ferry/timetable.py"
        assert report["goal_percent"] == 80


async def test_security_by_severity_is_the_open_ones_and_can_be_ignored() -> None:
    async with codacy_desk() as desk:
        found = await desk.ask("get_security_issues", severity="high")
        item = found["items"][0]["item_id"]
        await desk.ask("ignore_security_issue", item_id=item, reason="NotExploitable")
        left = await desk.ask("get_security_issues", severity="high")
        read = await desk.ask("get_security_issue", item_id=item)
    assert (item, left["items"]) == (uuid_of("library"), [])
    assert read["ignored"] == "Mara Lindqvist: NotExploitable"
    assert read["fixed_versions"] == ["2.20.0"]


def test_a_level_that_codacy_invents_is_no_mistake() -> None:
    told = [severity_of(level) for level in ("Error", "High", "Warning", "Info", "Dire")]
    assert told == ["critical", "high", "medium", "low", "dire"]


async def test_trouble_that_passes_is_not_noticed_when_searching_either() -> None:
    async with codacy_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="error"))
        assert (await desk.ask("list_issues", repo=REPO))["issues"]


async def test_a_change_is_not_sent_twice() -> None:
    async with codacy_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="error"))
        issue_id = next(iter(desk.state.issues))
        await desk.refusal("ignore_issue", issue_id=issue_id, repo=REPO)
        assert desk.state.ignored == {}


async def test_without_a_token_analysis_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CODACY_API_TOKEN", raising=False)
    async with (
        open_codacy(Settings(), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        found = await client.call_tool("analyze_code", {"code": "a: 1\n", "language": "yaml"})
    assert not found.is_error


def test_folders_that_files_are_read_from_are_written_whole() -> None:
    given: dict[str, Any] = {"codacy_roots": "/srv/code:code"}
    with pytest.raises(ValidationError, match="write each folder from / on, not as code"):
        Settings(**given)
