"""Malformed requests over the wire: refused, never a crash. `make malformed` sends 10,000."""

import pytest

from sophia.kit.clock import SystemClock
from sophia.servers.memory.server import open_memory
from tests.support.conformance.fixture import conformance_parts
from tests.support.gateway import gateway, upstream_of
from tests.support.malformed import storm
from tests.support.serving import ERAS, connected, serving

pytestmark = pytest.mark.timeout(120)


async def test_a_server_with_sessions_refuses_what_is_malformed() -> None:
    async with serving(conformance_parts()) as served:
        statuses = await storm(served.port, count=200, seed=7)
        for era in ERAS:
            async with connected(served, era=era) as client:
                assert (await client.call_tool("test_simple_text", {})).is_error is False

    assert statuses[400] > 50


async def test_the_gateway_refuses_what_is_malformed(redis_url: str) -> None:
    async with (
        serving(conformance_parts()) as served,
        upstream_of(served) as upstream,
        gateway(redis_url, upstream) as desk,
    ):
        statuses = await storm(desk.port, count=200, seed=9)
        for era in ERAS:
            async with desk.client(era) as client:
                assert len((await client.list_tools()).tools) > 20

    assert statuses[400] > 50


async def test_ai_memory_refuses_what_is_malformed(migrated_url: str) -> None:
    async with (
        open_memory(migrated_url, pool_size=2, clock=SystemClock()) as parts,
        serving(parts) as served,
    ):
        statuses = await storm(served.port, count=100, seed=8)
        async with connected(served) as client:
            assert (await client.call_tool("get_memory_stats", {})).is_error is False

    assert statuses[400] > 25
