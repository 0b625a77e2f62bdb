"""Appending to Redis Streams: one pipeline at a time for all turns of the process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redis.asyncio import Redis

from sophia.kit import log
from sophia.kit.errors import SophiaError
from sophia.kit.ids import TurnId
from sophia.store.redis import REDIS_ERRORS, Presence
from sophia.stream.entries import Entry

_LIVE_TTL_MS = 3_600_000
_ENDED_TTL_MS = 600_000
_MAX_BATCH = 500
_MAX_WAITING = 20_000

_logger = log.get("stream")


def stream_key(turn_id: TurnId) -> str:
    """Name the Redis Stream of a turn."""
    return f"sophia:stream:{turn_id}"


async def drop_streams(redis: Redis, turn_ids: Sequence[TurnId]) -> None:
    """Delete the streams of turns that are deleted. Without Redis they run out by themselves."""
    try:
        for start in range(0, len(turn_ids), _MAX_BATCH):
            keys = [stream_key(turn_id) for turn_id in turn_ids[start : start + _MAX_BATCH]]
            await redis.unlink(*keys)
    except REDIS_ERRORS as error:
        _logger.warning("stream.drop.failed", turns=len(turn_ids), error=str(error))


class StreamWriter:
    """Collects entries while a pipeline is under way and sends them with the next one.

    The entry's id in Redis is its position, so that Redis itself refuses whatever a worker that
    lost its lease would still write behind its successor.
    """

    def __init__(
        self,
        redis: Redis,
        presence: Presence,
        *,
        tell_stored: Callable[[TurnId], Awaitable[None]],
    ) -> None:
        """Take a client of its own, and what tells without Redis that a turn's end is stored."""
        self._redis = redis
        self._presence = presence
        self._tell_stored = tell_stored
        self._waiting: list[tuple[TurnId, Entry]] = []
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def append(self, turn_id: TurnId, entries: Sequence[Entry]) -> None:
        """Hand entries over. What Redis cannot take in time is dropped: PostgreSQL has it."""
        if len(self._waiting) < _MAX_WAITING:
            self._waiting.extend((turn_id, entry) for entry in entries)
            self._idle.clear()
            self._wake.set()

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                batch, self._waiting = self._waiting[:_MAX_BATCH], self._waiting[_MAX_BATCH:]
                await self._send(batch)
            self._idle.set()

    async def drained(self) -> None:
        """Wait until everything handed over was sent."""
        await self._idle.wait()

    async def _send(self, batch: Sequence[tuple[TurnId, Entry]]) -> None:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for turn_id, entry in batch:
                    key = stream_key(turn_id)
                    ending = ("z", "1") if entry.is_ending else ()
                    pipe.execute_command(
                        "XADD", key, str(entry.position), "e", entry.data,
                        "p", str(entry.previous), *ending,
                    )  # fmt: skip
                    if entry.is_ending:
                        pipe.execute_command("PEXPIRE", key, _ENDED_TTL_MS)
                    elif entry.position.number == 1:
                        pipe.execute_command("PEXPIRE", key, _LIVE_TTL_MS)
                await pipe.execute(raise_on_error=False)
        except REDIS_ERRORS as error:
            self._presence.note_away(error)
            for turn_id, entry in batch:
                if entry.is_ending:  # that one is stored; what else is lost may not be yet
                    await self._tell(turn_id)

    async def _tell(self, turn_id: TurnId) -> None:
        try:
            await self._tell_stored(turn_id)
        except SophiaError as error:  # followers look by themselves, though not as soon
            _logger.warning("stream.tell.failed", error=str(error))
