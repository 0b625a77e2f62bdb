"""Every tool of the Codacy server, and its stand-in, keep to Codacy's own OpenAPI document."""

from dataclasses import dataclass
from typing import Any

import pytest
from mcp_types import CallToolResult

from sophia.sandbox.codacy.shapes import sha_of, uuid_of
from sophia.sandbox.github.state import FIRST_PULL
from sophia.servers.output import write_cursor
from tests.support.codacy import REPO, codacy_desk
from tests.support.vendor_desk import is_brief, words_of
from tests.support.vendor_specs import Exchange, OpenApi, vendor_spec

PULL = f"{REPO}#{FIRST_PULL}"
WEB = f"https://github.com/harbour-labs/ferry/pull/{FIRST_PULL + 1}"
CODACY = f"https://app.codacy.com/gh/harbour-labs/ferry/pull-requests/{FIRST_PULL}"
ISSUE = sha_of("issue", "7003")
ITEM = uuid_of("library")

# Of each: the tool, what it is given, and whether it succeeds.
CALLS: list[tuple[str, dict[str, Any], bool]] = [
    ("analyze_code", {"code": "rm $1\n", "language": "sh"}, True),
    ("analyze_code", {"code": "x", "language": "cobol"}, False),
    ("analyze_file", {"file_path": "ferry.sh", "format": "sarif", "limit": 1}, True),
    ("analyze_file", {"file_path": "../outside.py"}, False),
    ("list_organizations", {}, True),
    ("list_organizations", {"limit": 1, "cursor": "bm8"}, False),
    ("list_repositories", {}, True),
    ("list_repositories", {"organization": "gh/harbour-labs", "search": "fer", "limit": 1}, True),
    ("list_repositories", {"organization": "nobody-there"}, False),
    ("get_repository", {"repo": "ferry", "fields": ["goals"]}, True),
    ("get_repository", {"repo": "https://github.com/harbour-labs/ferry.git"}, True),
    ("get_repository", {"repo": "gh/harbour-labs/nothing"}, False),
    ("get_project_metrics", {}, True),
    ("get_project_metrics", {"repo": REPO, "branch": "main"}, True),
    ("get_project_metrics", {"repo": "bb/harbour-labs/ferry"}, False),
    ("list_issues", {}, True),
    (
        "list_issues",
        {
            "repo": REPO,
            "branch": "main",
            "severity": ["high", "critical"],
            "category": ["Security"],
            "language": ["YAML"],
            "rule": ["Checkov_CKV2_GHA_1"],
            "author_email": ["tomas@harbour-labs.example"],
            "limit": 1,
        },
        True,
    ),
    ("list_issues", {"cursor": write_cursor("1 0 from-1")}, True),
    ("list_issues", {"severity": ["awful"]}, False),
    ("get_issue", {"result_id": 7001, "fields": ["lineText"]}, True),
    ("get_issue", {"result_id": 1, "repo": REPO}, False),
    ("ignore_issue", {"issue_id": ISSUE}, True),
    ("list_issues", {"is_ignored": True}, True),
    ("ignore_issue", {"issue_id": ISSUE, "is_ignored": False, "repo": REPO}, True),
    (
        "ignore_issue",
        {"issue_id": ISSUE, "reason": "FalsePositive", "comment": "Not so."},
        True,
    ),
    ("ignore_issue", {"issue_id": "nothing"}, False),
    ("list_files", {}, True),
    ("list_files", {"search": "ferry/", "sort": "issues", "direction": "desc", "limit": 1}, True),
    ("list_files", {"sort": "beauty"}, False),
    ("get_file", {"file": "ferry/stops.py", "fields": ["metrics"]}, True),
    ("get_file", {"file": 500, "repo": REPO}, True),
    ("get_file", {"file": "ferry/nothing.py"}, False),
    ("list_file_issues", {"file": "ferry/timetable.py"}, True),
    ("list_file_issues", {"file": 9999, "limit": 1}, False),
    ("list_file_duplicates", {"file": "data/winter.csv", "limit": 5}, True),
    ("list_file_duplicates", {"file": "nothing"}, False),
    ("get_file_coverage", {"file": "ferry/timetable.py"}, True),
    ("get_file_coverage", {"file": 9999}, False),
    ("get_coverage_report", {}, True),
    ("get_coverage_report", {"repo": "harbour-labs/ferry", "branch": "main", "limit": 1}, True),
    ("get_coverage_report", {"repo": "a/b/c/d"}, False),
    ("list_pull_requests", {}, True),
    ("list_pull_requests", {"repo": REPO, "search": "summer", "limit": 1}, True),
    ("list_pull_requests", {"repo": "?"}, False),
    ("get_pull_request", {"pull_request": PULL, "fields": ["newIssues"]}, True),
    ("get_pull_request", {"pull_request": 99}, False),
    ("list_pull_request_issues", {"pull_request": CODACY}, True),
    ("list_pull_request_issues", {"pull_request": WEB, "status": "fixed", "limit": 1}, True),
    ("list_pull_request_issues", {"pull_request": "twelve"}, False),
    ("get_pull_request_coverage", {"pull_request": PULL}, True),
    ("get_pull_request_coverage", {"pull_request": 99, "limit": 1}, False),
    ("get_pull_request_diff", {"pull_request": FIRST_PULL}, True),
    ("get_pull_request_diff", {"pull_request": PULL, "path": "ferry/timetable.py"}, True),
    ("get_pull_request_diff", {"pull_request": PULL, "path": "nothing.py"}, False),
    ("get_security_issues", {}, True),
    (
        "get_security_issues",
        {"severity": "high", "repo": REPO, "status": ["Overdue"], "scan_type": ["SCA"]},
        True,
    ),
    ("get_security_issues", {"severity": "awful"}, False),
    ("get_security_issue", {"item_id": ITEM, "fields": ["cve"]}, True),
    ("get_security_issue", {"item_id": uuid_of("nothing")}, False),
    ("ignore_security_issue", {"item_id": ITEM, "comment": "Behind a proxy."}, True),
    ("ignore_security_issue", {"item_id": ITEM, "is_ignored": False}, True),
    ("ignore_security_issue", {"item_id": ITEM, "is_ignored": False}, False),
    ("list_tools", {}, True),
    ("list_tools", {"limit": 1}, True),
    ("list_tools", {"limit": 0}, False),
    ("list_repository_tools", {"limit": 2}, True),
    ("list_repository_tools", {"repo": "gh/harbour-labs/nothing"}, False),
    ("get_code_patterns", {}, True),
    (
        "get_code_patterns",
        {"pattern_type": "error_prone", "tool": "ruff", "severity": "high", "is_enabled": None},
        True,
    ),
    ("get_code_patterns", {"pattern_type": "beauty"}, False),
    ("get_pattern", {"tool": "Bandit", "rule": "Bandit_B105"}, True),
    ("get_pattern", {"tool": "nothing", "rule": "x"}, False),
    ("get_quality_gates", {}, True),
    ("get_quality_gates", {"repo": "gh/nobody/nothing"}, False),
    ("list_gate_policies", {}, True),
    ("list_gate_policies", {"organization": "gh/nobody", "limit": 1}, False),
]


