"""The Lambda server over its stand-in."""

from typing import Any

import pytest

from sophia.kit.clock import SystemClock
from sophia.sandbox.faults import Fault
from sophia.sandbox.lambda_cloud.seed import (
    ELSEWHERE,
    FILESYSTEM,
    HOME,
    IDLE,
    LARGE,
    SERVER,
    SERVING,
    SMALL,
    TRAINING,
    WEST,
)
from sophia.servers.lambda_cli.server import open_lambda
from sophia.settings import Settings
from tests.support.lambda_cloud import LambdaDesk, lambda_desk
from tests.support.serving import connected, serving
from tests.support.vendor_desk import words_of

LAUNCH = "/api/v1/instance-operations/launch"


def launches(desk: LambdaDesk) -> list[int]:
    return [one.status for one in desk.recorder.seen if one.path == LAUNCH]


def confirmed(name: str) -> dict[str, Any]:
    return {"name": name, "confirm_name": name}


async def test_machines_cost_what_lambda_says_and_a_month_has_730_hours() -> None:
    async with lambda_desk() as desk:
        found = await desk.ask("list_instances")
        desk.state.types[SMALL]["instance_type"]["price_cents_per_hour"] = 80
        again = await desk.ask("list_instances")
    assert [one["name"] for one in found["instances"]] == [TRAINING, SERVING, IDLE]
    assert (found["total_hourly_usd"], found["total_monthly_usd"]) == (17.36, 12_672.8)
    assert again["total_hourly_usd"] == 17.41


async def test_the_cheapest_that_is_free_and_has_what_is_needed_comes_first() -> None:
    async with lambda_desk() as desk:

        async def names(**needed: Any) -> list[str]:
            found = await desk.ask("find_cheapest", **needed)
            return [one["name"] for one in found["instance_types"]]

        assert await names() == [SMALL, "gpu_1x_a100_sxm4", SERVER, LARGE]
        assert await names(min_gpu_memory_gb=80) == [SERVER, LARGE]
        assert await names(gpu="a100", region=ELSEWHERE) == [LARGE]
        assert await names(max_hourly_usd=1, min_memory_gib=200) == [SMALL]
        assert await names(gpu="H100") == []  # there is one on offer, and none free


async def test_what_machines_cost_is_told_for_now_for_the_month_and_to_its_end() -> None:
    async with lambda_desk() as desk:
        told = await desk.ask("get_cost_summary")
    hours = {one["name"]: one["hours"] for one in told["machines"] if one["is_running"]}
    [ended] = [one for one in told["machines"] if not one["is_running"]]
    # It is the 23rd, nine o'clock: one machine has run since before the month.
    assert hours == {TRAINING: 48, SERVING: 22 * 24 + 9, IDLE: 9 * 24}
    assert (ended["hours"], ended["cost_usd"]) == (24, 18)
    so_far = 48 * 14.32 + 537 * 2.29 + 216 * 0.75 + 18
    assert told["month_to_date_usd"] == pytest.approx(so_far, abs=0.01)
    assert told["forecast_usd"] == pytest.approx(so_far + 183 * 17.36, abs=0.01)
    assert (told["month"], told["daily_usd"]) == ("2026-11", 416.64)


async def test_an_idle_machine_is_told_by_its_gpus_and_one_that_nothing_watches_is_not() -> None:
    async with lambda_desk() as desk:
        desk.state.machines[0].gpu_percent = None
        told = await desk.ask("find_idle_instances")
    names = {kind: [one["name"] for one in told[kind]] for kind in ("idle", "busy", "unknown")}
    assert names == {"idle": [IDLE], "busy": [SERVING], "unknown": [TRAINING]}
    assert (told["idle_hourly_usd"], told["idle_monthly_usd"]) == (0.75, 547.5)
    async with lambda_desk(is_watched=False) as desk:
        told = await desk.ask("find_idle_instances")
    assert (told["idle"], len(told["unknown"])) == ([], 3)
    assert "SOPHIA_LAMBDA_PROMETHEUS_URL" in told["how"]


