"""How long a call of a model may take: to its first chunk, in silence, and in all."""

import asyncio
from dataclasses import dataclass

from sophia.core.failures import ModelTimeoutError


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Limits of one call.

    The first chunk is the first event with data, counted anew for each attempt; after it, silence
    is counted, so that a provider's keep-alive comments hold the line; the total counts everything.
    """

    first_chunk_s: float = 30
    gap_s: float = 20
    total_s: float = 300

    def start(self) -> "Countdown":
        """Begin to count for one call."""
        return Countdown(self)


class Countdown:
    """The deadlines of a call that is under way."""

    def __init__(self, deadlines: Deadlines) -> None:
        """Begin now."""
        self._deadlines = deadlines
        self._time = asyncio.get_running_loop().time
        now = self._time()
        self._ends_at = now + deadlines.total_s
        self._first_chunk_at = now + deadlines.first_chunk_s
        self._has_chunk = False

    @property
    def remaining_s(self) -> float:
        """Give what is left of the total."""
        return self._ends_at - self._time()

    def begin_attempt(self) -> None:
        """Count the time to the first chunk anew."""
        self._first_chunk_at = self._time() + self._deadlines.first_chunk_s

    def note_chunk(self) -> None:
        """From the first chunk on, count silence."""
        self._has_chunk = True

    def limit(self, *, at_most_s: float | None = None) -> asyncio.Timeout:
        """Bound one wait for the provider by whatever ends first."""
        if self._has_chunk or at_most_s is not None:
            gap_s = self._deadlines.gap_s
            due = self._time() + (gap_s if at_most_s is None else min(at_most_s, gap_s))
        else:
            due = self._first_chunk_at
        return asyncio.timeout_at(min(due, self._ends_at))

    def limit_to_total(self) -> asyncio.Timeout:
        """Bound a wait by the total alone."""
        return asyncio.timeout_at(self._ends_at)

    def failure(self) -> ModelTimeoutError:
        """Say which deadline has passed."""
        if self.remaining_s <= 0:
            return ModelTimeoutError(
                f"The model did not finish within {self._deadlines.total_s:g} s.",
                total_s=self._deadlines.total_s,
            )
        if self._has_chunk:
            return ModelTimeoutError(
                f"The model fell silent for {self._deadlines.gap_s:g} s amid its answer.",
                gap_s=self._deadlines.gap_s,
            )
        return ModelTimeoutError(
            f"The model did not begin to answer within {self._deadlines.first_chunk_s:g} s.",
            first_chunk_s=self._deadlines.first_chunk_s,
        )
