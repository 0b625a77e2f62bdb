"""What a server turned out not to take: fields that a request can do without, learned once."""

import re
from collections.abc import Mapping

_NOT_TAKEN = r"(unsupported|not support|deprecat)"
TEMPERATURE_REFUSED = re.compile(
    rf"temperature.*{_NOT_TAKEN}|{_NOT_TAKEN}.*temperature", re.IGNORECASE
)


class Concessions:
    """Remembers, for one model, the fields that its server refuses."""

    def __init__(self, rules: Mapping[str, re.Pattern[str]]) -> None:
        """Take, by field, what a refusal of it looks like."""
        self._rules = rules
        self.granted: frozenset[str] = frozenset()

    def learn(self, refusal: str) -> frozenset[str]:
        """Give the fields that this refusal names, and leave them out from now on."""
        fields = frozenset(field for field, rule in self._rules.items() if rule.search(refusal))
        self.granted |= fields
        return fields
