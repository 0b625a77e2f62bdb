"""Trees, branches, commits, tags, releases, and writing to them."""

import base64
from collections.abc import Sequence
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox import team
from sophia.sandbox.github import commits, shapes
from sophia.sandbox.github.content import file_at
from sophia.sandbox.github.history import Commit, tree_of
from sophia.sandbox.github.replies import (
    answer,
    check_repository,
    given,
    invalid,
    missing,
    page_of,
    state_of,
)
from sophia.sandbox.github.shapes import REPO_API, REPO_WEB, Json
from sophia.sandbox.github.state import State, diff

_REPO = "/repos/{owner}/{repo}"


async def list_branches(request: Request) -> Response:
    """List branches by name."""
    check_repository(request)
    named = sorted(state_of(request).history.branches.items())
    shown = [{"name": name, "commit": _tip(sha), "protected": False} for name, sha in named]
    return answer(request, page_of(request, shown))


async def list_tags(request: Request) -> Response:
    """List tags."""
    check_repository(request)
    shown = [
        {
            "name": name,
            "commit": _tip(sha),
            "zipball_url": f"{REPO_API}/zipball/{name}",
            "tarball_url": f"{REPO_API}/tarball/{name}",
            "node_id": name,
        }
        for name, sha in sorted(state_of(request).history.tags.items(), reverse=True)
    ]
    return answer(request, page_of(request, shown))


async def list_releases(request: Request) -> Response:
    """List releases: one for each tag."""
    check_repository(request)
    return answer(request, page_of(request, _releases(state_of(request))))


async def show_release(request: Request) -> Response:
    """Give the latest release, or that of a tag."""
    check_repository(request)
    tag = request.path_params.get("tag")
    found = [one for one in _releases(state_of(request)) if tag in {None, one["tag_name"]}]
    if not found:
        raise missing()
    return answer(request, found[0])


async def list_commits(request: Request) -> Response:
    """List commits, the youngest first."""
    check_repository(request)
    asked, history = request.query_params, state_of(request).history
    tip = history.at(asked.get("sha", team.DEFAULT_BRANCH))
    if tip is None:
        raise missing()
    found = [
        commit
        for commit in history.log(tip)
        if asked.get("author") in {None, commit.author.login}
        and (asked.get("path") is None or _has_changed(state_of(request), commit, asked["path"]))
    ]
    return answer(request, [commits.commit(one) for one in page_of(request, found)])


async def show_commit(request: Request) -> Response:
    """Give a commit with what it changed."""
    state, commit = _asked(request, "ref")
    files = diff(_before(state, commit), commit.files)
    added, removed = (sum(one[name] for one in files) for name in ("additions", "deletions"))
    return answer(
        request,
        {
            **commits.commit(commit),
            "stats": {"additions": added, "deletions": removed, "total": added + removed},
            "files": page_of(request, files),
        },
    )


async def show_tree(request: Request) -> Response:
    """List the files of a commit or tree, with or without what is in folders."""
    check_repository(request)
    history, name = state_of(request).history, request.path_params["ref"]
    commit = history.at(name)
    files = commit.files if commit is not None else history.trees.get(name)
    if files is None:
        raise missing()
    entries = _entries(files, is_recursive="recursive" in request.query_params)
    return answer(
        request, {"sha": name, "url": f"{REPO_API}/git/trees", "truncated": False, "tree": entries}
    )


async def show_ref(request: Request) -> Response:
    """Say which commit a branch is at."""
    check_repository(request)
    name = request.path_params["ref"].removeprefix("heads/")
    sha = state_of(request).history.branches.get(name)
    if sha is None:
        raise missing()
    return answer(request, _ref(name, sha))


async def create_ref(request: Request) -> Response:
    """Begin a branch."""
    check_repository(request)
    history, body = state_of(request).history, await given(request)
    name = str(body.get("ref", "")).removeprefix("refs/heads/")
    if name in history.branches:
        raise HTTPException(422, "Reference already exists")
    if body.get("sha") not in history.commits:
        raise HTTPException(422, "Object does not exist")
    history.branches[name] = body["sha"]
    return answer(request, _ref(name, body["sha"]), status=201)


async def move_ref(request: Request) -> Response:
    """Move a branch, forwards unless forced."""
    check_repository(request)
    history, body = state_of(request).history, await given(request)
    name = request.path_params["ref"].removeprefix("heads/")
    commit = history.commits.get(body.get("sha", ""))
    if name not in history.branches or commit is None:
        raise HTTPException(422, "Reference does not exist")
    is_forward = history.branches[name] in {one.sha for one in history.log(commit)}
    if not is_forward and not body.get("force"):
        raise HTTPException(422, "Update is not a fast forward")
    history.branches[name] = commit.sha
    return answer(request, _ref(name, commit.sha))


async def show_git_commit(request: Request) -> Response:
    """Give a commit as git has it."""
    _, commit = _asked(request, "ref")
    return answer(request, commits.git_commit(commit))


async def create_tree(request: Request) -> Response:
    """Put files together, from others and what is to be different."""
    check_repository(request)
    history, body = state_of(request).history, await given(request)
    if body.get("base_tree") not in history.trees:
        raise missing()
    files = dict(history.trees[body["base_tree"]])
    for entry in body["tree"]:
        if "content" in entry:
            files[entry["path"]] = entry["content"]
        elif files.pop(entry["path"], None) is None:
            raise HTTPException(422, "GitRPC::BadObjectState")
    sha = tree_of(files)
    history.trees[sha] = files
    entries = _entries(files, is_recursive=False)
    told = {"sha": sha, "url": f"{REPO_API}/git/trees/{sha}", "truncated": False, "tree": entries}
    return answer(request, told, status=201)


