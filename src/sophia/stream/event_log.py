"""One turn's event log, as the worker that runs the turn writes it."""

import asyncio
import math

from sophia.core.events import Position, ReasoningDelta, TextDelta, TurnEvent
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId
from sophia.stream.entries import Entry, EventSink

COALESCE_S = 0.02


class EventLog:
    """Numbers events and appends them; deltas that come faster than one in 20 ms are joined.

    The first two after a pause go out at once: without that allowance a model that speaks at just
    this pace would, by its jitter alone, be held back ever longer.
    """

    def __init__(
        self,
        turn_id: TurnId,
        *,
        attempt: int,
        previous: Position,
        sink: EventSink,
        clock: Clock,
    ) -> None:
        """Begin an attempt's log behind the last stored place of the attempts before it."""
        self._turn_id = turn_id
        self._attempt = attempt
        self._number = 0
        self._previous = previous
        self._sink = sink
        self._clock = clock
        self._pending: TextDelta | ReasoningDelta | None = None
        self._next_flush_s = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._unstored: list[tuple[int, TurnEvent]] = []

    @property
    def unstored(self) -> list[tuple[int, TurnEvent]]:
        """Give the numbered events since the last `clear`, deltas still waiting included."""
        self.flush()
        return self._unstored

    @property
    def position(self) -> Position:
        """Give the place of the last event."""
        return self._previous

    def emit(self, event: TurnEvent) -> None:
        """Take the next event."""
        if not isinstance(event, TextDelta | ReasoningDelta):
            self.flush()
            self._append(event)
            return
        pending = self._pending
        if pending is not None and type(pending) is type(event):
            self._pending = type(event)(pending.text + event.text)
        else:
            self.flush()
            self._pending = event
        wait_s = self._next_flush_s - self._clock.monotonic()
        if wait_s <= 0:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self.flush)

    def hold(self, event: TurnEvent) -> Entry:
        """Number an ending without sending it: it is sent once it is stored."""
        self.flush()
        return self._number_next(event)

    def send(self, entry: Entry) -> None:
        """Send an ending that is stored."""
        self._sink.append(self._turn_id, [entry])

    def flush(self) -> None:
        """Send the deltas that wait."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending is not None:
            event, self._pending = self._pending, None
            self._next_flush_s = max(self._next_flush_s + COALESCE_S, self._clock.monotonic())
            self._append(event)

    def clear(self) -> None:
        """Forget the events given by `unstored`: they are stored."""
        self._unstored = []

    def _append(self, event: TurnEvent) -> None:
        self._sink.append(self._turn_id, [self._number_next(event)])

    def _number_next(self, event: TurnEvent) -> Entry:
        self._number += 1
        position = Position(self._attempt, self._number)
        entry = Entry.of(event, turn_id=self._turn_id, position=position, previous=self._previous)
        self._previous = position
        self._unstored.append((self._number, event))
        return entry
