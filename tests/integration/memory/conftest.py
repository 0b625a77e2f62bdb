from collections.abc import AsyncGenerator

import pytest

from sophia.kit.clock import SystemClock
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.migrate import upgrade


@pytest.fixture(scope="session", name="memories")
async def _memories(postgres_url: str) -> AsyncGenerator[MemoryService]:
    upgrade(postgres_url)
    database = Database(postgres_url)
    yield MemoryService(database, SystemClock())
    await database.close()
