"""Pull requests, their files, checks and reviews."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import (
    answer,
    check_repository,
    given,
    invalid,
    missing,
    page_of,
    state_of,
)
from sophia.sandbox.github.shapes import Json
from sophia.sandbox.github.state import SUMMER, State

_PULLS = "/repos/{owner}/{repo}/pulls"
_ONE = f"{_PULLS}/{{number:int}}"
EVENTS = {
    "APPROVE": "APPROVED",
    "REQUEST_CHANGES": "CHANGES_REQUESTED",
    "COMMENT": "COMMENTED",
    "PENDING": "PENDING",
}


async def list_pulls(request: Request) -> Response:
    """List pull requests, the youngest first."""
    check_repository(request)
    state, wanted = state_of(request), request.query_params.get("state", "open")
    found = [
        state.pull(number)
        for number in sorted(state.pulls, reverse=True)
        if wanted in {"all", state.pulls[number]["state"]}
    ]
    return answer(request, page_of(request, found))


async def create_pull(request: Request) -> Response:
    """Propose a branch."""
    check_repository(request)
    state, body = state_of(request), await given(request)
    head = str(body.get("head", "")).removeprefix(f"{team.ORGANISATION}:")
    target = body.get("base", "")
    for name, branch in (("head", head), ("base", target)):
        if branch not in state.history.branches:
            raise invalid(name, resource="PullRequest")
    raw = shapes.issue(
        state.next_number(),
        title=body.get("title") or head,
        body=body.get("body") or "",
        author=team.ME,
        labels=(),
    )
    is_draft = bool(body.get("draft"))
    made = state.open_pull(raw, head=head, target=target, is_draft=is_draft)
    return answer(request, made, status=201)


async def show_pull(request: Request) -> Response:
    """Give a pull request, or its diff."""
    state, number = asked_pull(request)
    if "diff" in request.headers.get("accept", ""):
        parts = [
            f"diff --git a/{one['filename']} b/{one['filename']}\n{one['patch']}\n"
            for one in state.files_of(number)
        ]
        return PlainTextResponse("".join(parts), media_type="application/vnd.github.diff")
    return answer(request, state.pull(number))


async def change_pull(request: Request) -> Response:
    """Change a pull request."""
    state, number = asked_pull(request)
    body = await given(request)
    kept = {name: body[name] for name in ("title", "body", "state") if name in body}
    for raw in (state.pulls[number], state.issues[number]):
        raw |= {**kept, "updated_at": state.now()}
    return answer(request, state.pull(number))


async def list_files(request: Request) -> Response:
    """List what a pull request changes."""
    state, number = asked_pull(request)
    return answer(request, page_of(request, state.files_of(number)))


async def merge(request: Request) -> Response:
    """Merge, if the head is still what the caller saw."""
    state, number = asked_pull(request)
    body, raw = await given(request), state.pull(number)
    if raw["merged"] or raw["state"] == "closed":
        raise HTTPException(405, "Pull Request is not mergeable")
    if body.get("sha") not in {None, raw["head"]["sha"]}:
        raise HTTPException(409, "Head branch was modified. Review and try the merge again.")
    sha = _merged(state, onto=raw["base"]["ref"], what=raw["head"]["ref"], said=raw["title"])
    ended = {"state": "closed", "closed_at": state.now(), "updated_at": state.now()}
    state.issues[number] |= ended
    merged = {"merged": True, "merged_at": state.now(), "merged_by": shapes.user(team.ME)}
    state.pulls[number] |= {**ended, **merged, "merge_commit_sha": sha}
    return answer(
        request, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    )


async def update_branch(request: Request) -> Response:
    """Merge the target into the branch that is proposed, if it is where the caller saw it."""
    state, number = asked_pull(request)
    body, raw = await given(request), state.pull(number)
    if body.get("expected_head_sha") not in {None, raw["head"]["sha"]}:
        raise HTTPException(422, "expected head sha didn't match current head ref.")
    _merged(state, onto=raw["head"]["ref"], what=raw["base"]["ref"], said="Merge the target")
    state.pulls[number]["base"]["sha"] = state.head(raw["base"]["ref"])
    told = {"message": "Updating pull request branch.", "url": raw["html_url"]}
    return answer(request, told, status=202)


def _merged(state: State, *, onto: str, what: str, said: str) -> str:
    history = state.history
    target, source = (history.commits[state.head(branch)] for branch in (onto, what))
    made = history.add(
        history.merged(target, source),
        message=said,
        author=team.ME,
        at=state.now(),
        parents=(target.sha, source.sha),
    )
    history.branches[onto] = made.sha
    return made.sha


async def list_reviews(request: Request) -> Response:
    """List the reviews of a pull request."""
    state, number = asked_pull(request)
    return answer(request, page_of(request, state.reviews.get(number, [])))


async def add_review(request: Request) -> Response:
    """Review a pull request, with comments by line."""
    state, number = asked_pull(request)
    body, pull = await given(request), state.pull(number)
    event = body.get("event", "PENDING")
    there = state.reviews.setdefault(number, [])
    check_event(event, body)
    if event == "PENDING" and any(one["state"] == "PENDING" for one in there):
        raise HTTPException(422, "User can only have one pending review per pull request")
    review_id = 7000 + number * 100 + len(there)
    there.append(
        {
            "id": review_id,
            "node_id": shapes.node("PRR", review_id),
            "user": shapes.user(team.ME),
            "body": body.get("body") or "",
            "state": EVENTS[event],
            "html_url": f"{pull['html_url']}#pullrequestreview-{review_id}",
            "pull_request_url": pull["url"],
            "_links": {
                "html": {"href": pull["html_url"]},
                "pull_request": {"href": pull["url"]},
            },
            **({} if event == "PENDING" else {"submitted_at": state.now()}),
            "commit_id": pull["head"]["sha"],
            "author_association": "MEMBER",
        }
    )
    for comment in body.get("comments") or ():
        say_to_line(state, number, comment, review_id=review_id)
    return answer(request, there[-1])


def check_event(event: Any, body: Json) -> None:
    """Refuse a verdict that there is not, or that needs words."""
    if event not in EVENTS or (event in {"REQUEST_CHANGES", "COMMENT"} and not body.get("body")):
        raise invalid("event", resource="PullRequestReview")


def say_to_line(state: State, number: int, said: Json, *, review_id: int | None) -> Json:
    """Keep what was said to a line."""
    there, pull = state.line_comments.setdefault(number, []), state.pull(number)
    comment_id = 8100 + number * 100 + len(there)
    url = f"{shapes.REPO_API}/pulls/comments/{comment_id}"
    html = f"{pull['html_url']}#discussion_r{comment_id}"
    there.append(
        {
            "id": comment_id,
            "node_id": shapes.node("PRRC", comment_id),
            "pull_request_review_id": review_id,
            "url": url,
            "html_url": html,
            "pull_request_url": pull["url"],
            "_links": {
                "self": {"href": url},
                "html": {"href": html},
                "pull_request": {"href": pull["url"]},
            },
            "diff_hunk": "@@ -1,1 +1,1 @@",
            "path": said["path"],
            "line": said["line"],
            "side": said.get("side", "RIGHT"),
            "commit_id": pull["head"]["sha"],
            "original_commit_id": pull["head"]["sha"],
            "user": shapes.user(team.ME),
            "body": said["body"],
            "created_at": state.now(),
            "updated_at": state.now(),
            "author_association": "MEMBER",
            **({"in_reply_to_id": said["in_reply_to"]} if "in_reply_to" in said else {}),
        }
    )
    return there[-1]


async def list_checks(request: Request) -> Response:
    """List the checks of a commit: the summer branch fails its test."""
    check_repository(request)
    state = state_of(request)
    commit = state.history.at(request.path_params["ref"])
    if commit is None:
        raise missing()
    runs = [_check(commit.sha, has_failed=commit.sha == state.head(SUMMER))]
    return answer(request, {"total_count": len(runs), "check_runs": page_of(request, runs)})


def _check(sha: str, *, has_failed: bool) -> Json:
    api = f"{shapes.REPO_API}/check-runs/60001"
    summary = "test_departures: data/summer.csv has no stop Reef" if has_failed else "12 passed"
    return {
        "id": 60_001,
        "head_sha": sha,
        "node_id": shapes.node("CR", 60_001),
        "external_id": "",
        "url": api,
        "html_url": f"{shapes.REPO_WEB}/runs/60001",
        "details_url": f"{shapes.REPO_WEB}/runs/60001",
        "status": "completed",
        "conclusion": "failure" if has_failed else "success",
        "started_at": shapes.MADE_AT,
        "completed_at": shapes.MADE_AT,
        "output": {
            "title": "test",
            "summary": summary,
            "text": None,
            "annotations_count": 0,
            "annotations_url": f"{api}/annotations",
        },
        "name": "test",
        "check_suite": {"id": 60_000},
        "app": None,
        "pull_requests": [],
    }


def asked_pull(request: Request) -> tuple[State, int]:
    """Give which pull request a request is about."""
    check_repository(request)
    state, number = state_of(request), request.path_params["number"]
    if number not in state.pulls:
        raise missing()
    return state, number


ROUTES = [
    Route(_PULLS, list_pulls, methods=["GET"]),
    Route(_PULLS, create_pull, methods=["POST"]),
    Route(_ONE, show_pull, methods=["GET"]),
    Route(_ONE, change_pull, methods=["PATCH"]),
    Route(f"{_ONE}/files", list_files),
    Route(f"{_ONE}/merge", merge, methods=["PUT"]),
    Route(f"{_ONE}/update-branch", update_branch, methods=["PUT"]),
    Route(f"{_ONE}/reviews", list_reviews, methods=["GET"]),
    Route(f"{_ONE}/reviews", add_review, methods=["POST"]),
    Route("/repos/{owner}/{repo}/commits/{ref}/check-runs", list_checks),
]
