"""The way to Redis: one atomic script at a time, and a breaker for when it does not answer."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from sophia.kit import log, metrics
from sophia.kit.clock import Clock
from sophia.store.redis import REDIS_ERRORS

_AWAY_S = 1.0

_logger = log.get("limits")


class Way:
    """Runs scripts in Redis. While it is away one call in a second finds out; the others go on."""

    def __init__(self, redis: Redis | None, *, clock: Clock) -> None:
        """Take a client with short time-outs, or none: then Redis is always away."""
        self._redis = redis
        self._clock = clock
        self._ask_again_s = 0.0
        self._is_away = False

    async def run(self, script: str, keys: Sequence[str], *arguments: int | str) -> Any:
        """Give what a script gives, in one round trip; nothing when Redis is away."""
        if self._redis is None:
            return None
        now_s = self._clock.monotonic()
        if self._is_away and now_s < self._ask_again_s:
            return None
        # Whoever comes while this one asks does not wait with it.
        self._ask_again_s = now_s + _AWAY_S
        try:
            # The text itself, not its hash: a restarted Redis knows no hash, and asks once more.
            found: Any = await self._redis.eval(script, len(keys), *keys, *arguments)
        except REDIS_ERRORS as error:
            if not self._is_away:
                _logger.warning("limits.redis.away", error=repr(error))
            self._is_away = True
            metrics.limits_fallback.set(1)
            return None
        if self._is_away:
            _logger.info("limits.redis.back")
            metrics.limits_fallback.set(0)
        self._is_away = False
        return found
