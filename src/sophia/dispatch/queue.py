"""The turn queue over Redis, with PostgreSQL's NOTIFY when Redis is away."""

from collections.abc import Awaitable, Callable, Sequence
from typing import cast
from uuid import UUID

from redis.asyncio import Redis

from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.kit.ids import TurnId
from sophia.store.redis import REDIS_ERRORS, Presence

_KEY = "sophia:dispatch:turns"
_GROUP = "workers"
_MAX_LENGTH = 10_000
_BLOCK_MS = 1000
_RETRY_S = 0.5

_logger = log.get("dispatch")


class RedisTurnQueue:
    """A Redis Stream with one consumer group: each id goes to one worker, in order of arrival.

    Nothing is acknowledged (NOACK): the row and its lease say what is open, not the stream.
    """

    def __init__(
        self,
        blocking: Redis,
        offering: Redis,
        *,
        presence: Presence,
        worker: str,
        clock: Clock,
        notify: Callable[[TurnId], Awaitable[None]],
    ) -> None:
        """Take a client for blocking reads and a quick one to offer with; `notify` is plan B."""
        self._blocking = blocking
        self._offering = offering
        self._presence = presence
        self._worker = worker
        self._clock = clock
        self._notify = notify

    async def offer(self, turn_id: TurnId) -> None:
        """Let a worker know of a turn; never fails for want of Redis."""
        try:
            await self._offering.xadd(
                _KEY, {"t": turn_id.bytes}, maxlen=_MAX_LENGTH, approximate=True
            )
        except REDIS_ERRORS as error:
            self._presence.note_away(error)
            await self._tell(turn_id)

    async def take(self, *, count: int) -> Sequence[TurnId]:
        """Wait a while for turns; gives none when there are none or Redis is away."""
        try:
            answer = cast(
                "Sequence[tuple[bytes, Sequence[tuple[bytes, dict[bytes, bytes]]]]]",
                await self._blocking.xreadgroup(
                    _GROUP, self._worker, {_KEY: ">"}, count=count, block=_BLOCK_MS, noack=True
                ),
            )
        except REDIS_ERRORS as error:
            if not await self._has_made_group(error):
                self._presence.note_away(error)
                await self._clock.sleep(_RETRY_S)
            return ()
        return [
            TurnId(UUID(bytes=fields[b"t"])) for _, items in answer or () for _, fields in items
        ]

    async def _has_made_group(self, error: Exception) -> bool:
        """Make the group if it was only that which was missing; somebody else may have."""
        if "NOGROUP" not in str(error):
            return False
        try:
            await self._blocking.xgroup_create(_KEY, _GROUP, id="0", mkstream=True)
        except REDIS_ERRORS as refusal:  # a full disk, say, lets nothing be made
            return "BUSYGROUP" in str(refusal)
        return True

    async def _tell(self, turn_id: TurnId) -> None:
        try:
            await self._notify(turn_id)
        except SophiaError as error:  # the turn is stored: the sweep finds it
            _logger.warning("dispatch.notify.failed", error=str(error))
