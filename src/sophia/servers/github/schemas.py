"""What the tools give: what matters of GitHub's objects, in plain words."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, Field

from sophia.servers.github.raw import (
    RawComment,
    RawIssue,
    RawLabel,
    RawPull,
    RawRepository,
    RawUser,
)
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Json, part_of, snippet

GHOST = "ghost"  # GitHub's own name for whoever deleted their account


class RepositoryOut(BaseModel):
    """A repository."""

    repo: str
    description: str
    url: str
    default_branch: str | None
    language: str | None
    is_private: bool
    is_archived: bool
    is_fork: bool
    stars: int
    forks: int
    open_issues: int = Field(description="Issues and pull requests.")
    topics: list[str]
    pushed_at: datetime | None

    @classmethod
    def of(cls, raw: RawRepository) -> Self:
        """Take what matters."""
        return cls(
            repo=raw.full_name,
            description=raw.description or "",
            url=raw.html_url,
            default_branch=raw.default_branch,
            language=raw.language,
            is_private=raw.private,
            is_archived=raw.archived,
            is_fork=raw.fork,
            stars=raw.stargazers_count,
            forks=raw.forks_count,
            open_issues=raw.open_issues_count,
            topics=raw.topics,
            pushed_at=raw.pushed_at,
        )


class RepositoryInfo(RepositoryOut):
    """A repository, with what was asked for besides."""

    more: Json = {}


class Repositories(Page):
    """Repositories, those pushed to last first."""

    repositories: list[RepositoryOut]


class IssueBrief(BaseModel):
    """An issue in a list."""

    repo: str
    number: int
    title: str
    state: str
    author: str
    assignees: list[str]
    labels: list[str]
    comments: int
    created_at: datetime
    updated_at: datetime
    url: str
    is_pull_request: bool
    begins: str = Field(description="The beginning of its text.")

    @classmethod
    def of(cls, raw: RawIssue) -> Self:
        """Take what matters."""
        return cls(**issue_facts(raw), begins=snippet(raw.body))


class IssueOut(BaseModel):
    """An issue."""

    repo: str
    number: int
    title: str
    state: str
    state_reason: str | None
    author: str
    author_association: str | None
    assignees: list[str]
    labels: list[str]
    milestone: str | None
    comments: int
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    url: str
    is_pull_request: bool
    body: Body
    more: Json = {}

    @classmethod
    def of(cls, raw: RawIssue, *, body: Body, more: Json | None = None) -> Self:
        """Take what matters."""
        return cls(
            **issue_facts(raw),
            state_reason=raw.state_reason,
            author_association=raw.author_association,
            closed_at=raw.closed_at,
            milestone=raw.milestone.title if raw.milestone else None,
            body=body,
            more=more or {},
        )


class Issues(Page):
    """Issues, the youngest first."""

    issues: list[IssueBrief]


class FoundIssues(Issues):
    """Issues and pull requests that fit, the best first."""

    total: int
    is_incomplete: bool = Field(description="GitHub gave up early; narrow the query.")


class CommentOut(Body):
    """What somebody said."""

    comment_id: int
    author: str
    author_association: str | None
    created_at: datetime
    url: str
    path: str | None = Field(description="The file, for a comment on a line.")
    line: int | None
    in_reply_to: int | None = Field(description="The comment that it answers.")

    @classmethod
    def of(cls, raw: RawComment, *, start: int = 0) -> Self:
        """Take what matters."""
        return cls(
            comment_id=raw.id,
            author=login_of(raw.user),
            author_association=raw.author_association,
            created_at=raw.created_at,
            url=raw.html_url,
            path=raw.path,
            line=raw.line,
            in_reply_to=raw.in_reply_to_id,
            **part_of(raw.body, raw.id, start=start),
        )


class Comments(Page):
    """Comments, the oldest first."""

    comments: list[CommentOut]


class PullBrief(BaseModel):
    """A pull request in a list."""

    repo: str
    number: int
    title: str
    state: str
    is_draft: bool
    author: str
    source: str = Field(description="The branch that is proposed.")
    target: str = Field(description="The branch that it is to be merged into.")
    requested_reviewers: list[str]
    labels: list[str]
    created_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    url: str
    begins: str = Field(description="The beginning of its text.")

    @classmethod
    def of(cls, raw: RawPull, *, repo: str) -> Self:
        """Take what matters."""
        return cls(**pull_facts(raw, repo=repo), begins=snippet(raw.body))


class PullOut(BaseModel):
    """A pull request."""

    repo: str
    number: int
    title: str
    state: str
    is_draft: bool
    is_merged: bool
    mergeable_state: str | None
    author: str
    author_association: str
    source: str
    target: str
    head_sha: str = Field(description="Pass it to merge_pull_request: what you read is merged.")
    requested_reviewers: list[str]
    labels: list[str]
    created_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    url: str
    additions: int | None
    deletions: int | None
    changed_files: int | None
    comments: int | None
    review_comments: int | None
    body: Body
    more: Json = {}

    @classmethod
    def of(cls, raw: RawPull, *, repo: str, body: Body, more: Json | None = None) -> Self:
        """Take what matters."""
        same = ("mergeable_state", "author_association", "additions", "deletions")
        counts = ("changed_files", "comments", "review_comments")
        return cls(
            **pull_facts(raw, repo=repo),
            **{name: getattr(raw, name) for name in (*same, *counts)},
            is_merged=raw.merged_at is not None,
            head_sha=raw.head.sha,
            body=body,
            more=more or {},
        )


class Pulls(Page):
    """Pull requests, the youngest first."""

    pull_requests: list[PullBrief]


def issue_facts(raw: RawIssue) -> Json:
    """Give what a list and a single issue both tell."""
    return {
        "repo": slug_of(raw.repository_url),
        "number": raw.number,
        "title": raw.title,
        "state": raw.state,
        "author": login_of(raw.user),
        "assignees": [login_of(one) for one in raw.assignees or ()],
        "labels": labels_of(raw.labels),
        "comments": raw.comments,
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "url": raw.html_url,
        "is_pull_request": raw.pull_request is not None,
    }


def pull_facts(raw: RawPull, *, repo: str) -> Json:
    """Give what a list and a single pull request both tell."""
    return {
        "repo": repo,
        "number": raw.number,
        "title": raw.title,
        "state": raw.state,
        "is_draft": raw.draft,
        "author": login_of(raw.user),
        "source": raw.head.ref,
        "target": raw.target.ref,
        "requested_reviewers": [login_of(one) for one in raw.requested_reviewers or ()],
        "labels": labels_of(raw.labels),
        "created_at": raw.created_at,
        "updated_at": raw.updated_at,
        "merged_at": raw.merged_at,
        "url": raw.html_url,
    }


def slug_of(url: str) -> str:
    """Give the repository that an address of the API is about."""
    return "/".join(url.split("/")[-2:])


def login_of(user: RawUser | None) -> str:
    """Give who somebody is."""
    return user.login if user is not None else GHOST


def labels_of(labels: "list[RawLabel | str] | list[RawLabel]") -> list[str]:
    """Give the names of labels."""
    return [one if isinstance(one, str) else one.name for one in labels]
