import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack

import pytest

from sophia.kit.clock import SystemClock
from sophia.limits.way import Way
from sophia.store import redis as redis_store
from tests.support.proxy import Proxy

type Ways = Callable[[], Way]


@pytest.fixture
async def redis_proxy(redis_url: str) -> AsyncGenerator[Proxy]:
    """What stands between the processes and Redis."""
    proxy = Proxy(int(redis_url.rpartition(":")[2].partition("/")[0]))
    await proxy.start()
    yield proxy
    await proxy.close()


@pytest.fixture
async def open_way(redis_url: str, redis_proxy: Proxy) -> AsyncGenerator[Ways]:
    """Makes ways to one Redis, each as of a process of its own."""
    head, _, tail = redis_url.rpartition(":")
    url = f"{head}:{redis_proxy.port}/{tail.partition('/')[2]}"
    async with AsyncExitStack() as stack:

        def opened() -> Way:
            # Room and time for all at once on a busy machine; its aclose leaves the pool as it is.
            presence = redis_store.Presence(url, clock=SystemClock())
            stack.push_async_callback(presence.close)
            looking = asyncio.create_task(presence.run())
            stack.callback(looking.cancel)
            client = redis_store.connect(url, connections=64, read_timeout_s=0.5, presence=presence)
            stack.push_async_callback(client.connection_pool.disconnect)
            return Way(client, presence)

        yield opened
