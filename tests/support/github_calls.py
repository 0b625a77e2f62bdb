"""What is asked of each tool of the GitHub server: usual, minimal and wrong.

In this order: what is read, what is changed, and last what cannot be changed back.
"""

from dataclasses import dataclass, field
from typing import Any

from sophia.sandbox.github.actions import FAILED_RUN
from sophia.sandbox.github.shapes import node
from sophia.sandbox.github.state import FIRST_PULL, NAMELESS, SUMMER
from sophia.servers.output import write_cursor
from tests.support.github import REPO

PULL = f"{REPO}#{FIRST_PULL}"
OTHER = f"https://github.com/{REPO}/pull/{FIRST_PULL + 1}"
ZERO = "0" * 40
_GIST = f"{1:032x}"
_COMMENT = 8100 + FIRST_PULL * 100
_THREAD = node("PRRT", _COMMENT)
_REVIEW = 7000 + FIRST_PULL * 100


@dataclass(frozen=True)
class Ask:
    tool: str
    given: dict[str, Any] = field(default_factory=dict[str, Any])
    is_refused: bool = False


def ok(tool: str, **given: Any) -> Ask:
    return Ask(tool, given)


def no(tool: str, **given: Any) -> Ask:
    return Ask(tool, given, is_refused=True)


def of(tool: str, **given: Any) -> Ask:
    return Ask(tool, {"repo": REPO, **given})


def not_of(tool: str, **given: Any) -> Ask:
    return Ask(tool, {"repo": REPO, **given}, is_refused=True)


DEFAULT = [
    ok("get_me"),
    ok("list_repositories"),
    ok("list_repositories", org="harbour-labs", limit=1),
    no("list_repositories", org="nobody-there"),
    of("get_repository_info", fields=["visibility"]),
    ok("get_repository_info", repo=f"https://github.com/{REPO}.git"),
    no("get_repository_info", repo="harbour-labs/nothing"),
    of("get_file_content", path="README.md"),
    of("get_file_content", path="ferry/timetable.py", branch=SUMMER),
    of("get_file_content", path="data"),
    not_of("get_file_content", path="nothing.py"),
    of("search_code", query="winter", limit=1),
    ok("search_code", query="departures"),
    of("list_issues"),
    of("list_issues", state="all", labels=["bug"], assignee="me"),
    ok("search_issues", query="is:open is:pr review-requested:@me"),
    of("search_issues", query="crash", limit=5),
    ok("list_review_requests"),
    of("list_review_requests", limit=1),
    no("list_review_requests", repo="nowhere"),
    of("get_issue", issue="#1", fields=["milestone"]),
    no("get_issue", issue=f"{REPO}#99"),
    of("create_issue", title="A title", body=""),
    of("create_issue", title="t", body="b", labels=["bug"], assignees=["me"]),
    of("update_issue", issue=2, state="closed", state_reason="not_planned"),
    of("update_issue", issue=2, labels=[], assignees=["tomas"], body="", milestone=0),
    of("add_issue_comment", issue=1, body="Seen."),
    of("list_issue_comments", issue=1),
    of("list_issue_comments", issue=1, body_cursor=write_cursor("5100 2")),
    not_of("list_issue_comments", issue=77, limit=3),
    of("list_pull_requests"),
    of("list_pull_requests", state="all", limit=1),
    ok("get_pull_request", pull_request=PULL, fields=["locked"]),
    not_of("get_pull_request", pull_request=99),
    ok("list_pull_request_files", pull_request=PULL),
    ok("get_pull_request_diff", pull_request=PULL, path="ferry/timetable.py"),
    no("get_pull_request_diff", pull_request=PULL, path="nothing.py"),
    ok("list_pull_request_checks", pull_request=PULL),
    ok("list_pull_request_checks", pull_request=OTHER, limit=1),
    ok("review_pull_request", pull_request=OTHER, verdict="approve"),
    ok(
        "review_pull_request",
        pull_request=PULL,
        verdict="request_changes",
        body="One stop is missing.",
        comments=[{"path": "ferry/timetable.py", "line": 4, "body": "Reef?"}],
    ),
    no("review_pull_request", pull_request=PULL, verdict="comment"),
    ok("list_pull_request_reviews", pull_request=PULL),
    ok("list_pull_request_reviews", pull_request=PULL, body_cursor=write_cursor(f"{_REVIEW} 4")),
    of("create_pull_request", title="Again", source=NAMELESS),
    not_of("create_pull_request", title="No", source="no-such-branch", target="main"),
    ok("update_pull_request", pull_request=OTHER, title="Name every stop", state="open"),
    no("merge_pull_request", pull_request=PULL, head_sha=ZERO),
]

