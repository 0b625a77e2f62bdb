"""A clock that stands still until it is moved; waiting on it moves it."""

import asyncio
from datetime import UTC, datetime, timedelta


class FixedClock:
    def __init__(self, start: datetime = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds

    async def sleep(self, delay_s: float) -> None:
        self.advance(delay_s)
        await asyncio.get_running_loop().run_in_executor(None, int)
