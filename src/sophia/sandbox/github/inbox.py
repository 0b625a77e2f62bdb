"""Notifications and gists: what is a person's own."""

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
from sophia.sandbox.github.shapes import API, REPO_API, Json
from sophia.sandbox.github.state import FIRST_PULL, State

_THREAD = "/notifications/threads/{thread}"
_RESET = 205


async def list_threads(request: Request) -> Response:
    """List notifications, those that are read only where asked for."""
    if "repo" in request.path_params:
        check_repository(request)
    is_all = request.query_params.get("all") == "true"
    found = [one for one in state_of(request).threads.values() if is_all or one["unread"]]
    return answer(request, page_of(request, found))


async def read_all(request: Request) -> Response:
    """Mark all notifications read."""
    if "repo" in request.path_params:
        check_repository(request)
    for one in state_of(request).threads.values():
        one |= {"unread": False, "last_read_at": state_of(request).now()}
    return Response(status_code=_RESET)


async def thread(request: Request) -> Response:
    """Mark a notification read, or done."""
    state, name = _asked(request)
    if request.method == "DELETE":
        del state.threads[name]
        return Response(status_code=204)
    state.threads[name] |= {"unread": False, "last_read_at": state.now()}
    return Response(status_code=_RESET)


async def subscribe(request: Request) -> Response:
    """Ignore or watch a thread."""
    _, name = _asked(request)
    is_ignored = bool((await given(request)).get("ignored"))
    url = f"{API}/notifications/threads/{name}"
    told = {
        "subscribed": not is_ignored,
        "ignored": is_ignored,
        "reason": None,
        "created_at": shapes.MADE_AT,
        "url": f"{url}/subscription",
        "thread_url": url,
    }
    return answer(request, told)


async def list_gists(request: Request) -> Response:
    """List gists: mine, or somebody's public ones."""
    login = request.path_params.get("login")
    found = [
        _listed(one)
        for one in state_of(request).gists.values()
        if login is None or (one["public"] and one["owner"]["login"] == login)
    ]
    return answer(request, page_of(request, found))


async def create_gist(request: Request) -> Response:
    """Make a gist."""
    state, body = state_of(request), await given(request)
    if not body.get("files"):
        raise invalid("files", resource="Gist")
    made = _gist(state, f"{len(state.gists) + 1:032x}", is_public=bool(body.get("public")))
    state.gists[made["id"]] = made
    _write(made, body)
    return answer(request, made, status=201)


async def gist(request: Request) -> Response:
    """Give, change or delete a gist."""
    gists, name = state_of(request).gists, request.path_params["gist"]
    if name not in gists:
        raise missing()
    if request.method == "DELETE":
        del gists[name]
        return Response(status_code=204)
    if request.method == "PATCH":
        _write(gists[name], await given(request))
    return answer(request, gists[name])


def seed(state: State) -> None:
    """Tell of the review that is asked for."""
    state.threads["501"] = {
        "id": "501",
        "repository": shapes.repository(),
        "subject": {
            "title": state.pulls[FIRST_PULL]["title"],
            "url": f"{REPO_API}/pulls/{FIRST_PULL}",
            "latest_comment_url": f"{REPO_API}/pulls/{FIRST_PULL}",
            "type": "PullRequest",
        },
        "reason": "review_requested",
        "unread": True,
        "updated_at": shapes.MADE_AT,
        "last_read_at": None,
        "url": f"{API}/notifications/threads/501",
        "subscription_url": f"{API}/notifications/threads/501/subscription",
    }


def _asked(request: Request) -> tuple[State, str]:
    state, name = state_of(request), request.path_params["thread"]
    if name not in state.threads:
        raise missing()
    return state, name


def _gist(state: State, name: str, *, is_public: bool) -> Json:
    api = f"{API}/gists/{name}"
    web = f"https://gist.github.com/{name}"
    return {
        "id": name,
        "node_id": name,
        "url": api,
        **{f"{one}_url": f"{api}/{one}" for one in ("forks", "commits", "comments")},
        "git_pull_url": f"{web}.git",
        "git_push_url": f"{web}.git",
        "html_url": web,
        "files": {},
        "public": is_public,
        "created_at": state.now(),
        "updated_at": state.now(),
        "description": None,
        "comments": 0,
        "user": None,
        "owner": shapes.user(team.ME),
        "truncated": False,
    }


def _write(made: Json, body: Json) -> None:
    if "description" in body:
        made["description"] = body["description"]
    for name, file in body.get("files", {}).items():
        if file is None:
            made["files"].pop(name, None)
            continue
        made["files"][name] = {
            "filename": name,
            "type": "text/plain",
            "language": "Text",
            "raw_url": f"{made['html_url']}/raw/{name}",
            "size": len(file["content"]),
            "truncated": False,
            "content": file["content"],
        }


def _listed(made: Json) -> Json:
    files = {
        name: {key: value for key, value in file.items() if key not in {"content", "truncated"}}
        for name, file in made["files"].items()
    }
    return made | {"files": files}


ROUTES = [
    Route("/notifications", list_threads, methods=["GET"]),
    Route("/notifications", read_all, methods=["PUT"]),
    Route("/repos/{owner}/{repo}/notifications", list_threads, methods=["GET"]),
    Route("/repos/{owner}/{repo}/notifications", read_all, methods=["PUT"]),
    Route(_THREAD, thread, methods=["PATCH", "DELETE"]),
    Route(f"{_THREAD}/subscription", subscribe, methods=["PUT"]),
    Route("/gists", list_gists, methods=["GET"]),
    Route("/gists", create_gist, methods=["POST"]),
    Route("/users/{login}/gists", list_gists),
    Route("/gists/{gist}", gist, methods=["GET", "PATCH", "DELETE"]),
]
