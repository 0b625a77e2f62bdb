"""Signals between processes through PostgreSQL's NOTIFY: rare, and there whenever the truth is."""

import asyncio
from collections.abc import Callable, Sequence
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId
from sophia.store.database import Database

OFFERED = "sophia_turn_offered"
STOPPED = "sophia_turn_stopped"
STORED = "sophia_turn_stored"
_RETRY_S = 1.0

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_logger = log.get("dispatch")


class Signals:
    """Sends signals; listens for them on a connection of its own."""

    def __init__(self, database: Database, *, url: str, clock: Clock, name: str) -> None:
        """Take the way to PostgreSQL, its URL for the listening connection and that one's name."""
        self._database = database
        self._conninfo = make_url(url).set(drivername="postgresql").render_as_string(False)
        self._clock = clock
        self._name = name

    async def send(self, channel: str, turn_id: TurnId) -> None:
        """Tell every listening process about a turn."""
        async with self._database.single_write() as writer:
            await writer.execute(_NOTIFY, {"channel": channel, "payload": str(turn_id)})

    async def offer(self, turn_id: TurnId) -> None:
        """Tell the workers of a turn that waits."""
        await self.send(OFFERED, turn_id)

    async def listen(
        self,
        on_signal: Callable[[str, TurnId], None],
        *,
        channels: Sequence[str] = (OFFERED, STOPPED),
        ready: asyncio.Event | None = None,
    ) -> None:
        """Call `on_signal` for each signal until cancelled; connects again when it must."""
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    self._conninfo,
                    autocommit=True,
                    connect_timeout=2,
                    application_name=self._name,
                )
                async with connection:
                    for channel in channels:
                        await connection.execute(
                            sql.SQL("LISTEN {}").format(sql.Identifier(channel))
                        )
                    if ready is not None:
                        ready.set()
                    async for notify in connection.notifies():
                        on_signal(notify.channel, TurnId(UUID(notify.payload)))
            except psycopg.OperationalError as error:
                _logger.warning("dispatch.listen.failed", error=str(error))
                await self._clock.sleep(_RETRY_S)
