"""A circuit breaker: who failed several times in a row is left alone for a while.

Closed, open, half open, as M. Nygard describes it (Release It!, 2nd ed., chapter 5): after the rest
one request is let through; it closes the circuit, or opens it again for twice as long.
"""

from sophia.kit.clock import Clock

FAILURES = 5
_FIRST_REST_S = 2.0
_LONGEST_REST_S = 60.0


class Breaker:
    """Counts the failures in a row of one server."""

    def __init__(self, clock: Clock) -> None:
        """Begin closed."""
        self._clock = clock
        self._failures = 0
        self._rest_s = _FIRST_REST_S
        self._until_s: float | None = None
        self._is_trying = False

    def admits(self) -> bool:
        """Say whether a request may be sent; of those after a rest only one is, to try."""
        if self._until_s is None:
            return True
        if self._is_trying or self._clock.monotonic() < self._until_s:
            return False
        self._is_trying = True
        return True

    def succeed(self) -> None:
        """Note that the server answered."""
        self._failures = 0
        self._rest_s = _FIRST_REST_S
        self._until_s = None
        self._is_trying = False

    def fail(self) -> None:
        """Note that it did not."""
        self._failures += 1
        if self._failures < FAILURES:
            return
        self._until_s = self._clock.monotonic() + self._rest_s
        self._rest_s = min(2 * self._rest_s, _LONGEST_REST_S)
        self._is_trying = False

    def abandon(self) -> None:
        """Note that nobody waited for the answer: it says nothing of the server."""
        self._is_trying = False
