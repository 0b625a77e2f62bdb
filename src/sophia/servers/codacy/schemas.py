"""What the tools give of repositories and issues: what matters, in plain words."""

from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from sophia.servers.codacy.raw import RawAnalysis, RawIssue
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Json, snippet

type Severity = Literal["critical", "high", "medium", "low"]
type Reason = Literal["AcceptedUse", "FalsePositive", "NotExploitable", "TestCode", "ExternalCode"]
Branch = Annotated[
    str | None, Field(max_length=250, description="A branch that Codacy analyses; default: main.")
]

# Ours, and Codacy's own words for levels and for priorities.
LEVELS = MappingProxyType({"critical": "Error", "high": "High", "medium": "Warning", "low": "Info"})
PRIORITIES = MappingProxyType({name: name.capitalize() for name in LEVELS})
_SEVERITIES = MappingProxyType({theirs: ours for ours, theirs in LEVELS.items()})
_TEXT_CHARS = 600


def severity_of(level: str) -> str:
    """Give a level in our words; one that Codacy invents later stays as it is."""
    return _SEVERITIES.get(level, level.lower())


class RepositoryOut(BaseModel):
    """A repository with its analysis."""

    repo: str
    visibility: str
    state: str = Field(description="Followed, Added or NotAdded at Codacy.")
    default_branch: str | None
    languages: list[str]
    grade: str | None
    issues: int | None
    issues_percent: int | None
    lines_of_code: int | None
    complex_files_percent: int | None
    duplication_percent: int | None
    coverage_percent: float | None
    gate_policy: str | None
    analysed_commit: str | None
    analysed_at: datetime | None
    problems: list[str]

    @classmethod
    def of(cls, raw: RawAnalysis) -> Self:
        """Take what matters."""
        return cls(**repository_facts(raw))


class RepositoryInfo(RepositoryOut):
    """A repository, with what was asked for besides."""

    more: Json = {}


class Repositories(Page):
    """Repositories of an organisation."""

    repositories: list[RepositoryOut]


class Ignored(BaseModel):
    """Why an issue is ignored."""

    reason: str | None
    comment: str | None
    by: str | None


class IssueOut(BaseModel):
    """An issue in a repository."""

    issue_id: str = Field(description="What ignore_issue takes.")
    result_id: int | None = Field(description="What get_issue takes; open issues have it.")
    rule: str
    title: str
    tool: str
    category: str
    severity: str
    file: str
    line: int | None
    line_text: str
    message: str
    fix: str | None
    language: str
    commit: str | None
    author: str | None
    since: datetime | None
    false_positive_percent: int | None = Field(description="How likely Codacy thinks it is none.")
    ignored: Ignored | None = None

    @classmethod
    def of(cls, raw: RawIssue) -> Self:
        """Take what matters."""
        return cls(**issue_facts(raw))


class IssueInfo(IssueOut):
    """An issue, with what was asked for besides."""

    more: Json = {}


class Issues(Page):
    """Issues."""

    issues: list[IssueOut]


def repository_facts(raw: RawAnalysis) -> Json:
    """Give what a list and a single repository both tell."""
    one, commit = raw.repository, raw.last_analysed_commit
    return {
        "repo": f"{one.provider}/{one.owner}/{one.name}",
        "visibility": one.visibility,
        "state": one.added_state,
        "default_branch": one.default_branch.name if one.default_branch else None,
        "languages": one.languages,
        "grade": raw.grade_letter,
        "issues": raw.issues_count,
        "issues_percent": raw.issues_percentage,
        "lines_of_code": raw.loc,
        "complex_files_percent": raw.complex_files_percentage,
        "duplication_percent": raw.duplication_percentage,
        "coverage_percent": coverage_percent(raw),
        "gate_policy": one.gate_policy_name,
        "analysed_commit": commit.sha if commit else None,
        "analysed_at": commit.commit_timestamp if commit else None,
        "problems": [snippet(problem.message) for problem in one.problems],
    }


def coverage_percent(raw: RawAnalysis) -> float | None:
    """Give the coverage as exactly as it is told."""
    told = raw.coverage
    if told is None:
        return None
    exact = told.coverage_percentage_with_decimals
    return exact if exact is not None else told.coverage_percentage


def issue_facts(raw: RawIssue) -> Json:
    """Give what a list and a single issue both tell."""
    commit = raw.commit_info
    is_ignored = raw.ignored_by_name is not None or raw.reason is not None
    return {
        "issue_id": raw.issue_id,
        "result_id": raw.result_data_id,
        "rule": raw.pattern_info.id,
        "title": raw.pattern_info.title or "",
        "tool": raw.tool_info.name,
        "category": raw.pattern_info.category,
        "severity": severity_of(raw.pattern_info.severity_level),
        "file": raw.file_path,
        "line": raw.line_number,
        "line_text": snippet(raw.line_text),
        "message": snippet(raw.message, max_chars=_TEXT_CHARS),
        "fix": snippet(raw.suggestion, max_chars=_TEXT_CHARS) or None,
        "language": raw.language,
        "commit": commit.sha if commit else None,
        "author": commit.commiter_name if commit else None,
        "since": commit.timestamp if commit else None,
        "false_positive_percent": raw.false_positive_probability,
        "ignored": Ignored(reason=raw.reason, comment=raw.comment, by=raw.ignored_by_name)
        if is_ignored
        else None,
    }
