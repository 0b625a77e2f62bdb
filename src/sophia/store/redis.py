"""Redis: what may be lost. Short time-outs, so that a Redis that hangs costs little."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

# What a caller of Redis must be ready for: Redis away, slow, or forgetful.
REDIS_ERRORS = (RedisError, OSError, TimeoutError)

CONNECT_TIMEOUT_S = 0.25
READ_TIMEOUT_S = 0.25


def connect(
    url: str, *, connections: int = 16, read_timeout_s: float | None = READ_TIMEOUT_S
) -> Redis:
    """Give a client; no connection is made yet. A blocking reader passes its own read timeout."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=READ_TIMEOUT_S,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=read_timeout_s,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
    )
    return Redis(connection_pool=pool)
