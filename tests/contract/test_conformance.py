"""The official conformance suite: our runtime does as well as a plain server of the SDK."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
import pytest_asyncio
from starlette.types import ASGIApp, Receive, Scope, Send

from sophia.core.permission import Rule, Subject, Verdict
from sophia.core.registry import MCP_SERVERS
from sophia.kit.clock import SystemClock
from sophia.outgoing.client import open_client
from sophia.servers.main import OPENERS
from sophia.settings import Settings
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from sophia.upstream_logins.service import UpstreamLogins
from tests.support.conformance import suite
from tests.support.conformance.client import LOCAL, OWN, FaultScreen, OurClient
from tests.support.conformance.fixture import conformance_parts
from tests.support.conformance.suite import FIXTURE_FREE, VERSIONS, Outcome
from tests.support.conformance.yardstick import yardstick
from tests.support.gateway import gateway, upstream_of
from tests.support.people import person
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


# We tell no server of the older era that it may ask our clients: its session is everybody's.
UNSUPPORTED = {"elicitation-sep1034-client-defaults"}


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


async def settled(
    run: Callable[[], Awaitable[Outcome]], keep: Callable[[Outcome], Outcome]
) -> Outcome:
    """The suite waits for a moment only: what is late on a busy machine is asked once more."""
    first = keep(await run())
    return keep(await run()) if first.failures or first.warnings else first


@pytest_asyncio.fixture(name="expected", scope="module", loop_scope="session", params=VERSIONS)
async def _expected(request: pytest.FixtureRequest) -> Outcome:
    """What the SDK's own server does."""
    async with served_yardstick() as url:
        return await settled(partial(suite.run, url, request.param), Outcome.scored)


async def test_our_runtime_does_what_the_sdk_s_own_server_does(expected: Outcome) -> None:
    async with serving(conformance_parts(), around=with_token) as served:
        found = await settled(partial(suite.run, served.url, expected.version), Outcome.scored)

    assert found == expected
    assert found.failures == {}
    assert {expected.row("SDK's own server"), found.row("Our runtime")} <= ROWS


async def test_the_gateway_changes_nothing_of_it(expected: Outcome, redis_url: str) -> None:
    async with (
        serving(conformance_parts()) as served,
        upstream_of(served) as upstream,
        gateway(redis_url, upstream) as desk,
    ):
        desk.rules += [Rule(Subject.EVERYBODY, "", "*", Verdict.ALLOW)]
        whole = await suite.run(desk.url(served.name), expected.version)
    found = whole.scored()

    assert found.failures == {}
    assert found == expected
    assert whole.only(FIXTURE_FREE[expected.version]).failures == {}
    assert found.row("Our gateway") in ROWS


@pytest.mark.parametrize("version", VERSIONS)
async def test_our_client_uses_the_suite_s_servers(
    version: str, redis_url: str, postgres_url: str, database: Database
) -> None:
    owned, clock = UserDatabase(postgres_url), SystemClock()
    async with gateway(redis_url, screen=FaultScreen()) as desk, open_client(allowed=LOCAL) as http:
        desk.rules += [Rule(Subject.EVERYBODY, "", "*", Verdict.ALLOW)]
        logins = UpstreamLogins(owned, database, http=http, own=OWN, secret="sealed", clock=clock)
        client = OurClient(desk, logins, await person(database, "Ada"))
        found = await settled(
            partial(suite.run_client, client.run, version),
            lambda outcome: outcome.scored().besides(UNSUPPORTED),
        )
    await owned.close()

    assert found.failures == {}
    assert found.row("Our client") in ROWS


@pytest.mark.parametrize("version", VERSIONS)
async def test_the_inspector_uses_server_and_gateway(version: str, redis_url: str) -> None:
    async with (
        serving(conformance_parts(), around=with_token) as served,
        upstream_of(served) as upstream,
        gateway(redis_url, upstream) as desk,
    ):
        desk.rules += [Rule(Subject.EVERYBODY, "", "*", Verdict.ALLOW)]
        call = ("--method", "tools/call", "--tool-name")
        direct, through = await asyncio.gather(
            suite.inspect(served.url, version, *call, "test_simple_text"),
            suite.inspect(desk.url(), version, *call, "memory__test_simple_text"),
        )

    assert direct["result"]["content"] == through["result"]["content"]
    assert direct["result"]["isError"] is False


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
        found = await settled(partial(suite.run, served.url, version), fixture_free)
        listed = await suite.inspect(served.url, version, "--method", "tools/list", "--strict")

    assert found.failures == {}
    assert len(listed["result"]["tools"]) == len(parts.tools)
    assert found.row(MCP_SERVERS[name].title) in ROWS
