"""The way to Redis: one atomic script at a time, or word that Redis is away."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from sophia.kit import metrics
from sophia.store.redis import REDIS_ERRORS, Presence


class Way:
    """Runs scripts in Redis."""

    def __init__(self, redis: Redis | None, presence: Presence | None) -> None:
        """Take a client with short time-outs and who knows of Redis, or none: it is always away."""
        self._redis = redis
        self._presence = presence

    async def run(self, script: str, keys: Sequence[str], *arguments: int | str) -> Any:
        """Give what a script gives, in one round trip; nothing when Redis is away."""
        if self._redis is None or self._presence is None:
            return None
        try:
            # The text itself, not its hash: a restarted Redis knows no hash, and asks once more.
            found: Any = await self._redis.eval(script, len(keys), *keys, *arguments)
        except REDIS_ERRORS as error:
            self._presence.note_away(error)
            metrics.limits_fallback.set(1)
            return None
        metrics.limits_fallback.set(0)
        return found
