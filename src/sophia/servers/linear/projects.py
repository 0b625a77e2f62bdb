"""What the tools for projects, milestones and initiatives do."""

from typing import Any

from sophia.servers.call import Call
from sophia.servers.linear.client import Linear, creating, listing, single, updating
from sophia.servers.linear.directory import Directory
from sophia.servers.linear.handles import is_none, priority_number, written
from sophia.servers.linear.project_arguments import (
    ListInitiatives,
    ListMilestones,
    ListProjects,
    OneInitiative,
    OneProject,
    SaveInitiative,
    SaveMilestone,
    SaveProject,
)
from sophia.servers.linear.project_schemas import (
    InitiativeBrief,
    InitiativeOut,
    Initiatives,
    MilestoneOut,
    Milestones,
    ProjectBrief,
    ProjectOut,
    Projects,
)
from sophia.servers.linear.raw import (
    RawInitiative,
    RawMilestone,
    RawProject,
    RawWholeInitiative,
    RawWholeProject,
)
from sophia.servers.linear.selections import (
    INITIATIVE,
    INITIATIVE_BRIEF,
    MILESTONE,
    PROJECT,
    PROJECT_BRIEF,
)
from sophia.servers.vendor.brief import Json, body_of, check_fields, chosen
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.reading import read_one

# What get_project gives besides on request.
MORE = (
    *("archivedAt", "autoArchivedAt", "color", "completedIssueCountHistory", "healthUpdatedAt"),
    *("inProgressScopeHistory", "issueCountHistory", "scopeHistory", "completedScopeHistory"),
    *("sortOrder", "startDateResolution", "targetDateResolution", "trashed"),
)
_TYPES = ("backlog", "planned", "started", "paused", "completed", "canceled")

_PROJECTS = listing("projects", "ProjectFilter", PROJECT_BRIEF)
_CREATE = creating("projectCreate", "ProjectCreateInput", "project", PROJECT)
_UPDATE = updating("projectUpdate", "ProjectUpdateInput", "project", PROJECT)
_MILESTONES = listing("projectMilestones", "ProjectMilestoneFilter", MILESTONE)
_CREATE_MILESTONE = creating(
    "projectMilestoneCreate", "ProjectMilestoneCreateInput", "projectMilestone", MILESTONE
)
_UPDATE_MILESTONE = updating(
    "projectMilestoneUpdate", "ProjectMilestoneUpdateInput", "projectMilestone", MILESTONE
)
_INITIATIVES = listing("initiatives", "InitiativeFilter", INITIATIVE_BRIEF)
_INITIATIVE = single("initiative", INITIATIVE)
_CREATE_INITIATIVE = creating("initiativeCreate", "InitiativeCreateInput", "initiative", INITIATIVE)
_UPDATE_INITIATIVE = updating("initiativeUpdate", "InitiativeUpdateInput", "initiative", INITIATIVE)


