"""The Asana server over its stand-in."""

import pytest

from sophia.sandbox import team
from sophia.sandbox.asana.seed import DOING, PROJECT, SECOND, SUBTASK
from sophia.sandbox.faults import Fault
from sophia.servers.vendor.brief import ANSWER_BYTES
from tests.support.asana import asana_desk, gid_of
from tests.support.vendor_desk import words_of


async def test_a_task_that_is_made_is_there_with_all_that_was_said_of_it() -> None:
    async with asana_desk() as desk:
        made = await desk.ask(
            "create_task", project_id=PROJECT, section=DOING, name="Fog", description="No ferries.",
            assignee="Tomas", due_date="2026-12-01", tags=["bug"],
            custom_fields={"priority": "high", "Piers": ["Reef"], "Estimate": 2},
        )  # fmt: skip
        read = await desk.ask("get_task_details", task_id=made["url"])
        there = await desk.ask("get_project_tasks", project_id=PROJECT, section=DOING)
    values = {one["name"]: one["value"] for one in read["custom_fields"]}
    assert (read["name"], read["body"]["text"], read["assignee"], read["author"]) == (
        *("Fog", "No ferries.", team.TOMAS.name, team.ME.name),
    )
    assert (read["due"], read["tags"], read["places"]) == ("2026-12-01", ["bug"], ["Ferry / Doing"])
    assert (values["Priority"], values["Piers"]) == ("High", "Reef")
    assert made["task_id"] in {one["task_id"] for one in there["tasks"]}


async def test_a_long_text_is_read_on() -> None:
    async with asana_desk() as desk:
        text = "A line of many.\n" * 1000
        made = await desk.ask("create_task", project_id=SECOND, name="Long", description=text)
        read, cursor = "", None
        for _ in range(10):
            task = await desk.ask("get_task_details", task_id=made["task_id"], body_cursor=cursor)
            read, cursor = read + task["body"]["text"], task["body"]["next_cursor"]
            if cursor is None:
                break
    assert read == text


async def test_a_crowded_task_is_told_briefly() -> None:
    async with asana_desk() as desk:
        task = desk.state.called("task", SUBTASK)
        task["notes"] = "\u20ac" * 20_000
        task["followers"] = [desk.state.make("user", "A long name" * 9) for _ in range(500)]
        field = desk.state.called("custom_field", "Screen")
        task["custom_fields"] = [{**field, "display_value": "x" * 1000} for _ in range(20)]
        result = await desk.client.call_tool("get_task_details", {"task_id": task["gid"]})
    assert not result.is_error
    assert len(words_of(result).encode()) < ANSWER_BYTES


async def test_of_several_tasks_some_may_fail_and_each_is_told() -> None:
    async with asana_desk() as desk:
        done = await desk.ask(
            "update_tasks",
            tasks=[{"task_id": "FER-1", "completed": True}, {"task_id": "999", "name": "x"}],
        )
        mine = await desk.ask("get_my_tasks", assignee="Tomas")
    assert [one["error"] is None for one in done["tasks"]] == [True, False]
    assert "no such thing" in done["tasks"][1]["error"]
    assert (done["failed"], mine["tasks"]) == (1, [])


async def test_without_a_paid_plan_tasks_are_found_in_simpler_ways() -> None:
    async with asana_desk() as desk:
        paid = await desk.ask("search_tasks", query="KeyError")
        desk.state.is_paid = False
        by_text = await desk.ask("search_tasks", query="KeyError", project_id=PROJECT)
        by_name = await desk.ask("search_tasks", query="crash", assignee="ines")
        nothing = await desk.ask("search_tasks", query="KeyError")
    names = [[one["name"] for one in found["tasks"]] for found in (paid, by_text, by_name)]
    assert names == [["Crash when a stop has no name"]] * 3
    assert nothing["tasks"] == []
    assert "paid plan" in nothing["how"]
    assert "project_id" in nothing["how"]


