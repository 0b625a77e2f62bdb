"""Schedules over the API, and a turn that the worker begins for one."""

import json
from typing import Any

import pytest

from sophia.identity.schemas import KeyIn, Scope, Viewer
from sophia.kit.ids import UserId
from tests.support.desk import Desk
from tests.support.waiting import eventually

# Each command is a process of its own, and a busy machine starts them slowly.
pytestmark = pytest.mark.timeout(120)

PATH = "/api/v1/schedules"
MORNING: dict[str, Any] = {
    "message": "What is new?",
    "cron": "0 7 * * 1-5",
    "time_zone": "Europe/Berlin",
    "model": "builtin",
}


async def key_of(desk: Desk, user_id: UserId) -> str:
    scopes = [Scope.CHAT_READ, Scope.CHAT_WRITE]
    viewer = Viewer(user_id, "Ada", "member", frozenset(scopes))
    key, _ = await desk.identity.keys.create(viewer, KeyIn(name="ci", scopes=scopes))
    return key


async def test_a_schedule_may_wait_for_what_happens_instead_of_the_clock(desk: Desk) -> None:
    _, token = await desk.add_user()
    on = {"vendor": "github", "events": ["pull_request.opened"], "where": {"repo": "a/b"}}
    async with desk.client(token) as client:
        made = await client.post(PATH, json={"message": "What is it?", "on": on})
        url = f"{PATH}/{made.json()['schedule_id']}"
        both = await client.patch(url, json={"cron": "0 7 * * *", "on": {**on, "where": {}}})
        never = await client.post(PATH, json={"message": "When?"})
        strange = await client.post(PATH, json={"message": "?", "on": {**on, "vendor": "nobody"}})

    assert (made.status_code, made.json()["on"], made.json()["cron"]) == (201, on, None)
    assert made.json()["next_run_at"] is None
    assert both.json()["next_run_at"] is not None
    assert both.json()["on"]["where"] == {}
    assert (never.status_code, strange.status_code) == (422, 422)