async def create_git_commit(request: Request) -> Response:
    """Make a commit of a tree; no branch is at it yet."""
    check_repository(request)
    state, body = state_of(request), await given(request)
    made = state.history.add(
        state.history.trees[body["tree"]],
        message=body["message"],
        author=team.ME,
        at=state.now(),
        parents=tuple(body.get("parents") or ()),
    )
    return answer(request, commits.git_commit(made), status=201)


async def write_file(request: Request) -> Response:
    """Write a file, new or with the sha of what it replaces."""
    state, branch, body, was = await _file_asked(request)
    path = request.path_params["path"]
    if was is not None and "sha" not in body:
        raise HTTPException(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    _check_sha(path, was, body.get("sha"))
    text = base64.b64decode(body["content"]).decode()
    commit = state.commit(branch, {path: text}, message=body["message"])
    content = file_at(path, text, branch)
    del content["_links"]
    told = {"content": content, "commit": commits.git_commit(commit)}
    return answer(request, told, status=201 if was is None else 200)


async def delete_file(request: Request) -> Response:
    """Delete a file, with the sha of what is deleted."""
    state, branch, body, was = await _file_asked(request)
    path = request.path_params["path"]
    if was is None:
        raise missing()
    _check_sha(path, was, body.get("sha"))
    commit = state.commit(branch, {path: None}, message=body["message"])
    return answer(request, {"content": None, "commit": commits.git_commit(commit)})


async def _file_asked(request: Request) -> tuple[State, str, Json, str | None]:
    check_repository(request)
    state, body = state_of(request), await given(request)
    branch = body.get("branch", team.DEFAULT_BRANCH)
    if branch not in state.history.branches:
        raise missing()
    if not body.get("message"):
        raise invalid("message", resource="Commit")
    files = state.history.commits[state.head(branch)].files
    return state, branch, body, files.get(request.path_params["path"])


def _check_sha(path: str, text: str | None, sha: str | None) -> None:
    if text is not None and shapes.blob_of(text) != sha:
        raise HTTPException(409, f"{path} does not match {sha}")


def _asked(request: Request, name: str) -> tuple[State, Commit]:
    check_repository(request)
    state = state_of(request)
    commit = state.history.at(request.path_params[name])
    if commit is None:
        raise HTTPException(422, f"No commit found for SHA: {request.path_params[name]}")
    return state, commit


def _before(state: State, commit: Commit) -> dict[str, str]:
    return dict(state.history.commits[commit.parents[0]].files) if commit.parents else {}


def _has_changed(state: State, commit: Commit, path: str) -> bool:
    return _before(state, commit).get(path) != commit.files.get(path)


def _entries(files: Any, *, is_recursive: bool) -> Sequence[Json]:
    folders = {
        "/".join(parts[:depth])
        for parts in (path.split("/") for path in files)
        for depth in range(1, len(parts))
    }
    paths = [one for one in {*files, *folders} if is_recursive or "/" not in one]
    return [commits.tree_entry(path, files.get(path)) for path in sorted(paths)]


def _tip(sha: str) -> Json:
    return {"sha": sha, "url": f"{REPO_API}/commits/{sha}"}


def _ref(branch: str, sha: str) -> Json:
    url = f"{REPO_API}/git/refs/heads/{branch}"
    return {
        "ref": f"refs/heads/{branch}",
        "node_id": branch,
        "url": url,
        "object": {"type": "commit", "sha": sha, "url": f"{REPO_API}/git/commits/{sha}"},
    }


def _releases(state: State) -> list[Json]:
    return [
        {
            "url": f"{REPO_API}/releases/{number}",
            "html_url": f"{REPO_WEB}/releases/tag/{tag}",
            "assets_url": f"{REPO_API}/releases/{number}/assets",
            "upload_url": f"{REPO_API}/releases/{number}/assets",
            "tarball_url": None,
            "zipball_url": None,
            "id": number,
            "node_id": shapes.node("RE", number),
            "tag_name": tag,
            "target_commitish": team.DEFAULT_BRANCH,
            "name": f"Ferry {tag.removeprefix('v')}",
            "body": "The first one that sails.",
            "draft": False,
            "prerelease": False,
            "created_at": shapes.MADE_AT,
            "published_at": shapes.MADE_AT,
            "author": shapes.user(team.MARA),
            "assets": [],
        }
        for number, tag in enumerate(sorted(state.history.tags, reverse=True), start=1)
    ]


ROUTES = [
    Route(f"{_REPO}/branches", list_branches),
    Route(f"{_REPO}/tags", list_tags),
    Route(f"{_REPO}/releases", list_releases),
    Route(f"{_REPO}/releases/latest", show_release),
    Route(f"{_REPO}/releases/tags/{{tag:path}}", show_release),
    Route(f"{_REPO}/commits", list_commits),
    Route(f"{_REPO}/commits/{{ref:path}}", show_commit),
    Route(f"{_REPO}/git/trees/{{ref:path}}", show_tree, methods=["GET"]),
    Route(f"{_REPO}/git/trees", create_tree, methods=["POST"]),
    Route(f"{_REPO}/git/ref/{{ref:path}}", show_ref),
    Route(f"{_REPO}/git/refs", create_ref, methods=["POST"]),
    Route(f"{_REPO}/git/refs/{{ref:path}}", move_ref, methods=["PATCH"]),
    Route(f"{_REPO}/git/commits/{{ref}}", show_git_commit, methods=["GET"]),
    Route(f"{_REPO}/git/commits", create_git_commit, methods=["POST"]),
    Route(f"{_REPO}/contents/{{path:path}}", write_file, methods=["PUT"]),
    Route(f"{_REPO}/contents/{{path:path}}", delete_file, methods=["DELETE"]),
]