class ProjectTools:
    """Projects, as a model asks for them."""

    def __init__(self, linear: Linear, directory: Directory) -> None:
        """Take whom to ask, and who knows the names."""
        self._linear = linear
        self._directory = directory

    async def list_projects(self, given: ListProjects, _call: Call) -> Projects:
        """List projects, those changed last first."""
        directory = self._directory
        asked: Json = {}
        if given.query is not None:
            asked["name"] = {"containsIgnoreCase": given.query}
        if given.team is not None:
            team_id = await directory.team(given.team)
            asked["accessibleTeams"] = {"some": {"id": {"eq": team_id}}}
        if given.state is not None:
            asked["status"] = await self._status(given.state)
        if given.lead is not None:
            asked["lead"] = {"id": {"eq": await directory.person(given.lead)}}
        if given.initiative is not None:
            initiative_id = await directory.initiative(given.initiative)
            asked["initiatives"] = {"some": {"id": {"eq": initiative_id}}}
        kept, following = await self._linear.listed(
            given, _PROJECTS, "projects", _project, filter=asked
        )
        return Projects(projects=kept, next_cursor=following)

    async def get_project(self, given: OneProject, _call: Call) -> ProjectOut:
        """Give a project."""
        check_fields(given.fields, MORE)
        document = single("project", f"{PROJECT} {' '.join(given.fields)}")
        project_id = await self._directory.project(given.project_id)
        found = await self._linear.one(document, "project", id=project_id)
        raw = read_one(RawWholeProject, found)
        body = body_of(raw.content, cursor=given.body_cursor)
        return ProjectOut.whole(raw, body=body, more=chosen(found, given.fields))

    async def save_project(self, given: SaveProject, _call: Call) -> ProjectOut:
        """Make a project, or change one; what is left out stays."""
        asked = await self._input_of(given)
        if given.project_id is None:
            if given.name is None or given.teams is None:
                raise HandleError("A project needs a name and teams: give both, or project_id.")
            made = await self._linear.create(_CREATE, asked)
        else:
            project_id = await self._directory.project(given.project_id)
            made = await self._linear.update(_UPDATE, project_id, asked)
        self._directory.forget()
        raw = read_one(RawWholeProject, made)
        return ProjectOut.whole(raw, body=body_of(raw.content))

    async def list_milestones(self, given: ListMilestones, _call: Call) -> Milestones:
        """List the milestones of a project."""
        project_id = await self._directory.project(given.project_id)
        asked = {"project": {"id": {"eq": project_id}}}
        kept, following = await self._linear.listed(
            given, _MILESTONES, "projectMilestones", _milestone, filter=asked
        )
        return Milestones(milestones=kept, next_cursor=following)

    async def save_milestone(self, given: SaveMilestone, _call: Call) -> MilestoneOut:
        """Make a milestone, or change one; what is left out stays."""
        project_id = await self._directory.project(given.project_id)
        asked = written(
            name=given.name, description=given.description, targetDate=given.target_date
        )
        if given.milestone is None:
            if given.name is None:
                raise HandleError("A milestone needs a name: give name, or milestone to change.")
            asked["projectId"] = project_id
            made = await self._linear.create(_CREATE_MILESTONE, asked)
        else:
            one = await self._directory.milestone(given.milestone, project_id)
            made = await self._linear.update(_UPDATE_MILESTONE, one, asked)
        self._directory.forget()
        return _milestone(made)

    async def list_initiatives(self, given: ListInitiatives, _call: Call) -> Initiatives:
        """List initiatives, those changed last first."""
        asked = {"status": {"eq": given.status.capitalize()}} if given.status else {}
        kept, following = await self._linear.listed(
            given, _INITIATIVES, "initiatives", _initiative, filter=asked
        )
        return Initiatives(initiatives=kept, next_cursor=following)

    async def get_initiative(self, given: OneInitiative, _call: Call) -> InitiativeOut:
        """Give an initiative."""
        one = await self._directory.initiative(given.initiative)
        raw = read_one(
            RawWholeInitiative, await self._linear.one(_INITIATIVE, "initiative", id=one)
        )
        return InitiativeOut.whole(raw, body=body_of(raw.content, cursor=given.body_cursor))

    async def save_initiative(self, given: SaveInitiative, _call: Call) -> InitiativeOut:
        """Make an initiative, or change one; what is left out stays."""
        asked = written(
            name=given.name,
            description=given.summary,
            content=given.body,
            status=given.status.capitalize() if given.status else None,
            targetDate=given.target_date,
        )
        if given.owner is not None:
            asked["ownerId"] = await self._person(given.owner)
        if given.initiative is None:
            if given.name is None:
                raise HandleError("An initiative needs a name: give name, or which to change.")
            made = await self._linear.create(_CREATE_INITIATIVE, asked)
        else:
            one = await self._directory.initiative(given.initiative)
            made = await self._linear.update(_UPDATE_INITIATIVE, one, asked)
        self._directory.forget()
        raw = read_one(RawWholeInitiative, made)
        return InitiativeOut.whole(raw, body=body_of(raw.content))

    async def _input_of(self, given: SaveProject) -> Json:
        directory = self._directory
        asked = written(
            name=given.name,
            description=given.summary,
            content=given.body,
            startDate=given.start_date,
            targetDate=given.target_date,
        )
        if given.priority is not None:
            asked["priority"] = priority_number(given.priority)
        if given.teams is not None:
            asked["teamIds"] = [await directory.team(name) for name in given.teams]
        if given.status is not None:
            asked["statusId"] = await directory.project_status(given.status)
        if given.lead is not None:
            asked["leadId"] = await self._person(given.lead)
        return asked

    async def _status(self, name: str) -> Json:
        word = name.strip().lower()
        if word in _TYPES:
            return {"type": {"eq": word}}
        return {"id": {"eq": await self._directory.project_status(name)}}

    async def _person(self, name: str) -> str | None:
        return None if is_none(name) else await self._directory.person(name)


def _project(node: Any) -> ProjectBrief:
    return ProjectBrief.of(read_one(RawProject, node))


def _milestone(node: Any) -> MilestoneOut:
    return MilestoneOut.of(read_one(RawMilestone, node))


def _initiative(node: Any) -> InitiativeBrief:
    return InitiativeBrief.of(read_one(RawInitiative, node))
