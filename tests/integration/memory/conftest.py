from collections.abc import AsyncGenerator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import text

from sophia.kit.clock import SystemClock
from sophia.kit.ids import uuid7
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase


@dataclass(frozen=True, slots=True)
class Teams:
    """Makes people and teams; gives their ids and names."""

    database: Database

    async def person(self, role: str = "member") -> str:
        id_ = uuid7()
        async with self.database.transaction() as writer:
            await writer.execute(
                text("INSERT INTO users (id, name, role, created_at) VALUES (:id, 'x', :r, now())"),
                {"id": id_, "r": role},
            )
        return str(id_)

    async def team(self, *members: str, maintainer: str) -> str:
        id_ = uuid7()
        name = f"Team {id_.hex[-6:]}"
        async with self.database.transaction() as writer:
            await writer.execute(
                text("INSERT INTO teams (id, name, created_at) VALUES (:id, :name, now())"),
                {"id": id_, "name": name},
            )
            for who, role in [(maintainer, "maintainer"), *((one, "member") for one in members)]:
                await writer.execute(
                    text("INSERT INTO team_members VALUES (:id, :who, :role)"),
                    {"id": id_, "who": UUID(who), "role": role},
                )
        return f"team:{name}"


@pytest.fixture(scope="session", name="databases")
async def _databases(migrated_url: str) -> AsyncGenerator[tuple[UserDatabase, Database]]:
    database, owned = (
        Database(migrated_url, pool_size=4),
        UserDatabase(migrated_url, pool_size=4),
    )
    yield owned, database
    await owned.close()
    await database.close()


@pytest.fixture(scope="session", name="memories")
def _memories(databases: tuple[UserDatabase, Database]) -> MemoryService:
    return MemoryService(*databases, SystemClock())


@pytest.fixture(scope="session", name="upkeep")
def _upkeep(databases: tuple[UserDatabase, Database]) -> MemoryUpkeep:
    return MemoryUpkeep(*databases, SystemClock())


@pytest.fixture(scope="session", name="teams")
def _teams(databases: tuple[UserDatabase, Database]) -> Teams:
    return Teams(databases[1])
