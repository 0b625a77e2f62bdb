"""What we read of Codacy's answers about pull requests, security and gates."""

from datetime import datetime

from sophia.servers.codacy.raw import Camel


class RawAuthor(Camel):
    """Whose pull request it is."""

    name: str
    username: str | None = None


class RawPullFacts(Camel):
    """Which pull request it is."""

    number: int
    title: str
    status: str
    owner: RawAuthor
    updated: datetime
    head_commit_sha: str
    origin_branch: str | None = None
    target_branch: str | None = None
    git_href: str


class RawThreshold(Camel):
    """What a gate asks for."""

    threshold: float
    minimum_severity: str | None = None


class RawReason(Camel):
    """What a gate said."""

    gate: str
    expected: float | None = None
    expected_threshold: RawThreshold
    is_up_to_standards: bool


class RawDiffCoverage(Camel):
    """How much of what changes is covered."""

    value: float | None = None
    covered_lines: int | None = None
    coverable_lines: int | None = None
    cause: str


class RawPullCoverage(Camel):
    """What a pull request does to coverage."""

    delta_coverage: float | None = None
    diff_coverage: RawDiffCoverage | None = None
    is_up_to_standards: bool | None = None
    result_reasons: list[RawReason] | None = None


class RawPullQuality(Camel):
    """What a pull request does to quality."""

    new_issues: int | None = None
    fixed_issues: int | None = None
    delta_complexity: int | None = None
    delta_clones_count: int | None = None
    is_up_to_standards: bool | None = None
    result_reasons: list[RawReason] | None = None


class RawMeta(Camel):
    """Whether a pull request can be analysed."""

    analyzable: bool
    reason: str | None = None


class RawPull(Camel):
    """A pull request with its analysis."""

    is_up_to_standards: bool | None = None
    is_analysing: bool
    pull_request: RawPullFacts
    coverage: RawPullCoverage | None = None
    quality: RawPullQuality | None = None
    meta: RawMeta


class RawHit(Camel):
    """How often the tests came by a line of a diff."""

    line_number: str
    hits: int


class RawFileDelta(Camel):
    """What a pull request does to the coverage of a file."""

    file_name: str
    coverage: float
    variation: float | None = None
    diff: RawDiffCoverage | None = None
    diff_line_hits: list[RawHit]


class RawDiff(Camel):
    """What a pull request changes."""

    diff: str


class RawIgnored(Camel):
    """Why something is ignored."""

    at: datetime
    author_name: str
    reason: str


class RawItem(Camel):
    """Something of security and risk."""

    id: str
    item_source: str
    title: str
    repository: str | None = None
    opened_at: datetime
    closed_at: datetime | None = None
    due_at: datetime
    ignored: RawIgnored | None = None
    priority: str
    status: str
    html_url: str | None = None
    security_category: str | None = None
    scan_type: str | None = None
    summary: str | None = None
    cvss_score: float | None = None
    cwe: str | None = None
    cve: str | None = None
    affected_version: str | None = None
    fixed_version: list[str] | None = None
    affected_targets: str | None = None
    remediation: str | None = None


class RawIssueThreshold(Camel):
    """How many issues there may be."""

    threshold: int
    minimum_severity: str | None = None


class RawGate(Camel):
    """What is asked of a commit or pull request; left out is what is not asked."""

    issue_threshold: RawIssueThreshold | None = None
    security_issue_threshold: int | None = None
    security_issue_minimum_severity: str | None = None
    duplication_threshold: int | None = None
    coverage_threshold_with_decimals: float | None = None
    diff_coverage_threshold: int | None = None
    complexity_threshold: int | None = None


class RawPolicy(Camel):
    """The policy that a gate comes from."""

    name: str


class RawGates(Camel):
    """The gate, and where it comes from."""

    quality_gate: RawGate
    repository_gate_policy_info: RawPolicy | None = None


class RawGatePolicyMeta(Camel):
    """How large a policy is."""

    nr_of_quality_gates: int
    linked_repositories_count: int


class RawGatePolicy(Camel):
    """A policy of an organisation."""

    id: int
    name: str
    is_default: bool
    read_only: bool
    meta: RawGatePolicyMeta
