"""The whole system, once per test process."""

from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from tests.support import servers
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider, scripted_openai


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_desk(
    worker_number: int, migrated_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Desk, ScriptedProvider]]:
    """Sophia's processes and the model provider that they know."""
    folder: Path = tmp_path_factory.mktemp("desk")
    async with scripted_openai() as provider:
        desk = Desk(
            folder,
            number=worker_number,
            database_url=migrated_url,
            redis_url=servers.servers().redis_url(worker_number + 32),
            provider_url=provider.url,
        )
        try:
            await desk.start("api", "worker", "mcp")
            yield desk, provider
        finally:
            await desk.close()


@pytest.fixture
def desk(running_desk: tuple[Desk, ScriptedProvider], migrated_url: str) -> Desk:
    """The running system, emptied of what earlier tests left."""
    with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("TRUNCATE users, memories CASCADE")
    return running_desk[0]


@pytest.fixture
def provider(running_desk: tuple[Desk, ScriptedProvider]) -> ScriptedProvider:
    """The scripted model provider, with an empty script."""
    found = running_desk[1]
    found.requests.clear()
    found.clear()
    return found
