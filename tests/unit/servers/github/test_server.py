"""The GitHub server over its stand-in."""

from typing import Any

import pytest

from sophia.kit.clock import SystemClock
from sophia.sandbox import team
from sophia.sandbox.faults import Fault
from sophia.sandbox.github.state import FIRST_PULL, SUMMER
from sophia.servers.github.server import open_github
from sophia.settings import Settings
from tests.support.github import REPO, github_desk
from tests.support.serving import connected, serving

PULL = f"{REPO}#{FIRST_PULL}"


async def test_what_waits_for_my_review_is_found() -> None:
    async with github_desk() as desk:
        found = await desk.ask("search_issues", query="is:open is:pr review-requested:@me")
    assert [one["number"] for one in found["issues"]] == [FIRST_PULL]
    assert found["issues"][0]["repo"] == REPO


async def test_issues_are_listed_without_pull_requests_to_the_last_page() -> None:
    async with github_desk() as desk:
        numbers, cursor = list[int](), None
        for _ in range(10):
            page = await desk.ask("list_issues", repo=REPO, state="all", limit=1, cursor=cursor)
            numbers += [one["number"] for one in page["issues"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert numbers == [4, 3, 2, 1]


async def test_an_issue_that_is_opened_is_there() -> None:
    async with github_desk() as desk:
        made = await desk.ask(
            "create_issue", repo=REPO, title="Fog", body="No ferries.", labels=["bug"],
            assignees=["me"],
        )  # fmt: skip
        mine = await desk.ask("list_issues", repo=REPO, assignee="me")
        read = await desk.ask("get_issue", issue=made["url"])
    assert [one["number"] for one in mine["issues"]] == [made["number"]]
    assert (read["title"], read["body"]["text"], read["author"]) == ("Fog", "No ferries.", "mara")


async def test_a_long_text_is_read_on() -> None:
    async with github_desk() as desk:
        text = "A line of many.\n" * 1000
        made = await desk.ask("create_issue", repo=REPO, title="Long", body=text)
        read, cursor = "", None
        for _ in range(10):
            body = (await desk.ask("get_issue", issue=made["url"], body_cursor=cursor))["body"]
            read, cursor = read + body["text"], body["next_cursor"]
            if cursor is None:
                break
    assert read == text


async def test_a_file_is_text_and_a_folder_its_entries() -> None:
    async with github_desk() as desk:
        here = await desk.ask("get_file_content", repo=REPO, path="ferry/timetable.py")
        there = await desk.ask(
            "get_file_content", repo=REPO, path="ferry/timetable.py", branch=SUMMER
        )
        folder = await desk.ask("get_file_content", repo=REPO, path="")
    assert "data/winter.csv" in here["text"]
    assert "data/summer.csv" in there["text"]
    assert {one["path"]: one["kind"] for one in folder["entries"]}["ferry"] == "dir"


async def test_a_failing_check_says_why() -> None:
    async with github_desk() as desk:
        checks = await desk.ask("list_pull_request_checks", pull_request=PULL)
    assert checks["state"] == "failed"
    assert "no stop Reef" in checks["checks"][0]["summary"]


async def test_what_was_pushed_since_is_not_merged_and_the_head_is_told() -> None:
    async with github_desk() as desk:
        read = await desk.ask("get_pull_request", pull_request=PULL)
        desk.state.commit(SUMMER, {"README.md": "pushed meanwhile"})
        said = await desk.refusal(
            "merge_pull_request", pull_request=PULL, head_sha=read["head_sha"]
        )
        now = desk.state.head(SUMMER)
        assert now in said
        merged = await desk.ask("merge_pull_request", pull_request=PULL, head_sha=now)
        after = await desk.ask("get_pull_request", pull_request=PULL)
    assert merged["is_merged"]
    assert (after["is_merged"], after["state"]) == (True, "closed")


async def test_a_change_is_seen_at_once_in_spite_of_the_cache() -> None:
    async with github_desk() as desk:
        await desk.ask("get_issue", issue=1, repo=REPO)
        await desk.ask("update_issue", issue=1, repo=REPO, state="closed")
        assert (await desk.ask("get_issue", issue=1, repo=REPO))["state"] == "closed"


async def test_a_wrong_token_is_told_with_the_setting_that_holds_it() -> None:
    async with github_desk(token="wrong") as desk:
        assert "GITHUB_TOKEN" in await desk.refusal("list_repositories")


async def test_a_field_that_is_not_there_is_answered_with_those_that_are() -> None:
    async with github_desk() as desk:
        said = await desk.refusal("get_issue", issue=1, repo=REPO, fields=["surprise"])
    assert "milestone" in said


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="error", times=3), "GitHub is in trouble (HTTP 503)"),
        (Fault(kind="limit", retry_after_s=120), "call again in 120 s"),
        (Fault(kind="strange"), "answered in an unknown form"),
    ],
)
async def test_trouble_at_github_is_told_as_what_to_do(fault: Fault, words: str) -> None:
    async with github_desk() as desk:
        desk.sandbox.faults.expect(fault)
        assert words in await desk.refusal("get_issue", issue=1, repo=REPO)


async def test_trouble_that_passes_is_not_noticed() -> None:
    async with github_desk() as desk:
        for fault in (Fault(kind="error"), Fault(kind="limit"), Fault(kind="slow", delay_s=3)):
            desk.sandbox.faults.expect(fault)
            assert (await desk.ask("get_issue", issue=1, repo=REPO))["number"] == 1


async def test_without_a_token_the_tools_say_how_to_configure_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    async with (
        open_github(Settings(), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        result = await client.call_tool("list_repositories", {})
    assert result.is_error
    assert "Set GITHUB_TOKEN" in str(result.content)


async def test_the_sandbox_needs_no_token() -> None:
    given: dict[str, Any] = {"sandbox": True}
    async with (
        open_github(Settings(**given), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        result = await client.call_tool("get_me", {})
    assert result.structured_content is not None
    assert result.structured_content["login"] == team.ME.login
