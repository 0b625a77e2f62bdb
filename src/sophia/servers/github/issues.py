"""The tools for issues."""

from typing import Any, Literal

from pydantic import Field

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing, Place
from sophia.servers.github.handles import Repo, Repository, Thing, numbered, repository
from sophia.servers.github.pull_schemas import SaidToPull
from sophia.servers.github.raw import RawComment, RawIssue
from sophia.servers.github.schemas import (
    CommentOut,
    Comments,
    FoundIssues,
    IssueBrief,
    IssueOut,
    Issues,
    slug_of,
)
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Fields, Limit, Part, PartCursor, body_of, chosen
from sophia.servers.vendor.offering import Asked, changes, reads, writes
from sophia.servers.vendor.reading import read_one

_MAX_BODY_CHARS = 65_536

type State = Literal["open", "closed", "all"]


class ListIssues(Asked):
    """The arguments of list_issues."""

    repo: Repo
    state: State = "open"
    labels: list[str] = Field(default=[], max_length=20, description="It has all of these.")
    assignee: str | None = Field(
        default=None, max_length=100, description="A login, me, none, or * for anybody."
    )
    limit: Limit = 30
    cursor: Cursor = None


class OneIssue(Asked):
    """The arguments of get_issue."""

    issue: Thing
    repo: Repo | None = None
    fields: Fields = Field(default_factory=list[str])
    body_cursor: Cursor = None


class SearchIssues(Asked):
    """The arguments of search_issues."""

    query: str = Field(
        min_length=1,
        max_length=256,
        description="Words and GitHub's qualifiers, such as is:pr is:open review-requested:@me,"
        " is:issue label:bug author:anna.",
    )
    repo: Repo | None = None
    limit: Limit = 30
    cursor: Cursor = None


class CreateIssue(Asked):
    """The arguments of create_issue."""

    repo: Repo
    title: str = Field(min_length=1, max_length=256)
    body: str = Field(max_length=_MAX_BODY_CHARS, description="Markdown.")
    labels: list[str] = Field(default=[], max_length=100)
    assignees: list[str] = Field(default=[], max_length=10, description="Logins; me is yours.")
    milestone: int | None = Field(default=None, ge=1, description="Its number.")


class UpdateIssue(Asked):
    """The arguments of update_issue."""

    issue: Thing
    repo: Repo | None = None
    title: str | None = Field(default=None, min_length=1, max_length=256)
    body: str | None = Field(default=None, max_length=_MAX_BODY_CHARS)
    state: Literal["open", "closed"] | None = None
    state_reason: Literal["completed", "not_planned", "reopened"] | None = None
    labels: list[str] | None = Field(default=None, max_length=100, description="Instead of all.")
    assignees: list[str] | None = Field(default=None, max_length=10, description="Instead of all.")
    milestone: int | None = Field(default=None, ge=0, description="Its number; 0: none any more.")


class ListComments(Asked):
    """The arguments of list_issue_comments."""

    issue: Thing
    repo: Repo | None = None
    limit: Limit = 30
    cursor: Cursor = None
    body_cursor: PartCursor = None


class AddComment(Asked):
    """The arguments of add_issue_comment."""

    issue: Thing
    repo: Repo | None = None
    body: str = Field(min_length=1, max_length=_MAX_BODY_CHARS, description="Markdown.")


class IssueTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_issues(self, given: ListIssues, _call: Call) -> Issues:
        """List issues, without the pull requests that GitHub lists among them."""
        listing = Listing(
            path=f"{repository(given.repo).path}/issues",
            form=RawIssue,
            shape=lambda raw: IssueBrief.of(raw) if raw.pull_request is None else None,
            by=_by,
            asked={
                "state": given.state,
                "labels": ",".join(given.labels) or None,
                "assignee": await self._github.login(given.assignee) if given.assignee else None,
            },
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Issues(issues=kept, next_cursor=following)

    async def search_issues(self, given: SearchIssues, _call: Call) -> FoundIssues:
        """Find issues and pull requests."""
        return await found_issues(self._github, given)

    async def get_issue(self, given: OneIssue, _call: Call) -> IssueOut:
        """Give an issue."""
        repo, number = numbered(given.issue, given.repo)
        found = await self._github.http.get(f"{repo.path}/issues/{number}")
        raw = read_one(RawIssue, found)
        await self._github.lockdown.check(str(repo), raw.user)
        body = body_of(raw.body, cursor=given.body_cursor)
        return IssueOut.of(raw, body=body, more=chosen(found, given.fields))

    async def create_issue(self, given: CreateIssue, _call: Call) -> IssueOut:
        """Open an issue."""
        made = await self._github.http.send(
            "POST",
            f"{repository(given.repo).path}/issues",
            {
                "title": given.title,
                "body": given.body,
                "labels": given.labels,
                "assignees": await self._github.logins(given.assignees),
                **({"milestone": given.milestone} if given.milestone is not None else {}),
            },
        )
        return _told(made)

    async def update_issue(self, given: UpdateIssue, _call: Call) -> IssueOut:
        """Change an issue; what is left out stays."""
        repo, number = numbered(given.issue, given.repo)
        changed = given.model_dump(exclude={"issue", "repo"}, exclude_none=True)
        if given.assignees is not None:
            changed["assignees"] = await self._github.logins(given.assignees)
        if given.milestone == 0:
            changed["milestone"] = None
        made = await self._github.http.send("PATCH", f"{repo.path}/issues/{number}", changed)
        return _told(made)

    async def list_issue_comments(self, given: ListComments, _call: Call) -> Comments:
        """List what was said to an issue or a pull request."""
        repo, number = numbered(given.issue, given.repo)
        return await comments_of(self._github, repo, ("issues", number), given)

    async def add_issue_comment(self, given: AddComment, _call: Call) -> CommentOut:
        """Say something to an issue or a pull request."""
        repo, number = numbered(given.issue, given.repo)
        made = await self._github.http.send(
            "POST", f"{repo.path}/issues/{number}/comments", {"body": given.body}
        )
        return CommentOut.of(read_one(RawComment, made))

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [*self._reading(), *self._writing()]

    def _reading(self) -> list[Tool[Any, Any]]:
        return [
            Tool(
                name="list_issues",
                title="List issues",
                description="List a repository's issues, the youngest first.",
                arguments=ListIssues,
                result=Issues,
                run=self.list_issues,
                **reads("issues"),
            ),
            Tool(
                name="search_issues",
                title="Search issues and pull requests",
                description="Find issues and pull requests by words and qualifiers, everywhere or"
                " in one repository.",
                arguments=SearchIssues,
                result=FoundIssues,
                run=self.search_issues,
                **reads("issues"),
            ),
            Tool(
                name="get_issue",
                title="Read an issue",
                description="Give an issue with its text; a long text goes on by body_cursor.",
                arguments=OneIssue,
                result=IssueOut,
                run=self.get_issue,
                **reads("issues"),
            ),
            Tool(
                name="list_issue_comments",
                title="List comments",
                description="List what was said to an issue or a pull request, the oldest first.",
                arguments=ListComments,
                result=Comments,
                run=self.list_issue_comments,
                **reads("issues"),
            ),
        ]

    def _writing(self) -> list[Tool[Any, Any]]:
        return [
            Tool(
                name="create_issue",
                title="Open an issue",
                description="Open an issue in a repository.",
                arguments=CreateIssue,
                result=IssueOut,
                run=self.create_issue,
                **writes("issues"),
            ),
            Tool(
                name="update_issue",
                title="Change an issue",
                description="Change an issue's title, text, state, labels, assignees or milestone;"
                " what is left out stays.",
                arguments=UpdateIssue,
                result=IssueOut,
                run=self.update_issue,
                is_idempotent=True,
                **changes("issues"),
            ),
            Tool(
                name="add_issue_comment",
                title="Comment",
                description="Say something to an issue or a pull request.",
                arguments=AddComment,
                result=CommentOut,
                run=self.add_issue_comment,
                **writes("issues"),
            ),
        ]


async def found_issues(github: GitHub, given: SearchIssues) -> FoundIssues:
    """Find issues and pull requests."""
    query = given.query
    if given.repo is not None:
        query = f"{query} repo:{repository(given.repo)}"
    listing = Listing(
        path="/search/issues", form=RawIssue, shape=IssueBrief.of, by=_by, asked={"q": query}
    )
    found = await github.found(listing, limit=given.limit, cursor=given.cursor)
    return FoundIssues(
        issues=found.items,
        next_cursor=found.next_cursor,
        total=found.total,
        is_incomplete=found.is_incomplete,
    )


async def comments_of(
    github: GitHub, repo: Repository, thing: tuple[str, int], given: ListComments | SaidToPull
) -> Comments:
    """Give what was said to one of the issues, or to lines of one of the pulls."""
    kind, number = thing
    if given.body_cursor is not None:
        part = Part.asked(given.body_cursor)
        raw = await github.said(RawComment, repo, f"/{kind}/comments/{part.key}")
        return Comments(comments=[CommentOut.of(raw, start=part.start)])
    listing = Listing(
        path=f"{repo.path}/{kind}/{number}/comments",
        form=RawComment,
        shape=CommentOut.of,
        by=lambda raw: (str(repo), raw.user),
    )
    kept, following = await github.listed(listing, limit=given.limit, cursor=given.cursor)
    return Comments(comments=kept, next_cursor=following)


def _by(raw: RawIssue) -> Place:
    return slug_of(raw.repository_url), raw.user


def _told(made: Any) -> IssueOut:
    raw = read_one(RawIssue, made)
    return IssueOut.of(raw, body=body_of(raw.body))
