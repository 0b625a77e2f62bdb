"""GraphQL, for what REST does not have: threads of a review, and drafts."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import given, state_of
from sophia.sandbox.github.shapes import Json
from sophia.sandbox.github.state import State
from sophia.sandbox.graphql import Field, NotGraphQLError, parse


class _RefusedError(Exception):
    """GitHub answers 200, with an error."""


async def answer(request: Request) -> Response:
    """Answer a request of GraphQL."""
    body, state = await given(request), state_of(request)
    try:
        variables: Json = body.get("variables") or {}
        data = {
            one.key: _picked(_root(state, one.name, one.given(variables)), one, variables)
            for one in parse(body["query"]).selected
        }
    except _RefusedError as refused:
        error = {"type": "NOT_FOUND", "message": str(refused)}
        return JSONResponse({"data": None, "errors": [error]})
    except (NotGraphQLError, KeyError) as error:
        return JSONResponse({"errors": [{"message": f"{error} is not understood"}]})
    return JSONResponse({"data": data})


def _root(state: State, name: str, asked: Mapping[str, Any]) -> Json:
    """Give what a query begins at, or do what a mutation says."""
    match name:
        case "repository":
            if (asked["owner"].lower(), asked["name"].lower()) != (
                team.ORGANISATION,
                team.REPOSITORY,
            ):
                raise _RefusedError("Could not resolve to a Repository with that name.")
            return {"pullRequest": partial(_asked_pull, state)}
        case "resolveReviewThread" | "unresolveReviewThread":
            number, first = _begun_by(state, asked["input"]["threadId"])
            settled = state.resolved.add if name[0] == "r" else state.resolved.discard
            settled(first["id"])
            return {"thread": _thread(state, number, first)}
        case "convertPullRequestToDraft" | "markPullRequestReadyForReview":
            wanted = asked["input"]["pullRequestId"]
            found = [raw for raw in state.pulls.values() if raw["node_id"] == wanted]
            if not found:
                raise _RefusedError("Could not resolve to a node with that global id.")
            found[0]["draft"] = name[0] == "c"
            return {"pullRequest": _pull(state, found[0]["number"])}
        case _:
            raise KeyError(name)


def _asked_pull(state: State, asked: Mapping[str, Any]) -> Json:
    return _pull(state, asked["number"])


def _pull(state: State, number: int) -> Json:
    if number not in state.pulls:
        raise _RefusedError(f"Could not resolve to a PullRequest with the number of {number}.")
    raw = state.pulls[number]
    threads = [_thread(state, number, one) for one in _firsts(state, number)]
    return {
        "isDraft": raw["draft"],
        "url": raw["html_url"],
        "reviewThreads": partial(_connection, threads),
    }


def _firsts(state: State, number: int) -> list[Json]:
    """Give the comments that threads begin with, without what is pending."""
    pending = {one["id"] for one in state.reviews.get(number, []) if one["state"] == "PENDING"}
    return [
        one
        for one in state.line_comments.get(number, [])
        if "in_reply_to_id" not in one and one["pull_request_review_id"] not in pending
    ]


def _begun_by(state: State, thread_id: str) -> tuple[int, Json]:
    for number in state.line_comments:
        for first in _firsts(state, number):
            if shapes.node("PRRT", first["id"]) == thread_id:
                return number, first
    raise _RefusedError("Could not resolve to a node with that global id.")


def _thread(state: State, number: int, first: Json) -> Json:
    begun: int = first["id"]
    is_resolved = begun in state.resolved
    said = [
        {
            "databaseId": one["id"],
            "author": {"login": one["user"]["login"]},
            "body": one["body"],
            "createdAt": one["created_at"],
            "url": one["html_url"],
        }
        for one in state.line_comments[number]
        if begun in {one["id"], one.get("in_reply_to_id")}
    ]
    return {
        "id": shapes.node("PRRT", begun),
        "isResolved": is_resolved,
        "isOutdated": False,
        "path": first["path"],
        "line": first["line"],
        "resolvedBy": {"login": team.ME.login} if is_resolved else None,
        "comments": partial(_connection, said),
    }


def _connection(rows: Sequence[Json], asked: Mapping[str, Any]) -> Json:
    start = int(asked.get("after") or 0)
    end = start + asked["first"]
    return {
        "totalCount": len(rows),
        "nodes": list(rows[start:end]),
        "pageInfo": {
            "hasNextPage": end < len(rows),
            "endCursor": str(min(end, len(rows))) if rows else None,
        },
    }


def _picked(value: Any, asked: Field, variables: Mapping[str, Any]) -> Any:
    """Give what is asked for of a value, which a field's arguments may have to make first."""
    if callable(value):
        value = value(asked.given(variables))
    if isinstance(value, list):
        return [_picked(one, asked, variables) for one in cast("list[Any]", value)]
    if isinstance(value, dict):
        there = cast("Json", value)
        return {one.key: _picked(there[one.name], one, variables) for one in asked.selected}
    return value


ROUTES = [Route("/graphql", answer, methods=["POST"])]
