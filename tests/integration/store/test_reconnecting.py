"""Connections that the server has ended are not given out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from sophia.kit.ids import uuid7
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

_PID = text("SELECT pg_backend_pid()")
_USER = text("SELECT current_setting('sophia.user_id', true)")


@pytest.fixture(name="other")
async def _other(postgres_url: str) -> AsyncGenerator[Database]:
    other = Database(postgres_url, pool_size=1)
    yield other
    await other.close()


async def end(other: Database, *pids: int) -> None:
    """Have the server end connections; it waits until their processes are gone."""
    async with other.reading() as reader:
        for pid in pids:
            await reader.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


async def filled(database: Database, count: int) -> list[int]:
    """Open so many connections at once; gives their processes."""
    async with AsyncExitStack() as stack:
        readers = [await stack.enter_async_context(database.reading()) for _ in range(count)]
        return [int(await reader.scalar(_PID) or 0) for reader in readers]


async def test_what_is_written_after_that_is_there_also_by_single_statements(
    postgres_url: str, other: Database
) -> None:
    ended = Database(postgres_url, pool_size=3)
    table = f"after_{uuid7().hex}"
    try:
        async with ended.single_write() as writer:
            await writer.execute(text(f"CREATE TABLE {table} (n int)"))
        await end(other, *await filled(ended, 3))

        async def insert(number: int) -> None:
            async with ended.single_write() as writer:
                await writer.execute(text(f"INSERT INTO {table} VALUES ({number})"))

        await asyncio.gather(*(insert(number) for number in range(6)))
        async with other.reading() as reader:
            count = await reader.scalar(text(f"SELECT count(*) FROM {table}"))
    finally:
        async with other.single_write() as writer:
            await writer.execute(text(f"DROP TABLE IF EXISTS {table}"))
        await ended.close()

    assert count == 6


async def test_a_connection_made_after_that_names_its_user_for_good(
    postgres_url: str, other: Database
) -> None:
    owned, ada = UserDatabase(postgres_url, pool_size=1), uuid7()
    try:
        async with owned.reading(ada) as reader:
            pid = int(await reader.scalar(_PID) or 0)
        await end(other, pid)
        named: list[str | None] = []
        for _ in range(2):
            async with owned.reading(ada) as reader:
                named.append(await reader.scalar(_USER))
    finally:
        await owned.close()

    assert named == [str(ada)] * 2


async def test_the_first_statement_after_that_succeeds(postgres_url: str, other: Database) -> None:
    ended = Database(postgres_url, pool_size=1)
    try:
        (pid,) = await filled(ended, 1)
        await end(other, pid)
        (fresh,) = await filled(ended, 1)
        async with ended.transaction() as writer:
            again = await writer.scalar(_PID)
    finally:
        await ended.close()

    assert fresh != pid
    assert again == fresh
