"""Following a turn: live from its stream, from PostgreSQL wherever the stream has a gap."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from sophia.chat import repository
from sophia.core.events import Position, from_json
from sophia.kit.clock import Clock
from sophia.kit.ids import TurnId, UserId
from sophia.store.user_database import UserDatabase
from sophia.stream.entries import Entry, EventFeed

_SILENCE_S = 2.0
_CATCH_UP_EVERY_S = 0.25
# What waits for a client that reads slowly, of what is stored.
_PAGE_BYTES = 128 * 1024


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
        follow = self._stored if has_ended else self._live
        return follow(turn_id, user_id, after)

    async def _live(
        self, turn_id: TurnId, user_id: UserId, after: Position
    ) -> AsyncGenerator[Sequence[Entry]]:
        """Follow the stream.

        An empty batch says that the turn is silent. An entry whose predecessor was not seen shows
        a gap (Redis was away, flushed or trimmed): from there PostgreSQL is read until it has
        caught up with the stream.
        """
        last, is_cut = after, False
        async with self._feed.subscribe(turn_id, after=after) as subscription:
            while True:
                entries = () if is_cut else await subscription.take(timeout_s=_SILENCE_S)
                batch, has_gap = _continuing(entries, last)
                if has_gap or not batch:
                    seen = batch[-1].position if batch else last
                    page, is_cut = await self._page(turn_id, user_id, seen)
                    batch = (*batch, *page)
                yield batch
                if batch:
                    last = batch[-1].position
                    if batch[-1].is_ending:
                        return
                elif await self._has_ended(turn_id, user_id):
                    break
                if has_gap and not is_cut:
                    await self._clock.sleep(_CATCH_UP_EVERY_S)
        # It may have ended between the two looks.
        async with aclosing(self._stored(turn_id, user_id, last)) as pages:
            async for page in pages:
                yield page

    async def _has_ended(self, turn_id: TurnId, user_id: UserId) -> bool:
        """Say whether there is nothing more to come: the turn is over or was deleted."""
        async with self._database.reading(user_id) as reader:
            status = await repository.turn_status(reader, turn_id=turn_id)
        return status is None or status in repository.ENDED

    async def _stored(
        self, turn_id: TurnId, user_id: UserId, after: Position
    ) -> AsyncGenerator[Sequence[Entry]]:
        """Yield the stored events behind a place, and hold no more of them than a page."""
        is_cut = True
        while is_cut:
            page, is_cut = await self._page(turn_id, user_id, after)
            if page:
                yield page
                after = page[-1].position

    async def _page(
        self, turn_id: TurnId, user_id: UserId, after: Position
    ) -> tuple[Sequence[Entry], bool]:
        """Give the next stored events, and whether there are more."""
        async with self._database.reading(user_id) as reader:
            stretches = await repository.steps_after(
                reader, turn_id=turn_id, attempt=after.attempt, number=after.number
            )
        page: list[Entry] = []
        size_bytes = 0
        previous = after
        for stretch in stretches:
            for number, event in stretch.events:
                position = Position(stretch.attempt, number)
                if position <= after:
                    continue
                if size_bytes >= _PAGE_BYTES:
                    return page, True
                entry = Entry.of(
                    from_json(event), turn_id=turn_id, position=position, previous=previous
                )
                page.append(entry)
                size_bytes += len(entry.data)
                previous = position
        return page, False


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
