"""Following a turn: live from its stream, from PostgreSQL wherever the stream has a gap."""

from collections.abc import AsyncGenerator, Sequence

from sophia.chat import repository
from sophia.core.events import Position, from_json
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId, UserId
from sophia.store.user_database import UserDatabase
from sophia.stream.entries import Entry, EventFeed

_SILENCE_S = 2.0
_CATCH_UP_EVERY_S = 0.25


class Follower:
    """Follows turns for this process's clients."""

    def __init__(self, database: UserDatabase, feed: EventFeed, *, clock: Clock) -> None:
        """Bring the parts together."""
        self._database = database
        self._feed = feed
        self._clock = clock

    def follow(
        self, turn_id: TurnId, *, user_id: UserId, after: Position, has_ended: bool = False
    ) -> AsyncGenerator[Sequence[Entry]]:
        """Yield every event of a user's turn behind `after` once and in order, the ending last.

        They come as batches.
        A turn that has ended is stored whole: its stream, which may be gone, is not waited for.
        """
        follow = self._stored_alone if has_ended else self._live
        return follow(turn_id, user_id, after)

    async def _stored_alone(
        self, turn_id: TurnId, user_id: UserId, after: Position
    ) -> AsyncGenerator[Sequence[Entry]]:
        yield await self.stored(turn_id, user_id=user_id, after=after)

    async def _live(
        self, turn_id: TurnId, user_id: UserId, after: Position
    ) -> AsyncGenerator[Sequence[Entry]]:
        """Follow the stream.

        An empty batch says that the turn is silent. An entry whose predecessor was not seen shows
        a gap (Redis was away, flushed or trimmed): from there PostgreSQL is read until it has
        caught up with the stream.
        """
        last = after
        async with self._feed.subscribe(turn_id, after=after) as subscription:
            while True:
                entries = await subscription.take(timeout_s=_SILENCE_S)
                batch, has_gap = _continuing(entries, last)
                if has_gap or not batch:
                    stored = await self.stored(
                        turn_id, user_id=user_id, after=batch[-1].position if batch else last
                    )
                    batch = (*batch, *stored)
                yield batch
                if batch:
                    last = batch[-1].position
                    if batch[-1].is_ending:
                        return
                elif await self._has_ended(turn_id, user_id):
                    # It may have ended between the two looks.
                    yield await self.stored(turn_id, user_id=user_id, after=last)
                    return
                if has_gap:
                    await self._clock.sleep(_CATCH_UP_EVERY_S)

    async def _has_ended(self, turn_id: TurnId, user_id: UserId) -> bool:
        """Say whether there is nothing more to come: the turn is over or was deleted."""
        async with self._database.reading(user_id) as reader:
            status = await repository.turn_status(reader, turn_id=turn_id)
        return status is None or status in repository.ENDED

    async def stored(self, turn_id: TurnId, *, user_id: UserId, after: Position) -> Sequence[Entry]:
        """Give the stored events behind a position."""
        async with self._database.reading(user_id) as reader:
            stretches = await repository.steps_after(
                reader, turn_id=turn_id, attempt=after.attempt, number=after.number
            )
        entries: list[Entry] = []
        previous = after
        for stretch in stretches:
            for number, event in stretch.events:
                position = Position(stretch.attempt, number)
                if position > after:
                    entries.append(
                        Entry.of(
                            from_json(event),
                            turn_id=turn_id,
                            position=position,
                            previous=previous,
                        )
                    )
                    previous = position
        return entries


def _continuing(entries: Sequence[Entry], last: Position) -> tuple[Sequence[Entry], bool]:
    """Give the entries that follow on `last` without a gap, and whether a gap stopped them."""
    live: list[Entry] = []
    for entry in entries:
        if entry.position <= last:
            continue
        if entry.previous > last:
            return live, True
        live.append(entry)
        last = entry.position
    return live, False
