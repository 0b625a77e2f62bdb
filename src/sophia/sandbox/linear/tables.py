"""The workspace: rows by type and id that refer to each other."""

from copy import copy
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.linear.replies import missing
from sophia.sandbox.linear.shapes import DEFAULTS, ITEMS, LISTS, ONES, Row, written


@dataclass(slots=True)
class Tables:
    """All that a stand-in holds."""

    clock: Clock
    kinds: dict[str, dict[str, Row]] = field(
        default_factory=lambda: {kind: dict[str, Row]() for kind in DEFAULTS}
    )
    made: int = 0

    def now(self) -> str:
        """Give the time as Linear writes it."""
        return written(self.clock.now())

    def rows(self, kind: str) -> list[Row]:
        """Give all rows of a type."""
        return list(self.kinds[kind].values())

    def make(self, kind: str, **given: Any) -> Row:
        """Add a row."""
        self.made += 1
        row: Row = {
            "id": str(uuid5(NAMESPACE_URL, f"{kind}/{self.made}")),
            "createdAt": self.now(),
            "updatedAt": self.now(),
            "archivedAt": None,
            **{name: copy(value) for name, value in DEFAULTS[kind].items()},
            **given,
        }
        self.kinds[kind][row["id"]] = row
        return row

    def find(self, kind: str, key: str) -> Row:
        """Give a row by its id, or by its identifier or slug; raises RefusedError."""
        row = self.kinds[kind].get(key)
        if row is not None:
            return row
        for other in self.rows(kind):
            if key in {other.get("slugId"), other.get("identifier")}:
                return other
        raise missing(kind)

    def one(self, kind: str, row: Row, name: str) -> Row | None:
        """Give the row that a field refers to."""
        key = row.get(f"{name}Id")
        return self.kinds[ONES[kind][name]].get(key) if key is not None else None

    def several(self, kind: str, row: Row, name: str) -> list[Row]:
        """Give the rows that refer to this one, or that it names."""
        if name in LISTS.get(kind, {}):
            of_kind, key = LISTS[kind][name]
            return [one for one in self.rows(of_kind) if _refers(one.get(key), row["id"])]
        of_kind, key = ITEMS[kind][name]
        return [self.kinds[of_kind][one] for one in row[key] if one in self.kinds[of_kind]]

    def me(self) -> Row:
        """Give whose key it is."""
        return next(row for row in self.rows("User") if row["email"] == team.ME.email)


def _refers(value: Any, key: str) -> bool:
    return key in value if isinstance(value, list) else value == key
