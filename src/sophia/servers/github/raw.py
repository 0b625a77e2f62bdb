"""What we read of GitHub's answers."""

from datetime import datetime

from pydantic import Field

from sophia.servers.vendor.reading import Raw


class RawUser(Raw):
    """Somebody."""

    login: str


class RawTeam(Raw):
    """A team of an organisation."""

    slug: str
    name: str
    description: str | None = None
    html_url: str


class RawLabel(Raw):
    """A label."""

    name: str = ""
    color: str | None = None
    description: str | None = None


class RawRepository(Raw):
    """A repository."""

    full_name: str
    html_url: str
    description: str | None = None
    default_branch: str | None = None
    language: str | None = None
    private: bool
    archived: bool = False
    fork: bool = False
    stargazers_count: int = 0
    forks_count: int = 0
    open_issues_count: int = 0
    topics: list[str] = Field(default_factory=list[str])
    pushed_at: datetime | None = None


class RawMilestone(Raw):
    """Something that issues are to be done by."""

    number: int
    title: str
    state: str
    description: str | None
    due_on: datetime | None
    open_issues: int
    closed_issues: int
    html_url: str


class RawIssue(Raw):
    """An issue; a pull request is one too."""

    id: int
    number: int
    title: str
    state: str
    state_reason: str | None = None
    html_url: str
    user: RawUser | None
    author_association: str | None = None
    assignees: list[RawUser] | None = None
    labels: list[RawLabel | str]
    body: str | None = None
    comments: int = 0
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    repository_url: str = ""
    pull_request: dict[str, object] | None = None
    milestone: RawMilestone | None = None


class RawEnd(Raw):
    """One end of a pull request."""

    ref: str
    sha: str


class RawPull(Raw):
    """A pull request."""

    number: int
    title: str
    state: str
    html_url: str
    user: RawUser | None
    author_association: str
    draft: bool = False
    body: str | None
    head: RawEnd
    target: RawEnd = Field(alias="base")
    labels: list[RawLabel]
    requested_reviewers: list[RawUser] | None = None
    requested_teams: list[RawTeam] | None = None
    created_at: datetime
    updated_at: datetime
    merged_at: datetime | None
    merged: bool | None = None
    mergeable: bool | None = None
    mergeable_state: str | None = None
    additions: int | None = None
    deletions: int | None = None
    changed_files: int | None = None
    comments: int | None = None
    review_comments: int | None = None


class RawFile(Raw):
    """A file, or an entry of a folder."""

    type: str
    path: str
    sha: str
    size: int = 0
    encoding: str | None = None
    content: str | None = None
    html_url: str | None = None


class RawMatch(Raw):
    """Where a search found its words."""

    fragment: str = ""


class RawHit(Raw):
    """A file that a search found."""

    path: str
    sha: str
    html_url: str
    repository: RawRepository
    text_matches: list[RawMatch] = Field(default_factory=list[RawMatch])


class RawHits[T](Raw):
    """What a search found."""

    total_count: int
    incomplete_results: bool
    items: list[T]


class RawComment(Raw):
    """What somebody said to an issue, pull request or line."""

    id: int
    html_url: str
    user: RawUser | None
    author_association: str | None = None
    body: str | None = None
    created_at: datetime
    path: str | None = None
    line: int | None = None
    in_reply_to_id: int | None = None


class RawDiff(Raw):
    """What a pull request changes in a file."""

    filename: str
    status: str
    additions: int
    deletions: int
    patch: str | None = None
    previous_filename: str | None = None


class RawOutput(Raw):
    """What a check says."""

    title: str | None = None
    summary: str | None = None


class RawCheck(Raw):
    """A check of a commit."""

    name: str
    status: str
    conclusion: str | None
    details_url: str | None
    completed_at: datetime | None
    output: RawOutput


class RawReview(Raw):
    """A review of a pull request."""

    id: int
    user: RawUser | None
    state: str
    body: str
    html_url: str
    author_association: str
    submitted_at: datetime | None = None


class RawMerge(Raw):
    """What came of a merge."""

    sha: str
    merged: bool
    message: str
