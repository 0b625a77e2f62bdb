"""The GitHub server over its stand-in."""

from sophia.sandbox.github.state import FIRST_PULL, SUMMER
from tests.support.github import REPO, github_desk

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


async def test_one_of_many_long_texts_is_read_on() -> None:
    text = "\n".join(f"line {number}" for number in range(600))
    line = {"path": "ferry/timetable.py", "line": 4, "body": text}
    async with github_desk() as desk:
        await desk.ask("add_issue_comment", issue=PULL, body=text)
        await desk.ask(
            "review_pull_request", pull_request=PULL, verdict="comment", body=text, comments=[line]
        )
        said = [
            await desk.read_on("list_issue_comments", "comments", issue=PULL),
            await desk.read_on("list_pull_request_reviews", "reviews", pull_request=PULL),
            await desk.read_on("list_pull_request_comments", "comments", pull_request=PULL),
        ]
        wrong = await desk.refusal("list_issue_comments", issue=PULL, body_cursor="IjEi")
    assert said == [text] * 3
    assert "cursor" in wrong


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


async def test_a_field_that_is_not_there_is_answered_with_those_that_are() -> None:
    async with github_desk() as desk:
        said = await desk.refusal("get_issue", issue=1, repo=REPO, fields=["surprise"])
    assert "milestone" in said
