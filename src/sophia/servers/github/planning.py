"""The tools for labels, milestones and sub-issues."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import Repo, Thing, in_part, numbered, repository
from sophia.servers.github.raw import RawIssue, RawLabel, RawMilestone
from sophia.servers.github.schemas import IssueBrief, Issues, slug_of
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit, snippet
from sophia.servers.vendor.offering import Asked, changes, reads
from sophia.servers.vendor.reading import read_one

_SET = "planning"
_MAX_CHARS = 65_536


class ListLabels(Asked):
    """The arguments of list_labels."""

    repo: Repo
    limit: Limit = 50
    cursor: Cursor = None


class WriteLabel(Asked):
    """The arguments of label_write."""

    method: Literal["create", "update", "delete"]
    repo: Repo
    name: str = Field(min_length=1, max_length=100)
    new_name: str | None = Field(default=None, min_length=1, max_length=100)
    color: str | None = Field(
        default=None, pattern="^[0-9a-fA-F]{6}$", description="Six hexadecimal digits."
    )
    description: str | None = Field(default=None, max_length=100)


class ListMilestones(Asked):
    """The arguments of list_milestones."""

    repo: Repo
    state: Literal["open", "closed", "all"] = "open"
    limit: Limit = 30
    cursor: Cursor = None


class WriteMilestone(Asked):
    """The arguments of milestone_write."""

    method: Literal["create", "update", "delete"]
    repo: Repo
    number: int | None = Field(default=None, ge=1, description="To update or delete it.")
    title: str | None = Field(default=None, min_length=1, max_length=256)
    description: str | None = Field(default=None, max_length=_MAX_CHARS)
    due_on: date | None = None
    state: Literal["open", "closed"] | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.method == "create" and self.title is None:
            raise ValueError("method=create needs a title")
        if self.method != "create" and self.number is None:
            raise ValueError(f"method={self.method} needs the number; list_milestones gives it")
        return self


class ListSubIssues(Asked):
    """The arguments of list_sub_issues."""

    issue: Thing
    repo: Repo | None = None
    limit: Limit = 30
    cursor: Cursor = None


class WriteSubIssue(Asked):
    """The arguments of sub_issue_write."""

    method: Literal["add", "remove", "move"]
    issue: Thing
    sub_issue: Thing
    repo: Repo | None = None
    after: Thing | None = Field(default=None, description="To move it behind this sub-issue.")
    before: Thing | None = Field(default=None, description="To move it before this sub-issue.")
    is_taken_over: bool = Field(
        default=False, description="To add it although it is another issue's: it is taken there."
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.method == "move" and (self.after is None) == (self.before is None):
            raise ValueError("method=move needs either after or before")
        return self


class LabelOut(BaseModel):
    """A label."""

    name: str
    color: str
    description: str
    is_deleted: bool = False


class Labels(Page):
    """Labels."""

    labels: list[LabelOut]


class MilestoneOut(BaseModel):
    """A milestone."""

    number: int
    title: str
    state: str
    begins: str = Field(description="The beginning of its description.")
    due_on: datetime | None
    open_issues: int
    closed_issues: int
    url: str
    is_deleted: bool = False


class Milestones(Page):
    """Milestones, the one due first before the others."""

    milestones: list[MilestoneOut]


class PlanningTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def list_labels(self, given: ListLabels, _call: Call) -> Labels:
        """List labels."""
        listing = Listing(path=f"{repository(given.repo).path}/labels", form=RawLabel, shape=_label)
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Labels(labels=kept, next_cursor=following)

    async def label_write(self, given: WriteLabel, _call: Call) -> LabelOut:
        """Make, change or delete a label."""
        path = f"{repository(given.repo).path}/labels"
        one = f"{path}/{in_part(given.name)}"
        asked = given.model_dump(include={"color", "description"}, exclude_none=True)
        if given.method == "create":
            made = await self._github.http.send("POST", path, {"name": given.name, **asked})
            return _label(read_one(RawLabel, made))
        if given.method == "update":
            renamed = {"new_name": given.new_name} if given.new_name else {}
            made = await self._github.http.send("PATCH", one, {**asked, **renamed})
            return _label(read_one(RawLabel, made))
        was = _label(read_one(RawLabel, await self._github.http.get(one)))
        await self._github.http.send("DELETE", one)
        return was.model_copy(update={"is_deleted": True})

    async def list_milestones(self, given: ListMilestones, _call: Call) -> Milestones:
        """List milestones."""
        listing = Listing(
            path=f"{repository(given.repo).path}/milestones",
            form=RawMilestone,
            shape=_milestone,
            asked={"state": given.state},
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Milestones(milestones=kept, next_cursor=following)

    async def milestone_write(self, given: WriteMilestone, _call: Call) -> MilestoneOut:
        """Make, change or delete a milestone."""
        path = f"{repository(given.repo).path}/milestones"
        one = f"{path}/{given.number}"
        asked = given.model_dump(include={"title", "description", "state"}, exclude_none=True)
        if given.due_on is not None:
            asked["due_on"] = f"{given.due_on.isoformat()}T12:00:00Z"  # GitHub keeps the day alone
        if given.method == "create":
            made = await self._github.http.send("POST", path, asked)
            return _milestone(read_one(RawMilestone, made))
        if given.method == "update":
            made = await self._github.http.send("PATCH", one, asked)
            return _milestone(read_one(RawMilestone, made))
        was = _milestone(read_one(RawMilestone, await self._github.http.get(one)))
        await self._github.http.send("DELETE", one)
        return was.model_copy(update={"is_deleted": True})

    async def list_sub_issues(self, given: ListSubIssues, _call: Call) -> Issues:
        """List the issues that an issue consists of."""
        repo, number = numbered(given.issue, given.repo)
        listing = Listing(
            path=f"{repo.path}/issues/{number}/sub_issues",
            form=RawIssue,
            shape=IssueBrief.of,
            by=lambda raw: (slug_of(raw.repository_url), raw.user),
        )
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Issues(issues=kept, next_cursor=following)

    async def sub_issue_write(self, given: WriteSubIssue, _call: Call) -> IssueBrief:
        """Add, remove or move a sub-issue; gives the issue that it is, or is no more, part of."""
        repo, number = numbered(given.issue, given.repo)
        path = f"{repo.path}/issues/{number}"
        asked: dict[str, Any] = {"sub_issue_id": await self._id(given.sub_issue, str(repo))}
        if given.method == "add":
            taken = {"replace_parent": True} if given.is_taken_over else {}
            made = await self._github.http.send("POST", f"{path}/sub_issues", {**asked, **taken})
        elif given.method == "remove":
            made = await self._github.http.send("DELETE", f"{path}/sub_issue", asked)
        else:
            for name, other in (("after_id", given.after), ("before_id", given.before)):
                if other is not None:
                    asked[name] = await self._id(other, str(repo))
            made = await self._github.http.send("PATCH", f"{path}/sub_issues/priority", asked)
        return IssueBrief.of(read_one(RawIssue, made))

    async def _id(self, issue: int | str, repo: str) -> int:
        """Give the number under which GitHub's database knows an issue."""
        there, number = numbered(issue, repo)
        found = await self._github.http.get(f"{there.path}/issues/{number}")
        return read_one(RawIssue, found).id

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="list_labels",
                title="List labels",
                description="List the labels that issues of a repository may have.",
                arguments=ListLabels,
                result=Labels,
                run=self.list_labels,
                **reads(_SET),
            ),
            Tool(
                name="label_write",
                title="Write a label",
                description="Make, change, rename or delete a label of a repository.",
                arguments=WriteLabel,
                result=LabelOut,
                run=self.label_write,
                **changes(_SET),
            ),
            Tool(
                name="list_milestones",
                title="List milestones",
                description="List a repository's milestones and how much of each is done.",
                arguments=ListMilestones,
                result=Milestones,
                run=self.list_milestones,
                **reads(_SET),
            ),
            Tool(
                name="milestone_write",
                title="Write a milestone",
                description="Make, change, close or delete a milestone of a repository.",
                arguments=WriteMilestone,
                result=MilestoneOut,
                run=self.milestone_write,
                **changes(_SET),
            ),
            Tool(
                name="list_sub_issues",
                title="List sub-issues",
                description="List the issues that an issue consists of, in their order.",
                arguments=ListSubIssues,
                result=Issues,
                run=self.list_sub_issues,
                **reads(_SET),
            ),
            Tool(
                name="sub_issue_write",
                title="Write a sub-issue",
                description="Make an issue part of another, take it out again, or move it within.",
                arguments=WriteSubIssue,
                result=IssueBrief,
                run=self.sub_issue_write,
                is_idempotent=True,
                **changes(_SET),
            ),
        ]


def _label(raw: RawLabel) -> LabelOut:
    return LabelOut(name=raw.name, color=raw.color or "", description=raw.description or "")


def _milestone(raw: RawMilestone) -> MilestoneOut:
    return MilestoneOut(
        number=raw.number,
        title=raw.title,
        state=raw.state,
        begins=snippet(raw.description),
        due_on=raw.due_on,
        open_issues=raw.open_issues,
        closed_issues=raw.closed_issues,
        url=raw.html_url,
    )
