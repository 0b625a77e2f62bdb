"""What the tools for branches, commits, tags and releases take and give."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from sophia.servers.github.handles import Repo
from sophia.servers.github.pull_schemas import ChangedFile
from sophia.servers.github.raw import RawUser
from sophia.servers.github.schemas import login_of
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Cursor, Limit, snippet
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import Raw


class ListRefs(Asked):
    """The arguments of list_branches, list_tags and list_releases."""

    repo: Repo
    limit: Limit = 30
    cursor: Cursor = None


class ListCommits(Asked):
    """The arguments of list_commits."""

    repo: Repo
    branch: str | None = Field(
        default=None, max_length=250, description="A branch, tag or commit; default: its main one."
    )
    path: str | None = Field(default=None, max_length=1000, description="Only what changed it.")
    author: str | None = Field(default=None, max_length=100, description="A login or me.")
    since: datetime | None = None
    until: datetime | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OneCommit(Asked):
    """The arguments of get_commit."""

    repo: Repo
    commit: str = Field(
        min_length=1, max_length=250, description="Its sha, or a branch or tag whose last it is."
    )
    limit: Limit = 30
    cursor: Cursor = None


class OneRelease(Asked):
    """The arguments of get_release."""

    repo: Repo
    tag: str | None = Field(default=None, max_length=250, description="Leave out for the latest.")
    body_cursor: Cursor = None


class ReadTree(Asked):
    """The arguments of get_repository_tree."""

    repo: Repo
    branch: str | None = Field(
        default=None, max_length=250, description="A branch, tag or commit; default: its main one."
    )
    path: str = Field(default="", max_length=1000, description="Only what is in this folder.")
    is_recursive: bool = Field(default=True, description="false: not what is in folders inside.")
    cursor: Cursor = None


class BranchOut(BaseModel):
    """A branch."""

    name: str
    sha: str
    is_protected: bool


class Branches(Page):
    """Branches, by name."""

    branches: list[BranchOut]


class TagOut(BaseModel):
    """A tag."""

    name: str
    sha: str


class Tags(Page):
    """Tags, the last by name first."""

    tags: list[TagOut]


class CommitBrief(BaseModel):
    """A commit in a list."""

    sha: str
    subject: str
    author: str
    authored_at: datetime | None
    url: str

    @classmethod
    def of(cls, raw: "RawCommit") -> Self:
        """Take what matters."""
        return cls(**commit_facts(raw), subject=snippet(raw.commit.message.partition("\n")[0]))


class Commits(Page):
    """Commits, the youngest first."""

    commits: list[CommitBrief]


class CommitOut(Page):
    """A commit and what it changed."""

    sha: str
    message: str
    author: str
    authored_at: datetime | None
    url: str
    parents: list[str]
    additions: int | None
    deletions: int | None
    files: list[ChangedFile]


class ReleaseBrief(BaseModel):
    """A release in a list."""

    tag: str
    name: str
    author: str
    is_draft: bool
    is_prerelease: bool
    published_at: datetime | None
    url: str
    begins: str = Field(description="The beginning of its notes.")

    @classmethod
    def of(cls, raw: "RawRelease") -> Self:
        """Take what matters."""
        return cls(**release_facts(raw), begins=snippet(raw.body))


class Releases(Page):
    """Releases, the youngest first."""

    releases: list[ReleaseBrief]


class Asset(BaseModel):
    """A file of a release."""

    name: str
    size_bytes: int
    downloads: int
    url: str


class ReleaseOut(BaseModel):
    """A release."""

    tag: str
    name: str
    author: str
    is_draft: bool
    is_prerelease: bool
    published_at: datetime | None
    url: str
    notes: Body
    assets: list[Asset]


class TreeEntry(BaseModel):
    """Something in a tree."""

    path: str
    kind: str = Field(description="file, folder or submodule.")
    size_bytes: int | None


class TreeOut(Page):
    """What is in a repository, by path."""

    sha: str
    entries: list[TreeEntry]
    is_incomplete: bool = Field(description="GitHub gave up early: ask for one folder at a time.")


class RawTip(Raw):
    """The commit that a branch or tag is at."""

    sha: str


class RawBranch(Raw):
    """A branch."""

    name: str
    commit: RawTip
    protected: bool


class RawTag(Raw):
    """A tag."""

    name: str
    commit: RawTip


class RawSignature(Raw):
    """Who made a commit, as git has it."""

    name: str | None = None
    date: datetime | None = None


class RawMessage(Raw):
    """A commit, as git has it."""

    message: str
    author: RawSignature | None


class RawCommit(Raw):
    """A commit."""

    sha: str
    html_url: str
    commit: RawMessage
    author: dict[str, object] | None = None
    parents: list[RawTip]


class RawAsset(Raw):
    """A file of a release."""

    name: str
    size: int
    download_count: int
    browser_download_url: str


class RawRelease(Raw):
    """A release."""

    tag_name: str
    name: str | None
    author: RawUser | None
    draft: bool
    prerelease: bool
    published_at: datetime | None
    html_url: str
    body: str | None = None
    assets: list[RawAsset]


def commit_facts(raw: RawCommit) -> dict[str, Any]:
    """Give what a list and a single commit both tell; an author without an account has a name."""
    signed = raw.commit.author or RawSignature()
    login = (raw.author or {}).get("login")
    return {
        "sha": raw.sha,
        "author": str(login or signed.name or "unknown"),
        "authored_at": signed.date,
        "url": raw.html_url,
    }


def release_facts(raw: RawRelease) -> dict[str, Any]:
    """Give what a list and a single release both tell."""
    return {
        "tag": raw.tag_name,
        "name": raw.name or raw.tag_name,
        "author": login_of(raw.author),
        "is_draft": raw.draft,
        "is_prerelease": raw.prerelease,
        "published_at": raw.published_at,
        "url": raw.html_url,
    }
