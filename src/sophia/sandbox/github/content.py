"""Repositories, files and the search for code."""

import base64
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import shapes
from sophia.sandbox.github.replies import answer, check_repository, missing, page_of, state_of
from sophia.sandbox.github.shapes import Json
from sophia.sandbox.github.state import State


async def show_me(request: Request) -> Response:
    """Say whose token it is."""
    return answer(request, shapes.me())


async def show_limits(request: Request) -> Response:
    """Say how much may be asked."""
    one = {"limit": 5000, "remaining": 4999, "reset": 1_900_000_000, "used": 1}
    return answer(request, {"resources": {"core": one, "search": one}, "rate": one})


def _repository(state: State) -> Json:
    is_open = [one for one in state.issues.values() if one["state"] == "open"]
    return shapes.repository(open_issues=len(is_open))


async def list_repositories(request: Request) -> Response:
    """List the only repository, of me or of the organisation."""
    if request.path_params.get("org", team.ORGANISATION).lower() != team.ORGANISATION:
        raise missing()
    return answer(request, page_of(request, [_repository(state_of(request))]))


async def list_installed(request: Request) -> Response:
    """List what an App is installed at."""
    there = page_of(request, [_repository(state_of(request))])
    return answer(request, {"total_count": 1, "repositories": there})


async def show_repository(request: Request) -> Response:
    """Describe the repository."""
    check_repository(request)
    return answer(request, _repository(state_of(request)))


async def show_content(request: Request) -> Response:
    """Give a file, or list a folder."""
    check_repository(request)
    ref = request.query_params.get("ref", team.DEFAULT_BRANCH)
    commit = state_of(request).history.at(ref)
    if commit is None:
        raise missing()
    path, files = request.path_params.get("path", "").strip("/"), commit.files
    if path in files:
        return answer(request, file_at(path, files[path], ref))
    inside = f"{path}/" if path else ""
    names = {one[len(inside) :].partition("/")[0] for one in files if one.startswith(inside)}
    if not names:
        raise missing()
    return answer(request, [_entry(f"{inside}{name}", files, branch=ref) for name in sorted(names)])


def file_at(path: str, text: str, branch: str) -> Json:
    """Describe a file with its text."""
    encoded = base64.encodebytes(text.encode()).decode()
    return shapes.file(path, text.encode(), encoded, branch=branch)


def _entry(path: str, files: Mapping[str, str], *, branch: str) -> Json:
    shown = shapes.file(path, files.get(path, "").encode(), "", branch=branch)
    del shown["content"], shown["encoding"]
    return shown | {"type": "file" if path in files else "dir"}


async def search_code(request: Request) -> Response:
    """Find files that have all words, within a repository if the query names one."""
    state = state_of(request)
    terms = request.query_params["q"].split()
    repos = [term.removeprefix("repo:").lower() for term in terms if term.startswith("repo:")]
    words = [term.strip('"').lower() for term in terms if ":" not in term]
    main = state.history.commits[state.head(team.DEFAULT_BRANCH)]
    files: Mapping[str, str] = main.files if not repos or shapes.SLUG in repos else {}
    found = [
        _hit(path, text, words)
        for path, text in sorted(files.items())
        if all(word in text.lower() for word in words)
    ]
    return answer(
        request,
        {
            "total_count": len(found),
            "incomplete_results": False,
            "items": page_of(request, found),
        },
    )


def _hit(path: str, text: str, words: list[str]) -> Json:
    shown = shapes.file(path, text.encode(), "", branch=team.DEFAULT_BRANCH)
    lines = [line for line in text.splitlines() if any(word in line.lower() for word in words)]
    kept = ("name", "path", "sha", "url", "git_url", "html_url")
    return {
        **{name: shown[name] for name in kept},
        "repository": shapes.repository(),
        "score": 1.0,
        "text_matches": [{"fragment": line, "property": "content"} for line in lines[:2]],
    }


ROUTES = [
    Route("/user", show_me),
    Route("/rate_limit", show_limits),
    Route("/user/repos", list_repositories),
    Route("/orgs/{org}/repos", list_repositories),
    Route("/installation/repositories", list_installed),
    Route("/repos/{owner}/{repo}", show_repository),
    Route("/repos/{owner}/{repo}/contents/{path:path}", show_content, methods=["GET"]),
    Route("/search/code", search_code),
]
