"""Every tool of the Asana server, and its stand-in, keep to Asana's own OpenAPI document."""

from typing import Any

import pytest

from sophia.sandbox.asana.seed import (
    DOING,
    PORTFOLIO,
    PROJECT,
    PROJECT_TEMPLATE,
    SECOND,
    TASK_TEMPLATE,
)
from tests.support.asana import asana_desk, asana_judge, unpacked
from tests.support.vendor_desk import is_brief, words_of

FIRST, SECOND_TASK, THIRD = "FER-1", "fer-2", "FER-3"
NOWHERE = "1299999999999999"

type Call = tuple[str, dict[str, Any]]

# The usual, the least and the wrong of each tool; what is deleted comes last.
CALLS: list[Call] = [
    ("get_me", {}),
    ("get_user", {"user": "Tomas"}),
    ("get_user", {"user": "ines@harbour-labs.example"}),
    ("list_workspaces", {}),
    ("list_teams", {"workspace": "harbour-labs", "limit": 1}),
    ("list_users", {}),
    ("list_users", {"team": "Ferry", "limit": 2}),
    ("search_objects", {"kind": "project", "query": "qu"}),
    ("search_objects", {"kind": "task", "query": "", "limit": 3}),
    ("list_projects", {}),
    ("list_projects", {"team": "ferry", "archived": None, "limit": 1}),
    ("get_project", {"project_id": PROJECT, "fields": ["color"]}),
    ("get_project_status", {"project_id": PROJECT}),
    ("get_project_status", {"project_id": SECOND}),
    ("list_sections", {"project_id": PROJECT}),
    ("list_custom_fields", {"project_id": PROJECT, "limit": 2}),
    ("list_custom_fields", {}),
    ("create_project", {"name": "Winter", "team": "Ferry"}),
    (
        "create_project",
        {
            "name": "Summer",
            "team": "Ferry",
            "description": "Soon.",
            "owner": "tomas",
            "start_date": "2026-06-01",
            "due_date": "2026-09-30",
            "view": "board",
            "privacy": "private",
        },
    ),
    ("update_project", {"project_id": "Summer", "name": "High summer", "owner": "none"}),
    ("update_project", {"project_id": SECOND, "due_date": "none", "archived": True}),
    ("create_section", {"project_id": SECOND, "name": "Ordered"}),
    ("create_section", {"project_id": PROJECT, "name": "Waiting", "after": DOING}),
    ("list_status_updates", {"project_id": PROJECT}),
    (
        "create_status_update",
        {"portfolio_id": PORTFOLIO, "state": "on_track", "title": "Fine", "text": "All goes well."},
    ),
    ("list_status_updates", {"portfolio_id": PORTFOLIO, "limit": 1}),
    ("list_portfolios", {}),
    ("get_portfolio", {"portfolio_id": PORTFOLIO}),
    ("list_templates", {}),
    ("list_templates", {"project_id": PROJECT}),
    (
        "create_project_from_template",
        {"template": PROJECT_TEMPLATE, "name": "Autumn", "start_date": "2026-09-01"},
    ),
    ("create_project_from_template", {"template": "Season", "name": "Next", "team": "Ferry"}),
    ("create_task_from_template", {"template": TASK_TEMPLATE, "project_id": PROJECT}),
    ("get_project_tasks", {"project_id": PROJECT}),
    ("get_project_tasks", {"project_id": PROJECT, "section": "done", "completed": True}),
    ("get_my_tasks", {}),
    ("get_my_tasks", {"assignee": "Ines Duarte", "completed": None, "limit": 1}),
    ("search_tasks", {"query": "winter"}),
    (
        "search_tasks",
        {"query": "a", "project_id": PROJECT, "assignee": "me", "completed": True, "limit": 1},
    ),
    ("list_tags", {}),
    ("get_task_details", {"task_id": FIRST, "fields": ["followers"]}),
    ("list_subtasks", {"task_id": FIRST}),
    ("list_dependencies", {"task_id": SECOND_TASK}),
    ("list_comments", {"task_id": FIRST}),
    ("list_comments", {"task_id": FIRST, "what": "all", "limit": 1}),
    ("list_attachments", {"task_id": FIRST}),
    ("create_task", {"project_id": PROJECT, "name": "Fog"}),
    (
        "create_task",
        {
            "project_id": PROJECT,
            "name": "Ice",
            "section": DOING,
            "kind": "milestone",
            "description": "No ferries.",
            "assignee": "me",
            "due_date": "2026-12-01T08:00:00Z",
            "start_date": "2026-11-30",
            "parent": FIRST,
            "followers": ["ines"],
            "tags": ["bug"],
            "custom_fields": {
                "Priority": "High",
                "Piers": ["Reef", "Quay"],
                "Estimate": 2.5,
                "Seen on": "2026-11-02",
                "Testers": ["me", "Tomas"],
                "Screen": "north",
            },
        },
    ),
    (
        "create_tasks",
        {
            "project_id": PROJECT,
            "section": DOING,
            "tasks": [{"name": f"Screen {number}"} for number in range(12)],
        },
    ),
    ("create_tasks", {"project_id": SECOND, "tasks": [{"name": "One", "assignee": "Tomas"}]}),
    ("add_comment", {"task_id": FIRST, "text": "Seen."}),
    ("update_task", {"task_id": FIRST, "completed": True}),
    (
        "update_task",
        {
            "task_id": FIRST,
            "completed": False,
            "name": "Timetable",
            "description": "",
            "assignee": "none",
            "due_date": "none",
            "custom_fields": {"priority": None},
        },
    ),
    (
        "update_tasks",
        {"tasks": [{"task_id": THIRD, "name": "Crash"}, {"task_id": NOWHERE, "name": "?"}]},
    ),
    ("move_task", {"task_id": FIRST, "section": "Done"}),
    ("move_task", {"task_id": THIRD, "project_id": SECOND, "out_of": PROJECT, "parent": FIRST}),
    ("move_task", {"task_id": THIRD, "parent": "none"}),
    ("tag_task", {"task_id": FIRST, "add": ["docs"], "remove": ["bug"]}),
    ("follow_task", {"task_id": FIRST, "add": ["tomas"], "remove": ["me"]}),
    (
        "link_tasks",
        {
            "task_id": FIRST,
            "depends_on": [THIRD],
            "blocks": ["FER-4"],
            "no_longer_blocks": [SECOND_TASK],
        },
    ),
    ("link_tasks", {"task_id": FIRST, "no_longer_depends_on": [THIRD]}),
    ("delete_task", {"task_id": SECOND_TASK}),
]
REFUSED: list[Call] = [
    ("get_user", {"user": "nobody there"}),
    ("list_teams", {"workspace": "elsewhere"}),
    ("get_project", {"project_id": NOWHERE}),
    ("create_project", {"name": "Without a team"}),
    ("update_project", {"project_id": PROJECT}),
    ("create_section", {"project_id": PROJECT, "name": "x", "after": "nowhere"}),
    ("list_status_updates", {}),
    ("get_portfolio", {"portfolio_id": "none such"}),
    ("create_task_from_template", {"template": "none such", "project_id": PROJECT}),
    ("get_task_details", {"task_id": "FER-99"}),
    ("get_task_details", {"task_id": "a task by name"}),
    ("create_task", {"project_id": PROJECT, "name": "x", "custom_fields": {"Priority": 3}}),
    ("create_task", {"project_id": PROJECT, "name": "x", "custom_fields": {"Wind": "N"}}),
    ("update_task", {"task_id": FIRST}),
    ("update_task", {"task_id": NOWHERE, "name": "x"}),
    ("move_task", {"task_id": FIRST}),
    ("move_task", {"task_id": FIRST, "parent": FIRST}),
    ("link_tasks", {"task_id": FIRST, "depends_on": [FIRST]}),
    ("add_comment", {"task_id": NOWHERE, "text": "x"}),
    ("delete_task", {"task_id": NOWHERE}),
]


