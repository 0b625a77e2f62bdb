"""People, teams, and who may push."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import answer, check_repository, missing, page_of, state_of
from sophia.sandbox.github.shapes import API, WEB, Json

_SLUG = team.TEAM.lower()
TEAM: Json = {
    "id": 301,
    "node_id": shapes.node("T", 301),
    "name": team.TEAM,
    "slug": _SLUG,
    "description": "Whoever keeps the ferries running",
    "permission": "push",
    "type": "organization",
    "url": f"{API}/organizations/100/team/301",
    "html_url": f"{WEB}/orgs/{team.ORGANISATION}/teams/{_SLUG}",
    "members_url": f"{API}/organizations/100/team/301/members",
    "repositories_url": f"{API}/organizations/100/team/301/repos",
    "parent": None,
}
_EVERYBODY = (*team.MEMBERS, team.STRANGER)


async def search_users(request: Request) -> Response:
    """Find people by words."""
    words = [one.lower() for one in request.query_params["q"].split() if ":" not in one]
    found = [
        {**shapes.user(one), "score": 1.0}
        for one in _EVERYBODY
        if all(word in f"{one.login} {one.name}".lower() for word in words)
    ]
    return answer(request, _hits(request, found))


async def search_repositories(request: Request) -> Response:
    """Find the only repository by words."""
    words = [one.lower() for one in request.query_params["q"].split() if ":" not in one]
    is_open = [one for one in state_of(request).issues.values() if one["state"] == "open"]
    there = shapes.repository(open_issues=len(is_open))
    found = [there | {"score": 1.0}] if all(word in str(there).lower() for word in words) else []
    return answer(request, _hits(request, found))


def _hits(request: Request, found: list[Json]) -> Json:
    return {
        "total_count": len(found),
        "incomplete_results": False,
        "items": page_of(request, found),
    }


async def list_my_teams(request: Request) -> Response:
    """List the teams that I am in."""
    full = {
        "members_count": len(team.MEMBERS),
        "repos_count": 1,
        "created_at": shapes.MADE_AT,
        "updated_at": shapes.MADE_AT,
        "organization": {
            **shapes.organisation(),
            **{name: f"{API}/orgs/{team.ORGANISATION}/{name}" for name in ("hooks_url",)},
            "issues_url": f"{API}/orgs/{team.ORGANISATION}/issues",
            "members_url": f"{API}/orgs/{team.ORGANISATION}/members",
            "public_members_url": f"{API}/orgs/{team.ORGANISATION}/public_members",
            "description": None,
            "has_organization_projects": True,
            "has_repository_projects": True,
            "public_repos": 1,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": shapes.MADE_AT,
            "updated_at": shapes.MADE_AT,
            "archived_at": None,
        },
    }
    return answer(request, page_of(request, [TEAM | full]))


async def list_teams(request: Request) -> Response:
    """List the teams of an organisation."""
    _check_org(request)
    return answer(request, page_of(request, [TEAM]))


async def list_members(request: Request) -> Response:
    """List who is in a team."""
    _check_org(request)
    if request.path_params["team"] != _SLUG:
        raise missing()
    return answer(request, page_of(request, [shapes.user(one) for one in team.MEMBERS]))


async def show_permission(request: Request) -> Response:
    """Say what somebody may do in the repository."""
    check_repository(request)
    login = request.path_params["login"]
    found = [one for one in _EVERYBODY if one.login == login.lower()]
    if not found:
        raise missing()
    may_push = found[0] in team.MEMBERS
    role = "write" if may_push else "read"
    person = {**shapes.user(found[0]), "role_name": role}
    return answer(request, {"permission": role, "role_name": role, "user": person})


def _check_org(request: Request) -> None:
    if request.path_params["org"].lower() != team.ORGANISATION:
        raise missing()


ROUTES = [
    Route("/search/users", search_users),
    Route("/search/repositories", search_repositories),
    Route("/user/teams", list_my_teams),
    Route("/orgs/{org}/teams", list_teams),
    Route("/orgs/{org}/teams/{team}/members", list_members),
    Route("/repos/{owner}/{repo}/collaborators/{login}/permission", show_permission),
]
