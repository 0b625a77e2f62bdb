"""The official conformance suite: our runtime does as well as a plain server of the SDK."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.core.permission import Rule, Subject, Verdict
from sophia.core.registry import MCP_SERVERS
from sophia.kit.clock import SystemClock
from sophia.servers.main import OPENERS
from sophia.settings import Settings
from tests.support.conformance import suite
from tests.support.conformance.fixture import conformance_parts
from tests.support.conformance.suite import FIXTURE_FREE, VERSIONS, Outcome
from tests.support.conformance.yardstick import yardstick
from tests.support.gateway import gateway, upstream_of
from tests.support.serving import STATIC_TOKEN, listening_on, serving

ROWS = {*(Path(__file__).parents[2] / "docs/reference/conformance.md").read_text().splitlines()}

pytestmark = pytest.mark.timeout(300)

# Checks of the fixture-free scenarios that need a tool of the fixture all the same.
NEEDS_FIXTURE = {
    "sep-2575-http-server-no-independent-requests-on-stream",
    "sep-2575-server-no-log-without-loglevel",
    "sep-2575-server-rejects-undeclared-capability",
    "sep-2575-missing-capability-http-400",
}


def with_token(app: ASGIApp) -> ASGIApp:
    """The suite has no token to send: give its requests one."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            token = (b"authorization", f"Bearer {STATIC_TOKEN}".encode())
            scope = {**scope, "headers": [*scope["headers"], token]}
        await app(scope, receive, send)

    return answer


@asynccontextmanager
async def served_yardstick() -> AsyncGenerator[str]:
    bound = create_server(("127.0.0.1", 0))
    async with listening_on(bound, yardstick()):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"


def fixture_free(outcome: Outcome) -> Outcome:
    return outcome.only(FIXTURE_FREE[outcome.version]).without(NEEDS_FIXTURE)


async def settled(url: str, version: str, keep: Callable[[Outcome], Outcome]) -> Outcome:
    """The suite waits for a moment only: what is late on a busy machine is asked once more."""
    first = keep(await suite.run(url, version))
    return keep(await suite.run(url, version)) if first.failures or first.warnings else first


@pytest.mark.parametrize("version", VERSIONS)
async def test_our_runtime_does_what_the_sdk_s_own_server_does(version: str) -> None:
    async with served_yardstick() as url:
        expected = await settled(url, version, Outcome.scored)
    async with serving(conformance_parts(), around=with_token) as served:
        found = await settled(served.url, version, Outcome.scored)

    assert found == expected
    assert found.failures == {}
    assert {expected.row("SDK's own server"), found.row("Our runtime")} <= ROWS


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_gateway_changes_nothing_of_it(version: str, redis_url: str) -> None:
    async with served_yardstick() as url:
        expected = (await suite.run(url, version)).scored()
    async with (
        serving(conformance_parts()) as served,
        upstream_of(served) as upstream,
        gateway(redis_url, upstream) as desk,
    ):
        desk.rules += [Rule(Subject.EVERYBODY, "", "*", Verdict.ALLOW)]
        whole = await suite.run(desk.url(served.name), version)
    found = whole.scored()

    assert found.failures == {}
    assert found == expected
    assert whole.only(FIXTURE_FREE[version]).failures == {}
    assert found.row("Our gateway") in ROWS


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", OPENERS)
async def test_each_server_speaks_the_protocol(
    name: str, version: str, migrated_url: str, tmp_path: Path
) -> None:
    given: dict[str, Any] = {"home": tmp_path, "DATABASE_URL": migrated_url}
    async with (
        OPENERS[name](Settings(**given), SystemClock()) as parts,
        serving(parts, around=with_token) as served,
    ):
        found = await settled(served.url, version, fixture_free)

    assert found.failures == {}
    assert found.row(MCP_SERVERS[name].title) in ROWS