async def test_a_schedule_is_made_changed_paused_resumed_and_deleted(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        made = await client.post(PATH, json=MORNING)
        url = f"{PATH}/{made.json()['schedule_id']}"
        changed = await client.patch(url, json={"cron": "30 8 * * *", "message": "And now?"})
        paused = await client.patch(url, json={"is_enabled": False})
        resumed = await client.patch(url, json={"is_enabled": True})
        listed = (await client.get(PATH)).json()["items"]
        gone = await client.delete(url)
        after = await client.get(url)

    assert made.status_code == 201
    assert made.json()["next_run_at"] is not None
    assert (changed.json()["message"], changed.json()["cron"]) == ("And now?", "30 8 * * *")
    assert (paused.json()["paused_because"], paused.json()["next_run_at"]) == ("by_user", None)
    assert resumed.json()["paused_because"] is None
    assert listed == [resumed.json()]
    assert (gone.status_code, after.json()["code"]) == (204, "schedules.missing")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"cron": "every morning"}, "schedules.cron_invalid"),
        ({"cron": "* * * * *"}, "schedules.cron_too_often"),
        ({"time_zone": "Berlin"}, "schedules.time_zone_unknown"),
        ({"model": "nobodys"}, "model.unknown"),
        ({"tools": ["nobodys__tool"]}, "chat.tool_unknown"),
    ],
)
async def test_what_cannot_be_kept_is_refused(desk: Desk, wrong: dict[str, Any], code: str) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        answer = await client.post(PATH, json=MORNING | wrong)

    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_next_five_runs_are_previewed(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        good = await client.get("/api/v1/cron/preview", params={"cron": "0 7 * * *"})
        bad = await client.get("/api/v1/cron/preview", params={"cron": "0 7"})

    assert len(good.json()["items"]) == 5
    assert all("T07:00:00" in due for due in good.json()["items"])
    assert (bad.status_code, bad.json()["field"]) == (422, "cron")


async def test_a_run_that_is_asked_for_is_a_turn_with_an_outcome(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        made = (await client.post(PATH, json=MORNING)).json()
        url = f"{PATH}/{made['schedule_id']}"
        asked = await client.post(f"{url}/run")

        async def is_done() -> bool:
            runs = (await client.get(f"{url}/runs")).json()["items"]
            return bool(runs) and runs[0]["turn_status"] == "done"

        await eventually(is_done, timeout_s=45)
        (run,) = (await client.get(f"{url}/runs")).json()["items"]
        turn = (await client.get(f"/api/v1/turns/{run['turn_id']}")).json()
        after = (await client.get(url)).json()

    assert (asked.status_code, asked.json()["is_run_asked"]) == (202, True)
    assert (run["outcome"], turn["message"]) == ("begun", "What is new?")
    assert turn["session_id"] == run["session_id"]
    assert (after["is_run_asked"], after["next_run_at"]) == (False, made["next_run_at"])


async def test_a_key_changes_and_runs_only_the_schedules_that_it_made(desk: Desk) -> None:
    user_id, token = await desk.add_user()
    async with desk.client(token) as client:
        people = (await client.post(PATH, json=MORNING)).json()
    async with desk.client(await key_of(desk, user_id)) as client:
        own = (await client.post(PATH, json=MORNING)).json()
        theirs = f"{PATH}/{people['schedule_id']}"
        refused = [
            await client.patch(theirs, json={"message": "Mine now"}),
            await client.post(f"{theirs}/run"),
            await client.delete(theirs),
        ]
        allowed = await client.delete(f"{PATH}/{own['schedule_id']}")

    assert people["api_key_id"] is None
    assert own["api_key_id"] is not None
    assert {answer.json()["code"] for answer in refused} == {"schedules.made_otherwise"}
    assert allowed.status_code == 204


async def test_nobodys_schedule_speaks_in_anothers_conversation(desk: Desk) -> None:
    _, mine = await desk.add_user("Ada")
    _, token = await desk.add_user("Grace")
    async with desk.client(mine) as client:
        session_id = (await client.post("/api/v1/conversations", json={})).json()["session_id"]
    async with desk.client(token) as client:
        answer = await client.post(PATH, json=MORNING | {"session_id": session_id})

    assert (answer.status_code, answer.json()["code"]) == (404, "chat.conversation_missing")


async def test_one_person_has_so_many_schedules(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        answers = [await client.post(PATH, json=MORNING) for _ in range(51)]

    assert [answer.status_code for answer in answers] == [201] * 50 + [409]
    assert answers[-1].json()["code"] == "schedules.too_many"


async def test_the_command_line_makes_pauses_runs_and_removes_one(desk: Desk) -> None:
    made = await desk.command(
        "schedules", "add", "Hello", "--cron", "0 7 * * *", "--model", "builtin", "--json"
    )
    id_ = str(json.loads(made.out)["schedule_id"])
    paused = await desk.command("schedules", "pause", id_, "--json")
    resumed = await desk.command("schedules", "resume", id_, "--json")
    asked = await desk.command("schedules", "run", id_, "--json")
    listed = await desk.command("schedules", "list", "--json")
    runs = await desk.command("schedules", "runs", id_)
    removed = await desk.command("schedules", "remove", id_)
    again = await desk.command("schedules", "remove", id_)
    wrong = await desk.command("schedules", "add", "Hello", "--cron", "daily")
    tools = await desk.command(
        "schedules", "add", "Hi", "--cron", "0 7 * * *", "--tool", "no__a", "--tool", "no__b"
    )

    assert json.loads(paused.out)["paused_because"] == "by_user"
    assert json.loads(resumed.out)["is_enabled"]
    assert json.loads(asked.out)["is_run_asked"]
    assert [item["schedule_id"] for item in json.loads(listed.out)["items"]] == [id_]
    assert (runs.code, removed.code, again.code, wrong.code) == (0, 0, 66, 64)
    assert "0 7 * * 1-5" in wrong.err
    assert tools.code == 64
    assert "no__a" in tools.err
    assert json.loads(made.out)["tools"] is None
