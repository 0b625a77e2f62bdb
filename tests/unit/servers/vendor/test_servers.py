"""What holds for the server of every vendor, over its stand-in."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from sophia.kit.clock import SystemClock
from sophia.sandbox.faults import Fault
from sophia.servers.main import OPENERS
from sophia.settings import Settings
from tests.support.asana import asana_desk
from tests.support.codacy import codacy_desk
from tests.support.github import github_desk
from tests.support.linear import linear_desk
from tests.support.serving import connected, serving
from tests.support.vendor_desk import Desk, words_of


@dataclass(frozen=True)
class Vendor:
    """A vendor, and how one of its tools is asked for what is on the stand-in."""

    name: str
    title: str
    token_name: str
    desk: Callable[..., AbstractAsyncContextManager[Desk[Any]]]
    tool: str
    arguments: dict[str, Any]
    gives: tuple[str, str | int]


VENDORS = (
    Vendor(
        name="github",
        title="GitHub",
        token_name="GITHUB_TOKEN",
        desk=github_desk,
        tool="get_issue",
        arguments={"issue": "harbour-labs/ferry#1"},
        gives=("number", 1),
    ),
    Vendor(
        name="linear",
        title="Linear",
        token_name="LINEAR_API_KEY",
        desk=linear_desk,
        tool="get_issue",
        arguments={"issue_id": "FER-1"},
        gives=("issue_id", "FER-1"),
    ),
    Vendor(
        name="asana",
        title="Asana",
        token_name="ASANA_ACCESS_TOKEN",
        desk=asana_desk,
        tool="get_user",
        arguments={"user": "me"},
        gives=("name", "Mara Lindqvist"),
    ),
    Vendor(
        name="codacy",
        title="Codacy",
        token_name="CODACY_API_TOKEN",
        desk=codacy_desk,
        tool="get_repository",
        arguments={"repo": "gh/harbour-labs/ferry"},
        gives=("repo", "gh/harbour-labs/ferry"),
    ),
)


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    return request.param


async def test_a_wrong_token_is_told_with_the_setting_that_holds_it(vendor: Vendor) -> None:
    async with vendor.desk(token="wrong") as desk:
        assert vendor.token_name in await desk.refusal(vendor.tool, **vendor.arguments)


async def test_trouble_is_told_as_what_to_do_and_not_at_all_when_it_passes(vendor: Vendor) -> None:
    name, value = vendor.gives
    told = (
        (Fault(kind="error", times=3), f"{vendor.title} is in trouble (HTTP 503)"),
        (Fault(kind="strange"), "answered in an unknown form"),
        (Fault(kind="limit", retry_after_s=120), "call again in 120 s"),
    )
    async with vendor.desk() as desk:
        for fault in (Fault(kind="error"), Fault(kind="limit"), Fault(kind="slow", delay_s=3)):
            desk.sandbox.faults.expect(fault)
            assert (await desk.ask(vendor.tool, **vendor.arguments))[name] == value
            assert desk.sandbox.faults.waiting == []
        for fault, words in told:
            desk.sandbox.faults.expect(fault)
            assert words in await desk.refusal(vendor.tool, **vendor.arguments)


async def test_without_a_token_the_tools_say_how_to_configure_it(
    vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(vendor.token_name, raising=False)
    async with (
        OPENERS[vendor.name](Settings(), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        result = await client.call_tool(vendor.tool, vendor.arguments)
    assert result.is_error
    assert f"Set {vendor.token_name}" in words_of(result)


async def test_the_sandbox_needs_no_token(vendor: Vendor) -> None:
    name, value = vendor.gives
    async with (
        OPENERS[vendor.name](Settings(sandbox=True), SystemClock()) as parts,
        serving(parts) as served,
        connected(served) as client,
    ):
        assert not (await parts.probe()).errors
        result = await client.call_tool(vendor.tool, vendor.arguments)
    assert result.structured_content is not None
    assert result.structured_content[name] == value
