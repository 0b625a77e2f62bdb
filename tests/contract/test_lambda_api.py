"""Every tool of the Lambda server, and its stand-in, keep to Lambda's own OpenAPI document."""

from typing import Any

import pytest

from sophia.sandbox.lambda_cloud.seed import (
    ELSEWHERE,
    FILESYSTEM,
    HOME,
    IDLE,
    KEY,
    LARGE,
    PUBLIC_KEY,
    SERVER,
    SERVING,
    SMALL,
    TRAINING,
    WEST,
)
from tests.support.lambda_cloud import lambda_desk, lambda_judge, prometheus_judge
from tests.support.vendor_desk import is_brief, words_of

# Of Lambda's own words there is nothing in their answers.
OWN_WORDS = {
    *("get_instance_types", "find_cheapest", "estimate_costs"),
    "get_host_telemetry",
}

type Call = tuple[str, dict[str, Any]]

# The usual and the least of each tool; what changes something comes last.
CALLS: list[Call] = [
    ("list_instances", {}),
    ("get_instance_details", {"instance_id": SERVING}),
    ("get_instance_types", {}),
    ("get_instance_types", {"available_only": True}),
    ("find_cheapest", {}),
    (
        "find_cheapest",
        {
            "gpu": "a100",
            "min_gpus": 8,
            "min_gpu_memory_gb": 80,
            "min_memory_gib": 1000,
            "region": ELSEWHERE,
            "max_hourly_usd": 15,
            "limit": 1,
        },
    ),
    ("estimate_costs", {"instance_type": SERVER}),
    ("estimate_costs", {"instance_type": SERVER, "hours": 0.5}),
    ("wait_for_instance", {"instance_id": TRAINING, "timeout_s": 0}),
    ("get_cost_summary", {}),
    ("find_idle_instances", {}),
    ("find_idle_instances", {"minutes": 30, "below_percent": 50}),
    ("list_ssh_keys", {}),
    ("list_filesystems", {}),
    ("list_images", {}),
    ("list_images", {"region": HOME, "family": "lambda-stack-24-04"}),
    ("list_regions", {}),
    ("list_firewall_rules", {}),
    ("list_audit_events", {}),
    ("list_audit_events", {"days": 60, "resource_type": "cloud.instance"}),
    ("get_host_telemetry", {}),
    ("launch_instance", {"instance_type": SMALL, "dry_run": True}),
    ("launch_instance", {"instance_type": SMALL, "name": "one", "confirm_name": "one"}),
    (
        "launch_instance",
        {
            "instance_type": SERVER,
            "region": HOME,
            "name": "two",
            "confirm_name": "two",
            "ssh_key": KEY,
            "filesystems": [FILESYSTEM],
            "image_family": "lambda-stack-24-04",
            "max_hourly_usd": 3,
            "attempts": 2,
            "wait_s": 300,
        },
    ),
    ("rename_instance", {"instance_id": "two", "name": "second"}),
    ("restart_instance", {"instance_id": "second"}),
    ("add_ssh_key", {"name": "tomas", "public_key": f"{PUBLIC_KEY} tomas"}),
    ("delete_ssh_key", {"name": "tomas"}),
    ("create_filesystem", {"name": "scratch", "region": WEST}),
    ("delete_filesystem", {"name": "scratch", "confirm_name": "scratch"}),
    (
        "set_firewall_rules",
        {
            "rules": [
                {"protocol": "tcp", "from_port": 22, "source_network": "203.0.113.0/24"},
                {"protocol": "icmp", "source_network": "0.0.0.0/0", "description": "ping"},
            ]
        },
    ),
    ("terminate_instance", {"instance_id": "second", "confirm_name": "second"}),
]
REFUSED: list[Call] = [
    ("get_instance_details", {"instance_id": "nowhere"}),
    ("wait_for_instance", {"instance_id": "nowhere"}),
    ("wait_for_instance", {"instance_id": TRAINING, "timeout_s": -1}),
    ("find_cheapest", {"max_hourly_usd": 0}),
    ("estimate_costs", {"instance_type": "gpu_9x"}),
    ("estimate_costs", {"instance_type": SERVER, "hours": 0}),
    ("find_idle_instances", {"minutes": 1}),
    ("list_audit_events", {"cursor": "no cursor"}),
    ("launch_instance", {"instance_type": "gpu_9x", "dry_run": True}),
    ("launch_instance", {"instance_type": SMALL, "name": "x"}),
    ("launch_instance", {"instance_type": SMALL, "name": IDLE, "confirm_name": IDLE}),
    ("launch_instance", {"instance_type": SMALL, "ssh_key": "nobody's", "dry_run": True}),
    ("launch_instance", {"instance_type": SMALL, "filesystems": [FILESYSTEM], "dry_run": True}),
    ("launch_instance", {"instance_type": LARGE, "max_hourly_usd": 1, "dry_run": True}),
    ("launch_instance", {"instance_type": "gpu_1x_h100_pcie", "dry_run": True}),
    (
        "launch_instance",
        {"instance_type": SMALL, "region": HOME, "name": "x", "confirm_name": "x"},
    ),
    (
        "launch_instance",
        {"instance_type": SMALL, "region": "the moon", "name": "x", "confirm_name": "x"},
    ),
    ("rename_instance", {"instance_id": SERVING, "name": IDLE}),
    ("restart_instance", {"instance_id": "nowhere"}),
    ("add_ssh_key", {"name": KEY, "public_key": f"{PUBLIC_KEY} again"}),
    ("add_ssh_key", {"name": "x", "public_key": "-----BEGIN OPENSSH PRIVATE KEY-----"}),
    ("delete_ssh_key", {"name": "nobody's"}),
    ("create_filesystem", {"name": FILESYSTEM, "region": HOME}),
    ("create_filesystem", {"name": "x", "region": "the moon"}),
    ("delete_filesystem", {"name": FILESYSTEM}),
    ("delete_filesystem", {"name": FILESYSTEM, "confirm_name": FILESYSTEM}),
    ("set_firewall_rules", {"rules": [{"protocol": "tcp", "source_network": "0.0.0.0/0"}]}),
    ("terminate_instance", {"instance_id": SERVING}),
    ("terminate_instance", {"instance_id": SERVING, "confirm_name": IDLE}),
    ("terminate_instance", {"instance_id": "nowhere", "confirm_name": "nowhere"}),
]


