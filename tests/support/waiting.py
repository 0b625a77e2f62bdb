"""Waiting for something to become true, bounded."""

import asyncio
from collections.abc import Awaitable, Callable

from sophia.kit.clock import SystemClock

_POLL_S = 0.01


async def eventually[T](check: Callable[[], Awaitable[T]], *, timeout_s: float = 5) -> T:
    """Ask again and again until the answer is true; raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while True:
            answer = await check()
            if answer:
                return answer
            await SystemClock().sleep(_POLL_S)
