"""PostgreSQL: one engine per process, a write transaction, a read-only connection.

Both are SQLAlchemy Core connections under names of their own, so that a signature says what a
function may do. No session outlives a statement block: nothing here is held while a model, a tool
or a client is awaited.
"""

import asyncio
import contextlib
import os
import select
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NewType

import orjson
import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sophia.kit import metrics
from sophia.store.errors import DatabaseUnavailableError

Reader = NewType("Reader", AsyncConnection)
Writer = NewType("Writer", Reader)

ANSWER_WITHIN_S = 5.0
_CONNECT_TIMEOUT_S = 2
_OPTIONS = (
    "-c statement_timeout=5000 -c lock_timeout=2000"
    " -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
)


def _dump_json(value: Any) -> str:
    return orjson.dumps(value).decode()


class Database:
    """One process's way to PostgreSQL."""

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        answer_within_s: float = ANSWER_WITHIN_S,
        role: str | None = None,
    ) -> None:
        """Prepare the engine; no connection is made yet.

        `answer_within_s` bounds each block below, the wait for a connection included. `role` is
        what the connections may do, less than the user that they sign in as.
        """
        self._answer_within_s = answer_within_s
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=answer_within_s,
            pool_use_lifo=True,
            json_serializer=_dump_json,
            json_deserializer=orjson.loads,
            connect_args={
                "options": _OPTIONS if role is None else f"{_OPTIONS} -c role={role}",
                "connect_timeout": _CONNECT_TIMEOUT_S,
                "application_name": "sophia",
            },
        )
        # A single statement needs no BEGIN and no COMMIT around it.
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Writer]:
        """Write: commits when the block ends, rolls back when it raises.

        Raises DatabaseUnavailableError when PostgreSQL is away or every connection is busy.
        """
        async with (
            _translated(),
            self._checked_out(self._engine) as connection,
            connection.begin(),
        ):
            yield Writer(Reader(connection))

    @asynccontextmanager
    async def single_write(self) -> AsyncGenerator[Writer]:
        """Write by one statement that is a transaction of its own: one round trip, not three."""
        async with _translated(), self._checked_out(self._autocommit) as connection:
            yield Writer(Reader(connection))

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Reader]:
        """Read; each statement sees its own snapshot. Raises like `transaction`."""
        async with _translated(), self._checked_out(self._autocommit) as connection:
            yield Reader(connection)

    async def ping(self) -> None:
        """Ask the database for a sign of life; raises DatabaseUnavailableError."""
        async with self.reading() as reader:
            await reader.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def _checked_out(self, engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
        began = time.perf_counter()
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + self._answer_within_s
        async with asyncio.timeout_at(deadline_s):
            connection, fd = await _connected(engine)
        metrics.db_pool_wait.observe(time.perf_counter() - began)
        metrics.db_pool_connections.labels("used").inc()
        watch = loop.call_at(deadline_s, _hang_up, fd)
        try:
            yield connection
        finally:
            watch.cancel()
            metrics.db_pool_connections.labels("used").dec()
            await connection.close()


async def _connected(engine: AsyncEngine) -> tuple[AsyncConnection, int]:
    """Give a connection that the server has not ended, and its socket; no round trip is made.

    What a restarted server left in the pool is thrown away, each with its Connection: one that
    takes another in place of a lost one forgets that it commits by itself.
    """
    while True:
        connection = await engine.connect()
        try:
            driver = (await connection.get_raw_connection()).driver_connection
        except asyncio.CancelledError:
            await connection.close()
            raise
        if driver is not None and not _is_ended(driver.pgconn.socket):
            return connection, driver.pgconn.socket
        await connection.invalidate()
        await connection.close()


def _is_ended(fd: int) -> bool:
    """Say whether the server has hung up: one that is asked nothing sends nothing but its end."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _hang_up(fd: int) -> None:
    """End a connection that does not answer, from below.

    Cancelling the statement instead would wait for the same silent server once more.
    """
    with socket.socket(fileno=os.dup(fd)) as duplicate, contextlib.suppress(OSError):
        duplicate.shutdown(socket.SHUT_RDWR)


@asynccontextmanager
async def _translated() -> AsyncGenerator[None]:
    """Turn a connection that is away into our own word for it; leave every other error alone."""
    try:
        yield
    except (OperationalError, PoolTimeoutError, psycopg.OperationalError, OSError) as error:
        raise DatabaseUnavailableError from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise DatabaseUnavailableError from error
        raise
