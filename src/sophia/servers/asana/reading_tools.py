"""The tools that find and read people and tasks, as they are offered."""

from typing import Any

from sophia.servers.asana.people import ListUsers, OneUser, PeopleTools, PersonOut, Users
from sophia.servers.asana.schemas import Found, Things
from sophia.servers.asana.search import SearchObjects, SearchTasks, SearchTools
from sophia.servers.asana.task_reading import (
    CommentsOfTask,
    InWorkspace,
    MyTasks,
    OneTask,
    PartOfTask,
    ProjectTasks,
    TaskOnly,
    TaskReading,
)
from sophia.servers.asana.task_schemas import (
    Attachments,
    Comments,
    Dependencies,
    FoundTasks,
    TaskOut,
    Tasks,
)
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.vendor.offering import reads


def context_tools(people: PeopleTools, search: SearchTools) -> list[Tool[Any, Any]]:
    """List those for who there is and where."""
    return [
        Tool(
            name="get_me",
            title="Who I am at Asana",
            description="Say whose token it is; other tools take `me` for that person.",
            arguments=NoArguments,
            result=PersonOut,
            run=people.get_me,
            is_read_only=True,
            is_open_world=True,
            toolset="context",
        ),
        Tool(
            name="get_user",
            title="Who somebody is",
            description="Say who somebody is, with their e-mail address and workspaces.",
            arguments=OneUser,
            result=PersonOut,
            run=people.get_user,
            **reads("context"),
        ),
        Tool(
            name="list_workspaces",
            title="List workspaces",
            description="List the workspaces that the token sees.",
            arguments=NoArguments,
            result=Found,
            run=people.list_workspaces,
            **reads("context"),
        ),
        Tool(
            name="list_teams",
            title="List teams",
            description="List the teams of a workspace.",
            arguments=InWorkspace,
            result=Things,
            run=people.list_teams,
            **reads("context"),
        ),
        Tool(
            name="list_users",
            title="List people",
            description="List the people of a workspace or team.",
            arguments=ListUsers,
            result=Users,
            run=people.list_users,
            **reads("context"),
        ),
        Tool(
            name="search_objects",
            title="Find anything by name",
            description="Find tasks, projects, people and others by the beginning of their name,"
            " what was used lately first.",
            arguments=SearchObjects,
            result=Found,
            run=search.search_objects,
            **reads("context"),
        ),
    ]


def reading_tools(tasks: TaskReading, search: SearchTools) -> list[Tool[Any, Any]]:
    """List those that read tasks."""
    return [*_lists(tasks, search), *_parts(tasks)]


def _lists(tasks: TaskReading, search: SearchTools) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="get_project_tasks",
            title="List a project's tasks",
            description="List the tasks of a project or of one of its sections, in their order;"
            " what is open, unless completed says otherwise.",
            arguments=ProjectTasks,
            result=Tasks,
            run=tasks.get_project_tasks,
            **reads("tasks"),
        ),
        Tool(
            name="get_my_tasks",
            title="List my tasks",
            description="List your tasks or somebody else's, over all projects.",
            arguments=MyTasks,
            result=Tasks,
            run=tasks.get_my_tasks,
            **reads("tasks"),
        ),
        Tool(
            name="search_tasks",
            title="Search tasks",
            description="Find tasks by words, in a project or everywhere; how tells what was"
            " searched, which is less without a paid plan.",
            arguments=SearchTasks,
            result=FoundTasks,
            run=search.search_tasks,
            **reads("tasks"),
        ),
        Tool(
            name="list_tags",
            title="List tags",
            description="List the tags of a workspace.",
            arguments=InWorkspace,
            result=Things,
            run=tasks.list_tags,
            **reads("tasks"),
        ),
    ]


def _parts(tasks: TaskReading) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="get_task_details",
            title="Read a task",
            description="Give a task with its text; a long text goes on by body_cursor.",
            arguments=OneTask,
            result=TaskOut,
            run=tasks.get_task_details,
            **reads("tasks"),
        ),
        Tool(
            name="list_subtasks",
            title="List subtasks",
            description="List the subtasks of a task, in their order.",
            arguments=PartOfTask,
            result=Tasks,
            run=tasks.list_subtasks,
            **reads("tasks"),
        ),
        Tool(
            name="list_dependencies",
            title="List dependencies",
            description="Say what a task waits for, and what waits for it.",
            arguments=TaskOnly,
            result=Dependencies,
            run=tasks.list_dependencies,
            **reads("tasks"),
        ),
        Tool(
            name="list_comments",
            title="List comments",
            description="List what was said to a task, or all that was done to it, the oldest"
            " first.",
            arguments=CommentsOfTask,
            result=Comments,
            run=tasks.list_comments,
            **reads("tasks"),
        ),
        Tool(
            name="list_attachments",
            title="List attachments",
            description="List the files of a task, each with its addresses.",
            arguments=PartOfTask,
            result=Attachments,
            run=tasks.list_attachments,
            **reads("tasks"),
        ),
    ]
