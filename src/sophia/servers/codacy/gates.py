"""The tools for quality gates."""

import asyncio
from typing import Any

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.handles import Organization, Repo
from sophia.servers.codacy.raw import RawGoals
from sophia.servers.codacy.raw_reviews import RawGatePolicy, RawGates
from sophia.servers.codacy.schemas import severity_of
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit, by_cursor
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import read_many, read_one


class QualityGates(Asked):
    """The arguments of get_quality_gates."""

    repo: Repo = None


class ListPolicies(Asked):
    """The arguments of list_gate_policies."""

    organization: Organization = None
    limit: Limit = 30
    cursor: Cursor = None


class GateOut(BaseModel):
    """What is asked of a commit or pull request; null is not asked."""

    policy: str | None = Field(description="The policy that it comes from; null: of its own.")
    max_issues: int | None = Field(description="New issues may be as many.")
    max_issues_severity: str | None = Field(description="Issues from this one up count.")
    max_security_issues: int | None
    max_security_issues_severity: str | None
    max_duplication: int | None
    max_complexity: int | None
    min_coverage_change: float | None
    min_diff_coverage_percent: int | None


class Goals(BaseModel):
    """What the whole repository shall keep to; null is not asked."""

    max_issues_percent: int | None
    max_complex_files_percent: int | None
    max_duplication_percent: int | None
    min_coverage_percent: int | None


class GatesOut(BaseModel):
    """What a repository asks of changes and of itself."""

    repo: str
    pull_requests: GateOut
    commits: GateOut
    goals: Goals


class Policy(BaseModel):
    """A gate policy of an organisation."""

    policy_id: int
    name: str
    is_default: bool
    is_read_only: bool
    gates: int
    repositories: int


class Policies(Page):
    """The gate policies of an organisation."""

    policies: list[Policy]


class GateTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def get_quality_gates(self, given: QualityGates, _call: Call) -> GatesOut:
        """Give what a repository asks of changes and of itself."""
        repository = await self._codacy.repository(given.repo)
        path = f"{repository.path}/settings/quality"
        pulls, commits, goals = await asyncio.gather(
            self._codacy.one(f"{path}/pull-requests"),
            self._codacy.one(f"{path}/commits"),
            self._codacy.one(f"{path}/repository"),
        )
        asked = read_one(RawGoals, goals)
        return GatesOut(
            repo=str(repository),
            pull_requests=_gate(read_one(RawGates, pulls)),
            commits=_gate(read_one(RawGates, commits)),
            goals=Goals(
                max_issues_percent=asked.max_issue_percentage,
                max_complex_files_percent=asked.max_complex_files_percentage,
                max_duplication_percent=asked.max_duplicated_files_percentage,
                min_coverage_percent=asked.min_coverage_percentage,
            ),
        )

    async def list_gate_policies(self, given: ListPolicies, _call: Call) -> Policies:
        """List the gate policies of an organisation."""
        owner = await self._codacy.organization(given.organization)

        async def ask(after: str | None, size: int) -> tuple[list[Policy], str | None]:
            found, following = await self._codacy.page(
                f"{owner.path}/gate-policies", after=after, size=size
            )
            return [_policy(raw) for raw in read_many(RawGatePolicy, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Policies(policies=kept, next_cursor=following)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared = reads("gates")
        return [
            Tool(
                name="get_quality_gates",
                title="Describe the quality gates",
                description="Give what a repository asks of pull requests and commits, and its own"
                " goals.",
                arguments=QualityGates,
                result=GatesOut,
                run=self.get_quality_gates,
                **shared,
            ),
            Tool(
                name="list_gate_policies",
                title="List gate policies",
                description="List the quality gate policies of an organisation.",
                arguments=ListPolicies,
                result=Policies,
                run=self.list_gate_policies,
                **shared,
            ),
        ]


def _gate(raw: RawGates) -> GateOut:
    asked, policy = raw.quality_gate, raw.repository_gate_policy_info
    issues, security = asked.issue_threshold, asked.security_issue_minimum_severity
    least = issues.minimum_severity if issues else None
    return GateOut(
        policy=policy.name if policy else None,
        max_issues=issues.threshold if issues else None,
        max_issues_severity=severity_of(least) if least else None,
        max_security_issues=asked.security_issue_threshold,
        max_security_issues_severity=severity_of(security) if security else None,
        max_duplication=asked.duplication_threshold,
        max_complexity=asked.complexity_threshold,
        min_coverage_change=asked.coverage_threshold_with_decimals,
        min_diff_coverage_percent=asked.diff_coverage_threshold,
    )


def _policy(raw: RawGatePolicy) -> Policy:
    return Policy(
        policy_id=raw.id,
        name=raw.name,
        is_default=raw.is_default,
        is_read_only=raw.read_only,
        gates=raw.meta.nr_of_quality_gates,
        repositories=raw.meta.linked_repositories_count,
    )
