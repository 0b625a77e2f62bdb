"""GitHub's JSON for people, repositories, issues and pull requests."""

from collections.abc import Iterable
from hashlib import sha1
from typing import Any

from sophia.sandbox import team
from sophia.sandbox.team import Member

type Json = dict[str, Any]

API = "https://api.github.com"
WEB = "https://github.com"
MADE_AT = "2026-03-02T09:00:00Z"
SLUG = f"{team.ORGANISATION}/{team.REPOSITORY}"
REPO_API = f"{API}/repos/{SLUG}"
REPO_WEB = f"{WEB}/{SLUG}"

_USER_LINKS = (
    *("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos"),
    *("events", "received_events"),
)
_REPO_LINKS = (
    *("archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits"),
    *("compare", "contents", "contributors", "deployments", "downloads", "events", "forks"),
    *("git_commits", "git_refs", "git_tags", "git", "issue_comment", "issue_events", "issues"),
    *("keys", "labels", "languages", "merges", "milestones", "notifications", "pulls"),
    *("releases", "ssh", "stargazers", "statuses", "subscribers", "subscription", "tags"),
    *("teams", "trees", "clone", "hooks", "svn"),
)
_PULL_LINKS = ("commits", "review_comments", "review_comment", "comments", "statuses", "issue")


def sha_of(*parts: str) -> str:
    """Give 40 hexadecimal digits that depend on what they name."""
    return sha1("\0".join(parts).encode(), usedforsecurity=False).hexdigest()


def blob_of(text: str) -> str:
    """Give the sha of a file's text."""
    return sha_of("blob", text)


def node(kind: str, number: int) -> str:
    """Give an id as GraphQL has them."""
    return f"{kind}_{number:08d}"


def user(member: Member, *, kind: str = "User") -> Json:
    """Describe somebody."""
    api = f"{API}/users/{member.login}"
    return {
        "login": member.login,
        "id": member.number,
        "node_id": node("U", member.number),
        "avatar_url": f"{WEB}/{member.login}.png",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{WEB}/{member.login}",
        "type": kind,
        "site_admin": False,
        **{f"{name}_url": f"{api}/{name}" for name in _USER_LINKS},
    }


def organisation() -> Json:
    """Describe whose the repository is."""
    owner = Member(100, team.ORGANISATION, "Harbour Labs", "")
    return user(owner, kind="Organization")


def me() -> Json:
    """Describe whose token it is, as only they may see it."""
    counts = (
        *("public_repos", "public_gists", "followers", "following", "private_gists"),
        *("total_private_repos", "owned_private_repos", "disk_usage", "collaborators"),
    )
    empty = ("company", "blog", "location", "hireable", "bio")
    return {
        **user(team.ME),
        "name": team.ME.name,
        "email": team.ME.email,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        "two_factor_authentication": True,
        **dict.fromkeys(counts, 0),
        **dict.fromkeys(empty),
    }


def repository(*, open_issues: int = 0) -> Json:
    """Describe the repository in full."""
    no = ("fork", "private", "has_pages", "has_discussions", "archived", "disabled")
    zero = ("forks_count", "stargazers_count", "watchers_count", "forks", "watchers")
    return {
        "id": 900,
        "node_id": node("R", 900),
        "name": team.REPOSITORY,
        "full_name": SLUG,
        "owner": organisation(),
        "html_url": REPO_WEB,
        "description": "Departures of the harbour ferries",
        "url": REPO_API,
        "mirror_url": None,
        "homepage": None,
        "language": "Python",
        "size": 12,
        "default_branch": team.DEFAULT_BRANCH,
        "open_issues_count": open_issues,
        "open_issues": open_issues,
        "pushed_at": MADE_AT,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        "subscribers_count": 3,
        "network_count": 0,
        "license": None,
        "topics": ["ferry"],
        "visibility": "public",
        **dict.fromkeys(no, False),
        **dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_downloads"), True),
        **dict.fromkeys(zero, 0),
        **{f"{name}_url": f"{REPO_API}/{name}" for name in _REPO_LINKS},
    }


def label(name: str) -> Json:
    """Describe a label."""
    number = int(sha_of(name)[:6], 16)
    return {
        "id": number,
        "node_id": node("LA", number),
        "url": f"{REPO_API}/labels/{name}",
        "name": name,
        "description": "",
        "color": "ededed",
        "default": False,
    }


def issue(number: int, *, title: str, body: str, author: Member, labels: Iterable[str]) -> Json:
    """Describe an open issue that nobody has yet."""
    api = f"{REPO_API}/issues/{number}"
    insiders = {member.login for member in team.MEMBERS}
    return {
        "id": 1000 + number,
        "node_id": node("I", number),
        "url": api,
        "repository_url": REPO_API,
        "labels_url": f"{api}/labels",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": f"{REPO_WEB}/issues/{number}",
        "number": number,
        "state": "open",
        "state_reason": None,
        "title": title,
        "body": body,
        "user": user(author),
        "labels": [label(name) for name in labels],
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "locked": False,
        "comments": 0,
        "closed_at": None,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        "author_association": "MEMBER" if author.login in insiders else "NONE",
    }


def pull(raw_issue: Json, *, head: Json, target: Json, is_draft: bool) -> Json:
    """Describe a pull request by the issue that it is too."""
    number = raw_issue["number"]
    api = f"{REPO_API}/pulls/{number}"
    links = {f"{name}_url": f"{api}/{name}" for name in _PULL_LINKS}
    named = ("comments", "commits", "statuses", "issue", "review_comments", "review_comment")
    shared = (
        *("number", "state", "locked", "title", "user", "body", "labels", "milestone", "comments"),
        *("created_at", "updated_at", "closed_at", "assignee", "assignees", "author_association"),
    )
    return {
        **{name: raw_issue[name] for name in shared},
        **links,
        "url": api,
        "id": 2000 + number,
        "node_id": node("PR", number),
        "html_url": f"{REPO_WEB}/pull/{number}",
        "diff_url": f"{REPO_WEB}/pull/{number}.diff",
        "patch_url": f"{REPO_WEB}/pull/{number}.patch",
        "merged_at": None,
        "merge_commit_sha": None,
        "head": head,
        "base": target,
        "_links": {
            **{name: {"href": links[f"{name}_url"]} for name in named},
            "html": {"href": f"{REPO_WEB}/pull/{number}"},
            "self": {"href": api},
        },
        "auto_merge": None,
        "draft": is_draft,
        "requested_reviewers": [],
        "requested_teams": [],
        "merged": False,
        "mergeable": True,
        "mergeable_state": "clean",
        "merged_by": None,
        "review_comments": 0,
        "maintainer_can_modify": False,
    }


def end_of(branch: str, sha: str) -> Json:
    """Describe one end of a pull request."""
    return {
        "label": f"{team.ORGANISATION}:{branch}",
        "ref": branch,
        "sha": sha,
        "repo": repository(),
        "user": organisation(),
    }


def file(path: str, text: bytes, content: str, *, branch: str) -> Json:
    """Describe a file with its content in base64."""
    api, html = f"{REPO_API}/contents/{path}", f"{REPO_WEB}/blob/{branch}/{path}"
    sha = sha_of("blob", text.decode())
    git = f"{REPO_API}/git/blobs/{sha}"
    return {
        "type": "file",
        "encoding": "base64",
        "size": len(text),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": content,
        "sha": sha,
        "url": api,
        "git_url": git,
        "html_url": html,
        "download_url": html,
        "_links": {"git": git, "html": html, "self": api},
    }