@pytest.mark.parametrize("is_paid", [True, False])
async def test_what_is_found_is_given_page_by_page(is_paid: bool) -> None:  # noqa: FBT001
    async with asana_desk() as desk:
        desk.state.is_paid = is_paid
        ferry = desk.state.called("project", PROJECT)
        for number in range(5):
            desk.state.put(desk.state.make_task(f"Buoy {number}"), ferry)
        found, cursor = set[str](), None
        for _ in range(20):
            page = await desk.ask(
                "search_tasks", query="buoy", project_id=PROJECT, limit=2, cursor=cursor
            )
            found |= {one["name"] for one in page["tasks"]}
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert found == {f"Buoy {number}" for number in range(5)}


async def test_what_is_completed_is_found_behind_much_that_is_open() -> None:
    async with asana_desk() as desk:
        screens = desk.state.called("project", SECOND)
        for number in range(205):
            is_done = number in {120, 130, 204}
            at = desk.state.now()
            facts = {"completed": is_done, "completed_at": at if is_done else None}
            desk.state.put(desk.state.make_task(str(number), **facts), screens)
        found, cursor = list[str](), None
        for _ in range(4):
            page = await desk.ask(
                "get_project_tasks", project_id=SECOND, completed=True, limit=1, cursor=cursor
            )
            assert len(page["tasks"]) == 1
            found += [one["name"] for one in page["tasks"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    assert found == ["120", "130", "204"]


async def test_an_ambiguous_name_is_answered_with_the_candidates() -> None:
    async with asana_desk() as desk:
        other = desk.state.make_project(PROJECT)
        said = await desk.refusal("get_project_tasks", project_id=PROJECT)
        assert other["gid"] in said
        assert gid_of(desk.state, "project", PROJECT) in said
        assert "Ferry" in await desk.refusal("get_project_tasks", project_id="Fery")


async def test_a_name_is_looked_up_once() -> None:
    async with asana_desk() as desk:
        await desk.ask("list_sections", project_id=PROJECT)
        asked = len(desk.recorder.seen)
        await desk.ask("list_sections", project_id="ferry")
    assert len(desk.recorder.seen) == asked + 1


async def test_of_several_workspaces_one_must_be_named() -> None:
    async with asana_desk() as desk:
        desk.state.make("workspace", "elsewhere")
        said = await desk.refusal("list_projects")
        assert "harbour-labs" in said
        assert "elsewhere" in said
        assert (await desk.ask("list_projects", workspace="elsewhere"))["projects"] == []
        # What is called by name is looked for in all of them.
        assert (await desk.ask("get_project", project_id=PROJECT))["name"] == PROJECT
        found = await desk.ask("search_tasks", query="winter", project_id=PROJECT)
        assert len(found["tasks"]) == 1


async def test_what_was_done_before_an_error_is_told() -> None:
    async with asana_desk() as desk:
        first, ferry = (
            gid_of(desk.state, *one) for one in (("task", SUBTASK), ("project", PROJECT))
        )
        said = await desk.refusal("move_task", task_id=first, project_id=ferry, parent=first)
    assert said.startswith("addProject was done; setParent not")


async def test_a_field_that_is_not_there_is_answered_with_those_that_are() -> None:
    async with asana_desk() as desk:
        said = await desk.refusal("get_task_details", task_id="FER-1", fields=["surprise"])
        more = await desk.ask("get_task_details", task_id="FER-1", fields=["workspace.name"])
    assert "memberships" in said
    assert more["more"]["workspace"]["name"] == team.ORGANISATION


async def test_a_change_is_sent_once() -> None:
    async with asana_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="error", path="/stories"))
        said = await desk.refusal(
            "add_comment", task_id=gid_of(desk.state, "task", SUBTASK), text="x"
        )
    assert "HTTP 503" in said
    assert [one.method for one in desk.recorder.seen if one.path.endswith("/stories")] == []


async def test_searching_too_often_stops_nothing_else() -> None:
    async with asana_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="limit", path="/search", retry_after_s=60))
        assert "call again in 60 s" in await desk.refusal("search_tasks", query="x")
        assert (await desk.ask("get_me"))["name"] == team.ME.name
