"""The tools for projects, their sections and custom fields."""

from typing import Literal

from pydantic import BaseModel, Field

from sophia.servers.asana.client import Asana
from sophia.servers.asana.custom_fields import OF_SETTING, FieldOut, field_of
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.handles import Person, ProjectId, Workspace
from sophia.servers.asana.raw import (
    CUSTOM_FIELD,
    NAMES,
    PROJECT,
    PROJECT_BRIEF,
    STATUS,
    RawCounts,
    RawField,
    RawNamed,
    RawProject,
    RawSetting,
    RawStatus,
)
from sophia.servers.asana.schemas import (
    ProjectBrief,
    ProjectOut,
    Projects,
    StatusOut,
    Thing,
    Things,
)
from sophia.servers.asana.task_arguments import MAX_TEXT_CHARS, NOBODY, When, day
from sophia.servers.asana.task_reading import more_of, things
from sophia.servers.call import Call
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Cursor, Fields, Json, Limit, body_of, by_cursor
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.errors import VendorRefusedError
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

type Privacy = Literal["public_to_workspace", "private_to_team", "private"]

COUNTS = tuple(RawCounts.model_fields)


class ListProjects(Asked):
    """The arguments of list_projects."""

    workspace: Workspace = None
    team: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    archived: bool | None = Field(default=False, description="null: both.")
    limit: Limit = 30
    cursor: Cursor = None


class OneProject(Asked):
    """The arguments of get_project."""

    project_id: ProjectId
    fields: Fields = Field(default=[])
    body_cursor: Cursor = None


class ProjectOnly(Asked):
    """The arguments of get_project_status."""

    project_id: ProjectId


class PartOfProject(Asked):
    """The arguments of list_sections."""

    project_id: ProjectId
    limit: Limit = 50
    cursor: Cursor = None


class ListCustomFields(Asked):
    """The arguments of list_custom_fields."""

    project_id: ProjectId | None = Field(
        default=None, description="Leave out for all of the workspace."
    )
    workspace: Workspace = None
    limit: Limit = 30
    cursor: Cursor = None


class ProjectFields(Asked):
    """What of a project may be written; what is left out stays."""

    description: str | None = Field(default=None, max_length=MAX_TEXT_CHARS)
    owner: Person | None = Field(default=None, description="As people are written; none: nobody.")
    start_date: When | None = Field(default=None, description="2026-05-01, or none.")
    due_date: When | None = Field(default=None, description="2026-05-31, or none.")
    privacy: Privacy | None = None


class CreateProject(ProjectFields):
    """The arguments of create_project."""

    name: str = Field(min_length=1, max_length=1_000)
    team: str | None = Field(
        default=None, max_length=300, description="Its name or gid; an organisation needs one."
    )
    workspace: Workspace = None
    view: Literal["list", "board", "calendar", "timeline"] = "list"


class UpdateProject(ProjectFields):
    """The arguments of update_project."""

    project_id: ProjectId
    name: str | None = Field(default=None, min_length=1, max_length=1_000)
    archived: bool | None = None


class CreateSection(Asked):
    """The arguments of create_section."""

    project_id: ProjectId
    name: str = Field(min_length=1, max_length=1_000)
    after: str | None = Field(
        default=None, max_length=300, description="A section by name or gid; default: at the end."
    )


class ProjectStatus(BaseModel):
    """How a project stands."""

    project: ProjectBrief
    state: str = Field(description="on_track, at_risk, off_track, … or none.")
    last_update: StatusOut | None
    tasks: int
    open_tasks: int
    completed_tasks: int
    milestones: int
    open_milestones: int


class CustomFieldsOut(Page):
    """Custom fields."""

    custom_fields: list[FieldOut]


