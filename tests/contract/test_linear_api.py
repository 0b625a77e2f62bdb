"""Every tool of the Linear server, and its stand-in, keep to Linear's own GraphQL schema."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from mcp_types import CallToolResult

from sophia.sandbox.faults import Fault
from sophia.sandbox.linear.tables import Tables
from sophia.servers.linear import issues, projects
from sophia.servers.output import write_cursor
from tests.support.linear import linear_desk
from tests.support.vendor_desk import Desk, is_brief, words_of
from tests.support.vendor_graphql import GraphQLJudge
from tests.support.vendor_specs import Exchange, vendor_file

SUMMER = "Summer timetable"
RELY = "https://linear.app/harbour-labs/initiative/times-people-can-rely-on-7f1e2d3c4b5a"
NOBODY = "00000000-0000-4000-8000-000000000000"

type Call = tuple[str, dict[str, Any]]

CALLS: list[Call] = [
    ("get_me", {}),
    ("list_teams", {}),
    ("list_teams", {"limit": 1}),
    ("get_team", {"team": "fer"}),
    ("list_users", {}),
    ("list_users", {"team": "Ferry", "query": "mar", "limit": 5}),
    ("list_issue_statuses", {}),
    ("list_issue_statuses", {"team": "FER", "limit": 2}),
    ("list_issue_labels", {}),
    ("list_issue_labels", {"team": "FER"}),
    ("list_cycles", {"team": "FER"}),
    ("create_issue_label", {"name": "weather"}),
    ("create_issue_label", {"name": "pier", "team": "FER", "color": "#00aa88"}),
    ("list_issues", {}),
    (
        "list_issues",
        {
            "team": "Ferry",
            "state": "In Review",
            "assignee": "tomas",
            "project": SUMMER,
            "cycle": "current",
            "labels": ["bug"],
            "priority": "urgent",
            "updated_since": "2026-01-01",
            "limit": 1,
        },
    ),
    ("list_issues", {"state": "open", "assignee": "none", "cycle": "none", "project": "none"}),
    ("list_issues", {"team": "FER", "cycle": "7", "state": "started", "parent": "FER-1"}),
    ("search_issues", {"query": "crash"}),
    ("search_issues", {"query": "Island", "include_comments": True, "team": "FER", "limit": 1}),
    ("get_issue", {"issue_id": "FER-1"}),
    ("get_issue", {"issue_id": "FER-2", "fields": list(issues.MORE)}),
    ("create_issue", {"title": "Fog", "team_key": "FER"}),
    (
        "create_issue",
        {
            "title": "A reef",
            "team_key": "Ferry",
            "description": "No stop Reef.",
            "priority": 1,
            "state": "Todo",
            "assignee": "me",
            "project": SUMMER,
            "milestone": "Data in place",
            "cycle": "next",
            "parent": "FER-1",
            "due_date": "2026-12-24",
            "estimate": 2,
            "labels": ["bug", "weather"],
        },
    ),
    ("update_issue", {"issue_id": "FER-2", "state": "In Progress", "assignee": "Ines Duarte"}),
    (
        "update_issue",
        {
            "issue_id": "FER-1",
            "title": "Timetable shows winter in May",
            "description": "",
            "assignee": "none",
            "project": "none",
            "cycle": "none",
            "parent": "none",
            "due_date": "none",
            "priority": 0,
            "add_labels": ["docs"],
            "remove_labels": ["bug"],
        },
    ),
    ("update_issue", {"issue_id": "FER-3", "labels": [], "milestone": "none"}),
    ("list_comments", {"issue_id": "FER-3"}),
    ("list_comments", {"issue_id": "FER-3", "limit": 1}),
    ("add_comment", {"issue_id": "FER-1", "body": "Seen."}),
    ("list_attachments", {"issue_id": "FER-1"}),
    (
        "create_attachment",
        {"issue_id": "FER-2", "url": "https://example.org/ics", "title": "ics", "subtitle": "x"},
    ),
    ("create_attachment", {"issue_id": "FER-2", "url": "https://example.org/a", "title": "a"}),
    ("list_relations", {"issue_id": "FER-1"}),
    ("create_relation", {"issue_id": "FER-3", "relation": "blocked_by", "other": "FER-1"}),
    ("create_relation", {"issue_id": "FER-3", "relation": "duplicate_of", "other": "FER-2"}),
    ("list_projects", {}),
    (
        "list_projects",
        {
            "query": "summer",
            "team": "FER",
            "state": "In Progress",
            "lead": "me",
            "initiative": RELY,
            "limit": 1,
        },
    ),
    ("list_projects", {"state": "planned"}),
    ("get_project", {"project_id": SUMMER}),
    ("get_project", {"project_id": "Calendar feed", "fields": list(projects.MORE)}),
    ("save_project", {"name": "Night boats", "teams": ["FER"]}),
    (
        "save_project",
        {
            "project_id": "Night boats",
            "summary": "Boats by night.",
            "body": "# Why",
            "status": "Planned",
            "lead": "tomas",
            "priority": "low",
            "start_date": "2026-12-01",
            "target_date": "none",
        },
    ),
    ("list_milestones", {"project_id": SUMMER}),
    ("list_milestones", {"project_id": SUMMER, "limit": 1}),
    ("save_milestone", {"project_id": SUMMER, "name": "Buoys", "target_date": "2026-12-31"}),
    ("save_milestone", {"project_id": SUMMER, "milestone": "Buoys", "description": "All of them."}),
    ("list_initiatives", {}),
    ("list_initiatives", {"status": "active", "limit": 1}),
    ("get_initiative", {"initiative": RELY}),
    ("get_initiative", {"initiative": "Times"}),
    ("save_initiative", {"name": "Quiet harbour"}),
    (
        "save_initiative",
        {
            "initiative": "Quiet harbour",
            "summary": "Less noise.",
            "body": "At night.",
            "status": "planned",
            "owner": "me",
            "target_date": "2027-05-01",
        },
    ),
    ("list_status_updates", {"project": SUMMER}),
    ("list_status_updates", {"initiative": "Times", "limit": 1}),
    ("save_status_update", {"project": SUMMER, "health": "on_track", "body": "The check passes."}),
    ("save_status_update", {"initiative": "Times", "body": "Well."}),
    ("list_documents", {}),
    ("list_documents", {"query": "timetable", "project": SUMMER, "initiative": RELY, "limit": 1}),
    ("get_document", {"document": "How a timetable changes"}),
    ("save_document", {"title": "Tides", "body": "High at noon.", "project": SUMMER}),
    ("save_document", {"document": "Tides", "title": "Tides and winds", "team": "FER"}),
    ("get_team_analytics", {"team_key": "FER"}),
    ("get_team_analytics", {"team_key": "FER", "days": 7}),
    ("get_project_health", {"project_id": SUMMER}),
]
# With what each is refused with.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("get_team", {"team": "Fery"}, "did you mean Ferry"),
    ("list_cycles", {"team": "nothing", "limit": 1}, "there are Ferry (FER)"),
    ("list_issues", {"assignee": "nobody there"}, "There is no person"),
    ("get_issue", {"issue_id": "FER-99"}, "Could not find referenced Issue"),
    ("get_issue", {"issue_id": "one"}, "write ENG-123"),
    (
        "create_issue",
        {"title": "Lost", "team_key": "FER", "milestone": "Data in place"},
        "Give project, too",
    ),
    ("update_issue", {"issue_id": "FER-3"}, "Nothing is to be changed"),
    ("update_issue", {"issue_id": "FER-3", "state": "Shipped"}, "there are Backlog, Todo"),
    (
        "add_comment",
        {"issue_id": "FER-1", "body": "So?", "reply_to": NOBODY},
        "Could not find referenced Comment",
    ),
    ("delete_comment", {"comment_id": NOBODY}, "Could not find referenced Comment"),
    ("list_attachments", {"issue_id": "FER-99", "limit": 1}, "Could not find referenced Issue"),
    (
        "create_relation",
        {"issue_id": "FER-3", "relation": "related", "other": "FER-3"},
        "cannot be related to itself",
    ),
    ("delete_relation", {"relation_id": NOBODY}, "Could not find referenced IssueRelation"),
    ("list_projects", {"state": "sunk"}, "there are Backlog, Planned"),
    ("get_project", {"project_id": "Winter"}, "there are"),
    ("save_project", {"name": "Lost"}, "needs a name and teams"),
    ("save_milestone", {"project_id": SUMMER}, "needs a name"),
    ("get_initiative", {"initiative": "nothing"}, "There is no initiative"),
    ("save_initiative", {"summary": "Of what?"}, "needs a name"),
    ("list_status_updates", {}, "either project or initiative"),
    ("save_status_update", {"project": SUMMER}, "Nothing is said"),
    ("get_document", {"document": "nothing"}, "list_documents"),
    ("save_document", {"title": "Lost"}, "one place"),
    ("get_team_analytics", {"team_key": "nothing"}, "There is no team"),
    ("get_project_health", {"project_id": NOBODY}, "Could not find referenced Project"),
]


@dataclass
class Played:
    """What came of all calls, and what passed between the server and its stand-in."""

    offered: set[str]
    answered: list[tuple[Call, CallToolResult]]
    refused: list[tuple[str, str, str]]
    seen: list[Exchange]


@pytest.fixture(scope="module", name="played")
async def _played() -> Played:
    async with linear_desk() as desk:
        offered = {tool.name for tool in (await desk.client.list_tools()).tools}
        answered = [(call, await desk.client.call_tool(*call)) for call in CALLS]
        answered += [(call, await desk.client.call_tool(*call)) for call in await undoing(desk)]
        for call in makings(desk):
            desk.sandbox.faults.expect(Fault(kind="lost"))
            answered.append((call, await desk.client.call_tool(*call)))
        refused = [
            (tool, why, words_of(await desk.client.call_tool(tool, arguments)))
            for tool, arguments, why in WRONG
        ]
        return Played(offered, answered, refused, desk.recorder.seen)


def makings(desk: Desk[Tables]) -> list[Call]:
    """Give calls that make something at once, without looking up a name."""
    team, project, initiative = (
        desk.state.rows(kind)[0]["id"] for kind in ("Team", "Project", "Initiative")
    )
    return [
        ("create_issue", {"title": "Ice", "team_key": team}),
        ("add_comment", {"issue_id": "FER-2", "body": "Cold."}),
        ("create_attachment", {"issue_id": "FER-2", "url": "https://example.org/i", "title": "i"}),
        ("create_relation", {"issue_id": "FER-2", "relation": "related", "other": "FER-4"}),
        ("create_issue_label", {"name": "ice"}),
        ("save_project", {"name": "Ice breakers", "teams": [team]}),
        ("save_milestone", {"project_id": project, "name": "Thaw"}),
        ("save_initiative", {"name": "Winter"}),
        ("save_document", {"title": "Ice", "project": project}),
        ("save_status_update", {"project": project, "body": "Frozen."}),
        ("save_status_update", {"initiative": initiative, "body": "Frozen."}),
    ]


async def undoing(desk: Desk[Tables]) -> list[Call]:
    """Give calls that need the ids of what is there; they take away, so they come last."""
    comment = (await desk.ask("list_comments", issue_id="FER-3"))["comments"][-1]["comment_id"]
    relation = (await desk.ask("list_relations", issue_id="FER-1"))["relations"][0]
    subjects: list[dict[str, Any]] = [{"project": SUMMER}, {"initiative": "Times"}]
    updates = [
        (one, (await desk.ask("list_status_updates", **one))["updates"][0]) for one in subjects
    ]
    return [
        ("add_comment", {"issue_id": "FER-3", "body": "Yes.", "reply_to": comment}),
        ("list_comments", {"issue_id": "FER-3", "body_cursor": write_cursor(f"{comment} 1")}),
        *(
            ("list_status_updates", {**of, "body_cursor": write_cursor(f"{one['update_id']} 1")})
            for of, one in updates
        ),
        ("delete_comment", {"comment_id": comment}),
        ("delete_relation", {"relation_id": relation["relation_id"]}),
        *(
            ("save_status_update", {**of, "update_id": one["update_id"], "health": "off_track"})
            for of, one in updates
        ),
    ]


@pytest.fixture(scope="module", name="judge")
def _judge() -> GraphQLJudge:
    return GraphQLJudge(vendor_file("linear/schema.graphql"))


def test_every_tool_keeps_to_the_vendor_s_schema(played: Played, judge: GraphQLJudge) -> None:
    assert len(played.seen) > len(CALLS)
    assert "\n".join(wrong for one in played.seen for wrong in judge.violations(one)) == ""


def test_the_judge_sees_what_is_wrong(played: Played, judge: GraphQLJudge) -> None:
    good = next(
        one for one in played.seen if b"query($id" in one.sent and b'"issue"' in one.answered
    )
    for wrong in (
        replace(good, sent=good.sent.replace(b"branchName", b"branchNames")),
        replace(good, sent=good.sent.replace(b'"id":"', b'"id":null,"ids":"')),
        replace(
            good, answered=good.answered.replace(b'"identifier":"', b'"identifier":null,"x":"')
        ),
        replace(good, answered=good.answered.replace(b'"branchName"', b'"more":1,"branchName"')),
    ):
        assert judge.violations(wrong)


def test_every_tool_answers_briefly_and_marks_what_strangers_wrote(played: Played) -> None:
    assert {call[0] for call, _ in played.answered} == played.offered
    for (tool, arguments), result in played.answered:
        words = words_of(result)
        assert not result.is_error, f"{tool} {arguments}: {words}"
        assert is_brief(result)
        if tool != "get_me":
            assert (result.meta or {}).get("sophia/untrusted") is True, tool


def test_what_is_wrong_is_told_with_what_to_do(played: Played) -> None:
    for tool, why, words in played.refused:
        assert why in words, f"{tool}: {words}"
