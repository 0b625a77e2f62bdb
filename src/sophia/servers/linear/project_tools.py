"""The tools for projects and all around them, as they are offered."""

from typing import Any

from sophia.servers.linear.documents import DocumentTools
from sophia.servers.linear.project_arguments import (
    ListDocuments,
    ListInitiatives,
    ListMilestones,
    ListProjects,
    ListUpdates,
    OneDocument,
    OneInitiative,
    OneProject,
    SaveDocument,
    SaveInitiative,
    SaveMilestone,
    SaveProject,
    SaveUpdate,
)
from sophia.servers.linear.project_schemas import (
    DocumentOut,
    Documents,
    InitiativeOut,
    Initiatives,
    MilestoneOut,
    Milestones,
    ProjectOut,
    Projects,
    UpdateOut,
    Updates,
)
from sophia.servers.linear.projects import ProjectTools
from sophia.servers.parts import Tool
from sophia.servers.vendor.offering import changes, reads


def project_tools(deeds: ProjectTools) -> list[Tool[Any, Any]]:
    """List the tools for projects, milestones and initiatives."""
    return [
        Tool(
            name="list_projects",
            title="List projects",
            description="List projects by name, team, status, lead or initiative, those changed"
            " last first.",
            arguments=ListProjects,
            result=Projects,
            run=deeds.list_projects,
            **reads("projects"),
        ),
        Tool(
            name="get_project",
            title="Read a project",
            description="Give a project with its text, members and milestones; a long text goes"
            " on by body_cursor.",
            arguments=OneProject,
            result=ProjectOut,
            run=deeds.get_project,
            **reads("projects"),
        ),
        Tool(
            name="save_project",
            title="Save a project",
            description="Make a project, or change one by project_id; what is left out stays.",
            arguments=SaveProject,
            result=ProjectOut,
            run=deeds.save_project,
            **changes("projects"),
        ),
        Tool(
            name="list_milestones",
            title="List milestones",
            description="List the milestones of a project.",
            arguments=ListMilestones,
            result=Milestones,
            run=deeds.list_milestones,
            **reads("projects"),
        ),
        Tool(
            name="save_milestone",
            title="Save a milestone",
            description="Make a milestone of a project, or change one by milestone; what is"
            " left out stays.",
            arguments=SaveMilestone,
            result=MilestoneOut,
            run=deeds.save_milestone,
            **changes("projects"),
        ),
        Tool(
            name="list_initiatives",
            title="List initiatives",
            description="List initiatives, those changed last first.",
            arguments=ListInitiatives,
            result=Initiatives,
            run=deeds.list_initiatives,
            **reads("projects"),
        ),
        Tool(
            name="get_initiative",
            title="Read an initiative",
            description="Give an initiative with its text and projects.",
            arguments=OneInitiative,
            result=InitiativeOut,
            run=deeds.get_initiative,
            **reads("projects"),
        ),
        Tool(
            name="save_initiative",
            title="Save an initiative",
            description="Make an initiative, or change one by initiative; what is left out stays.",
            arguments=SaveInitiative,
            result=InitiativeOut,
            run=deeds.save_initiative,
            **changes("projects"),
        ),
    ]


def document_tools(deeds: DocumentTools) -> list[Tool[Any, Any]]:
    """List the tools for status updates and documents."""
    return [
        Tool(
            name="list_status_updates",
            title="List status updates",
            description="List what was written about how a project or an initiative stands, the"
            " youngest first.",
            arguments=ListUpdates,
            result=Updates,
            run=deeds.list_status_updates,
            **reads("projects"),
        ),
        Tool(
            name="save_status_update",
            title="Save a status update",
            description="Write how a project or an initiative stands, or mend it by update_id.",
            arguments=SaveUpdate,
            result=UpdateOut,
            run=deeds.save_status_update,
            **changes("projects"),
        ),
        Tool(
            name="list_documents",
            title="List documents",
            description="List documents by title, project or initiative, those changed last first.",
            arguments=ListDocuments,
            result=Documents,
            run=deeds.list_documents,
            **reads("documents"),
        ),
        Tool(
            name="get_document",
            title="Read a document",
            description="Give a document's text; a long one goes on by body_cursor.",
            arguments=OneDocument,
            result=DocumentOut,
            run=deeds.get_document,
            **reads("documents"),
        ),
        Tool(
            name="save_document",
            title="Save a document",
            description="Write a document, or change one by document; what is left out stays.",
            arguments=SaveDocument,
            result=DocumentOut,
            run=deeds.save_document,
            **changes("documents"),
        ),
    ]
