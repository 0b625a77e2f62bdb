"""The operator's rules as they concern whoever calls, at most two seconds old."""

from collections.abc import Awaitable, Callable, Sequence

from sophia.core.permission import Rule, Subject
from sophia.identity.schemas import Viewer
from sophia.kit.clock import Clock

_FRESH_S = 2.0


class RuleBook:
    """Keeps all rules: they are few, and every call needs them."""

    def __init__(self, load: Callable[[], Awaitable[Sequence[Rule]]], *, clock: Clock) -> None:
        """Take how to read the rules."""
        self._load = load
        self._clock = clock
        self._rules: Sequence[Rule] = ()
        self._due_s = float("-inf")

    async def of(self, viewer: Viewer) -> Sequence[Rule]:
        """Give the rules that concern somebody."""
        now_s = self._clock.monotonic()
        if now_s >= self._due_s:
            self._rules = await self._load()
            self._due_s = now_s + _FRESH_S
        if not self._rules:
            return ()
        subjects = {
            (Subject.EVERYBODY, ""),
            (Subject.ROLE, viewer.role),
            (Subject.USER, str(viewer.user_id)),
            (Subject.API_KEY, str(viewer.api_key_id)),
        }
        return [
            rule
            for rule in self._rules
            if rule.subject is Subject.EVERYBODY or (rule.subject, rule.subject_id) in subjects
        ]
