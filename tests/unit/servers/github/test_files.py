"""Reading and writing a repository's files, as a conversation goes about it."""

from sophia.sandbox.github.actions import FAILED_RUN
from sophia.sandbox.github.state import FIRST_PULL, SUMMER
from tests.support.github import REPO, github_desk

PULL = f"{REPO}#{FIRST_PULL}"


async def test_what_is_pushed_is_read_listed_and_proposed() -> None:
    async with github_desk() as desk:
        await desk.ask("create_branch", repo=REPO, branch="fog")
        pushed = await desk.ask(
            "push_files",
            repo=REPO,
            branch="fog",
            message="Say fog\n\nNobody sails.",
            files=[
                {"path": "fog.md", "text": "No ferries.\n"},
                {"path": "data/winter.csv", "is_deleted": True},
            ],
        )
        commits = await desk.ask("list_commits", repo=REPO, branch="fog")
        commit = await desk.ask("get_commit", repo=REPO, commit=pushed["commit_sha"])
        read = await desk.ask("get_file_content", repo=REPO, path="fog.md", branch="fog")
        tree = await desk.ask("get_repository_tree", repo=REPO, path="data", branch="fog")
        pull = await desk.ask("create_pull_request", repo=REPO, title="Fog", source="fog")
        files = await desk.ask("list_pull_request_files", pull_request=pull["url"])
    assert commits["commits"][0]["sha"] == pushed["commit_sha"]
    assert commits["commits"][0]["subject"] == "Say fog"
    assert {one["path"]: one["status"] for one in commit["files"]} == {
        "data/winter.csv": "removed",
        "fog.md": "added",
    }
    assert read["text"] == "No ferries.\n"
    assert [one["path"] for one in tree["entries"]] == ["data/summer.csv"]
    assert {one["path"] for one in files["files"]} == {"data/winter.csv", "fog.md"}


async def test_a_file_is_replaced_only_as_it_was_read_and_the_present_sha_is_told() -> None:
    async with github_desk() as desk:
        given = {"repo": REPO, "path": "README.md", "text": "New.\n", "message": "Write"}
        read = await desk.ask("get_file_content", repo=REPO, path="README.md")
        for sha in (None, "0" * 40):
            assert read["sha"] in await desk.refusal("create_or_update_file", **given, sha=sha)
        written = await desk.ask("create_or_update_file", **given, sha=read["sha"])
        stale = await desk.refusal(
            "delete_file", repo=REPO, path="README.md", message="-", sha=read["sha"]
        )
        assert written["sha"] in stale
        gone = await desk.ask(
            "delete_file", repo=REPO, path="README.md", message="Away", sha=written["sha"]
        )
        assert gone["kind"] == "deleted"
        await desk.refusal("get_file_content", repo=REPO, path="README.md")


async def test_nothing_is_pushed_onto_a_branch_that_has_moved() -> None:
    async with github_desk() as desk:
        was = desk.state.head(SUMMER)
        moved = desk.state.commit(SUMMER, {"other.md": "meanwhile"})
        said = await desk.refusal(
            "push_files",
            repo=REPO,
            branch=SUMMER,
            message="-",
            files=[{"path": "a.md", "text": "a"}],
            head_sha=was,
        )
        assert moved.sha in said
        assert desk.state.head(SUMMER) == moved.sha


async def test_a_branch_is_updated_and_then_merged_with_what_both_sides_changed() -> None:
    async with github_desk() as desk:
        desk.state.commit("main", {"docs.md": "meanwhile"})
        read = await desk.ask("get_pull_request", pull_request=PULL)
        await desk.ask("update_pull_request_branch", pull_request=PULL, head_sha=read["head_sha"])
        now = await desk.ask("get_pull_request", pull_request=PULL)
        assert (now["head_sha"] != read["head_sha"], now["changed_files"]) == (True, 1)
        await desk.ask("merge_pull_request", pull_request=PULL, head_sha=now["head_sha"])
        merged = await desk.ask("get_file_content", repo=REPO, path="ferry/timetable.py")
        kept = await desk.ask("get_file_content", repo=REPO, path="docs.md")
    assert "summer.csv" in merged["text"]
    assert kept["text"] == "meanwhile"


