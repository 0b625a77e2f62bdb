"""What we read of Codacy's answers; words that Codacy may add to, such as levels, are left open."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field
from pydantic.alias_generators import to_camel

from sophia.servers.vendor.reading import Raw


class Camel(Raw):
    """Codacy writes its names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class RawPagination(Camel):
    """Where a list goes on."""

    cursor: str | None = None


class RawPage(Camel):
    """What a list comes in."""

    data: list[Any]
    pagination: RawPagination | None = None


class RawOne(Camel):
    """What a single thing comes in."""

    data: Any


class RawOrganization(Camel):
    """An organisation."""

    name: str
    provider: str
    type: str
    join_status: str | None = None


class RawBranch(Camel):
    """A branch."""

    name: str


class RawProblem(Camel):
    """Why a repository is not analysed as it should be."""

    message: str
    severity: str


class RawRepository(Camel):
    """A repository."""

    provider: str
    owner: str
    name: str
    visibility: str
    languages: list[str]
    default_branch: RawBranch | None = None
    problems: list[RawProblem]
    added_state: str
    gate_policy_name: str | None = None
    coding_standard_name: str | None = None
    last_updated: datetime | None = None


class RawCommit(Camel):
    """A commit."""

    sha: str
    commit_timestamp: datetime | None = None


class RawCoverage(Camel):
    """How much is covered by tests."""

    files_uncovered: int | None = None
    files_with_low_coverage: int | None = None
    coverage_percentage: int | None = None
    coverage_percentage_with_decimals: float | None = None
    number_total_files: int | None = None
    number_covered_lines: int | None = None
    number_coverable_lines: int | None = None


class RawGoals(Camel):
    """What a repository shall keep to."""

    max_issue_percentage: int | None = None
    max_duplicated_files_percentage: int | None = None
    min_coverage_percentage: int | None = None
    max_complex_files_percentage: int | None = None
    file_duplication_block_threshold: int | None = None
    file_complexity_value_threshold: int | None = None


class RawAnalysis(Camel):
    """A repository with its analysis."""

    repository: RawRepository
    last_analysed_commit: RawCommit | None = None
    grade: int | None = None
    grade_letter: str | None = None
    issues_percentage: int | None = None
    issues_count: int | None = None
    loc: int | None = None
    complex_files_percentage: int | None = None
    complex_files_count: int | None = None
    duplication_percentage: int | None = None
    coverage: RawCoverage | None = None
    goals: RawGoals | None = None


class RawCount(Camel):
    """How many of a name."""

    name: str
    total: int


class RawCounts(Camel):
    """How many issues of what."""

    categories: list[RawCount]
    levels: list[RawCount]
    languages: list[RawCount]


class RawOverview(Camel):
    """How many issues."""

    counts: RawCounts


class RawPattern(Camel):
    """What an issue breaks."""

    id: str
    title: str | None = None
    category: str
    sub_category: str | None = None
    severity_level: str


class RawPatternWhole(RawPattern):
    """A pattern as it is described."""

    description: str | None = None
    explanation: str | None = None
    enabled: bool
    languages: list[str] | None = None
    rationale: str | None = None
    solution: str | None = None
    good_examples: list[str] | None = None
    bad_examples: list[str] | None = None
    tags: list[str] | None = None


class RawConfigured(Camel):
    """A pattern as a repository has it."""

    pattern_definition: RawPatternWhole
    enabled: bool


class RawTool(Camel):
    """One of Codacy's analysers."""

    uuid: str
    name: str


class RawToolWhole(RawTool):
    """One of Codacy's analysers as it is described."""

    short_name: str
    version: str
    languages: list[str]
    documentation_url: str | None = None
    client_side: bool
    enabled_by_default: bool


class RawToolSettings(Camel):
    """How a repository has an analyser."""

    is_enabled: bool
    follows_standard: bool
    has_configuration_file: bool
    uses_configuration_file: bool


class RawRepositoryTool(RawTool):
    """An analyser as a repository has it."""

    is_client_side: bool
    settings: RawToolSettings


class RawCommitReference(Camel):
    """The commit that an issue came with."""

    sha: str
    commiter_name: str | None = None
    timestamp: datetime | None = None


class RawIssue(Camel):
    """An issue, open or ignored."""

    issue_id: str
    result_data_id: int | None = None
    file_path: str
    file_id: int | None = None
    pattern_info: RawPattern
    tool_info: RawTool
    line_number: int | None = None
    message: str
    suggestion: str | None = None
    language: str
    line_text: str
    commit_info: RawCommitReference | None = None
    false_positive_probability: int | None = None
    false_positive_reason: str | None = None
    reason: str | None = None
    comment: str | None = None
    ignored_by_name: str | None = None


class RawDelta(Camel):
    """An issue that a pull request brings or mends."""

    commit_issue: RawIssue
    delta_type: str


class RawFile(Camel):
    """A file in a list."""

    file_id: int
    path: str
    total_issues: int
    complexity: int | None = None
    grade_letter: str
    coverage: int | None = None
    coverage_with_decimals: float | None = None
    duplication: int | None = None
    lines_of_code: int | None = None


class RawFileFacts(Camel):
    """Which file it is."""

    file_id: int
    path: str
    language: str
    commit_sha: str
    git_provider_url: str
    ignored: bool


class RawFileMetrics(Camel):
    """How large a file is."""

    lines_of_code: int | None = None
    commented_lines_of_code: int | None = None
    number_of_methods: int | None = None
    number_of_classes: int | None = None


class RawFileCoverage(Camel):
    """How much of a file is covered."""

    coverage: float
    coverable_lines: int
    covered_lines: int


class RawFileQuality(Camel):
    """How good a file is."""

    total_issues: int
    complexity: int | None = None
    grade_letter: str
    duplication: int | None = None
    duplicated_lines_of_code: int | None = None


class RawFileWhole(Camel):
    """A file with its analysis."""

    file: RawFileFacts
    metrics: RawFileMetrics | None = None
    coverage: RawFileCoverage | None = None
    quality: RawFileQuality | None = None


class RawLine(Camel):
    """How often the tests came by a line."""

    line: int
    hits: int


class RawBlock(Camel):
    """A block of lines that there is more than once."""

    path: str
    from_line: int
    to_line: int


class RawClone(Camel):
    """Blocks that are the same."""

    occurrences: list[RawBlock]


class RawReport(Camel):
    """A coverage report that was sent in."""

    target_commit_sha: str
    language: str | None = None
    created_at: datetime
    status: str


class RawReports(Camel):
    """The coverage reports."""

    last_reports: list[RawReport] = Field(default_factory=list[RawReport])
