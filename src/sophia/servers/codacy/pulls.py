"""The tools for pull requests."""

import re
from typing import Any

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.pull_schemas import (
    DiffOut,
    FileChange,
    FileChanges,
    ListPulls,
    OnePull,
    PullCoverage,
    PullDiff,
    PullInfo,
    PullIssue,
    PullIssues,
    PullIssuesOut,
    PullOut,
    Pulls,
    pull_facts,
)
from sophia.servers.codacy.raw import RawDelta, RawPage
from sophia.servers.codacy.raw_reviews import RawDiff, RawFileDelta, RawPull
from sophia.servers.codacy.schemas import issue_facts
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import body_of, by_cursor, by_page, chosen
from sophia.servers.vendor.errors import VendorMissingError
from sophia.servers.vendor.offering import reads
from sophia.servers.vendor.reading import read_many, read_one

_DIFF_CHARS = 16_000
_UNCOVERED = 100
_NAMED = 200
_FILE_DIFF = re.compile(r"^diff --git a/.*? b/(.*)$", re.MULTILINE)


class PullTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def list_pull_requests(self, given: ListPulls, _call: Call) -> Pulls:
        """List pull requests with their analysis."""
        repository = await self._codacy.repository(given.repo)
        path = f"/analysis{repository.path}/pull-requests"

        async def ask(after: str | None, size: int) -> tuple[list[PullOut], str | None]:
            found, following = await self._codacy.page(
                path, after=after, size=size, search=given.search, includeNotAnalyzed=True
            )
            raws = read_many(RawPull, found)
            return [PullOut.of(raw, repo=str(repository)) for raw in raws], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Pulls(pull_requests=kept, next_cursor=following)

    async def get_pull_request(self, given: OnePull, _call: Call) -> PullInfo:
        """Give a pull request with its analysis."""
        repository, path = await self._codacy.pull_request(given.pull_request, given.repo)
        found = await self._codacy.http.get(f"/analysis{path}")
        facts = pull_facts(read_one(RawPull, found), repo=str(repository))
        return PullInfo(**facts, more=chosen(found, given.fields))

    async def list_pull_request_issues(self, given: PullIssues, _call: Call) -> PullIssuesOut:
        """List the issues that a pull request brings or mends."""
        _, path = await self._codacy.pull_request(given.pull_request, given.repo)
        is_analyzed = [True]

        async def ask(after: str | None, size: int) -> tuple[list[PullIssue], str | None]:
            asked = {"status": given.status, "cursor": after, "limit": size}
            said = await self._codacy.http.get(f"/analysis{path}/issues", asked)
            found = read_one(RawPage, said)
            is_analyzed.append(said.get("analyzed") is True)
            kept = [
                PullIssue(**issue_facts(raw.commit_issue), change=raw.delta_type)
                for raw in read_many(RawDelta, found.data)
            ]
            return kept, found.pagination.cursor if found.pagination else None

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return PullIssuesOut(is_analyzed=is_analyzed[-1], issues=kept, next_cursor=following)

    async def get_pull_request_coverage(self, given: PullCoverage, _call: Call) -> FileChanges:
        """Say what a pull request does to coverage, by file."""
        _, path = await self._codacy.pull_request(given.pull_request, given.repo)
        raws = read_many(RawFileDelta, await self._codacy.one(f"/coverage{path}/files"))

        async def ask(page: int, size: int) -> tuple[list[FileChange], bool]:
            # They come all at once.
            start = (page - 1) * size
            return [_change(raw) for raw in raws[start : start + size]], start + size < len(raws)

        kept, following = await by_page(ask, limit=given.limit, cursor=given.cursor)
        return FileChanges(files=kept, next_cursor=following)

    async def get_pull_request_diff(self, given: PullDiff, _call: Call) -> DiffOut:
        """Give what a pull request changes, in all files or in one."""
        _, path = await self._codacy.pull_request(given.pull_request, given.repo)
        text = read_one(RawDiff, await self._codacy.http.get(f"{path}/diff")).diff
        starts = [(match[1], match.start()) for match in _FILE_DIFF.finditer(text)]
        paths = [name for name, _ in starts]
        if given.path is not None:
            if given.path not in paths:
                raise VendorMissingError(
                    f"It does not change {given.path}. It changes {', '.join(paths[:20])}."
                )
            at = paths.index(given.path)
            end = starts[at + 1][1] if at + 1 < len(starts) else len(text)
            text = text[starts[at][1] : end]
        return DiffOut(
            paths=paths[:_NAMED],
            diff=body_of(text, cursor=given.body_cursor, max_chars=_DIFF_CHARS),
        )

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        shared = reads("pull_requests")
        return [
            Tool(
                name="list_pull_requests",
                title="List pull requests",
                description="List a repository's pull requests with what they bring: new and fixed"
                " issues, complexity, duplicates, coverage, and whether the gates pass.",
                arguments=ListPulls,
                result=Pulls,
                run=self.list_pull_requests,
                **shared,
            ),
            Tool(
                name="get_pull_request",
                title="Read the analysis of a pull request",
                description="Give a pull request with its analysis and what each gate says.",
                arguments=OnePull,
                result=PullInfo,
                run=self.get_pull_request,
                **shared,
            ),
            Tool(
                name="list_pull_request_issues",
                title="List the issues of a pull request",
                description="List the issues that a pull request brings, or mends.",
                arguments=PullIssues,
                result=PullIssuesOut,
                run=self.list_pull_request_issues,
                **shared,
            ),
            Tool(
                name="get_pull_request_coverage",
                title="Say what of a pull request is tested",
                description="Give for each file of a pull request its coverage, how that changes,"
                " and the changed lines that no test comes by.",
                arguments=PullCoverage,
                result=FileChanges,
                run=self.get_pull_request_coverage,
                **shared,
            ),
            Tool(
                name="get_pull_request_diff",
                title="Read a diff",
                description="Give what a pull request changes, in all files or by path in one; a"
                " long diff goes on by body_cursor.",
                arguments=PullDiff,
                result=DiffOut,
                run=self.get_pull_request_diff,
                **shared,
            ),
        ]


def _change(raw: RawFileDelta) -> FileChange:
    missed = [hit.line_number for hit in raw.diff_line_hits if hit.hits == 0]
    return FileChange(
        path=raw.file_name,
        coverage_percent=raw.coverage,
        change=raw.variation,
        diff_coverage_percent=raw.diff.value if raw.diff else None,
        uncovered=missed[:_UNCOVERED],
    )