MORE = [
    ok("search_repositories", query="ferry org:harbour-labs", limit=5),
    ok("search_repositories", query="nothing-like-it"),
    ok("search_users", query="mara", limit=1),
    ok("search_users", query="nobody-like-that"),
    ok("list_teams"),
    ok("list_teams", org="harbour-labs"),
    no("list_teams", org="nobody-there"),
    ok("list_team_members", org="harbour-labs", team="ferry"),
    no("list_team_members", org="harbour-labs", team="nobody"),
    of("get_repository_tree"),
    of("get_repository_tree", path="ferry", branch=SUMMER, is_recursive=False),
    not_of("get_repository_tree", branch="no-such-branch"),
    of("list_branches", limit=1),
    no("list_branches", repo="harbour-labs/nothing"),
    of("list_commits", path="ferry/timetable.py", author="tomas", branch=SUMMER),
    of("list_commits", since="2026-01-01T00:00:00Z", until="2027-01-01T00:00:00Z"),
    not_of("list_commits", branch="no-such-branch"),
    of("get_commit", commit=SUMMER),
    not_of("get_commit", commit=ZERO),
    of("list_tags"),
    of("list_releases"),
    of("get_release"),
    of("get_release", tag="v0.1.0"),
    not_of("get_release", tag="v9"),
    of("create_branch", branch="fog"),
    not_of("create_branch", branch="fog", source="main"),
    of("create_or_update_file", path="fog.md", text="Fog.\n", message="Say fog", branch="fog"),
    not_of("create_or_update_file", path="README.md", text="-", message="Break it"),
    not_of("create_or_update_file", path="README.md", text="-", message="Break it", sha=ZERO),
    of(
        "push_files",
        branch="fog",
        message="Say more",
        files=[{"path": "a.md", "text": "a"}, {"path": "README.md", "is_deleted": True}],
    ),
    not_of("push_files", branch="fog", message="-", files=[{"path": "a.md", "is_deleted": False}]),
    not_of("push_files", branch="no-such-branch", message="-", files=[{"path": "a", "text": "a"}]),
    not_of("delete_file", path="README.md", message="-", sha=ZERO),
    not_of("delete_file", path="nothing.md", message="-", sha=ZERO),
    of("label_write", method="create", name="fog", color="cccccc"),
    of("label_write", method="update", name="fog", new_name="mist", description="No sight"),
    of("list_labels"),
    of("label_write", method="delete", name="mist"),
    not_of("label_write", method="delete", name="mist"),
    of("milestone_write", method="create", title="Summer", due_on="2026-06-01"),
    of("milestone_write", method="update", number=1, state="closed", description="Done."),
    not_of("milestone_write", method="update", title="Which?"),
    of("update_issue", issue=3, milestone=1),
    of("list_milestones", state="all"),
    of("milestone_write", method="delete", number=1),
    of("sub_issue_write", method="add", issue=1, sub_issue=2),
    of("sub_issue_write", method="add", issue=1, sub_issue=3),
    of("sub_issue_write", method="add", issue=4, sub_issue=2, is_taken_over=True),
    of("sub_issue_write", method="add", issue=1, sub_issue="#2", is_taken_over=True),
    of("sub_issue_write", method="move", issue=1, sub_issue=2, before=3),
    not_of("sub_issue_write", method="move", issue=1, sub_issue=2),
    not_of("sub_issue_write", method="add", issue=4, sub_issue=3),
    of("list_sub_issues", issue=1),
    of("sub_issue_write", method="remove", issue=1, sub_issue=3),
    ok("list_pull_request_comments", pull_request=PULL),
    ok("list_pull_request_comments", pull_request=PULL, body_cursor=write_cursor(f"{_COMMENT} 1")),
    no("list_pull_request_comments", pull_request=PULL, body_cursor=write_cursor("1 1")),
    ok("list_review_threads", pull_request=PULL),
    no("list_review_threads", pull_request=f"{REPO}#99"),
    no("list_review_threads", pull_request="nobody/nothing#1"),
    ok("resolve_review_thread", thread_id=_THREAD),
    no("resolve_review_thread", thread_id="PRRT_none"),
    ok("list_review_threads", pull_request=PULL, state="resolved", limit=1),
    ok("resolve_review_thread", thread_id=_THREAD, method="unresolve"),
    ok("update_pull_request_draft_state", pull_request=OTHER, is_draft=True),
    ok("update_pull_request_draft_state", pull_request=OTHER, is_draft=False),
    ok("reply_to_review_comment", pull_request=PULL, comment_id=_COMMENT, body="Yes."),
    no("reply_to_review_comment", pull_request=PULL, comment_id=1, body="To whom?"),
    ok("request_pull_request_reviewers", pull_request=PULL, reviewers=["ines"], teams=["ferry"]),
    ok("request_pull_request_reviewers", pull_request=PULL, method="remove", reviewers=["me"]),
    no("request_pull_request_reviewers", pull_request=PULL),
    ok("review_pull_request", pull_request=PULL, verdict="pending"),
    no("review_pull_request", pull_request=PULL, verdict="pending"),
    ok("submit_pending_review", pull_request=PULL, verdict="comment", body="Looks well."),
    no("submit_pending_review", pull_request=PULL, verdict="approve"),
    no("update_pull_request_branch", pull_request=OTHER, head_sha=ZERO),
    of("actions_list", method="workflows"),
    of("actions_list", method="runs", workflow="test.yml", branch=SUMMER, status="failure"),
    of("actions_list", method="jobs", run_id=FAILED_RUN),
    of("actions_list", method="artifacts", run_id=FAILED_RUN),
    not_of("actions_list", method="jobs"),
    of("actions_get", method="workflow", id="test.yml"),
    of("actions_get", method="run", id=FAILED_RUN),
    of("actions_get", method="job", id=60_001),
    not_of("actions_get", method="run", id=1),
    of("get_job_logs", run_id=FAILED_RUN, tail_lines=5),
    of("get_job_logs", job_id=60_002),
    not_of("get_job_logs", run_id=FAILED_RUN + 1),
    of("actions_run_trigger", method="run", workflow="test.yml", inputs={"fast": "yes"}),
    of("actions_run_trigger", method="cancel", run_id=FAILED_RUN + 2),
    of("actions_run_trigger", method="rerun", run_id=FAILED_RUN),
    not_of("actions_run_trigger", method="rerun_failed", run_id=1),
    of("list_security_alerts", kind="code_scanning"),
    of("list_security_alerts", kind="dependabot", is_open=False),
    of("list_security_alerts", kind="secret_scanning", limit=5),
    no("list_security_alerts", repo="harbour-labs/nothing", kind="dependabot"),
    of("get_security_alert", kind="code_scanning", number=1),
    of("get_security_alert", kind="dependabot", number=1),
    of("get_security_alert", kind="secret_scanning", number=1),
    not_of("get_security_alert", kind="dependabot", number=9),
    ok("list_notifications", is_all=True, since="2026-01-01T00:00:00Z"),
    of("list_notifications"),
    ok("notification_write", method="watch", thread_id="501"),
    ok("notification_write", method="read", thread_id="501"),
    of("notification_write", method="read_all"),
    ok("notification_write", method="done", thread_id="501"),
    no("notification_write", method="done", thread_id="501"),
    ok("gist_write", method="create", files={"a.md": "A"}, description="Notes"),
    ok("gist_write", method="update", gist_id=_GIST, files={"b.md": "B"}),
    ok("list_gists"),
    ok("list_gists", user="mara"),
    ok("get_gist", gist_id=_GIST),
    ok("gist_write", method="delete", gist_id=_GIST),
    no("get_gist", gist_id=_GIST),
    no("gist_write", method="create"),
]

CALLS = [*DEFAULT, *MORE]
