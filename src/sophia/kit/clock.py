"""The time, and waiting for it, as something a test can replace."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        ...

    async def sleep(self, delay_s: float) -> None:
        """Wait."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the time of day in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place that asks

    def monotonic(self) -> float:
        """Give seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, delay_s: float) -> None:
        """Wait."""
        await asyncio.sleep(delay_s)  # noqa: TID251 - the one place that waits
