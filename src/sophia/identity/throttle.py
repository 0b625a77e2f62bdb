"""Slowing down those who guess: ten failures a minute for an address or an account."""

from sophia.identity.errors import TooManyAttemptsError
from sophia.kit.clock import Clock

_LIMIT = 10
_WINDOW_S = 60.0
_MAX_SUBJECTS = 10_000


class Throttle:
    """Counts failures by subject, in this process. When it is full, everybody is slowed down."""

    def __init__(self, clock: Clock) -> None:
        """Start with nobody noted."""
        self._clock = clock
        self._failures: dict[str, list[float]] = {}

    def check(self, *subjects: str) -> None:
        """Raise TooManyAttemptsError when one of the subjects has failed too often."""
        now = self._clock.monotonic()
        for subject in subjects:
            recent = [at for at in self._failures.get(subject, ()) if at > now - _WINDOW_S]
            if len(recent) >= _LIMIT:
                raise TooManyAttemptsError
        if len(self._failures) >= _MAX_SUBJECTS:
            self._prune(now)
            if len(self._failures) >= _MAX_SUBJECTS:
                raise TooManyAttemptsError

    def note_failure(self, *subjects: str) -> None:
        """Count a failure."""
        now = self._clock.monotonic()
        for subject in subjects:
            recent = [at for at in self._failures.get(subject, ()) if at > now - _WINDOW_S]
            self._failures[subject] = [*recent, now]

    def forget(self, subject: str) -> None:
        """Forget a subject's failures: it succeeded."""
        self._failures.pop(subject, None)

    def _prune(self, now: float) -> None:
        for subject, failures in list(self._failures.items()):
            if failures[-1] <= now - _WINDOW_S:
                del self._failures[subject]