async def test_a_machine_is_launched_within_the_caps_and_waited_for() -> None:
    async with lambda_desk(daily_cap_usd=440) as desk:
        dry = await desk.ask("launch_instance", instance_type=SMALL, dry_run=True)
        assert launches(desk) == []
        made = await desk.ask(
            "launch_instance", instance_type=SMALL, wait_s=300, **confirmed("trial")
        )
        again = await desk.refusal("launch_instance", instance_type=SMALL, **confirmed("trial"))
        over = await desk.refusal("launch_instance", instance_type=SMALL, dry_run=True)
        dear = await desk.refusal(
            "launch_instance", instance_type=LARGE, max_hourly_usd=14, dry_run=True
        )
    assert dry["plan"]["region"] == WEST
    assert (dry["is_launched"], dry["plan"]["daily_usd_of_all"]) == (False, 434.64)
    assert (made["instance"]["name"], made["instance"]["status"]) == ("trial", "active")
    assert "a machine trial already" in again
    assert "$452.64 a day, more than the cap of $440.00" in over
    assert "more than the cap of $14.00" in dear
    assert launches(desk) == [200]


async def test_a_launch_is_tried_again_where_nothing_is_free_as_often_as_was_said() -> None:
    async with lambda_desk() as desk:
        desk.state.full_launches = 2
        began_s = desk.clock.monotonic()
        made = await desk.ask(
            "launch_instance", instance_type=SMALL, attempts=3, **confirmed("late")
        )
        took_s = desk.clock.monotonic() - began_s
        desk.state.full_launches = 9
        desk.clock.advance(12)
        said = await desk.refusal(
            "launch_instance", instance_type=SMALL, attempts=2, **confirmed("never")
        )
    assert (made["attempts"], launches(desk)) == (3, [400, 400, 200, 400, 400])
    assert 24 <= took_s < 40
    assert "insufficient-capacity" in said


async def test_a_launch_goes_where_one_comes_to_be_free_and_tells_how_far_it_is() -> None:
    told: list[tuple[float, float | None, str | None]] = []
    async with lambda_desk() as desk:
        free = desk.state.types[SMALL]["regions_with_capacity_available"]
        places, free[:] = free[:], []

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            told.append((progress, total, message))
            free[:] = places[1:]

        result = await desk.client.call_tool(
            "launch_instance",
            {"instance_type": SMALL, "attempts": 3, **confirmed("patient")},
            progress_callback=on_progress,
        )
    made = result.structured_content
    assert made is not None, words_of(result)
    assert (made["plan"]["region"], launches(desk)) == (ELSEWHERE, [200])
    assert told[0][:2] == (1, 3)
    assert "is free in any region now" in str(told[0][2])


async def test_a_machine_that_comes_up_broken_is_told() -> None:
    async with lambda_desk() as desk:
        desk.state.boots_into = "unhealthy"
        said = await desk.refusal(
            "launch_instance", instance_type=SMALL, wait_s=300, **confirmed("broken")
        )
        there = await desk.ask("get_instance_details", instance_id="broken")
    assert "is unhealthy" in said
    assert there["id"] in said


async def test_a_launch_of_which_nothing_was_heard_is_not_repeated() -> None:
    async with lambda_desk() as desk:
        desk.sandbox.faults.expect(Fault(kind="lost", path=LAUNCH))
        said = await desk.refusal("launch_instance", instance_type=SMALL, **confirmed("heard"))
        desk.clock.advance(12)
        again = await desk.refusal("launch_instance", instance_type=SMALL, **confirmed("heard"))
    assert "It may have been done" in said
    assert "a machine heard already" in again
    assert launches(desk) == [200]