@dataclass
class Done:
    """What all calls came to."""

    tools: set[str]
    results: list[CallToolResult]
    seen: list[Exchange]


@pytest.fixture(scope="module", name="done")
async def _done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    root = tmp_path_factory.mktemp("root")
    (root / "ferry.sh").write_text("rm $1\n")
    async with codacy_desk(root) as desk:
        offered = {tool.name for tool in (await desk.client.list_tools()).tools}
        results = [await desk.client.call_tool(tool, arguments) for tool, arguments, _ in CALLS]
        return Done(offered, results, desk.recorder.seen)


async def test_every_tool_keeps_to_the_vendor_s_document(done: Done) -> None:
    judge = OpenApi(vendor_spec("codacy/codacy_apiv3_swagger.yaml"))
    assert len(done.seen) > len(CALLS) / 2
    assert "\n".join(wrong for one in done.seen for wrong in judge.violations(one)) == ""


async def test_every_tool_answers_briefly_and_marks_what_strangers_wrote(done: Done) -> None:
    assert done.tools == {name for name, _, _ in CALLS}
    for (tool, arguments, is_fine), result in zip(CALLS, done.results, strict=True):
        assert bool(result.is_error) != is_fine, f"{tool} {arguments}: {words_of(result)}"
        assert is_brief(result)
        if is_fine:
            assert (result.meta or {}).get("sophia/untrusted") is True, tool
