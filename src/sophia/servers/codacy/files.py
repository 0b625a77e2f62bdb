"""The tools for files and coverage."""

from collections.abc import Iterator, Sequence
from typing import Any

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.file_schemas import (
    Block,
    Clone,
    Clones,
    CoverageOut,
    CoverageReport,
    FileCoverage,
    FileInfo,
    FileOut,
    Files,
    LinesOut,
    ListFiles,
    OfFile,
    OneFile,
    Report,
)
from sophia.servers.codacy.handles import Repository
from sophia.servers.codacy.raw import (
    RawAnalysis,
    RawClone,
    RawFile,
    RawFileWhole,
    RawIssue,
    RawLine,
    RawReports,
)
from sophia.servers.codacy.schemas import IssueOut, Issues, coverage_percent
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import by_cursor, chosen
from sophia.servers.vendor.errors import VendorMissingError
from sophia.servers.vendor.offering import reads
from sophia.servers.vendor.reading import read_many, read_one

_MOST = 100
_MAX_PAGES = 10
_REPORTS = 5
_RANGES = 400


class FileTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def list_files(self, given: ListFiles, _call: Call) -> Files:
        """List files with their analysis."""
        repository = await self._codacy.repository(given.repo)

        async def ask(after: str | None, size: int) -> tuple[list[FileOut], str | None]:
            return await self._page(
                repository,
                after=after,
                size=size,
                branch=given.branch,
                search=given.search,
                sort=given.sort,
                direction=given.direction,
            )

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Files(files=kept, next_cursor=following)

    async def get_file(self, given: OneFile, _call: Call) -> FileInfo:
        """Give all that is known of a file."""
        found = await self._codacy.http.get((await self._place(given.file, given.repo))[0])
        return _info(read_one(RawFileWhole, found), chosen(found, given.fields))

    async def list_file_issues(self, given: OfFile, _call: Call) -> Issues:
        """List the issues of a file."""
        path, _ = await self._place(given.file, given.repo)

        async def ask(after: str | None, size: int) -> tuple[list[IssueOut], str | None]:
            found, following = await self._codacy.page(f"{path}/issues", after=after, size=size)
            return [IssueOut.of(raw) for raw in read_many(RawIssue, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Issues(issues=kept, next_cursor=following)

    async def list_file_duplicates(self, given: OfFile, _call: Call) -> Clones:
        """List what of a file there is more than once."""
        path, _ = await self._place(given.file, given.repo)

        async def ask(after: str | None, size: int) -> tuple[list[Clone], str | None]:
            found, following = await self._codacy.page(
                f"{path}/duplication", after=after, size=size
            )
            return [_clone(raw) for raw in read_many(RawClone, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Clones(clones=kept, next_cursor=following)

    async def get_file_coverage(self, given: FileCoverage, _call: Call) -> LinesOut:
        """Say which lines of a file no test comes by."""
        path, name = await self._place(given.file, given.repo)
        lines = read_many(RawLine, await self._codacy.one(f"{path}/coverage"))
        missed = sorted(one.line for one in lines if one.hits == 0)
        return LinesOut(
            file=name,
            covered_lines=len(lines) - len(missed),
            uncovered_lines=len(missed),
            uncovered=list(_ranges(missed))[:_RANGES],
        )

    async def get_coverage_report(self, given: CoverageReport, _call: Call) -> CoverageOut:
        """Say how much of a repository the tests come by, and where they do not."""
        repository = await self._codacy.repository(given.repo)
        found = await self._codacy.one(f"/analysis{repository.path}", branch=given.branch)
        raw = read_one(RawAnalysis, found)
        sent = await self._codacy.one(f"{repository.path}/coverage/status", limit=_REPORTS)

        async def ask(after: str | None, size: int) -> tuple[list[FileOut], str | None]:
            return await self._page(
                repository,
                after=after,
                size=size,
                branch=given.branch,
                sort="coverage",
                direction="asc",
            )

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        told = raw.coverage
        return CoverageOut(
            repo=str(repository),
            coverage_percent=coverage_percent(raw),
            goal_percent=raw.goals.min_coverage_percentage if raw.goals else None,
            covered_lines=told.number_covered_lines if told else None,
            coverable_lines=told.number_coverable_lines if told else None,
            uncovered_files=told.files_uncovered if told else None,
            files_with_low_coverage=told.files_with_low_coverage if told else None,
            reports=_reports(read_one(RawReports, sent)),
            files=kept,
            next_cursor=following,
        )

    async def _page(
        self, repository: Repository, *, after: str | None, size: int, **asked: Any
    ) -> tuple[list[FileOut], str | None]:
        path = f"{repository.path}/files"
        found, following = await self._codacy.page(path, after=after, size=size, **asked)
        return [FileOut.of(raw) for raw in read_many(RawFile, found)], following

    async def _place(self, file: int | str, repo: str | None) -> tuple[str, str]:
        """Give a file's address in the API, and its name; raises VendorMissingError."""
        repository = await self._codacy.repository(repo)
        path = f"{repository.path}/files"
        if isinstance(file, int) or file.isdecimal():
            return f"{path}/{file}", str(file)
        wanted, after, near = file.strip("/"), None, list[str]()
        for _ in range(_MAX_PAGES):
            found, after = await self._page(repository, after=after, size=_MOST, search=wanted)
            for one in found:
                if one.path == wanted:
                    return f"{path}/{one.file_id}", one.path
            near += [one.path for one in found]
            if after is None:
                break
        meant = f" Did you mean {', '.join(near[:10])}?" if near else ""
        raise VendorMissingError(
            f"Codacy analyses no file {file} in {repository}; list_files lists those that it does."
            f"{meant}"
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared = reads("files")
        return [
            Tool(
                name="list_files",
                title="List files",
                description="List a repository's files with grade, issues, complexity, duplication"
                " and coverage, sorted by any of these.",
                arguments=ListFiles,
                result=Files,
                run=self.list_files,
                **shared,
            ),
            Tool(
                name="get_file",
                title="Describe a file",
                description="Give all that Codacy knows of a file.",
                arguments=OneFile,
                result=FileInfo,
                run=self.get_file,
                **shared,
            ),
            Tool(
                name="list_file_issues",
                title="List the issues of a file",
                description="List the open issues of a file.",
                arguments=OfFile,
                result=Issues,
                run=self.list_file_issues,
                **shared,
            ),
            Tool(
                name="list_file_duplicates",
                title="List duplicates",
                description="List the blocks of a file that stand elsewhere too.",
                arguments=OfFile,
                result=Clones,
                run=self.list_file_duplicates,
                **shared,
            ),
            Tool(
                name="get_file_coverage",
                title="Say what of a file is tested",
                description="Give the lines of a file that no test comes by.",
                arguments=FileCoverage,
                result=LinesOut,
                run=self.get_file_coverage,
                **shared,
            ),
            Tool(
                name="get_coverage_report",
                title="Say what of a repository is tested",
                description="Give a repository's test coverage, its goal, the reports that came in"
                " last, and the files that are covered least.",
                arguments=CoverageReport,
                result=CoverageOut,
                run=self.get_coverage_report,
                **shared,
            ),
        ]


def _info(raw: RawFileWhole, more: dict[str, Any]) -> FileInfo:
    file, metrics, quality, coverage = raw.file, raw.metrics, raw.quality, raw.coverage
    return FileInfo(
        file_id=file.file_id,
        path=file.path,
        language=file.language,
        commit=file.commit_sha,
        url=file.git_provider_url,
        is_ignored=file.ignored,
        grade=quality.grade_letter if quality else None,
        issues=quality.total_issues if quality else None,
        complexity=quality.complexity if quality else None,
        duplication=quality.duplication if quality else None,
        duplicated_lines=quality.duplicated_lines_of_code if quality else None,
        lines_of_code=metrics.lines_of_code if metrics else None,
        methods=metrics.number_of_methods if metrics else None,
        classes=metrics.number_of_classes if metrics else None,
        coverage_percent=coverage.coverage if coverage else None,
        covered_lines=coverage.covered_lines if coverage else None,
        coverable_lines=coverage.coverable_lines if coverage else None,
        more=more,
    )


def _clone(raw: RawClone) -> Clone:
    return Clone(
        blocks=[
            Block(path=one.path, first_line=one.from_line, last_line=one.to_line)
            for one in raw.occurrences
        ]
    )


def _reports(raw: RawReports) -> list[Report]:
    return [
        Report(
            commit=one.target_commit_sha,
            language=one.language,
            sent_at=one.created_at,
            status=one.status,
        )
        for one in raw.last_reports
    ]


def _ranges(lines: Sequence[int]) -> Iterator[str]:
    """Write sorted numbers as 4, 7-9."""
    first = last = None
    for line in lines:
        if last is not None and line == last + 1:
            last = line
            continue
        if first is not None:
            yield f"{first}" if first == last else f"{first}-{last}"
        first = last = line
    if first is not None:
        yield f"{first}" if first == last else f"{first}-{last}"
