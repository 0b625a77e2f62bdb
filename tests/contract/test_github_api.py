"""Every tool of the GitHub server, and its stand-in, keep to GitHub's own OpenAPI document."""

from typing import Any

import pytest

from sophia.sandbox.github.state import FIRST_PULL, NAMELESS, SUMMER
from tests.support.github import REPO, github_desk, words_of
from tests.support.vendor_specs import OpenApi, vendor_spec

PULL = f"{REPO}#{FIRST_PULL}"
OTHER = f"https://github.com/{REPO}/pull/{FIRST_PULL + 1}"
TOKENS = 8_000
BYTES_PER_TOKEN = 3.5

type Call = tuple[str, dict[str, Any]]

# In this order: what is read, what is changed, and last what cannot be changed back.
CALLS: list[Call] = [
    ("get_me", {}),
    ("list_repositories", {}),
    ("list_repositories", {"org": "harbour-labs", "limit": 1}),
    ("list_repositories", {"org": "nobody-there"}),
    ("get_repository_info", {"repo": REPO, "fields": ["visibility"]}),
    ("get_repository_info", {"repo": f"https://github.com/{REPO}.git"}),
    ("get_repository_info", {"repo": "harbour-labs/nothing"}),
    ("get_file_content", {"repo": REPO, "path": "README.md"}),
    ("get_file_content", {"repo": REPO, "path": "ferry/timetable.py", "branch": SUMMER}),
    ("get_file_content", {"repo": REPO, "path": "data"}),
    ("get_file_content", {"repo": REPO, "path": "nothing.py"}),
    ("search_code", {"query": "winter", "repo": REPO, "limit": 1}),
    ("search_code", {"query": "departures"}),
    ("list_issues", {"repo": REPO}),
    ("list_issues", {"repo": REPO, "state": "all", "labels": ["bug"], "assignee": "me"}),
    ("search_issues", {"query": "is:open is:pr review-requested:@me"}),
    ("search_issues", {"query": "crash", "repo": REPO, "limit": 5}),
    ("get_issue", {"issue": "#1", "repo": REPO, "fields": ["milestone"]}),
    ("get_issue", {"issue": f"{REPO}#99"}),
    ("create_issue", {"repo": REPO, "title": "A title", "body": ""}),
    (
        "create_issue",
        {"repo": REPO, "title": "t", "body": "b", "labels": ["bug"], "assignees": ["me"]},
    ),
    ("update_issue", {"issue": 2, "repo": REPO, "state": "closed", "state_reason": "not_planned"}),
    ("update_issue", {"issue": 2, "repo": REPO, "labels": [], "assignees": ["tomas"], "body": ""}),
    ("add_issue_comment", {"issue": 1, "repo": REPO, "body": "Seen."}),
    ("list_issue_comments", {"issue": 1, "repo": REPO}),
    ("list_issue_comments", {"issue": 77, "repo": REPO, "limit": 3}),
    ("list_pull_requests", {"repo": REPO}),
    ("list_pull_requests", {"repo": REPO, "state": "all", "limit": 1}),
    ("get_pull_request", {"pull_request": PULL, "fields": ["locked"]}),
    ("get_pull_request", {"pull_request": 99, "repo": REPO}),
    ("list_pull_request_files", {"pull_request": PULL}),
    ("get_pull_request_diff", {"pull_request": PULL, "path": "ferry/timetable.py"}),
    ("get_pull_request_diff", {"pull_request": PULL, "path": "nothing.py"}),
    ("list_pull_request_checks", {"pull_request": PULL}),
    ("list_pull_request_checks", {"pull_request": OTHER, "limit": 1}),
    ("review_pull_request", {"pull_request": OTHER, "verdict": "approve"}),
    (
        "review_pull_request",
        {
            "pull_request": PULL,
            "verdict": "request_changes",
            "body": "One stop is missing.",
            "comments": [{"path": "ferry/timetable.py", "line": 4, "body": "Reef?"}],
        },
    ),
    ("review_pull_request", {"pull_request": PULL, "verdict": "comment"}),
    ("list_pull_request_reviews", {"pull_request": PULL}),
    ("create_pull_request", {"repo": REPO, "title": "Again", "source": NAMELESS}),
    (
        "create_pull_request",
        {"repo": REPO, "title": "No", "source": "no-such-branch", "target": "main"},
    ),
    ("update_pull_request", {"pull_request": OTHER, "title": "Name every stop", "state": "open"}),
    ("merge_pull_request", {"pull_request": PULL, "head_sha": "0" * 40}),
]
REFUSED = {3, 6, 10, 18, 25, 29, 32, 37, 40, 42}


async def test_every_tool_keeps_to_the_vendor_s_document() -> None:
    judge = OpenApi(vendor_spec("github/github_rest_slim.json"))
    async with github_desk() as desk:
        for tool, arguments in CALLS:
            await desk.client.call_tool(tool, arguments)
        read = await desk.ask("get_pull_request", pull_request=PULL)
        await desk.ask(
            "merge_pull_request", pull_request=PULL, head_sha=read["head_sha"], method="squash"
        )
        seen = desk.recorder.seen
    assert len(seen) > len(CALLS) / 2
    assert "\n".join(wrong for one in seen for wrong in judge.violations(one)) == ""


async def test_every_tool_answers_briefly_and_marks_what_strangers_wrote() -> None:
    async with github_desk() as desk:
        offered = (await desk.client.list_tools()).tools
        assert {tool.name for tool in offered} == {name for name, _ in CALLS}
        for at, (tool, arguments) in enumerate(CALLS):
            result = await desk.client.call_tool(tool, arguments)
            assert bool(result.is_error) == (at in REFUSED), f"{at} {tool}: {words_of(result)}"
            assert len(words_of(result)) < TOKENS * BYTES_PER_TOKEN
            if not result.is_error and tool != "get_me":
                assert (result.meta or {}).get("sophia/untrusted") is True, tool


@pytest.mark.parametrize("tool", sorted({name for name, _ in CALLS} - {"get_me"}))
async def test_every_tool_refuses_what_it_does_not_know(tool: str) -> None:
    async with github_desk() as desk:
        assert "surprise" in await desk.refusal(tool, surprise=1)
        assert desk.recorder.seen == []