async def test_a_pending_review_is_seen_by_others_when_it_is_submitted() -> None:
    comment = {"path": "ferry/timetable.py", "line": 4, "body": "Reef?"}
    async with github_desk() as desk:
        for verdict, lines in (("discard", []), ("request_changes", ["Reef?"])):
            await desk.ask(
                "review_pull_request", pull_request=PULL, verdict="pending", comments=[comment]
            )
            seen = await desk.ask("list_pull_request_comments", pull_request=PULL)
            assert seen["comments"] == []
            await desk.ask(
                "submit_pending_review", pull_request=PULL, verdict=verdict, body="See below."
            )
            seen = await desk.ask("list_pull_request_comments", pull_request=PULL)
            assert [one["text"] for one in seen["comments"]] == lines
        reviews = await desk.ask("list_pull_request_reviews", pull_request=PULL)
    assert [one["state"] for one in reviews["reviews"]] == ["changes_requested"]


async def test_the_log_of_what_failed_is_given_by_its_end_without_noise() -> None:
    async with github_desk() as desk:
        logs = await desk.ask("get_job_logs", repo=REPO, run_id=FAILED_RUN, tail_lines=2)
    [log] = logs["logs"]
    assert log["tail"].splitlines() == [
        "FAILED test_departures: no stop Reef",
        "##[error]Process completed with exit code 1.",
    ]
    assert (log["lines"], log["failed_steps"]) == (42, ["Run pytest"])


async def test_a_secret_that_was_found_is_not_given() -> None:
    async with github_desk() as desk:
        for tool, more in (("list_security_alerts", {}), ("get_security_alert", {"number": 1})):
            found = await desk.ask(tool, repo=REPO, kind="secret_scanning", **more)
            assert "never-shown" not in str(found)


async def test_files_of_a_gist_are_changed_and_taken_out() -> None:
    async with github_desk() as desk:
        made = await desk.ask("gist_write", method="create", files={"a.md": "A", "b.md": "B"})
        which = {"gist_id": made["gist_id"]}
        await desk.ask("gist_write", method="update", **which, files={"a.md": None, "b.md": "C"})
        assert (await desk.ask("get_gist", **which))["texts"] == {"b.md": "C"}


async def test_a_thread_of_a_review_is_answered_and_resolved() -> None:
    line = {"path": "ferry/timetable.py", "line": 4, "body": "Reef?"}
    said = {"verdict": "comment", "body": "One.", "comments": [line]}
    async with github_desk() as desk:
        await desk.ask("review_pull_request", pull_request=PULL, **said)
        [thread] = (await desk.ask("list_review_threads", pull_request=PULL))["threads"]
        first = thread["comments"][0]["comment_id"]
        await desk.ask("reply_to_review_comment", pull_request=PULL, comment_id=first, body="Yes.")
        settled = await desk.ask("resolve_review_thread", thread_id=thread["thread_id"])
        left = await desk.ask("list_review_threads", pull_request=PULL)
        [resolved] = (await desk.ask("list_review_threads", pull_request=PULL, state="resolved"))[
            "threads"
        ]
        wrong = await desk.refusal("resolve_review_thread", thread_id="PRRT_none")
    assert (settled["is_resolved"], settled["resolved_by"]) == (True, "mara")
    assert left["threads"] == []
    assert [one["text"] for one in resolved["comments"]] == ["Reef?", "Yes."]
    assert "global id" in wrong


async def test_a_pull_request_is_a_draft_until_it_is_ready() -> None:
    async with github_desk() as desk:
        for is_draft in (True, False):
            told = await desk.ask(
                "update_pull_request_draft_state", pull_request=PULL, is_draft=is_draft
            )
            read = await desk.ask("get_pull_request", pull_request=PULL)
            assert told["is_draft"] is read["is_draft"] is is_draft
