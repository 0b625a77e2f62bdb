"""What the tools for issues do."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.linear.client import PAGE, Linear, creating, listing, single, updating
from sophia.servers.linear.directory import Directory
from sophia.servers.linear.handles import issue_id
from sophia.servers.linear.issue_arguments import (
    CreateIssue,
    ListIssues,
    OneIssue,
    SearchIssues,
    UpdateIssue,
)
from sophia.servers.linear.issue_input import filter_of, input_of
from sophia.servers.linear.raw import RawIssue, RawPlace, RawWholeIssue
from sophia.servers.linear.schemas import FoundIssues, IssueBrief, IssueOut, Issues
from sophia.servers.linear.selections import ISSUE, ISSUE_BRIEF
from sophia.servers.vendor.brief import Json, body_of, by_cursor, check_fields, chosen
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.reading import read_one

# What get_issue gives besides on request: Linear's own fields that are neither lists nor objects.
MORE = (
    *("addedToCycleAt", "addedToProjectAt", "archivedAt", "autoArchivedAt", "autoClosedAt"),
    *("customerTicketCount", "number", "previousIdentifiers", "priorityLabel", "slaBreachesAt"),
    *("slaStartedAt", "slaType", "snoozedUntilAt", "sortOrder", "startedTriageAt", "triagedAt"),
    "trashed",
)
_LIST = listing("issues", "IssueFilter", ISSUE_BRIEF)
_SEARCH = (
    "query($term: String!, $teamId: String, $includeComments: Boolean, $first: Int!,"
    " $after: String) { searchIssues(term: $term, teamId: $teamId,"
    " includeComments: $includeComments, first: $first, after: $after) {"
    f" totalCount nodes {{ {ISSUE_BRIEF} }} {PAGE} }} }}"
)
_PLACE = single("issue", "id team { id } project { id }")
_CREATE = creating("issueCreate", "IssueCreateInput", "issue", ISSUE)
_UPDATE = updating("issueUpdate", "IssueUpdateInput", "issue", ISSUE)


class IssueTools:
    """Issues, as a model asks for them."""

    def __init__(self, linear: Linear, directory: Directory) -> None:
        """Take whom to ask, and who knows the names."""
        self._linear = linear
        self._directory = directory

    async def list_issues(self, given: ListIssues, _call: Call) -> Issues:
        """List issues, those changed last first."""
        asked = await filter_of(given, self._directory)
        kept, following = await self._linear.listed(given, _LIST, "issues", _brief, filter=asked)
        return Issues(issues=kept, next_cursor=following)

    async def search_issues(self, given: SearchIssues, _call: Call) -> FoundIssues:
        """Find issues by words."""
        asked = {
            "term": given.query,
            "teamId": await self._directory.team(given.team) if given.team else None,
            "includeComments": given.include_comments,
        }
        totals = [0]

        async def ask(after: str | None, size: int) -> tuple[list[IssueBrief], str | None]:
            page = await self._linear.page(_SEARCH, "searchIssues", size=size, after=after, **asked)
            totals.append(int(page.total_count))
            return [_brief(node) for node in page.nodes], page.following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return FoundIssues(issues=kept, total=totals[-1], next_cursor=following)

    async def get_issue(self, given: OneIssue, _call: Call) -> IssueOut:
        """Give an issue."""
        check_fields(given.fields, MORE)
        document = single("issue", f"{ISSUE} {' '.join(given.fields)}")
        found = await self._linear.one(document, "issue", id=issue_id(given.issue_id))
        raw = read_one(RawWholeIssue, found)
        body = body_of(raw.description, cursor=given.body_cursor)
        return IssueOut.of(raw, body=body, more=chosen(found, given.fields))

    async def create_issue(self, given: CreateIssue, _call: Call) -> IssueOut:
        """Open an issue."""
        team_id = await self._directory.team(given.team_key)
        words = await input_of(given, self._directory, team_id=team_id, project_id=None)
        asked = {"title": given.title, "teamId": team_id, **words}
        if given.labels:
            asked["labelIds"] = await self._directory.labels(given.labels, team_id)
        return _told(await self._linear.create(_CREATE, asked))

    async def update_issue(self, given: UpdateIssue, _call: Call) -> IssueOut:
        """Change an issue; what is left out stays."""
        found = await self._linear.one(_PLACE, "issue", id=issue_id(given.issue_id))
        place = read_one(RawPlace, found)
        directory, team_id = self._directory, place.team.id
        asked: Json = {} if given.title is None else {"title": given.title}
        if given.team_key is not None:
            asked["teamId"] = team_id = await directory.team(given.team_key)
        project_id = place.project.id if place.project else None
        asked |= await input_of(given, directory, team_id=team_id, project_id=project_id)
        for name, labels in (
            ("labelIds", given.labels),
            ("addedLabelIds", given.add_labels or None),
            ("removedLabelIds", given.remove_labels or None),
        ):
            if labels is not None:
                asked[name] = await directory.labels(labels, team_id)
        if not asked:
            raise HandleError("Nothing is to be changed: give a title, state, assignee or another.")
        return _told(await self._linear.update(_UPDATE, place.id, asked))


def _brief(node: Any) -> IssueBrief:
    return IssueBrief.of(read_one(RawIssue, node))


def _told(made: Any) -> IssueOut:
    raw = read_one(RawWholeIssue, made)
    return IssueOut.of(raw, body=body_of(raw.description))
