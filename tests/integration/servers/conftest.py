from collections.abc import AsyncGenerator

import pytest

from sophia.kit.clock import SystemClock
from sophia.servers.memory.server import open_memory
from tests.support.serving import Served, serving


@pytest.fixture(scope="session", name="memory_server")
async def _memory_server(migrated_url: str) -> AsyncGenerator[Served]:
    async with (
        open_memory(migrated_url, pool_size=4, clock=SystemClock()) as parts,
        serving(parts) as served,
    ):
        yield served
