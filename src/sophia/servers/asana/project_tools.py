"""The tools for projects, statuses, portfolios and templates, as they are offered."""

from typing import Any

from sophia.servers.asana.overviews import (
    CreateStatus,
    JobOut,
    ListTemplates,
    OnePortfolio,
    OverviewTools,
    PortfolioOut,
    ProjectFromTemplate,
    StatusesOf,
    TaskFromTemplate,
)
from sophia.servers.asana.projects import (
    CreateProject,
    CreateSection,
    CustomFieldsOut,
    ListCustomFields,
    ListProjects,
    OneProject,
    PartOfProject,
    ProjectOnly,
    ProjectStatus,
    ProjectTools,
    UpdateProject,
)
from sophia.servers.asana.schemas import (
    Portfolios,
    ProjectOut,
    Projects,
    Statuses,
    StatusOut,
    Thing,
    Things,
)
from sophia.servers.asana.task_reading import InWorkspace
from sophia.servers.parts import Tool
from sophia.servers.vendor.offering import changes, reads, writes


def project_tools(deeds: ProjectTools) -> list[Tool[Any, Any]]:
    """List those for projects."""
    return [*_reading(deeds), *_writing(deeds)]


def _reading(deeds: ProjectTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="list_projects",
            title="List projects",
            description="List the projects of a workspace or team.",
            arguments=ListProjects,
            result=Projects,
            run=deeds.list_projects,
            **reads("projects"),
        ),
        Tool(
            name="get_project",
            title="Read a project",
            description="Give a project with its text, members and custom fields.",
            arguments=OneProject,
            result=ProjectOut,
            run=deeds.get_project,
            **reads("projects"),
        ),
        Tool(
            name="get_project_status",
            title="How a project stands",
            description="Say how a project stands: its last status update, and how much is open.",
            arguments=ProjectOnly,
            result=ProjectStatus,
            run=deeds.get_project_status,
            **reads("projects"),
        ),
        Tool(
            name="list_sections",
            title="List sections",
            description="List the sections of a project, in their order.",
            arguments=PartOfProject,
            result=Things,
            run=deeds.list_sections,
            **reads("projects"),
        ),
        Tool(
            name="list_custom_fields",
            title="List custom fields",
            description="List the custom fields of a project or workspace, with what they may"
            " hold.",
            arguments=ListCustomFields,
            result=CustomFieldsOut,
            run=deeds.list_custom_fields,
            **reads("projects"),
        ),
    ]


def _writing(deeds: ProjectTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="create_project",
            title="Make a project",
            description="Make a project; an organisation's belongs to a team.",
            arguments=CreateProject,
            result=ProjectOut,
            run=deeds.create_project,
            **writes("projects"),
        ),
        Tool(
            name="update_project",
            title="Change a project",
            description="Change a project's name, text, owner, dates or privacy, or archive it;"
            " what is left out stays.",
            arguments=UpdateProject,
            result=ProjectOut,
            run=deeds.update_project,
            is_idempotent=True,
            **changes("projects"),
        ),
        Tool(
            name="create_section",
            title="Make a section",
            description="Make a section in a project.",
            arguments=CreateSection,
            result=Thing,
            run=deeds.create_section,
            **writes("projects"),
        ),
    ]


def overview_tools(deeds: OverviewTools) -> list[Tool[Any, Any]]:
    """List those for statuses, portfolios and templates."""
    return [*_overviews(deeds), *_templates(deeds)]


def _overviews(deeds: OverviewTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="list_status_updates",
            title="List status updates",
            description="List the status updates of a project or portfolio, the youngest first.",
            arguments=StatusesOf,
            result=Statuses,
            run=deeds.list_status_updates,
            **reads("statuses"),
        ),
        Tool(
            name="create_status_update",
            title="Give a status update",
            description="Say how a project or portfolio stands; its followers are told.",
            arguments=CreateStatus,
            result=StatusOut,
            run=deeds.create_status_update,
            **writes("statuses"),
        ),
        Tool(
            name="list_portfolios",
            title="List portfolios",
            description="List the portfolios that are yours; Asana lists no others.",
            arguments=InWorkspace,
            result=Portfolios,
            run=deeds.list_portfolios,
            **reads("portfolios"),
        ),
        Tool(
            name="get_portfolio",
            title="Read a portfolio",
            description="Give a portfolio with its projects and how each stands.",
            arguments=OnePortfolio,
            result=PortfolioOut,
            run=deeds.get_portfolio,
            **reads("portfolios"),
        ),
    ]


def _templates(deeds: OverviewTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="list_templates",
            title="List templates",
            description="List the templates of projects, or those of a project's tasks.",
            arguments=ListTemplates,
            result=Things,
            run=deeds.list_templates,
            **reads("templates"),
        ),
        Tool(
            name="create_project_from_template",
            title="Make a project by a template",
            description="Make a project by a template; Asana does it in its own time.",
            arguments=ProjectFromTemplate,
            result=JobOut,
            run=deeds.create_project_from_template,
            **writes("templates"),
        ),
        Tool(
            name="create_task_from_template",
            title="Make a task by a template",
            description="Make a task by a template of its project; Asana does it in its own time.",
            arguments=TaskFromTemplate,
            result=JobOut,
            run=deeds.create_task_from_template,
            **writes("templates"),
        ),
    ]
