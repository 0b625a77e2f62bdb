"""The Linear server over its stand-in."""

import pytest
from mcp.shared.exceptions import MCPError

from sophia.sandbox import team
from sophia.sandbox.faults import Fault
from tests.support.linear import linear_desk

SUMMER = "Summer timetable"


async def test_what_i_have_to_do_in_this_cycle_is_found() -> None:
    async with linear_desk() as desk:
        await desk.ask("update_issue", issue_id="FER-2", assignee="me", cycle="current")
        found = await desk.ask("list_issues", assignee="me", cycle="current", state="open")
    assert [one["issue_id"] for one in found["issues"]] == ["FER-2"]


async def test_lists_go_on_to_the_last_page() -> None:
    async with linear_desk() as desk:
        seen, cursor = list[str](), None
        for _ in range(10):
            page = await desk.ask("list_issues", limit=1, cursor=cursor)
            seen += [one["issue_id"] for one in page["issues"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert sorted(seen) == ["FER-1", "FER-2", "FER-3", "FER-4"]


async def test_an_issue_that_is_opened_is_there_with_all_that_was_said() -> None:
    async with linear_desk() as desk:
        made = await desk.ask(
            "create_issue", title="Fog", team_key="FER", description="No ferries.",
            priority="urgent", labels=["bug"], assignee="me", project=SUMMER,
            milestone="Data in place", parent="FER-1", due_date="2026-12-24",
        )  # fmt: skip
        read = await desk.ask("get_issue", issue_id=made["url"])
        whole = await desk.ask("get_issue", issue_id="FER-1")
    assert (read["title"], read["body"]["text"], read["creator"]) == (
        "Fog",
        "No ferries.",
        team.ME.name,
    )
    assert (read["priority"], read["project"], read["milestone"], read["due_date"]) == (
        "urgent",
        SUMMER,
        "Data in place",
        "2026-12-24",
    )
    assert [one["issue_id"] for one in whole["sub_issues"]] == [made["issue_id"]]


async def test_what_is_left_out_stays_and_none_takes_away() -> None:
    async with linear_desk() as desk:
        before = await desk.ask("get_issue", issue_id="FER-1")
        after = await desk.ask(
            "update_issue", issue_id="FER-1", assignee="none", add_labels=["docs"], state="Done"
        )
    changed = {"assignee", "labels", "state", "state_type", "updated_at", "completed_at"}
    assert {name for name in before if before[name] != after[name]} == changed
    assert (after["assignee"], after["labels"]) == (None, ["bug", "docs"])


async def test_a_long_text_is_read_on() -> None:
    async with linear_desk() as desk:
        text = "A line of many.\n" * 1000
        await desk.ask("save_document", title="Long", body=text, team="FER")
        read, cursor = "", None
        for _ in range(10):
            body = (await desk.ask("get_document", document="Long", body_cursor=cursor))["body"]
            read, cursor = read + body["text"], body["next_cursor"]
            if cursor is None:
                break
    assert read == text


async def test_one_of_many_long_texts_is_read_on() -> None:
    text = "\n".join(f"line {number}" for number in range(600))
    async with linear_desk() as desk:
        await desk.ask("add_comment", issue_id="FER-1", body=text)
        said = [await desk.read_on("list_comments", "comments", issue_id="FER-1")]
        for of in ({"project": "Summer timetable"}, {"initiative": "Times"}):
            await desk.ask("save_status_update", **of, body=text)
            said.append(await desk.read_on("list_status_updates", "updates", **of))
    assert said == [text] * 3


async def test_relations_are_told_from_both_sides() -> None:
    async with linear_desk() as desk:
        await desk.ask("create_relation", issue_id="FER-3", relation="blocked_by", other="FER-4")
        here = (await desk.ask("list_relations", issue_id="FER-3"))["relations"]
        there = (await desk.ask("list_relations", issue_id="FER-4"))["relations"]
    assert [(one["relation"], one["issue"]["issue_id"]) for one in here] == [
        ("blocked_by", "FER-4")
    ]
    assert [(one["relation"], one["issue"]["issue_id"]) for one in there] == [("blocks", "FER-3")]


async def test_a_project_is_judged_by_its_dates_issues_and_updates() -> None:
    async with linear_desk() as desk:
        risky = await desk.ask("get_project_health", project_id=SUMMER)
        for issue in ("FER-1", "FER-3"):
            await desk.ask("update_issue", issue_id=issue, state="Done")
        await desk.ask("save_milestone", project_id=SUMMER, milestone="Data", target_date="none")
        await desk.ask("save_status_update", project=SUMMER, health="on_track", body="All is in.")
        well = await desk.ask("get_project_health", project_id=SUMMER)
        desk.clock.advance(86_400 * 30)
        late = await desk.ask("get_project_health", project_id=SUMMER)
        await desk.ask("save_project", project_id=SUMMER, status="Completed")
        done = await desk.ask("get_project_health", project_id=SUMMER)
    assert (risky["verdict"], risky["overdue"]) == ("at_risk", 1)
    assert any("75% of its time is gone" in reason for reason in risky["reasons"])
    assert (well["verdict"], well["reasons"]) == ("on_track", [])
    assert (well["completed"], well["project"]["health"]) == (2, "on_track")
    assert late["verdict"] == "off_track"
    assert (done["verdict"], done["reasons"]) == ("done", [])


async def test_a_team_s_days_are_counted() -> None:
    async with linear_desk() as desk:
        counted = await desk.ask("get_team_analytics", team_key="FER", days=14)
        last = await desk.ask("get_team_analytics", team_key="FER", days=1)
    assert (counted["created"], counted["completed"], counted["completed_points"]) == (4, 1, 2)
    assert (counted["median_cycle_days"], counted["median_lead_days"]) == (4, 6)
    assert (counted["open"], counted["overdue"], counted["unassigned"]) == (3, 1, 1)
    assert (last["created"], last["completed"], last["open"]) == (0, 0, 3)


async def test_ids_and_web_addresses_are_taken_as_they_are() -> None:
    async with linear_desk() as desk:
        issue = await desk.ask("get_issue", issue_id="FER-1")
        state = (await desk.ask("list_issue_statuses", team="FER"))["states"][0]["state_id"]
        label = (await desk.ask("list_issue_labels"))["labels"][0]["label_id"]
        found = await desk.ask(
            "list_issues", state=state, labels=[label], parent=issue["id"], cycle="previous"
        )
        written = await desk.ask("save_document", title="Depth", issue=issue["url"])
        read = await desk.ask("get_document", document=written["url"])
        closed = await desk.ask("list_issues", state="closed")
        assert "Give team, too" in await desk.refusal("list_issues", cycle="7")
    assert found["issues"] == []
    assert read["belongs_to"] == "FER-1"
    assert [one["issue_id"] for one in closed["issues"]] == ["FER-4"]


async def test_figures_count_up_to_a_thousand_issues_and_say_if_there_are_more() -> None:
    async with linear_desk() as desk:
        [issue] = [one for one in desk.state.rows("Issue") if one["identifier"] == "FER-2"]
        many = {name: issue[name] for name in issue if name not in {"id", "createdAt"}}
        for _ in range(300):
            desk.state.make("Issue", **many)
        counted = await desk.ask("get_team_analytics", team_key="FER")
        for _ in range(700):
            desk.state.make("Issue", **many)
        cut = await desk.ask("get_team_analytics", team_key="FER")
    assert (counted["created"], counted["is_complete"]) == (304, True)
    assert (cut["created"], cut["is_complete"]) == (1000, False)


async def test_names_are_looked_up_once() -> None:
    async with linear_desk() as desk:
        for _ in range(3):
            await desk.ask("list_issues", team="FER", assignee="tomas", labels=["bug"])
        asked = [one.sent for one in desk.recorder.seen]
    assert len(asked) == 3 + 3, "teams, people and labels once, issues three times"


async def test_a_label_that_was_made_is_known_at_once() -> None:
    async with linear_desk() as desk:
        assert "did you mean" in await desk.refusal("list_issues", labels=["bugs"])
        await desk.ask("create_issue_label", name="bugs")
        assert (await desk.ask("list_issues", labels=["bugs"]))["issues"] == []


async def test_a_field_that_is_not_there_is_answered_with_those_that_are() -> None:
    async with linear_desk() as desk:
        assert "sortOrder" in await desk.refusal("get_issue", issue_id="FER-1", fields=["surprise"])


async def test_what_was_not_made_is_told_so() -> None:
    async with linear_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="error"))
        said = await desk.refusal("add_comment", issue_id="FER-1", body="Seen.")
        assert "did not do it" in said
        assert (await desk.ask("list_comments", issue_id="FER-1"))["comments"] == []


async def test_what_was_made_without_an_answer_is_found_and_not_made_again() -> None:
    async with linear_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="lost"))
        made = await desk.ask("add_comment", issue_id="FER-1", body="Seen.")
        there = (await desk.ask("list_comments", issue_id="FER-1"))["comments"]
    assert there == [made]


async def test_what_nobody_knows_of_is_told_so() -> None:
    async with linear_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="error", times=4))
        said = await desk.refusal("add_comment", issue_id="FER-1", body="Seen.")
    assert "may have been done" in said


async def test_what_a_key_that_only_reads_cannot_do_is_not_offered() -> None:
    async with linear_desk(is_read_only=True) as desk:
        offered = {tool.name for tool in (await desk.client.list_tools()).tools}
        with pytest.raises(MCPError, match="makes one with Write"):
            await desk.client.call_tool("save_document", {})
        said = await desk.refusal("add_comment", issue_id="FER-1", body="Seen.")
    assert {"list_issues", "get_document", "create_issue", "add_comment"} <= offered
    assert not {"save_document", "update_issue", "delete_comment"} & offered
    assert "`write` required" in said
