"""Issues, open and ignored."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.codacy.replies import check, given, listed, missing, one, state_of
from sophia.sandbox.codacy.shapes import Json

_REPO = "/analysis/organizations/{provider}/{owner}/repositories/{repo}"


async def search_issues(request: Request) -> Response:
    """List the open issues that fit."""
    check(request)
    wanted = await given(request)
    return listed(request, [one for one in state_of(request).open_issues() if fits(one, wanted)])


async def search_ignored(request: Request) -> Response:
    """List the ignored issues that fit."""
    check(request)
    wanted = await given(request)
    return listed(request, [one for one in state_of(request).ignored_issues() if fits(one, wanted)])


def fits(issue: Json, wanted: Json) -> bool:
    """Say whether an issue is what a filter asks for."""
    if wanted.get("branchName", team.DEFAULT_BRANCH) != team.DEFAULT_BRANCH:
        return False
    pattern = issue["patternInfo"]
    told = {
        "patternIds": pattern["id"],
        "languages": issue["language"],
        "categories": pattern["category"],
        "levels": pattern["severityLevel"],
        "authorEmails": issue["commitInfo"]["commiter"],
    }
    return all(value in wanted[name] for name, value in told.items() if wanted.get(name))


async def show_issue(request: Request) -> Response:
    """Give an open issue by the number of its result."""
    check(request)
    number = request.path_params["issue"]
    for issue in state_of(request).open_issues():
        if str(issue["resultDataId"]) == number:
            return one(issue)
    raise missing("Issue")


async def change_issue(request: Request) -> Response:
    """Ignore an issue, or take it up again."""
    check(request)
    state, issue_id = state_of(request), request.path_params["issue"]
    if issue_id not in state.issues:
        raise missing("Issue")
    body = await given(request)
    state.ignored.pop(issue_id, None)
    if body["ignored"]:
        said = {name: body[name] for name in ("reason", "comment") if name in body}
        state.ignored[issue_id] = {
            **said,
            "ignoredByName": team.ME.name,
            "ignoredTimestamp": state.now(),
        }
    return Response(status_code=204)


ROUTES = [
    Route(f"{_REPO}/issues/search", search_issues, methods=["POST"]),
    Route(f"{_REPO}/ignoredIssues/search", search_ignored, methods=["POST"]),
    Route(f"{_REPO}/issues/{{issue}}", show_issue),
    Route(f"{_REPO}/issues/{{issue}}", change_issue, methods=["PATCH"]),
]
