"""Slowing down those who guess: ten failures a minute for an address or an account."""

import math

from sophia.identity.errors import TooManyAttemptsError
from sophia.kit.clock import Clock

_LIMIT = 10
_WINDOW_S = 60.0
_MAX_SUBJECTS = 10_000


class Throttle:
    """Counts attempts by subject, in this process. When it is full, everybody has to wait.

    An attempt counts from its beginning, so that many at once are not free either; one that
    succeeds is taken back.
    """

    def __init__(self, clock: Clock) -> None:
        """Start with nobody noted."""
        self._clock = clock
        self._attempts: dict[str, list[float]] = {}

    def begin(self, *subjects: str) -> None:
        """Count an attempt; raises TooManyAttemptsError when a subject has used up its own."""
        now = self._clock.monotonic()
        if len(self._attempts) + len(subjects) > _MAX_SUBJECTS:
            self._prune(now)
        if len(self._attempts) + len(subjects) > _MAX_SUBJECTS:
            raise TooManyAttemptsError(retry_after_s=math.ceil(_WINDOW_S))
        recent = {subject: self._recent(subject, now) for subject in subjects}
        for attempts in recent.values():
            if len(attempts) >= _LIMIT:
                raise TooManyAttemptsError(retry_after_s=math.ceil(attempts[0] + _WINDOW_S - now))
        for subject, attempts in recent.items():
            self._attempts[subject] = [*attempts, now]

    def take_back(self, subject: str) -> None:
        """Uncount a subject's last attempt: it succeeded."""
        attempts = self._attempts.get(subject)
        if attempts:
            attempts.pop()

    def forget(self, subject: str) -> None:
        """Uncount all of a subject's attempts: it has proved who it is."""
        self._attempts.pop(subject, None)

    def _recent(self, subject: str, now: float) -> list[float]:
        return [at for at in self._attempts.get(subject, ()) if at > now - _WINDOW_S]

    def _prune(self, now: float) -> None:
        for subject in list(self._attempts):
            if not self._recent(subject, now):
                del self._attempts[subject]
