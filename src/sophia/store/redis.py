"""Redis: what may be lost. Short time-outs, so that a Redis that hangs costs little, and once."""

import asyncio
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from sophia.kit import log
from sophia.kit.clock import Clock

# What a caller of Redis must be ready for: Redis away, slow, or forgetful.
REDIS_ERRORS = (RedisError, OSError, TimeoutError)

CONNECT_TIMEOUT_S = 0.25
READ_TIMEOUT_S = 0.25
_LOOK_EVERY_S = 0.5

_logger = log.get("redis")


class Presence:
    """Whether Redis answers, as far as this process knows: while it does not, nobody waits for it.

    Whoever it fails says so here; one task looks whether it is back.
    """

    def __init__(self, url: str, *, clock: Clock) -> None:
        """Take where Redis is; it is thought to be there."""
        self._redis = connect(url, connections=1)
        self._clock = clock
        self._is_missed = asyncio.Event()

    @property
    def is_away(self) -> bool:
        """Say whether to do without it."""
        return self._is_missed.is_set()

    def note_away(self, error: Exception) -> None:
        """Have everybody do without it until it answers."""
        if not self.is_away:
            _logger.warning("redis.away", error=repr(error))
            self._is_missed.set()

    async def run(self) -> None:
        """Look whether it is back, whenever it is away."""
        while True:
            await self._is_missed.wait()
            await self._clock.sleep(_LOOK_EVERY_S)
            try:
                await self._redis.ping()
            except REDIS_ERRORS:
                continue
            self._is_missed.clear()
            _logger.info("redis.back")

    async def close(self) -> None:
        """Close the connection that looks."""
        await self._redis.aclose()


class _Pool(BlockingConnectionPool):
    """Gives no connection while Redis is known to be away: that fails at once, and not in time."""

    def __init__(self, *, presence: Presence | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._presence = presence

    async def get_connection(self, *given: Any, **options: Any) -> Any:
        if self._presence is not None and self._presence.is_away:
            raise RedisConnectionError("Redis is away.")
        return await super().get_connection(*given, **options)


def connect(
    url: str,
    *,
    connections: int = 16,
    read_timeout_s: float | None = READ_TIMEOUT_S,
    presence: Presence | None = None,
) -> Redis:
    """Give a client; no connection is made yet. A blocking reader passes its own read timeout."""
    pool = _Pool.from_url(
        url,
        presence=presence,
        max_connections=connections,
        timeout=READ_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=read_timeout_s,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
    )
    return Redis(connection_pool=pool)