class ProjectTools:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def list_projects(self, given: ListProjects, _call: Call) -> Projects:
        """List projects."""
        workspace = await self._directory.workspace(given.workspace)
        path = f"/workspaces/{workspace}/projects"
        if given.team is not None:
            path = f"/teams/{await self._directory.gid('team', given.team, workspace)}/projects"
        asked: Params = {"archived": given.archived}

        async def ask(after: str | None, size: int) -> tuple[list[ProjectBrief], str | None]:
            found, following = await self._asana.page(
                path, PROJECT_BRIEF, after=after, size=size, asked=asked
            )
            return [ProjectBrief.of(raw) for raw in read_many(RawProject, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Projects(projects=kept, next_cursor=following)

    async def get_project(self, given: OneProject, _call: Call) -> ProjectOut:
        """Give a project."""
        project = await self._directory.gid("project", given.project_id)
        found = await self._asana.one(f"/projects/{project}", (*PROJECT, *given.fields))
        raw = read_one(RawProject, found)
        return ProjectOut.of(
            raw,
            owner=await self._owner(raw),
            body=body_of(raw.notes, cursor=given.body_cursor),
            more=more_of(found, given.fields),
        )

    async def get_project_status(self, given: ProjectOnly, _call: Call) -> ProjectStatus:
        """Say how a project stands: its last status update, and how much is open."""
        project = await self._directory.gid("project", given.project_id)
        found = await self._asana.one(f"/projects/{project}", PROJECT_BRIEF)
        counted = await self._asana.one(f"/projects/{project}/task_counts", COUNTS)
        counts = read_one(RawCounts, counted)
        last = await self._last_status(project)
        return ProjectStatus(
            project=ProjectBrief.of(read_one(RawProject, found)),
            state=last.state if last else "none",
            last_update=last,
            tasks=counts.num_tasks,
            open_tasks=counts.num_incomplete_tasks,
            completed_tasks=counts.num_completed_tasks,
            milestones=counts.num_milestones,
            open_milestones=counts.num_incomplete_milestones,
        )

    async def list_sections(self, given: PartOfProject, _call: Call) -> Things:
        """List the sections of a project, in their order."""
        path = f"/projects/{await self._directory.gid('project', given.project_id)}/sections"

        async def ask(after: str | None, size: int) -> tuple[list[Thing], str | None]:
            return things(await self._asana.page(path, NAMES, after=after, size=size))

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Things(found=kept, next_cursor=following)

    async def list_custom_fields(self, given: ListCustomFields, _call: Call) -> CustomFieldsOut:
        """List custom fields with what they may hold."""
        is_settings, fields = given.project_id is not None, CUSTOM_FIELD
        if given.project_id is not None:
            project = await self._directory.gid("project", given.project_id)
            path, fields = f"/projects/{project}/custom_field_settings", OF_SETTING
        else:
            workspace = await self._directory.workspace(given.workspace)
            path = f"/workspaces/{workspace}/custom_fields"

        async def ask(after: str | None, size: int) -> tuple[list[FieldOut], str | None]:
            found, following = await self._asana.page(path, fields, after=after, size=size)
            if is_settings:
                raws = [one.custom_field for one in read_many(RawSetting, found)]
            else:
                raws = read_many(RawField, found)
            return [field_of(raw) for raw in raws], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return CustomFieldsOut(custom_fields=kept, next_cursor=following)

    async def create_project(self, given: CreateProject, _call: Call) -> ProjectOut:
        """Make a project."""
        workspace = await self._directory.workspace(given.workspace)
        written: Json = {
            **await self._fields(given),
            "name": given.name,
            "default_view": given.view,
            "workspace": workspace,
        }
        if given.team is not None:
            written["team"] = await self._directory.gid("team", given.team, workspace)
        return await self._told(await self._asana.change("POST", "/projects", written, PROJECT))

    async def update_project(self, given: UpdateProject, _call: Call) -> ProjectOut:
        """Change a project; what is left out stays."""
        project = await self._directory.gid("project", given.project_id)
        written = await self._fields(given)
        said = {"name": given.name, "archived": given.archived}
        written |= {name: value for name, value in said.items() if value is not None}
        if not written:
            raise VendorRefusedError("Nothing is to be changed: name what is.")
        made = await self._asana.change("PUT", f"/projects/{project}", written, PROJECT)
        return await self._told(made)

    async def create_section(self, given: CreateSection, _call: Call) -> Thing:
        """Make a section in a project."""
        project = await self._directory.gid("project", given.project_id)
        written: Json = {"name": given.name}
        if given.after is not None:
            written["insert_after"] = await self._directory.section(given.after, project)
        path = f"/projects/{project}/sections"
        return Thing.of(read_one(RawNamed, await self._asana.change("POST", path, written, NAMES)))

    async def _fields(self, given: ProjectFields) -> Json:
        written: Json = {}
        if given.description is not None:
            written["notes"] = given.description
        if given.owner is not None:
            is_nobody = given.owner == NOBODY
            written["owner"] = None if is_nobody else await self._directory.person(given.owner)
        for name, when in (("start_on", given.start_date), ("due_on", given.due_date)):
            if when is not None:
                written[name] = day(when)
        if given.privacy is not None:
            written["privacy_setting"] = given.privacy
        return written

    async def _told(self, made: Json) -> ProjectOut:
        raw = read_one(RawProject, made)
        return ProjectOut.of(raw, owner=await self._owner(raw))

    async def _owner(self, raw: RawProject) -> str | None:
        return await self._directory.name_of(raw.owner.gid) if raw.owner else None

    async def _last_status(self, project: str) -> StatusOut | None:
        asked: Params = {"parent": project}
        found, _ = await self._asana.page("/status_updates", STATUS, size=1, asked=asked)
        return next((StatusOut.of(raw) for raw in read_many(RawStatus, found)), None)
