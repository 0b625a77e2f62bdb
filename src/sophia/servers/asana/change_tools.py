"""The tools that change tasks, as they are offered."""

from typing import Any

from sophia.servers.asana.task_arguments import (
    AddComment,
    CreateTask,
    CreateTasks,
    Deleted,
    DeleteTask,
    FollowTask,
    LinkTasks,
    MoveTask,
    Outcomes,
    TagTask,
    TaskChange,
    UpdateTasks,
)
from sophia.servers.asana.task_changes import TaskChanges
from sophia.servers.asana.task_schemas import CommentOut, Dependencies, TaskOut
from sophia.servers.parts import Tool
from sophia.servers.vendor.offering import changes, writes


def change_tools(deeds: TaskChanges) -> list[Tool[Any, Any]]:
    """List the tools."""
    return [*_making(deeds), *_changing(deeds), *_placing(deeds)]


def _making(deeds: TaskChanges) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="create_task",
            title="Make a task",
            description="Make a task in a project, or a subtask by parent.",
            arguments=CreateTask,
            result=TaskOut,
            run=deeds.create_task,
            **writes("tasks"),
        ),
        Tool(
            name="create_tasks",
            title="Make several tasks",
            description="Make up to 30 tasks in a project; each answer says what came of it.",
            arguments=CreateTasks,
            result=Outcomes,
            run=deeds.create_tasks,
            **writes("tasks"),
        ),
        Tool(
            name="add_comment",
            title="Comment",
            description="Say something to a task; its followers are told.",
            arguments=AddComment,
            result=CommentOut,
            run=deeds.add_comment,
            **writes("tasks"),
        ),
    ]


def _changing(deeds: TaskChanges) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="update_task",
            title="Change a task",
            description="Change a task's name, text, assignee, dates or custom fields, or complete"
            " it; what is left out stays.",
            arguments=TaskChange,
            result=TaskOut,
            run=deeds.update_task,
            is_idempotent=True,
            **changes("tasks"),
        ),
        Tool(
            name="update_tasks",
            title="Change several tasks",
            description="Change up to 30 tasks; each answer says what came of it.",
            arguments=UpdateTasks,
            result=Outcomes,
            run=deeds.update_tasks,
            is_idempotent=True,
            **changes("tasks"),
        ),
        Tool(
            name="delete_task",
            title="Delete a task",
            description="Delete a task with its subtasks; for 30 days it can be brought back at"
            " Asana.",
            arguments=DeleteTask,
            result=Deleted,
            run=deeds.delete_task,
            **changes("tasks"),
        ),
    ]


def _placing(deeds: TaskChanges) -> list[Tool[Any, Any]]:
    return [
        Tool(
            name="move_task",
            title="Move a task",
            description="Put a task into a section or another project, out of a project, or under"
            " another task.",
            arguments=MoveTask,
            result=TaskOut,
            run=deeds.move_task,
            is_idempotent=True,
            **changes("tasks"),
        ),
        Tool(
            name="tag_task",
            title="Tag a task",
            description="Put tags on a task, and take them off.",
            arguments=TagTask,
            result=TaskOut,
            run=deeds.tag_task,
            is_idempotent=True,
            **writes("tasks"),
        ),
        Tool(
            name="follow_task",
            title="Change a task's followers",
            description="Add followers to a task, and take them off.",
            arguments=FollowTask,
            result=TaskOut,
            run=deeds.follow_task,
            is_idempotent=True,
            **writes("tasks"),
        ),
        Tool(
            name="link_tasks",
            title="Link tasks",
            description="Say what a task waits for and what waits for it, or no longer.",
            arguments=LinkTasks,
            result=Dependencies,
            run=deeds.link_tasks,
            is_idempotent=True,
            **writes("tasks"),
        ),
    ]
