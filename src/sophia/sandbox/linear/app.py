"""The stand-in as an ASGI application."""

import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.graphql import Field, NotGraphQLError, parse
from sophia.sandbox.linear.changes import MUTATIONS
from sophia.sandbox.linear.reading import Reading
from sophia.sandbox.linear.replies import RefusedError, unknown
from sophia.sandbox.linear.seed import Seed
from sophia.sandbox.linear.shapes import Row
from sophia.sandbox.linear.tables import Tables

# The queries that list all rows of a type.
_LISTS = MappingProxyType(
    {
        "issues": "Issue",
        "teams": "Team",
        "users": "User",
        "cycles": "Cycle",
        "workflowStates": "WorkflowState",
        "issueLabels": "IssueLabel",
        "projects": "Project",
        "projectStatuses": "ProjectStatus",
        "projectMilestones": "ProjectMilestone",
        "initiatives": "Initiative",
        "documents": "Document",
    }
)
# The queries that give one row by its id: of all types that a mutation makes, and of teams.
_SINGLES = MappingProxyType(
    {"team": "Team", **{called: kind for _, kind, called in MUTATIONS.values()}}
)


class Asked(BaseModel):
    """What a client sends."""

    query: str
    variables: dict[str, Any] = {}


def linear_app(clock: Clock, *, is_read_only: bool = False) -> Starlette:
    """Build a stand-in with a workspace of its own, which its key may change or only read."""
    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])])
    app.state.tables = Seed(clock).whole()
    app.state.is_read_only = is_read_only
    return app


async def answer(request: Request) -> Response:
    """Answer a request of GraphQL."""
    try:
        _check(request)
        asked = Asked.model_validate_json(await request.body())
        _check_scope(request, asked)
        data = _run(request.app.state.tables, asked)
    except RefusedError as error:
        return JSONResponse(error.written(), status_code=error.status)
    except (ValidationError, NotGraphQLError) as error:
        refused = RefusedError(f"The request is no GraphQL: {error}", kind="graphql error")
        return JSONResponse(refused.written(), status_code=refused.status)
    return JSONResponse({"data": data})


def _check(request: Request) -> None:
    """Let in whoever has the sandbox's key, which stands bare as Linear's do."""
    given = request.headers.get("authorization", "").encode()
    if not hmac.compare_digest(given, team.TOKEN.encode()):
        raise RefusedError(
            "Authentication required, not authenticated",
            kind="authentication error",
            shown="You need to authenticate to access this operation.",
        )


def _check_scope(request: Request, asked: Asked) -> None:
    """Refuse a change, before it is looked at, by a key that only reads."""
    if request.app.state.is_read_only and parse(asked.query).kind == "mutation":
        raise RefusedError("Invalid scope: `write` required", kind="forbidden")


def _run(tables: Tables, asked: Asked) -> Row:
    operation = parse(asked.query)
    reading = Reading(tables, asked.variables)
    run = _change if operation.kind == "mutation" else _query
    return {
        one.key: run(tables, reading, one, one.given(asked.variables)) for one in operation.selected
    }


def _query(tables: Tables, reading: Reading, asked: Field, given: Mapping[str, Any]) -> Row:
    if asked.name in _LISTS:
        kind = _LISTS[asked.name]
        return reading.page(kind, tables.rows(kind), asked)
    if asked.name in _SINGLES:
        kind = _SINGLES[asked.name]
        return reading.selected(kind, tables.find(kind, given["id"]), asked.selected)
    if asked.name == "viewer":
        return reading.selected("User", tables.me(), asked.selected)
    if asked.name == "searchIssues":
        return reading.page("Issue", filter(_finder(tables, given), tables.rows("Issue")), asked)
    raise unknown("Query", asked.name)


def _finder(tables: Tables, given: Mapping[str, Any]) -> Callable[[Row], bool]:
    """Say how an issue is found: by all words, or by its identifier."""
    words = given["term"].lower().split()

    def is_found(row: Row) -> bool:
        said = [row["identifier"], row["title"], row["description"] or ""]
        if given.get("includeComments"):
            said += [one["body"] for one in tables.several("Issue", row, "comments")]
        text = " ".join(said).lower()
        is_of_team = given.get("teamId") in {None, row["teamId"]}
        return is_of_team and all(word in text for word in words)

    return is_found


def _change(tables: Tables, reading: Reading, asked: Field, given: dict[str, Any]) -> Row:
    if asked.name not in MUTATIONS:
        raise unknown("Mutation", asked.name)
    change, kind, called = MUTATIONS[asked.name]
    row = change(tables, kind, given)
    whole = {"success": True, "lastSyncId": float(tables.made), "entityId": row["id"]}
    return {
        one.key: reading.selected(kind, row, one.selected)
        if one.name == called
        else _plain(whole, one)
        for one in asked.selected
    }


def _plain(whole: Row, asked: Field) -> Any:
    if asked.name not in whole:
        raise unknown("Payload", asked.name)
    return whole[asked.name]
