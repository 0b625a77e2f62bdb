"""The tools for issues."""

from typing import Any

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.codacy.client import Codacy
from sophia.servers.codacy.handles import Repo
from sophia.servers.codacy.raw import RawIssue
from sophia.servers.codacy.schemas import (
    LEVELS,
    Branch,
    IssueInfo,
    IssueOut,
    Issues,
    Reason,
    Severity,
    issue_facts,
)
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Fields, Limit, by_cursor, chosen
from sophia.servers.vendor.offering import Asked, changes, reads
from sophia.servers.vendor.reading import read_many, read_one


class ListIssues(Asked):
    """The arguments of list_issues."""

    repo: Repo = None
    branch: Branch = None
    severity: list[Severity] = Field(default=[], max_length=4, description="Any of these.")
    category: list[str] = Field(
        default=[], max_length=20, description="Any of these, such as Security or ErrorProne."
    )
    language: list[str] = Field(default=[], max_length=20, description="Such as Python.")
    rule: list[str] = Field(default=[], max_length=50, description="As in other answers.")
    author_email: list[str] = Field(default=[], max_length=20)
    is_ignored: bool = Field(default=False, description="Those that somebody ignored instead.")
    limit: Limit = 30
    cursor: Cursor = None


class OneIssue(Asked):
    """The arguments of get_issue."""

    result_id: int = Field(ge=1, description="As list_issues gives it.")
    repo: Repo = None
    fields: Fields = Field(default=[])


class IgnoreIssue(Asked):
    """The arguments of ignore_issue."""

    issue_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$", description="As list_issues gives it.")
    repo: Repo = None
    is_ignored: bool = Field(default=True, description="false: take it up again.")
    reason: Reason | None = None
    comment: str | None = Field(default=None, max_length=1_000)


class IgnoredOut(BaseModel):
    """What was changed."""

    issue_id: str
    is_ignored: bool


class IssueTools:
    """What the tools do."""

    def __init__(self, codacy: Codacy) -> None:
        """Take whom to ask."""
        self._codacy = codacy

    async def list_issues(self, given: ListIssues, _call: Call) -> Issues:
        """List issues, open or ignored."""
        repository = await self._codacy.repository(given.repo)
        path = f"/analysis{repository.path}/{'ignoredIssues' if given.is_ignored else 'issues'}"
        wanted = _wanted(given)

        async def ask(after: str | None, size: int) -> tuple[list[IssueOut], str | None]:
            found, following = await self._codacy.page(
                f"{path}/search", after=after, size=size, body=wanted
            )
            return [IssueOut.of(raw) for raw in read_many(RawIssue, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Issues(issues=kept, next_cursor=following)

    async def get_issue(self, given: OneIssue, _call: Call) -> IssueInfo:
        """Give an open issue."""
        repository = await self._codacy.repository(given.repo)
        found = await self._codacy.one(f"/analysis{repository.path}/issues/{given.result_id}")
        raw = read_one(RawIssue, found)
        return IssueInfo(**issue_facts(raw), more=chosen(found, given.fields))

    async def ignore_issue(self, given: IgnoreIssue, _call: Call) -> IgnoredOut:
        """Ignore an issue, or take it up again."""
        repository = await self._codacy.repository(given.repo)
        said = {"reason": given.reason, "comment": given.comment}
        await self._codacy.http.send(
            "PATCH",
            f"/analysis{repository.path}/issues/{given.issue_id}",
            {"ignored": given.is_ignored, **{name: one for name, one in said.items() if one}},
        )
        return IgnoredOut(issue_id=given.issue_id, is_ignored=given.is_ignored)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        reading = reads("issues")
        return [
            Tool(
                name="list_issues",
                title="List issues",
                description="List the quality issues of a repository, by severity, category,"
                " language, rule or author. For findings of security with their due dates use"
                " get_security_issues.",
                arguments=ListIssues,
                result=Issues,
                run=self.list_issues,
                **reading,
            ),
            Tool(
                name="get_issue",
                title="Read an issue",
                description="Give an open issue by its result_id.",
                arguments=OneIssue,
                result=IssueInfo,
                run=self.get_issue,
                **reading,
            ),
            Tool(
                name="ignore_issue",
                title="Ignore an issue",
                description="Ignore an issue with a reason, or take an ignored one up again.",
                arguments=IgnoreIssue,
                result=IgnoredOut,
                run=self.ignore_issue,
                is_idempotent=True,
                **changes("issues"),
            ),
        ]


def _wanted(given: ListIssues) -> dict[str, Any]:
    """Write the filter; what is not asked for is left out."""
    asked = {
        "branchName": given.branch,
        "levels": [LEVELS[one] for one in given.severity],
        "categories": given.category,
        "languages": given.language,
        "patternIds": given.rule,
        "authorEmails": given.author_email,
    }
    return {name: value for name, value in asked.items() if value}
