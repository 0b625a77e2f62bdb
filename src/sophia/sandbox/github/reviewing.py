"""Reviewers, pending reviews and what is said to lines."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.people import TEAM
from sophia.sandbox.github.pulls import EVENTS, asked_pull, check_event, say_to_line
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
from sophia.sandbox.github.state import State

_ONE = "/repos/{owner}/{repo}/pulls/{number:int}"
_REVIEW = f"{_ONE}/reviews/{{review:int}}"


async def list_comments(request: Request) -> Response:
    """List what was said to lines, without what is pending."""
    state, number = asked_pull(request)
    pending = {one["id"] for one in state.reviews.get(number, []) if one["state"] == "PENDING"}
    found = [
        one
        for one in state.line_comments.get(number, [])
        if one["pull_request_review_id"] not in pending
    ]
    return answer(request, page_of(request, found))


async def show_comment(request: Request) -> Response:
    """Give what was said to a line."""
    check_repository(request)
    wanted = request.path_params["comment"]
    said = [one for there in state_of(request).line_comments.values() for one in there]
    found = [one for one in said if one["id"] == wanted]
    if not found:
        raise missing()
    return answer(request, found[0])


async def show_review(request: Request) -> Response:
    """Give a review."""
    return answer(request, _review(request)[2])


async def reply(request: Request) -> Response:
    """Answer what was said to a line."""
    state, number = asked_pull(request)
    body, to = await given(request), request.path_params["comment"]
    there = [one for one in state.line_comments.get(number, []) if one["id"] == to]
    if not there:
        raise missing()
    said = {**body, "path": there[0]["path"], "line": there[0]["line"], "in_reply_to": to}
    return answer(request, say_to_line(state, number, said, review_id=None), status=201)


async def request_reviewers(request: Request) -> Response:
    """Ask for a review, or no longer; the author of a pull request cannot review it."""
    state, number = asked_pull(request)
    body, raw = await given(request), state.pulls[number]
    people = {one.login: one for one in team.MEMBERS}
    logins: list[str] = body.get("reviewers") or []
    slugs: list[str] = body.get("team_reviewers") or []
    is_author = raw["user"]["login"] in logins
    if is_author or not set(logins) <= set(people) or not set(slugs) <= {TEAM["slug"]}:
        raise invalid("reviewers", resource="PullRequest")
    kept = [one for one in raw["requested_reviewers"] if one["login"] not in logins]
    teams = [one for one in raw["requested_teams"] if one["slug"] not in slugs]
    if request.method == "POST":
        kept += [shapes.user(people[login]) for login in logins]
        teams += [TEAM] if slugs else []
    raw |= {"requested_reviewers": kept, "requested_teams": teams}
    return answer(request, state.pull(number), status=201 if request.method == "POST" else 200)


async def submit(request: Request) -> Response:
    """Submit a pending review."""
    state, _, review = _asked(request)
    body = await given(request)
    check_event(body.get("event"), body)
    review |= {"state": EVENTS[body["event"]], "submitted_at": state.now()}
    if body.get("body"):
        review["body"] = body["body"]
    return answer(request, review)


async def discard(request: Request) -> Response:
    """Delete a pending review with its comments."""
    state, number, review = _asked(request)
    state.reviews[number].remove(review)
    state.line_comments[number] = [
        one
        for one in state.line_comments.get(number, [])
        if one["pull_request_review_id"] != review["id"]
    ]
    return answer(request, review)


def _asked(request: Request) -> tuple[State, int, Json]:
    state, number, review = _review(request)
    if review["state"] != "PENDING":
        raise invalid("state", resource="PullRequestReview")
    return state, number, review


def _review(request: Request) -> tuple[State, int, Json]:
    state, number = asked_pull(request)
    wanted = request.path_params["review"]
    found = [one for one in state.reviews.get(number, []) if one["id"] == wanted]
    if not found:
        raise missing()
    return state, number, found[0]


ROUTES = [
    Route(f"{_ONE}/comments", list_comments),
    Route(f"{_ONE}/comments/{{comment:int}}/replies", reply, methods=["POST"]),
    Route(f"{_ONE}/requested_reviewers", request_reviewers, methods=["POST", "DELETE"]),
    Route(f"{_REVIEW}/events", submit, methods=["POST"]),
    Route("/repos/{owner}/{repo}/pulls/comments/{comment:int}", show_comment),
    Route(_REVIEW, show_review, methods=["GET"]),
    Route(_REVIEW, discard, methods=["DELETE"]),
]
