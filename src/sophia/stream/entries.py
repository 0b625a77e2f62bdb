"""What stands in a turn's event log while the turn is live."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, Self

import orjson

from sophia.core.events import ENDINGS, Position, TurnEvent, from_json, to_json
from sophia.kit.ids import TurnId


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place. `previous` is the place before it: a follower sees gaps by it.

    `data` is the event as every transport sends it: a JSON object with `type` and `turn_id`.
    """

    position: Position
    previous: Position
    data: bytes
    is_ending: bool

    @property
    def event(self) -> TurnEvent:
        """Decode the event."""
        return from_json(orjson.loads(self.data))

    @classmethod
    def of(
        cls, event: TurnEvent, *, turn_id: TurnId, position: Position, previous: Position
    ) -> Self:
        """Encode an event, once for all transports."""
        body = to_json(event)
        data = orjson.dumps({"type": body.pop("type"), "turn_id": str(turn_id), **body})
        return cls(position, previous, data, isinstance(event, ENDINGS))


class Subscription(Protocol):
    """One follower's view of one turn."""

    async def take(self, *, timeout_s: float) -> Sequence[Entry]:
        """Give what is new, in order; nothing when the time is over or the stream is away."""
        ...


class EventSink(Protocol):
    """Takes the live events of turns. May forget: the truth is in PostgreSQL."""

    def append(self, turn_id: TurnId, entries: Sequence[Entry]) -> None:
        """Hand entries over; never waits and never fails."""
        ...


class EventFeed(Protocol):
    """Gives the live events of turns."""

    def subscribe(
        self, turn_id: TurnId, *, after: Position
    ) -> AbstractAsyncContextManager[Subscription]:
        """Follow a turn from a place on."""
        ...
