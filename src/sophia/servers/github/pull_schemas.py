"""What the tools for pull requests take and give besides."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from sophia.servers.github.handles import Repo, Thing
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Cursor, Fields, Limit, PartCursor
from sophia.servers.vendor.offering import Asked

MAX_BODY_CHARS = 65_536


class ListPulls(Asked):
    """The arguments of list_pull_requests."""

    repo: Repo
    state: Literal["open", "closed", "all"] = "open"
    limit: Limit = 30
    cursor: Cursor = None


class ListReviewRequests(Asked):
    """The arguments of list_review_requests."""

    repo: Repo | None = None
    limit: Limit = 30
    cursor: Cursor = None


class OnePull(Asked):
    """The arguments of get_pull_request."""

    pull_request: Thing
    repo: Repo | None = None
    fields: Fields = Field(default_factory=list[str])
    body_cursor: Cursor = None


class PartOfPull(Asked):
    """The arguments of the tools that list a part of a pull request."""

    pull_request: Thing
    repo: Repo | None = None
    limit: Limit = 30
    cursor: Cursor = None


class SaidToPull(PartOfPull):
    """The arguments of the tools that list what was said to a pull request."""

    body_cursor: PartCursor = None


class OneDiff(Asked):
    """The arguments of get_pull_request_diff."""

    pull_request: Thing
    path: str = Field(min_length=1, max_length=1000, description="One of its files.")
    repo: Repo | None = None
    cursor: Cursor = None


class CreatePull(Asked):
    """The arguments of create_pull_request."""

    repo: Repo
    title: str = Field(min_length=1, max_length=256)
    source: str = Field(
        min_length=1, max_length=250, description="The branch to propose, of a fork owner:branch."
    )
    target: str | None = Field(
        default=None, max_length=250, description="Where it is to go; default: the main branch."
    )
    body: str = Field(default="", max_length=MAX_BODY_CHARS, description="Markdown.")
    is_draft: bool = False


class UpdatePull(Asked):
    """The arguments of update_pull_request."""

    pull_request: Thing
    repo: Repo | None = None
    title: str | None = Field(default=None, min_length=1, max_length=256)
    body: str | None = Field(default=None, max_length=MAX_BODY_CHARS)
    state: Literal["open", "closed"] | None = None
    target: str | None = Field(default=None, max_length=250, description="Another branch to go to.")


class MergePull(Asked):
    """The arguments of merge_pull_request."""

    pull_request: Thing
    head_sha: str = Field(
        pattern=r"^[0-9a-f]{40}$",
        description="Its head_sha as you read it: nothing else is merged.",
    )
    repo: Repo | None = None
    method: Literal["merge", "squash", "rebase"] = "merge"


class LineComment(Asked):
    """A comment on a line."""

    path: str = Field(min_length=1, max_length=1000)
    line: int = Field(ge=1, description="Of the new text, or of the old one by side=LEFT.")
    side: Literal["LEFT", "RIGHT"] = "RIGHT"
    body: str = Field(min_length=1, max_length=MAX_BODY_CHARS)


class ReviewPull(Asked):
    """The arguments of review_pull_request."""

    pull_request: Thing
    verdict: Literal["approve", "request_changes", "comment", "pending"] = Field(
        description="pending: seen by you alone until submit_pending_review."
    )
    repo: Repo | None = None
    body: str = Field(
        default="",
        max_length=MAX_BODY_CHARS,
        description="May be empty for approve and pending only.",
    )
    comments: list[LineComment] = Field(default=[], max_length=50)


class ChangedFile(BaseModel):
    """What a pull request changes in a file."""

    path: str
    was_path: str | None = Field(description="Its path before, if it was renamed.")
    status: str
    additions: int
    deletions: int
    patch: str = Field(description="The beginning; get_pull_request_diff gives all of it.")


class ChangedFiles(Page):
    """What a pull request changes."""

    files: list[ChangedFile]


class DiffOut(Page):
    """What a pull request changes in one file."""

    path: str
    status: str
    additions: int
    deletions: int
    text: str


class Check(BaseModel):
    """A check of the head of a pull request."""

    name: str
    status: str
    conclusion: str | None
    summary: str
    url: str | None
    completed_at: datetime | None


class Checks(Page):
    """The checks of the head of a pull request."""

    head_sha: str
    state: Literal["passed", "failed", "running", "none"] = Field(description="Of this page.")
    checks: list[Check]


class ReviewOut(Body):
    """A review of a pull request."""

    review_id: int
    author: str
    author_association: str
    state: str
    submitted_at: datetime | None
    url: str


class Reviews(Page):
    """Reviews, the oldest first."""

    reviews: list[ReviewOut]


class Merged(BaseModel):
    """What came of a merge."""

    is_merged: bool
    sha: str
    message: str
