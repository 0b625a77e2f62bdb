"""Following Redis Streams: one blocking read for all followers of the process.

A follower that joins interrupts the blocking read by CLIENT UNBLOCK, so that the next read
includes its turn. A follower that is slow is left out of the reading until it has caught up.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from redis.asyncio import Redis

from sophia.core.events import Position
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId
from sophia.store.redis import REDIS_ERRORS, Presence
from sophia.stream.entries import Entry
from sophia.stream.writer import stream_key

_BLOCK_MS = 1000
_COUNT = 200
_MAX_BUFFERED_BYTES = 256 * 1024
_RETRY_S = 0.2
_AGAIN_S = 0.001
# A read costs something for each stream that it asks for: with many it pays to let entries gather.
_PAUSE_PER_STREAM_S = 0.00004
_MAX_PAUSE_S = 0.02

_logger = log.get("stream")


class RedisSubscription:
    """One follower: what it has been given and not yet taken, and up to where it has read."""

    def __init__(self, reader: "StreamReader", *, after: Position) -> None:
        """Start behind a place."""
        self.cursor = after
        self._reader = reader
        self._buffer: list[Entry] = []
        self._buffered_bytes = 0
        self._ready = asyncio.Event()

    @property
    def is_full(self) -> bool:
        """Say whether the follower must take before it is given more."""
        return self._buffered_bytes >= _MAX_BUFFERED_BYTES

    def give(self, entry: Entry) -> None:
        """Buffer an entry."""
        self.cursor = entry.position
        self._buffer.append(entry)
        self._buffered_bytes += len(entry.data)
        self._ready.set()

    def wake(self) -> None:
        """Let the follower look elsewhere: the stream is away."""
        self._ready.set()

    async def take(self, *, timeout_s: float) -> Sequence[Entry]:
        """Give what is new, in order; nothing when the time is over or the stream is away."""
        if not self._buffer:
            self._ready.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._ready.wait()
            except TimeoutError:
                return ()
        was_full = self.is_full
        taken, self._buffer, self._buffered_bytes = self._buffer, [], 0
        if was_full:
            self._reader.interrupt()
        return taken


class StreamReader:
    """Reads the streams of all turns that this process follows."""

    def __init__(
        self, blocking: Redis, control: Redis, presence: Presence, *, clock: Clock
    ) -> None:
        """Take a single-connection client for the blocking read and another to interrupt it."""
        self._presence = presence
        self._blocking = blocking
        self._control = control
        self._clock = clock
        self._followers: dict[str, list[RedisSubscription]] = {}
        self._changed = asyncio.Event()
        self._is_blocked = False
        self._client_id: int | None = None
        self._interrupting: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def subscribe(
        self, turn_id: TurnId, *, after: Position
    ) -> AsyncGenerator[RedisSubscription]:
        """Follow a turn from a place on."""
        key = stream_key(turn_id)
        subscription = RedisSubscription(self, after=after)
        self._followers.setdefault(key, []).append(subscription)
        self.interrupt()
        try:
            yield subscription
        finally:
            followers = self._followers[key]
            followers.remove(subscription)
            if not followers:
                del self._followers[key]

    def look(self, turn_id: TurnId) -> None:
        """Have the followers of a turn look elsewhere: its end is stored, and not in the stream."""
        for follower in self._followers.get(stream_key(turn_id), ()):
            follower.wake()

    def interrupt(self) -> None:
        """Have the next read begin now, with the followers of now."""
        self._changed.set()
        if self._is_blocked and self._interrupting is None:
            self._interrupting = asyncio.create_task(self._unblock())

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            self._changed.clear()
            if not self._wanted():
                await self._changed.wait()
                continue
            try:
                await self._read()
                await self._clock.sleep(
                    min(len(self._followers) * _PAUSE_PER_STREAM_S, _MAX_PAUSE_S)
                )
            except REDIS_ERRORS as error:
                self._presence.note_away(error)
                self._client_id = None
                for followers in self._followers.values():
                    for follower in followers:
                        follower.wake()
                await self._clock.sleep(_RETRY_S)

    def _wanted(self) -> dict[str, str]:
        wanted: dict[str, str] = {}
        for key, followers in self._followers.items():
            cursors = [follower.cursor for follower in followers if not follower.is_full]
            if cursors:
                wanted[key] = str(min(cursors))
        return wanted

    async def _read(self) -> None:
        if self._client_id is None:
            # A Redis that hangs keeps a blocking read for long: the quick client notices sooner.
            await self._control.ping()
            self._client_id = int(await self._blocking.client_id())
        wanted = self._wanted()
        self._changed.clear()
        if not wanted:  # who followed last has gone meanwhile
            return
        self._is_blocked = True
        try:
            answer = cast(
                "Sequence[tuple[bytes, Sequence[tuple[bytes, dict[bytes, bytes]]]]]",
                await self._blocking.xread(cast("Any", wanted), count=_COUNT, block=_BLOCK_MS),
            )
        finally:
            self._is_blocked = False
        for key, items in answer or ():
            followers = self._followers.get(key.decode(), ())
            for raw_id, fields in items:
                entry = _entry(raw_id, fields)
                for follower in followers:
                    if follower.cursor < entry.position:
                        follower.give(entry)

    async def _unblock(self) -> None:
        # The command may overtake the read that it is to interrupt: then it is sent again.
        try:
            while self._client_id is not None and self._is_blocked and self._changed.is_set():
                if await self._control.client_unblock(self._client_id):
                    break
                await self._clock.sleep(_AGAIN_S)
        except REDIS_ERRORS as error:
            _logger.warning("stream.unblock.failed", error=str(error))
        finally:
            self._interrupting = None


def _entry(raw_id: bytes, fields: Mapping[bytes, bytes]) -> Entry:
    return Entry(
        position=Position.parse(raw_id.decode()),
        previous=Position.parse(fields[b"p"].decode()),
        data=fields[b"e"],
        is_ending=b"z" in fields,
    )
