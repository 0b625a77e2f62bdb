"""Pull requests, their files, checks and reviews."""

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
_EVENTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


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
        if branch not in state.branches:
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
    state, number = _asked(request)
    if "diff" in request.headers.get("accept", ""):
        parts = [
            f"diff --git a/{one['filename']} b/{one['filename']}\n{one['patch']}\n"
            for one in state.files_of(number)
        ]
        return PlainTextResponse("".join(parts), media_type="application/vnd.github.diff")
    return answer(request, state.pull(number))


async def change_pull(request: Request) -> Response:
    """Change a pull request."""
    state, number = _asked(request)
    body = await given(request)
    kept = {name: body[name] for name in ("title", "body", "state") if name in body}
    for raw in (state.pulls[number], state.issues[number]):
        raw |= {**kept, "updated_at": state.now()}
    return answer(request, state.pull(number))


async def list_files(request: Request) -> Response:
    """List what a pull request changes."""
    state, number = _asked(request)
    return answer(request, page_of(request, state.files_of(number)))


async def merge(request: Request) -> Response:
    """Merge, if the head is still what the caller saw."""
    state, number = _asked(request)
    body, raw = await given(request), state.pull(number)
    if raw["merged"] or raw["state"] == "closed":
        raise HTTPException(405, "Pull Request is not mergeable")
    if body.get("sha") not in {None, raw["head"]["sha"]}:
        raise HTTPException(409, "Head branch was modified. Review and try the merge again.")
    state.branches[raw["base"]["ref"]] = dict(state.branches[raw["head"]["ref"]])
    sha = state.head(raw["base"]["ref"])
    ended = {"state": "closed", "closed_at": state.now(), "updated_at": state.now()}
    state.issues[number] |= ended
    merged = {"merged": True, "merged_at": state.now(), "merged_by": shapes.user(team.ME)}
    state.pulls[number] |= {**ended, **merged, "merge_commit_sha": sha}
    return answer(
        request, {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
    )


async def list_reviews(request: Request) -> Response:
    """List the reviews of a pull request."""
    state, number = _asked(request)
    return answer(request, page_of(request, state.reviews.get(number, [])))


async def add_review(request: Request) -> Response:
    """Review a pull request, with comments by line."""
    state, number = _asked(request)
    body, pull = await given(request), state.pull(number)
    event = body.get("event")
    if event not in _EVENTS or (event != "APPROVE" and not body.get("body")):
        raise invalid("event", resource="PullRequestReview")
    there = state.reviews.setdefault(number, [])
    review_id = 7000 + number * 100 + len(there)
    there.append(
        {
            "id": review_id,
            "node_id": shapes.node("PRR", review_id),
            "user": shapes.user(team.ME),
            "body": body.get("body") or "",
            "state": _EVENTS[event],
            "html_url": f"{pull['html_url']}#pullrequestreview-{review_id}",
            "pull_request_url": pull["url"],
            "_links": {
                "html": {"href": pull["html_url"]},
                "pull_request": {"href": pull["url"]},
            },
            "submitted_at": state.now(),
            "commit_id": pull["head"]["sha"],
            "author_association": "MEMBER",
        }
    )
    return answer(request, there[-1])


async def list_checks(request: Request) -> Response:
    """List the checks of a commit: the summer branch fails its test."""
    check_repository(request)
    state = state_of(request)
    branch = state.branch_at(request.path_params["ref"])
    if branch is None:
        raise missing()
    runs = [_check(state.head(branch), has_failed=branch == SUMMER)]
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


def _asked(request: Request) -> tuple[State, int]:
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
    Route(f"{_ONE}/reviews", list_reviews, methods=["GET"]),
    Route(f"{_ONE}/reviews", add_review, methods=["POST"]),
    Route("/repos/{owner}/{repo}/commits/{ref}/check-runs", list_checks),
]
