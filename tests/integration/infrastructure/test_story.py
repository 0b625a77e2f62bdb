"""A team's GPU machines, from the question what they cost to the end of the idle one."""

import json

import pytest

from sophia.sandbox.lambda_cloud.seed import IDLE
from tests.integration.api.test_audit import deeds
from tests.integration.chat.test_approvals import Person
from tests.support.desk import Desk
from tests.support.lambda_cloud import Account
from tests.support.providers import ScriptedProvider

TERMINATE = "lambda-cli__terminate_instance"


@pytest.mark.timeout(120)
async def test_what_is_idle_is_found_and_ended_by_name_with_approval_and_stands_in_the_journal(
    desk: Desk, provider: ScriptedProvider, machines: Account
) -> None:
    user_id, token = await desk.add_user()
    provider.call("lambda-cli__get_cost_summary", {})
    provider.call("lambda-cli__find_idle_instances", {})
    provider.say("One is idle.")
    async with desk.client(token) as client:
        person = Person(client, token)
        asked = "What do we spend on GPUs, and is anything idle?"
        first = await person.ask(asked, until={"done"})
        costs, idle = (one["structured"] for one in first["tool_calls"])
        [found] = idle["idle"]

        end = {"instance_id": found["id"], "confirm_name": found["name"]}
        provider.call(TERMINATE, end)
        provider.say("It is gone.")
        waiting = await person.ask("Terminate the idle one.", until={"awaiting_approval"})
        [approval] = await person.pending()
        running = [one.status for one in machines.cloud.machines]
        assert (await person.answer(approval["approval_id"], "approve")).is_success
        done = await person.when(waiting["turn_id"], {"done"})

    assert (costs["hourly_usd"], idle["idle_hourly_usd"], found["name"]) == (17.36, 0.75, IDLE)
    assert (approval["arguments"], approval["tool_class"]) == (end, "destructive")
    assert running == ["active"] * 3
    [ended] = done["tool_calls"]
    assert not ended["is_error"], ended
    status = {one.facts["name"]: one.status for one in machines.cloud.machines}
    assert status.get(IDLE, "terminating") == "terminating"

    told = await deeds(desk, of=user_id)
    answered, called = told[-2:]
    assert (answered["action"], answered["outcome"]) == ("approval.answer", "approved")
    assert (called["target"], called["outcome"]) == (TERMINATE, "ok")
    assert called["approval_id"] == answered["approval_id"] == approval["approval_id"]


@pytest.mark.timeout(120)
async def test_machines_and_their_cost_are_shown_by_api_and_command_line(desk: Desk) -> None:
    _, token = await desk.add_user(role="viewer")
    async with desk.client(token) as client, desk.client(None) as stranger:
        status = (await client.get("/api/v1/lambda-labs/status")).json()
        costs = await client.get("/api/v1/lambda-labs/costs", params={"days": 2})
        too_long = await client.get("/api/v1/lambda-labs/costs", params={"days": 900})
        refused = await stranger.get("/api/v1/lambda-labs/status")
    assert (status["healthy"], status["source"]) == (True, "api"), status["note"]
    assert status["configured"]
    assert {"id", "name", "ip", "status", "gpu", "region", "hourly_usd"} <= set(
        status["instances"][0]
    )
    assert (costs.status_code, costs.json()["unit"]) == (200, "hour")
    assert (too_long.status_code, refused.status_code) == (422, 401)

    printed = await desk.command("infra", "status", "--json")
    shown = await desk.command("infra", "status")
    measured = await desk.command("infra", "costs", "--days", "2")
    assert json.loads(printed.out)["currency"] == "USD"
    assert "an hour" in shown.out
    assert "as far as it was measured" in measured.out
