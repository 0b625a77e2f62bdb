"""What the tools for pull requests take and give."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from sophia.servers.codacy.handles import PullRequest, Repo
from sophia.servers.codacy.raw_reviews import RawPull, RawReason
from sophia.servers.codacy.schemas import IssueOut, severity_of
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Body, Cursor, Fields, Json, Limit, snippet
from sophia.servers.vendor.offering import Asked


class ListPulls(Asked):
    """The arguments of list_pull_requests."""

    repo: Repo = None
    search: str = Field(
        default="last-updated",
        max_length=100,
        description="last-updated, impact or merged, or a part of the title.",
    )
    limit: Limit = 30
    cursor: Cursor = None


class OnePull(Asked):
    """The arguments of get_pull_request."""

    pull_request: PullRequest
    repo: Repo = None
    fields: Fields = Field(default=[])


class PullIssues(Asked):
    """The arguments of list_pull_request_issues."""

    pull_request: PullRequest
    repo: Repo = None
    status: Literal["all", "new", "fixed"] = "new"
    limit: Limit = 30
    cursor: Cursor = None


class PullCoverage(Asked):
    """The arguments of get_pull_request_coverage."""

    pull_request: PullRequest
    repo: Repo = None
    limit: Limit = 30
    cursor: Cursor = None


class PullDiff(Asked):
    """The arguments of get_pull_request_diff."""

    pull_request: PullRequest
    repo: Repo = None
    path: str | None = Field(default=None, max_length=1000, description="Of one file alone.")
    body_cursor: Cursor = None


class Gate(BaseModel):
    """What a quality gate says."""

    gate: str
    threshold: float
    severity: str | None = Field(description="Issues from this one up count.")
    value: float | None
    is_passed: bool

    @classmethod
    def of(cls, raw: RawReason) -> Self:
        """Take what matters."""
        asked = raw.expected_threshold
        least = asked.minimum_severity
        return cls(
            gate=raw.gate,
            threshold=asked.threshold,
            severity=severity_of(least) if least else None,
            value=raw.expected,
            is_passed=raw.is_up_to_standards,
        )


class PullOut(BaseModel):
    """A pull request with its analysis."""

    repo: str
    number: int
    title: str
    status: str
    author: str
    source: str | None
    target: str | None
    head_sha: str
    updated_at: datetime
    url: str
    is_up_to_standards: bool | None = Field(description="null: there is no word yet.")
    is_analysing: bool
    why_not_analysed: str | None
    new_issues: int | None
    fixed_issues: int | None
    complexity_change: int | None
    duplicates_change: int | None
    coverage_change: float | None
    diff_coverage_percent: float | None
    gates: list[Gate]

    @classmethod
    def of(cls, raw: RawPull, *, repo: str) -> Self:
        """Take what matters."""
        return cls(**pull_facts(raw, repo=repo))


class PullInfo(PullOut):
    """A pull request, with what was asked for besides."""

    more: Json = {}


class Pulls(Page):
    """Pull requests."""

    pull_requests: list[PullOut]


class PullIssue(IssueOut):
    """An issue that a pull request brings or mends."""

    change: str = Field(description="Added or Fixed.")


class PullIssuesOut(Page):
    """What a pull request does to issues."""

    is_analyzed: bool = Field(description="false: it was not analysed yet, ask again later.")
    issues: list[PullIssue]


class FileChange(BaseModel):
    """What a pull request does to the coverage of a file."""

    path: str
    coverage_percent: float
    change: float | None
    diff_coverage_percent: float | None
    uncovered: list[str] = Field(description="Changed lines that no test comes by.")


class FileChanges(Page):
    """What a pull request does to coverage."""

    files: list[FileChange]


class DiffOut(BaseModel):
    """What a pull request changes."""

    paths: list[str] = Field(description="Of the files that it changes.")
    diff: Body


def pull_facts(raw: RawPull, *, repo: str) -> Json:
    """Give what a list and a single pull request both tell."""
    one, quality, coverage = raw.pull_request, raw.quality, raw.coverage
    gates = [
        *((quality.result_reasons or []) if quality else []),
        *((coverage.result_reasons or []) if coverage else []),
    ]
    diff = coverage.diff_coverage if coverage else None
    return {
        "repo": repo,
        "number": one.number,
        "title": snippet(one.title),
        "status": one.status,
        "author": one.owner.username or one.owner.name,
        "source": one.origin_branch,
        "target": one.target_branch,
        "head_sha": one.head_commit_sha,
        "updated_at": one.updated,
        "url": one.git_href,
        "is_up_to_standards": raw.is_up_to_standards,
        "is_analysing": raw.is_analysing,
        "why_not_analysed": None if raw.meta.analyzable else raw.meta.reason or "unknown",
        "new_issues": quality.new_issues if quality else None,
        "fixed_issues": quality.fixed_issues if quality else None,
        "complexity_change": quality.delta_complexity if quality else None,
        "duplicates_change": quality.delta_clones_count if quality else None,
        "coverage_change": coverage.delta_coverage if coverage else None,
        "diff_coverage_percent": diff.value if diff else None,
        "gates": [Gate.of(gate) for gate in gates],
    }
