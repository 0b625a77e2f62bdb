"""The tools for what a workspace consists of: people, teams, states, labels, cycles."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.linear.client import Linear, creating, listing, single
from sophia.servers.linear.directory import Directory
from sophia.servers.linear.raw import RawCycle, RawLabel, RawTeamState, RawUser, RawWholeTeam
from sophia.servers.linear.selections import CYCLE, LABEL, STATE, TEAM, USER
from sophia.servers.linear.workspace_schemas import (
    CreateLabel,
    CycleOut,
    Cycles,
    LabelOut,
    Labels,
    ListCycles,
    Listing,
    ListUsers,
    Me,
    OfTeam,
    OneTeam,
    StateOut,
    States,
    TeamOut,
    Teams,
    UserOut,
    Users,
)
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.offering import reads, writes
from sophia.servers.vendor.reading import read_one

_VIEWER = f"query {{ viewer {{ {USER} organization {{ name urlKey }} }} }}"
_TEAMS = listing("teams", "TeamFilter", TEAM)
_TEAM = single("team", TEAM)
_USERS = listing("users", "UserFilter", USER, order="createdAt")
_MEMBERS = (
    "query($id: String!, $first: Int!, $after: String, $filter: UserFilter) { team(id: $id) {"
    f" members(first: $first, after: $after, filter: $filter) {{ nodes {{ {USER} }}"
    " pageInfo { hasNextPage endCursor } } } }"
)
_STATES = listing("workflowStates", "WorkflowStateFilter", STATE)
_LABELS = listing("issueLabels", "IssueLabelFilter", LABEL)
_LABEL = creating("issueLabelCreate", "IssueLabelCreateInput", "issueLabel", LABEL)
_CYCLES = listing("cycles", "CycleFilter", CYCLE, order="createdAt")


class WorkspaceTools:
    """What the tools do."""

    def __init__(self, linear: Linear, directory: Directory) -> None:
        """Take whom to ask, and who knows the names."""
        self._linear = linear
        self._directory = directory

    async def get_me(self, _given: NoArguments, _call: Call) -> Me:
        """Say whose key it is."""
        raw = read_one(RawUser, await self._linear.one(_VIEWER, "viewer"))
        return Me(
            user_id=raw.id,
            name=raw.name,
            display_name=raw.display_name,
            email=raw.email,
            is_admin=raw.admin,
            workspace=raw.organization.name if raw.organization else "",
        )

    async def list_teams(self, given: Listing, _call: Call) -> Teams:
        """List the teams."""
        kept, following = await self._linear.listed(given, _TEAMS, "teams", _team)
        return Teams(teams=kept, next_cursor=following)

    async def get_team(self, given: OneTeam, _call: Call) -> TeamOut:
        """Give a team."""
        team_id = await self._directory.team(given.team)
        return _team(await self._linear.one(_TEAM, "team", id=team_id))

    async def list_users(self, given: ListUsers, _call: Call) -> Users:
        """List people."""
        asked: Json = {}
        if given.query is not None:
            part = {"containsIgnoreCase": given.query}
            asked["filter"] = {"or": [{"name": part}, {"displayName": part}, {"email": part}]}
        document, path = _USERS, "users"
        if given.team is not None:
            document, path = _MEMBERS, "team.members"
            asked["id"] = await self._directory.team(given.team)
        kept, following = await self._linear.listed(given, document, path, _user, **asked)
        return Users(users=kept, next_cursor=following)

    async def list_issue_statuses(self, given: OfTeam, _call: Call) -> States:
        """List the states of a team, or of all."""
        asked = await self._of(given.team)
        kept, following = await self._linear.listed(
            given, _STATES, "workflowStates", _state, **asked
        )
        return States(states=kept, next_cursor=following)

    async def list_issue_labels(self, given: OfTeam, _call: Call) -> Labels:
        """List the labels that a team may use, or all."""
        asked: Json = {}
        if given.team is not None:
            team_id = await self._directory.team(given.team)
            own = [{"team": {"id": {"eq": team_id}}}, {"team": {"null": True}}]
            asked["filter"] = {"or": own}
        kept, following = await self._linear.listed(given, _LABELS, "issueLabels", _label, **asked)
        return Labels(labels=kept, next_cursor=following)

    async def create_issue_label(self, given: CreateLabel, _call: Call) -> LabelOut:
        """Make a label."""
        asked = given.model_dump(exclude={"team"}, exclude_none=True)
        if given.team is not None:
            asked["teamId"] = await self._directory.team(given.team)
        made = await self._linear.create(_LABEL, asked)
        self._directory.forget()
        return _label(made)

    async def list_cycles(self, given: ListCycles, _call: Call) -> Cycles:
        """List the cycles of a team."""
        asked = await self._of(given.team)
        kept, following = await self._linear.listed(given, _CYCLES, "cycles", _cycle, **asked)
        return Cycles(cycles=kept, next_cursor=following)

    async def _of(self, team: str | None) -> Json:
        if team is None:
            return {}
        return {"filter": {"team": {"id": {"eq": await self._directory.team(team)}}}}

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="get_me",
                title="Say who I am",
                description="Say whose key it is; other tools take `me` for that person.",
                arguments=NoArguments,
                result=Me,
                run=self.get_me,
                is_read_only=True,
                is_open_world=True,
                toolset="workspace",
            ),
            Tool(
                name="list_teams",
                title="List teams",
                description="List the teams with their keys and current cycles.",
                arguments=Listing,
                result=Teams,
                run=self.list_teams,
                **reads("workspace"),
            ),
            Tool(
                name="get_team",
                title="Read a team",
                description="Say what a team is, how it works and its current cycle.",
                arguments=OneTeam,
                result=TeamOut,
                run=self.get_team,
                **reads("workspace"),
            ),
            Tool(
                name="list_users",
                title="List people",
                description="List the people of the workspace or of a team.",
                arguments=ListUsers,
                result=Users,
                run=self.list_users,
                **reads("workspace"),
            ),
            *self._lists(),
            Tool(
                name="create_issue_label",
                title="Make a label",
                description="Make a label for the issues of a team or of the whole workspace.",
                arguments=CreateLabel,
                result=LabelOut,
                run=self.create_issue_label,
                **writes("workspace"),
            ),
        ]

    def _lists(self) -> list[Tool[Any, Any]]:
        return [
            Tool(
                name="list_issue_statuses",
                title="List states",
                description="List the states that issues of a team, or of any, may be in.",
                arguments=OfTeam,
                result=States,
                run=self.list_issue_statuses,
                **reads("workspace"),
            ),
            Tool(
                name="list_issue_labels",
                title="List labels",
                description="List the labels that issues of a team, or of any, may carry.",
                arguments=OfTeam,
                result=Labels,
                run=self.list_issue_labels,
                **reads("workspace"),
            ),
            Tool(
                name="list_cycles",
                title="List cycles",
                description="List the cycles of a team, the youngest first.",
                arguments=ListCycles,
                result=Cycles,
                run=self.list_cycles,
                **reads("workspace"),
            ),
        ]


def _team(raw: Any) -> TeamOut:
    return TeamOut.of(read_one(RawWholeTeam, raw))


def _user(raw: Any) -> UserOut:
    return UserOut.of(read_one(RawUser, raw))


def _state(raw: Any) -> StateOut:
    return StateOut.of(read_one(RawTeamState, raw))


def _label(raw: Any) -> LabelOut:
    return LabelOut.of(read_one(RawLabel, raw))


def _cycle(raw: Any) -> CycleOut:
    return CycleOut.of(read_one(RawCycle, raw))
