"""What the tools for files and coverage take and give."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field

from sophia.servers.codacy.handles import Repo
from sophia.servers.codacy.raw import RawFile
from sophia.servers.codacy.schemas import Branch
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Cursor, Fields, Json, Limit
from sophia.servers.vendor.offering import Asked

File = Annotated[
    int | Annotated[str, Field(max_length=1000)],
    Field(description="Its path, or file_id as list_files gives it."),
]


class ListFiles(Asked):
    """The arguments of list_files."""

    repo: Repo = None
    branch: Branch = None
    search: str | None = Field(default=None, max_length=500, description="A part of the path.")
    sort: Literal["filename", "issues", "grade", "duplication", "complexity", "coverage"] = (
        "filename"
    )
    direction: Literal["asc", "desc"] = "asc"
    limit: Limit = 30
    cursor: Cursor = None


class OneFile(Asked):
    """The arguments of get_file."""

    file: File
    repo: Repo = None
    fields: Fields = Field(default=[])


class OfFile(Asked):
    """The arguments of the tools that list something of a file."""

    file: File
    repo: Repo = None
    limit: Limit = 30
    cursor: Cursor = None


class FileCoverage(Asked):
    """The arguments of get_file_coverage."""

    file: File
    repo: Repo = None


class CoverageReport(Asked):
    """The arguments of get_coverage_report."""

    repo: Repo = None
    branch: Branch = None
    limit: Limit = 20
    cursor: Cursor = None


class FileOut(BaseModel):
    """A file with its analysis."""

    file_id: int
    path: str
    grade: str
    issues: int
    complexity: int | None
    duplication: int | None
    coverage_percent: float | None
    lines_of_code: int | None

    @classmethod
    def of(cls, raw: RawFile) -> Self:
        """Take what matters."""
        exact = raw.coverage_with_decimals
        return cls(
            file_id=raw.file_id,
            path=raw.path,
            grade=raw.grade_letter,
            issues=raw.total_issues,
            complexity=raw.complexity,
            duplication=raw.duplication,
            coverage_percent=exact if exact is not None else raw.coverage,
            lines_of_code=raw.lines_of_code,
        )


class Files(Page):
    """Files."""

    files: list[FileOut]


class FileInfo(BaseModel):
    """A file with all that is known of it."""

    file_id: int
    path: str
    language: str
    commit: str
    url: str
    is_ignored: bool
    grade: str | None
    issues: int | None
    complexity: int | None
    duplication: int | None
    duplicated_lines: int | None
    lines_of_code: int | None
    methods: int | None
    classes: int | None
    coverage_percent: float | None
    covered_lines: int | None
    coverable_lines: int | None
    more: Json = {}


class LinesOut(BaseModel):
    """Which lines of a file the tests come by."""

    file: str
    covered_lines: int
    uncovered_lines: int
    uncovered: list[str] = Field(description="Lines that no test comes by: 12, 20-31.")


class Block(BaseModel):
    """A block of lines."""

    path: str
    first_line: int
    last_line: int


class Clone(BaseModel):
    """Blocks that are the same."""

    blocks: list[Block]


class Clones(Page):
    """What there is more than once."""

    clones: list[Clone]


class Report(BaseModel):
    """A coverage report that was sent to Codacy."""

    commit: str
    language: str | None
    sent_at: datetime
    status: str


class CoverageOut(Page):
    """How much of a repository the tests come by."""

    repo: str
    coverage_percent: float | None
    goal_percent: int | None
    covered_lines: int | None
    coverable_lines: int | None
    uncovered_files: int | None
    files_with_low_coverage: int | None
    reports: list[Report] = Field(description="The latest; a status other than Processed is amiss.")
    files: list[FileOut] = Field(description="The least covered first.")
