from collections.abc import AsyncGenerator

import pytest

from sophia.kit.clock import SystemClock
from sophia.memory.service import MemoryService
from sophia.store.database import Database


@pytest.fixture(scope="session", name="memories")
async def _memories(migrated_url: str) -> AsyncGenerator[MemoryService]:
    database = Database(migrated_url)
    yield MemoryService(database, SystemClock())
    await database.close()
