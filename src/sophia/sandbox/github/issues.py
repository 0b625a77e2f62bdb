"""Issues and what is said to them."""

from starlette.requests import Request
from starlette.responses import Response
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
from sophia.sandbox.github.state import State, assign
from sophia.sandbox.team import Member

_REPO = "/repos/{owner}/{repo}"


async def list_issues(request: Request) -> Response:
    """List issues, the youngest first; pull requests are issues too."""
    check_repository(request)
    asked = request.query_params
    wanted = asked.get("state", "open")
    labels = {name for name in asked.get("labels", "").split(",") if name}
    found = [
        raw
        for _, raw in sorted(state_of(request).issues.items(), reverse=True)
        if wanted in {"all", raw["state"]}
        and labels <= {one["name"] for one in raw["labels"]}
        and _is_of(raw, asked.get("assignee"))
    ]
    return answer(request, page_of(request, found))


def _is_of(raw: Json, login: str | None) -> bool:
    logins = {one["login"] for one in raw["assignees"]}
    return login is None or login in logins or (login == "none" and not logins)


async def create_issue(request: Request) -> Response:
    """Open an issue."""
    check_repository(request)
    state, body = state_of(request), await given(request)
    if not body.get("title"):
        raise invalid("title")
    raw = shapes.issue(
        state.next_number(),
        title=body["title"],
        body=body.get("body") or "",
        author=team.ME,
        labels=body.get("labels") or (),
    )
    raw |= {"created_at": state.now(), "updated_at": state.now()}
    raw["milestone"] = state.milestones.get(body.get("milestone") or 0)
    assign(raw, _members(body.get("assignees") or []))
    return answer(request, state.open_issue(raw), status=201)


async def show_issue(request: Request) -> Response:
    """Give an issue."""
    state, number = _asked(request)
    return answer(request, _counted(state, number))


async def change_issue(request: Request) -> Response:
    """Change an issue."""
    state, number = _asked(request)
    body, raw = await given(request), state.issues[number]
    raw |= {name: body[name] for name in ("title", "body", "state_reason") if name in body}
    raw["updated_at"] = state.now()
    if "state" in body:
        raw["state"] = body["state"]
        raw["closed_at"] = state.now() if body["state"] == "closed" else None
    if "labels" in body:
        raw["labels"] = [shapes.label(name) for name in body["labels"]]
    if "milestone" in body:
        raw["milestone"] = state.milestones.get(body["milestone"] or 0)
    if "assignees" in body:
        assign(raw, _members(body["assignees"]))
    return answer(request, _counted(state, number))


async def list_comments(request: Request) -> Response:
    """List what was said to an issue."""
    state, number = _asked(request)
    return answer(request, page_of(request, state.comments.get(number, [])))


async def add_comment(request: Request) -> Response:
    """Say something to an issue."""
    state, number = _asked(request)
    body = await given(request)
    if not body.get("body"):
        raise invalid("body", resource="IssueComment")
    there = state.comments.setdefault(number, [])
    comment_id = 5000 + number * 100 + len(there)
    there.append(
        {
            "id": comment_id,
            "node_id": shapes.node("IC", comment_id),
            "url": f"{shapes.REPO_API}/issues/comments/{comment_id}",
            "html_url": f"{shapes.REPO_WEB}/issues/{number}#issuecomment-{comment_id}",
            "issue_url": f"{shapes.REPO_API}/issues/{number}",
            "user": shapes.user(team.ME),
            "body": body["body"],
            "created_at": state.now(),
            "updated_at": state.now(),
            "author_association": "MEMBER",
        }
    )
    return answer(request, there[-1], status=201)


async def show_comment(request: Request) -> Response:
    """Give what was said to an issue."""
    check_repository(request)
    wanted = request.path_params["comment"]
    said = [one for there in state_of(request).comments.values() for one in there]
    found = [one for one in said if one["id"] == wanted]
    if not found:
        raise missing()
    return answer(request, found[0])


async def search_issues(request: Request) -> Response:
    """Find issues by words and by the qualifiers that people use most."""
    terms = request.query_params["q"].split()
    found = [
        {**raw, "score": 1.0}
        for raw in state_of(request).issues.values()
        if all(_fits(raw, term.lower(), state_of(request)) for term in terms)
    ]
    return answer(
        request,
        {
            "total_count": len(found),
            "incomplete_results": False,
            "search_type": "lexical",
            "items": page_of(request, found),
        },
    )


def _fits(raw: Json, term: str, state: State) -> bool:
    name, colon, value = term.partition(":")
    if not colon:
        return term.strip('"') in f"{raw['title']} {raw['body']}".lower()
    login = team.ME.login if value == "@me" else value
    reviewers = state.pulls.get(raw["number"], {}).get("requested_reviewers", [])
    facts = {
        "repo": {shapes.SLUG},
        "org": {team.ORGANISATION},
        "is": {raw["state"], "pr" if "pull_request" in raw else "issue"},
        "state": {raw["state"]},
        "type": {"pr" if "pull_request" in raw else "issue"},
        "author": {raw["user"]["login"]},
        "assignee": {one["login"] for one in raw["assignees"]},
        "label": {one["name"] for one in raw["labels"]},
        "review-requested": {one["login"] for one in reviewers},
    }
    return login in facts.get(name, set())


def _asked(request: Request) -> tuple[State, int]:
    check_repository(request)
    state, number = state_of(request), request.path_params["number"]
    if number not in state.issues:
        raise missing()
    return state, number


def _counted(state: State, number: int) -> Json:
    return state.issues[number] | {"comments": len(state.comments.get(number, []))}


def _members(logins: list[str]) -> list[Member]:
    return [member for member in team.MEMBERS if member.login in logins]


ROUTES = [
    Route(f"{_REPO}/issues", list_issues, methods=["GET"]),
    Route(f"{_REPO}/issues", create_issue, methods=["POST"]),
    Route(f"{_REPO}/issues/{{number:int}}", show_issue, methods=["GET"]),
    Route(f"{_REPO}/issues/{{number:int}}", change_issue, methods=["PATCH"]),
    Route(f"{_REPO}/issues/{{number:int}}/comments", list_comments, methods=["GET"]),
    Route(f"{_REPO}/issues/{{number:int}}/comments", add_comment, methods=["POST"]),
    Route(f"{_REPO}/issues/comments/{{comment:int}}", show_comment, methods=["GET"]),
    Route("/search/issues", search_issues),
]
