"""Waking schedules by what happened at a vendor."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from sophia.store.database import Writer

# Of what happened before a turn began, the last; a turn that needs more asks the vendor.
_MAX_KEPT = 20
_LISTENING = text("""
    SELECT id, on_event, events FROM schedules
    WHERE is_enabled AND on_event ->> 'vendor' = ANY(cast(:vendors AS text[]))
    ORDER BY id FOR UPDATE
""")
_WAKE = text("""
    UPDATE schedules SET events = :events, woken_at = coalesce(woken_at, :now) WHERE id = :id
""").bindparams(bindparam("events", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened at a vendor; the facts are strangers' words."""

    vendor: str
    event: str
    facts: Mapping[str, Any]
    at: datetime

    def fits(self, trigger: Mapping[str, Any]) -> bool:
        """Say whether a schedule waits for that: `issues` waits for `issues.opened` too."""
        named: list[str] = trigger["events"]
        wanted: dict[str, str] = trigger["where"]
        return (
            self.vendor == trigger["vendor"]
            and any(self.event == one or self.event.startswith(f"{one}.") for one in named)
            and all(
                str(self.facts.get(name, "")).lower() == value.lower()
                for name, value in wanted.items()
            )
        )

    @property
    def told(self) -> dict[str, Any]:
        """Give it as a turn is told of it."""
        return {"event": self.event, "at": self.at.isoformat(), **self.facts}


async def wake(writer: Writer, happened: Sequence[Happened], *, now: datetime) -> int:
    """Have the schedules run that wait for any of that; says how many there are."""
    vendors = list({one.vendor for one in happened})
    if not vendors:
        return 0
    found = (await writer.execute(_LISTENING, {"vendors": vendors})).mappings().all()
    woken = [(row, fitting) for row in found if (fitting := _fitting(row, happened))]
    for row, fitting in woken:
        events = [*row["events"], *fitting][-_MAX_KEPT:]
        await writer.execute(_WAKE, {"id": row["id"], "events": events, "now": now})
    return len(woken)


def _fitting(row: RowMapping, happened: Sequence[Happened]) -> list[dict[str, Any]]:
    return [one.told for one in happened if one.fits(row["on_event"])]
