"""The in-memory twin of the live event streams. It can forget, as Redis can."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from sophia.core.events import Position
from sophia.kit.ids import TurnId
from sophia.stream.entries import Entry


class InMemorySubscription:
    def __init__(self, stream: "InMemoryTurnStream", turn_id: TurnId, after: Position) -> None:
        self._stream = stream
        self._turn_id = turn_id
        self._cursor = after

    async def take(self, *, timeout_s: float) -> Sequence[Entry]:
        try:
            async with asyncio.timeout(min(timeout_s, 0.05)):
                while not (fresh := self._fresh()):
                    await self._stream.changed.wait()
        except TimeoutError:
            return ()
        self._cursor = fresh[-1].position
        return fresh

    def _fresh(self) -> Sequence[Entry]:
        self._stream.changed.clear()
        kept = self._stream.entries.get(self._turn_id, ())
        return [entry for entry in kept if entry.position > self._cursor]


class InMemoryTurnStream:
    def __init__(self) -> None:
        self.entries: dict[TurnId, list[Entry]] = {}
        self.changed = asyncio.Event()
        self.is_away = False

    def append(self, turn_id: TurnId, entries: Sequence[Entry]) -> None:
        if not self.is_away:
            self.entries.setdefault(turn_id, []).extend(entries)
            self.changed.set()

    @asynccontextmanager
    async def subscribe(
        self, turn_id: TurnId, *, after: Position
    ) -> AsyncGenerator[InMemorySubscription]:
        yield InMemorySubscription(self, turn_id, after)

    def flush(self) -> None:
        self.entries.clear()