async def test_terminating_takes_the_name_and_tells_what_is_lost_and_what_stays() -> None:
    async with lambda_desk() as desk:
        asked = await desk.refusal("terminate_instance", instance_id=SERVING)
        wrong = await desk.refusal("terminate_instance", instance_id=SERVING, confirm_name=IDLE)
        assert [one.status for one in desk.state.machines] == ["active"] * 3
        done = await desk.ask("terminate_instance", instance_id=IDLE, confirm_name=IDLE)
        busy = await desk.refusal("terminate_instance", instance_id=IDLE, confirm_name=IDLE)
        desk.clock.advance(60)
        left = await desk.ask("list_instances")
    for said in (asked, wrong):
        assert "4,096 GiB is lost" in said
        assert f"The filesystems {FILESYSTEM} stay" in said
        assert "confirm_name" in said
    assert "nothing stays" in done["lost"]
    assert (done["saved_hourly_usd"], done["instance"]["status"]) == (0.75, "terminating")
    assert "cannot be terminated now" in busy
    assert [one["name"] for one in left["instances"]] == [TRAINING, SERVING]


async def test_nothing_is_changed_until_the_operator_switches_it_on() -> None:
    async with lambda_desk(may_write=False) as desk:
        offered = (await desk.client.list_tools()).tools
        with pytest.raises(Exception, match="SOPHIA_LAMBDA_WRITES"):
            await desk.client.call_tool("terminate_instance", {"instance_id": IDLE})
    assert all(tool.annotations and tool.annotations.read_only_hint for tool in offered)
    assert "find_idle_instances" in {tool.name for tool in offered}


async def test_what_launches_and_ends_machines_is_destructive_so_that_a_person_is_asked() -> None:
    async with lambda_desk() as desk:
        offered = {tool.name: tool.annotations for tool in (await desk.client.list_tools()).tools}
    for name in ("launch_instance", "terminate_instance", "restart_instance"):
        hints = offered[name]
        assert hints is not None
        assert hints.destructive_hint, name


async def test_requests_are_a_second_apart_and_too_many_are_told_when_to_come_again() -> None:
    async with lambda_desk() as desk:
        began_s = desk.clock.monotonic()
        await desk.ask("list_firewall_rules")
        await desk.ask("get_instance_details", instance_id=IDLE)
        assert desk.clock.monotonic() - began_s == 2
        desk.clock.advance(12)
        await desk.ask("launch_instance", instance_type=SMALL, **confirmed("first"))
        said = await desk.refusal("launch_instance", instance_type=SMALL, **confirmed("second"))
    assert "call again in" in said
    assert launches(desk) == [200]


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(kind="error", times=3), "Lambda is in trouble (HTTP 503)"),
        (Fault(kind="limit", retry_after_s=60), "call again in 60 s"),
        (Fault(kind="strange"), "answered in an unknown form"),
    ],
)
async def test_trouble_at_lambda_is_told_as_what_to_do(fault: Fault, words: str) -> None:
    async with lambda_desk() as desk:
        desk.sandbox.faults.expect(fault)
        assert words in await desk.refusal("list_instances")


async def test_a_filesystem_must_be_where_the_machine_is() -> None:
    async with lambda_desk() as desk:
        said = await desk.refusal(
            "launch_instance",
            instance_type=SMALL,
            region=WEST,
            filesystems=[FILESYSTEM],
            **confirmed("here"),
        )
    assert f"{FILESYSTEM} in {HOME}" in said


async def test_a_wrong_key_is_told_with_the_setting_that_holds_it() -> None:
    async with lambda_desk(token="wrong") as desk:
        assert "LAMBDA_API_KEY" in await desk.refusal("list_instances")


async def test_without_a_key_tools_say_how_to_configure_it_and_the_machine_is_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LAMBDA_API_KEY", raising=False)
    async with (
        open_lambda(Settings(), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        result = await client.call_tool("list_instances", {})
        host = (await client.call_tool("get_host_telemetry", {})).structured_content
    assert result.is_error
    assert "Set LAMBDA_API_KEY" in words_of(result)
    assert host is not None
    assert 0 < host["memory_used_gib"] < host["memory_gib"]
    assert host["gpus"] or "No NVIDIA GPU" in host["gpu_note"]


async def test_the_sandbox_needs_no_key() -> None:
    given: dict[str, Any] = {"sandbox": True}
    async with (
        open_lambda(Settings(**given), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        told = (await client.call_tool("find_idle_instances", {})).structured_content
    assert told is not None
    assert [one["name"] for one in told["idle"]] == [IDLE]