@pytest.mark.timeout(120)
async def test_every_tool_keeps_to_the_vendor_s_document_answers_briefly_and_is_marked() -> None:
    judge = asana_judge()
    async with asana_desk() as desk:
        offered = (await desk.client.list_tools()).tools
        assert {tool.name for tool in offered} == {name for name, _ in CALLS}
        calls = [*[(call, False) for call in CALLS[:-1]], *[(call, True) for call in REFUSED]]
        for (tool, arguments), is_refused in [*calls, (CALLS[-1], False)]:
            result = await desk.client.call_tool(tool, arguments)
            assert bool(result.is_error) == is_refused, f"{tool} {arguments}: {words_of(result)}"
            assert is_brief(result)
            if not result.is_error and tool != "get_me":
                assert (result.meta or {}).get("sophia/untrusted") is True, tool
        desk.state.is_paid = False
        for project in (None, PROJECT):
            await desk.ask("search_tasks", query="winter", project_id=project)
        seen = desk.recorder.seen
    assert len(seen) > len(CALLS)
    assert "\n".join(wrong for one in unpacked(seen) for wrong in judge.violations(one)) == ""


@pytest.mark.parametrize("limit", [1, 100])
async def test_a_long_list_is_given_whole_and_once(limit: int) -> None:
    async with asana_desk() as desk:
        project = desk.state.called("project", SECOND)
        for number in range(130 if limit > 1 else 5):
            desk.state.put(desk.state.make_task(f"Task {number}", notes="x" * 500), project)
        expected = [one["gid"] for one in desk.state.tasks_in(project)]
        found, cursor = list[str](), None
        for _ in expected:
            page = await desk.ask(
                "get_project_tasks", project_id=SECOND, limit=limit, cursor=cursor
            )
            found += [one["task_id"] for one in page["tasks"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert found == expected
