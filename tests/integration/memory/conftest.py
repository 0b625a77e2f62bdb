from collections.abc import AsyncGenerator

import pytest

from sophia.kit.clock import SystemClock
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase


@pytest.fixture(scope="session", name="memories")
async def _memories(migrated_url: str) -> AsyncGenerator[MemoryService]:
    database, owned = Database(migrated_url), UserDatabase(migrated_url)
    yield MemoryService(owned, database, SystemClock())
    await owned.close()
    await database.close()