@pytest.mark.timeout(120)
async def test_every_tool_keeps_to_the_vendor_s_document_answers_briefly_and_is_marked() -> None:
    judge, watching = lambda_judge(), prometheus_judge()
    async with lambda_desk() as desk:
        offered = (await desk.client.list_tools()).tools
        assert {tool.name for tool in offered} == {name for name, _ in CALLS}
        calls = [*[(call, False) for call in CALLS[:-1]], *[(call, True) for call in REFUSED]]
        for (tool, arguments), is_refused in [*calls, (CALLS[-1], False)]:
            result = await desk.client.call_tool(tool, arguments)
            assert bool(result.is_error) == is_refused, f"{tool} {arguments}: {words_of(result)}"
            assert is_brief(result)
            assert "jupyter" not in words_of(result)  # it would let the reader in
            if not result.is_error:
                is_marked = (result.meta or {}).get("sophia/untrusted") is True
                assert is_marked == (tool not in OWN_WORDS), tool
            desk.clock.advance(12)  # so that no launch is one too many
        seen, watched = desk.recorder.seen, desk.watcher.seen
    assert len(seen) > len(CALLS)
    wrong = [
        *(one for each in seen for one in judge.violations(each)),
        *(one for each in watched for one in watching.violations(each)),
    ]
    assert "\n".join(wrong) == ""


async def test_every_tool_refuses_what_it_does_not_know() -> None:
    async with lambda_desk() as desk:
        for tool in sorted({name for name, _ in CALLS}):
            assert "surprise" in await desk.refusal(tool, surprise=1)
        assert desk.recorder.seen == []
