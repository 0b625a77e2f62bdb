"""The tools for organisations, repositories and how they stand."""

import asyncio
from typing import Any

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.codacy.analysis.findings import score
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.handles import Organization, Repo
from sophia.servers.codacy.raw import RawAnalysis, RawCount, RawGoals, RawOrganization, RawOverview
from sophia.servers.codacy.schemas import (
    Branch,
    Repositories,
    RepositoryInfo,
    RepositoryOut,
    coverage_percent,
    repository_facts,
    severity_of,
)
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Fields, Limit, by_cursor, chosen
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import read_many, read_one


class ListOrganizations(Asked):
    """The arguments of list_organizations."""

    limit: Limit = 30
    cursor: Cursor = None


class ListRepositories(Asked):
    """The arguments of list_repositories."""

    organization: Organization = None
    search: str | None = Field(default=None, max_length=200, description="A part of the name.")
    limit: Limit = 30
    cursor: Cursor = None


class OneRepository(Asked):
    """The arguments of get_repository."""

    repo: Repo = None
    branch: Branch = None
    fields: Fields = Field(default=[])


class ProjectMetrics(Asked):
    """The arguments of get_project_metrics."""

    repo: Repo = None
    branch: Branch = None


class OrganizationOut(BaseModel):
    """An organisation."""

    organization: str = Field(description="What other tools take.")
    kind: str
    membership: str | None


class Organizations(Page):
    """Organisations that the token sees."""

    organizations: list[OrganizationOut]


class Goal(BaseModel):
    """Something that the repository shall keep to."""

    name: str
    is_least: bool = Field(description="true: the value shall not be less; false: not more.")
    goal: float
    value: float | None
    is_met: bool | None


class Metrics(RepositoryOut):
    """How a repository stands."""

    score: int = Field(description="100 - 25 critical - 15 high - 5 medium issues, at least 0.")
    issues_by_severity: dict[str, int]
    issues_by_category: dict[str, int]
    complex_files: int | None
    goals: list[Goal]


class RepositoryTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def list_organizations(self, given: ListOrganizations, _call: Call) -> Organizations:
        """List what the token sees."""

        async def ask(after: str | None, size: int) -> tuple[list[OrganizationOut], str | None]:
            found, following = await self._codacy.page(
                "/user/organizations", after=after, size=size
            )
            return [_organization(raw) for raw in read_many(RawOrganization, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Organizations(organizations=kept, next_cursor=following)

    async def list_repositories(self, given: ListRepositories, _call: Call) -> Repositories:
        """List the repositories of an organisation."""
        owner = await self._codacy.organization(given.organization)
        path = f"/analysis{owner.path}/repositories"

        async def ask(after: str | None, size: int) -> tuple[list[RepositoryOut], str | None]:
            found, following = await self._codacy.page(
                path, after=after, size=size, search=given.search
            )
            return [RepositoryOut.of(raw) for raw in read_many(RawAnalysis, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Repositories(repositories=kept, next_cursor=following)

    async def get_repository(self, given: OneRepository, _call: Call) -> RepositoryInfo:
        """Describe a repository."""
        repository = await self._codacy.repository(given.repo)
        found = await self._codacy.one(f"/analysis{repository.path}", branch=given.branch)
        raw = read_one(RawAnalysis, found)
        return RepositoryInfo(**repository_facts(raw), more=chosen(found, given.fields))

    async def get_project_metrics(self, given: ProjectMetrics, _call: Call) -> Metrics:
        """Say how a repository stands, and if that is as it shall be."""
        repository = await self._codacy.repository(given.repo)
        path = f"/analysis{repository.path}"
        wanted = {"branchName": given.branch} if given.branch else {}
        found, counted = await asyncio.gather(
            self._codacy.one(path, branch=given.branch),
            self._codacy.search_one(f"{path}/issues/overview", wanted),
        )
        raw, counts = read_one(RawAnalysis, found), read_one(RawOverview, counted).counts
        by_severity = {severity_of(name): total for name, total in _totals(counts.levels).items()}
        return Metrics(
            **repository_facts(raw),
            score=score(by_severity),
            issues_by_severity=by_severity,
            issues_by_category=_totals(counts.categories),
            complex_files=raw.complex_files_count,
            goals=_goals(raw, raw.goals) if raw.goals else [],
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared = reads("repositories")
        return [
            Tool(
                name="list_organizations",
                title="List organisations",
                description="List the organisations at GitHub, GitLab and Bitbucket that the token"
                " sees at Codacy.",
                arguments=ListOrganizations,
                result=Organizations,
                run=self.list_organizations,
                **shared,
            ),
            Tool(
                name="list_repositories",
                title="List repositories",
                description="List an organisation's repositories with grade, issues, complexity,"
                " duplication and coverage.",
                arguments=ListRepositories,
                result=Repositories,
                run=self.list_repositories,
                **shared,
            ),
            Tool(
                name="get_repository",
                title="Describe a repository",
                description="Give a repository with its analysis; fields gives more of Codacy's"
                " own.",
                arguments=OneRepository,
                result=RepositoryInfo,
                run=self.get_repository,
                **shared,
            ),
            Tool(
                name="get_project_metrics",
                title="Say how a repository stands",
                description="Give a repository's score, issues by severity and category,"
                " complexity, duplication and coverage, and whether its goals are met.",
                arguments=ProjectMetrics,
                result=Metrics,
                run=self.get_project_metrics,
                **shared,
            ),
        ]


def _organization(raw: RawOrganization) -> OrganizationOut:
    return OrganizationOut(
        organization=f"{raw.provider}/{raw.name}", kind=raw.type, membership=raw.join_status
    )


def _totals(counts: list[RawCount]) -> dict[str, int]:
    return {count.name: count.total for count in counts}


def _goals(raw: RawAnalysis, goals: RawGoals) -> list[Goal]:
    told = (
        ("issues_percent", goals.max_issue_percentage, raw.issues_percentage),
        ("complex_files_percent", goals.max_complex_files_percentage, raw.complex_files_percentage),
        ("duplication_percent", goals.max_duplicated_files_percentage, raw.duplication_percentage),
    )
    most = [_goal(name, goal, value, is_least=False) for name, goal, value in told]
    least = _goal(
        "coverage_percent", goals.min_coverage_percentage, coverage_percent(raw), is_least=True
    )
    return [one for one in (*most, least) if one is not None]


def _goal(name: str, goal: float | None, value: float | None, *, is_least: bool) -> Goal | None:
    if goal is None:
        return None
    is_met = None if value is None else (value >= goal if is_least else value <= goal)
    return Goal(name=name, is_least=is_least, goal=goal, value=value, is_met=is_met)
