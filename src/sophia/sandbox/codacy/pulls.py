"""The pull requests of the team's repository, analysed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.codacy import shapes
from sophia.sandbox.codacy.replies import check, listed, missing, one, state_of
from sophia.sandbox.codacy.shapes import Json
from sophia.sandbox.codacy.state import State
from sophia.sandbox.github.state import FIRST_PULL

_REPO = "/organizations/{provider}/{owner}/repositories/{repo}"
_ONE = f"{_REPO}/pull-requests/{{number:int}}"
_CHANGED = {FIRST_PULL: "ferry/timetable.py", FIRST_PULL + 1: "ferry/stops.py"}


def _issues(state: State, number: int) -> list[Json]:
    """Tell that the one brings an issue and the other mends one."""
    first, second = (state.issues[shapes.issue(seed)["issueId"]] for seed in shapes.SEEDS[:2])
    if number == FIRST_PULL:
        brought = {**second, "issueId": shapes.sha_of("issue", "7101"), "resultDataId": 7101}
        return [{"commitIssue": brought, "deltaType": "Added"}]
    return [{"commitIssue": first, "deltaType": "Fixed"}] if number == FIRST_PULL + 1 else []


def _pull(state: State, number: int) -> Json:
    raw = state.host.pull(number)
    changes = [issue["deltaType"] for issue in _issues(state, number)]
    added = changes.count("Added")
    reason = {
        "gate": "issueThreshold",
        "expected": added,
        "expectedThreshold": {"threshold": 0, "minimumSeverity": "Warning"},
        "isUpToStandards": added == 0,
    }
    return {
        "isUpToStandards": added == 0,
        "isAnalysing": False,
        "pullRequest": {
            "id": 6000 + number,
            "number": number,
            "updated": raw["updated_at"],
            "status": raw["state"],
            "repository": team.REPOSITORY,
            "title": raw["title"],
            "owner": {"name": raw["user"]["login"], "username": raw["user"]["login"]},
            "headCommitSha": raw["head"]["sha"],
            "commonAncestorCommitSha": raw["base"]["sha"],
            "originBranch": raw["head"]["ref"],
            "targetBranch": raw["base"]["ref"],
            "gitHref": raw["html_url"],
        },
        "newIssues": added,
        "fixedIssues": changes.count("Fixed"),
        "quality": {
            "newIssues": added,
            "fixedIssues": changes.count("Fixed"),
            "deltaComplexity": 0,
            "deltaClonesCount": 0,
            "isUpToStandards": added == 0,
            "resultReasons": [reason],
        },
        "coverage": {
            "deltaCoverage": 0.0,
            "diffCoverage": _diff_coverage(number),
            "isUpToStandards": True,
            "resultReasons": [],
        },
        "meta": {"analyzable": True},
    }


def _diff_coverage(number: int) -> Json:
    is_covered = number != FIRST_PULL
    return {
        "value": 100.0 if is_covered else 0.0,
        "coveredLines": int(is_covered),
        "coverableLines": 1,
        "cause": "ValueIsPresent",
    }


def _number(request: Request) -> int:
    check(request)
    number: int = request.path_params["number"]
    if number not in state_of(request).host.pulls:
        raise missing("Pull request")
    return number


async def list_pulls(request: Request) -> Response:
    """List pull requests, by when they changed or by words of their title."""
    check(request)
    state, wanted = state_of(request), request.query_params.get("search", "last-updated")
    found = [_pull(state, number) for number in sorted(state.host.pulls, reverse=True)]
    if wanted not in {"last-updated", "impact"}:
        found = [
            raw
            for raw in found
            if wanted.lower() in raw["pullRequest"]["title"].lower()
            or wanted == raw["pullRequest"]["status"]
        ]
    return listed(request, found)


async def show_pull(request: Request) -> Response:
    """Give a pull request with its analysis."""
    return JSONResponse(_pull(state_of(request), _number(request)))


async def list_issues(request: Request) -> Response:
    """List what a pull request brings and mends."""
    found = _issues(state_of(request), _number(request))
    wanted = {"new": "Added", "fixed": "Fixed"}.get(request.query_params.get("status", "all"))
    kept = [issue for issue in found if wanted in {None, issue["deltaType"]}]
    return listed(request, kept, analyzed=True)


async def list_file_coverage(request: Request) -> Response:
    """Say what a pull request does to the coverage of its files."""
    number = _number(request)
    path = _CHANGED.get(number)
    if path is None:
        return one([])
    diff = _diff_coverage(number)
    change = {
        "fileName": path,
        "coverage": shapes.covered(path),
        "variation": 0.0,
        "diff": diff,
        "diffLineHits": [{"lineNumber": "4", "hits": diff["coveredLines"]}],
    }
    return one([change])


async def show_diff(request: Request) -> Response:
    """Give what a pull request changes."""
    files = state_of(request).host.files_of(_number(request))
    parts = [
        f"diff --git a/{raw['filename']} b/{raw['filename']}\n"
        f"--- a/{raw['filename']}\n+++ b/{raw['filename']}\n{raw['patch']}\n"
        for raw in files
    ]
    return JSONResponse({"diff": "".join(parts)})


ROUTES = [
    Route(f"/analysis{_REPO}/pull-requests", list_pulls),
    Route(f"/analysis{_ONE}", show_pull),
    Route(f"/analysis{_ONE}/issues", list_issues),
    Route(f"/coverage{_ONE}/files", list_file_coverage),
    Route(f"{_ONE}/diff", show_diff),
]
