"""GitHub's JSON for what git keeps."""

from sophia.sandbox.github.history import Commit
from sophia.sandbox.github.shapes import REPO_API, REPO_WEB, Json, blob_of, node, sha_of, user
from sophia.sandbox.team import Member

_UNSIGNED = {
    "verified": False,
    "reason": "unsigned",
    "signature": None,
    "payload": None,
    "verified_at": None,
}


def commit(made: Commit) -> Json:
    """Describe a commit."""
    api = f"{REPO_API}/commits/{made.sha}"
    return {
        "url": api,
        "sha": made.sha,
        "node_id": node("C", int(made.sha[:6], 16)),
        "html_url": f"{REPO_WEB}/commit/{made.sha}",
        "comments_url": f"{api}/comments",
        "commit": {
            "url": f"{REPO_API}/git/commits/{made.sha}",
            "author": _signature(made.author, made.at),
            "committer": _signature(made.author, made.at),
            "message": made.message,
            "comment_count": 0,
            "tree": {"sha": made.tree, "url": f"{REPO_API}/git/trees/{made.tree}"},
        },
        "author": user(made.author),
        "committer": user(made.author),
        "parents": [_parent(sha) for sha in made.parents],
    }


def git_commit(made: Commit) -> Json:
    """Describe a commit as git has it."""
    return {
        "sha": made.sha,
        "node_id": node("C", int(made.sha[:6], 16)),
        "url": f"{REPO_API}/git/commits/{made.sha}",
        "html_url": f"{REPO_WEB}/commit/{made.sha}",
        "author": _signature(made.author, made.at),
        "committer": _signature(made.author, made.at),
        "message": made.message,
        "tree": {"sha": made.tree, "url": f"{REPO_API}/git/trees/{made.tree}"},
        "parents": [_parent(sha) for sha in made.parents],
        "verification": _UNSIGNED,
    }


def tree_entry(path: str, text: str | None) -> Json:
    """Describe a file, or a folder that has no text."""
    sha = sha_of("folder", path) if text is None else blob_of(text)
    kind = "tree" if text is None else "blob"
    return {
        "path": path,
        "mode": "040000" if text is None else "100644",
        "type": kind,
        "sha": sha,
        "url": f"{REPO_API}/git/{kind}s/{sha}",
        **({} if text is None else {"size": len(text.encode())}),
    }


def _signature(author: Member, at: str) -> Json:
    return {"name": author.name, "email": author.email, "date": at}


def _parent(sha: str) -> Json:
    return {
        "sha": sha,
        "url": f"{REPO_API}/commits/{sha}",
        "html_url": f"{REPO_WEB}/commit/{sha}",
    }
