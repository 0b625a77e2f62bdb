"""Whose token it is, the organisation, the repository, its gates and its coverage."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sophia.sandbox.codacy import shapes
from sophia.sandbox.codacy.replies import check, listed, one, state_of

_OWNER = "/organizations/{provider}/{owner}"
_REPO = f"{_OWNER}/repositories/{{repo}}"
_QUALITY = f"{_REPO}/settings/quality"


async def show_me(_request: Request) -> Response:
    """Say whose token it is."""
    return one(shapes.user())


async def list_organizations(request: Request) -> Response:
    """List the only organisation."""
    return listed(request, [shapes.organization()])


async def list_repositories(request: Request) -> Response:
    """List the only repository, if its name has in it what is looked for."""
    check(request)
    raw = shapes.repository(state_of(request).open_issues())
    wanted = request.query_params.get("search", "").lower()
    return listed(request, [raw] if wanted in raw["repository"]["name"] else [])


async def show_repository(request: Request) -> Response:
    """Describe the repository with its analysis."""
    check(request)
    return one(shapes.repository(state_of(request).open_issues()))


async def list_reports(request: Request) -> Response:
    """List the coverage reports that came in."""
    check(request)
    report = {
        "targetCommitSha": shapes.sha_of("main"),
        "language": "Python",
        "createdAt": shapes.MADE_AT,
        "status": "Processed",
    }
    return one({"hasCoverageOverview": True, "lastReports": [report]})


async def show_goals(request: Request) -> Response:
    """Say what the repository shall keep to."""
    check(request)
    return one(shapes.goals())


async def show_gate(request: Request) -> Response:
    """Say what is asked of a pull request or commit."""
    check(request)
    gate = {
        "issueThreshold": {"threshold": 0, "minimumSeverity": "Warning"},
        "securityIssueThreshold": 0,
        "securityIssueMinimumSeverity": "Info",
        "duplicationThreshold": 1,
        "coverageThresholdWithDecimals": -0.5,
        "complexityThreshold": 10,
    }
    policy = {"id": 5, "name": "Codacy recommended"}
    return one({"qualityGate": gate, "repositoryGatePolicyInfo": policy})


async def list_policies(request: Request) -> Response:
    """List the gate policies of the organisation."""
    check(request)
    policy = {
        "id": 5,
        "name": "Codacy recommended",
        "isDefault": True,
        "readOnly": True,
        "meta": {"nrOfQualityGates": 5, "linkedRepositoriesCount": 1},
    }
    return listed(request, [policy])


async def count_issues(request: Request) -> Response:
    """Count the open issues by what they are."""
    check(request)
    issues = state_of(request).open_issues()

    def counted(names: list[str]) -> list[shapes.Json]:
        return [{"name": name, "total": names.count(name)} for name in sorted(set(names))]

    patterns = [issue["patternInfo"] for issue in issues]
    titles = {pattern["id"]: pattern["title"] for pattern in patterns}
    ids = [pattern["id"] for pattern in patterns]
    counts = {
        "categories": counted([pattern["category"] for pattern in patterns]),
        "languages": counted([issue["language"] for issue in issues]),
        "levels": counted([pattern["severityLevel"] for pattern in patterns]),
        "tags": [],
        "patterns": [
            {"id": key, "title": title, "total": ids.count(key)} for key, title in titles.items()
        ],
        "authors": counted([issue["commitInfo"]["commiter"] for issue in issues]),
    }
    return JSONResponse({"data": {"counts": counts}})


ROUTES = [
    Route("/user", show_me),
    Route("/user/organizations", list_organizations),
    Route(f"/analysis{_OWNER}/repositories", list_repositories),
    Route(f"/analysis{_REPO}", show_repository),
    Route(f"/analysis{_REPO}/issues/overview", count_issues, methods=["POST"]),
    Route(f"{_REPO}/coverage/status", list_reports),
    Route(f"{_QUALITY}/repository", show_goals),
    Route(f"{_QUALITY}/pull-requests", show_gate),
    Route(f"{_QUALITY}/commits", show_gate),
    Route(f"{_OWNER}/gate-policies", list_policies),
]
