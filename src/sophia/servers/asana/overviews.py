"""The tools for status updates, portfolios and templates."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sophia.servers.asana.client import Asana
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.handles import ProjectId, Workspace
from sophia.servers.asana.raw import (
    NAMES,
    PORTFOLIO,
    PROJECT_BRIEF,
    STATUS,
    RawJob,
    RawPortfolio,
    RawProject,
    RawStatus,
)
from sophia.servers.asana.schemas import (
    PortfolioBrief,
    Portfolios,
    ProjectBrief,
    Statuses,
    StatusOut,
    Thing,
    Things,
)
from sophia.servers.asana.task_arguments import MAX_TEXT_CHARS
from sophia.servers.asana.task_reading import InWorkspace, things
from sophia.servers.call import Call
from sophia.servers.output import Page
from sophia.servers.vendor.brief import Cursor, Json, Limit, by_cursor
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

_JOB = ("status", "new_project.name", "new_task.name")
# What the dates of a project's template are called.
_START, _DUE = "1", "2"

PortfolioId = Annotated[
    str, Field(min_length=1, max_length=500, description="A portfolio's name, gid or web address.")
]


class StatusesOf(Asked):
    """The arguments of list_status_updates."""

    project_id: ProjectId | None = None
    portfolio_id: PortfolioId | None = None
    limit: Limit = 10
    cursor: Cursor = None


class CreateStatus(Asked):
    """The arguments of create_status_update."""

    project_id: ProjectId | None = None
    portfolio_id: PortfolioId | None = None
    state: Literal["on_track", "at_risk", "off_track", "on_hold", "complete", "dropped"]
    title: str = Field(min_length=1, max_length=1_000)
    text: str = Field(min_length=1, max_length=MAX_TEXT_CHARS, description="Plain text.")


class OnePortfolio(Asked):
    """The arguments of get_portfolio."""

    portfolio_id: PortfolioId
    limit: Limit = 30
    cursor: Cursor = None


class ListTemplates(Asked):
    """The arguments of list_templates."""

    project_id: ProjectId | None = Field(
        default=None, description="For the templates of its tasks; leave out for those of projects."
    )
    workspace: Workspace = None
    limit: Limit = 50
    cursor: Cursor = None


class ProjectFromTemplate(Asked):
    """The arguments of create_project_from_template."""

    template: str = Field(min_length=1, max_length=300, description="Its name or gid.")
    name: str = Field(min_length=1, max_length=1_000)
    team: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    start_date: date | None = None
    due_date: date | None = None


class TaskFromTemplate(Asked):
    """The arguments of create_task_from_template."""

    project_id: ProjectId
    template: str = Field(min_length=1, max_length=300, description="Its name or gid.")
    name: str | None = Field(default=None, min_length=1, max_length=1_000)


class PortfolioOut(Page):
    """A portfolio with what is in it."""

    portfolio: PortfolioBrief
    projects: list[ProjectBrief]


class JobOut(BaseModel):
    """Something that Asana makes in its own time."""

    state: str = Field(description="succeeded, or still not_started or in_progress.")
    made: Thing | None = Field(description="It can be read when the state is succeeded.")


class OverviewTools:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def list_status_updates(self, given: StatusesOf, _call: Call) -> Statuses:
        """List the status updates of a project or portfolio."""
        asked: Params = {"parent": await self._parent(given)}

        async def ask(after: str | None, size: int) -> tuple[list[StatusOut], str | None]:
            found, following = await self._asana.page(
                "/status_updates", STATUS, after=after, size=size, asked=asked
            )
            return [StatusOut.of(raw) for raw in read_many(RawStatus, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Statuses(status_updates=kept, next_cursor=following)

    async def create_status_update(self, given: CreateStatus, _call: Call) -> StatusOut:
        """Say how a project or portfolio stands."""
        written: Json = {
            "parent": await self._parent(given),
            "status_type": given.state,
            "title": given.title,
            "text": given.text,
        }
        made = await self._asana.change("POST", "/status_updates", written, STATUS)
        return StatusOut.of(read_one(RawStatus, made))

    async def list_portfolios(self, given: InWorkspace, _call: Call) -> Portfolios:
        """List one's own portfolios: Asana lists no others."""
        workspace = await self._directory.workspace(given.workspace)
        asked: Params = {"workspace": workspace, "owner": "me"}

        async def ask(after: str | None, size: int) -> tuple[list[PortfolioBrief], str | None]:
            found, following = await self._asana.page(
                "/portfolios", PORTFOLIO, after=after, size=size, asked=asked
            )
            return [PortfolioBrief.of(raw) for raw in read_many(RawPortfolio, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Portfolios(portfolios=kept, next_cursor=following)

    async def get_portfolio(self, given: OnePortfolio, _call: Call) -> PortfolioOut:
        """Give a portfolio with its projects."""
        path = f"/portfolios/{await self._directory.gid('portfolio', given.portfolio_id)}"
        raw = read_one(RawPortfolio, await self._asana.one(path, PORTFOLIO))

        async def ask(after: str | None, size: int) -> tuple[list[ProjectBrief], str | None]:
            found, following = await self._asana.page(
                f"{path}/items", PROJECT_BRIEF, after=after, size=size
            )
            return [ProjectBrief.of(raw) for raw in read_many(RawProject, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return PortfolioOut(portfolio=PortfolioBrief.of(raw), projects=kept, next_cursor=following)

    async def list_templates(self, given: ListTemplates, _call: Call) -> Things:
        """List the templates of projects, or those of a project's tasks."""
        if given.project_id is not None:
            path = "/task_templates"
            asked: Params = {"project": await self._directory.gid("project", given.project_id)}
        else:
            path = "/project_templates"
            asked = {"workspace": await self._directory.workspace(given.workspace)}

        async def ask(after: str | None, size: int) -> tuple[list[Thing], str | None]:
            return things(await self._asana.page(path, NAMES, after=after, size=size, asked=asked))

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Things(found=kept, next_cursor=following)

    async def create_project_from_template(self, given: ProjectFromTemplate, _call: Call) -> JobOut:
        """Begin a project by a template; dates that are left out are Asana's defaults."""
        template = await self._directory.gid("project_template", given.template)
        dates = ((_START, given.start_date), (_DUE, given.due_date))
        written: Json = {
            "name": given.name,
            "is_strict": False,
            "requested_dates": [
                {"gid": gid, "value": when.isoformat()} for gid, when in dates if when is not None
            ],
        }
        if given.team is not None:
            written["team"] = await self._directory.gid("team", given.team)
        path = f"/project_templates/{template}/instantiateProject"
        return _job(await self._asana.change("POST", path, written, _JOB))

    async def create_task_from_template(self, given: TaskFromTemplate, _call: Call) -> JobOut:
        """Begin a task by a template of its project."""
        project = await self._directory.gid("project", given.project_id)
        template = await self._directory.task_template(given.template, project)
        written: Json = {"name": given.name} if given.name else {}
        path = f"/task_templates/{template}/instantiateTask"
        return _job(await self._asana.change("POST", path, written, _JOB))

    async def _parent(self, given: StatusesOf | CreateStatus) -> str:
        if given.project_id is not None and given.portfolio_id is None:
            return await self._directory.gid("project", given.project_id)
        if given.portfolio_id is not None and given.project_id is None:
            return await self._directory.gid("portfolio", given.portfolio_id)
        raise HandleError("Of what? Give either project_id or portfolio_id.")


def _job(made: Json) -> JobOut:
    raw = read_one(RawJob, made)
    thing = raw.new_project or raw.new_task
    return JobOut(state=raw.status, made=Thing.of(thing) if thing else None)
