"""Dates as people write them."""

import re
from contextlib import suppress
from datetime import date, timedelta

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NEAR = {"today": 0, "tonight": 0, "tomorrow": 1, "yesterday": -1}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]{{0,6}}\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<year>\d{4}))?"

_WAYS = tuple(
    re.compile(rf"(?<![\w-]){way}(?![\w-])", re.IGNORECASE)
    for way in (
        r"(?P<iso>\d{4}-\d{2}-\d{2})(?:T[\d:.]{5,15}(?:Z|[+-]\d\d:?\d\d)?)?",
        rf"(?P<near>{'|'.join(_NEAR)})",
        rf"(?:next\s+|this\s+|on\s+)?(?P<weekday>{'|'.join(_WEEKDAYS)})",
        r"in\s+(?P<count>\d{1,3})\s+(?P<unit>day|week)s?",
        r"(?P<next>next\s+week)",
        rf"{_DAY}\s+{_MONTH}{_YEAR}",
        rf"{_MONTH}\s+{_DAY}{_YEAR}",
    )
)


def find(text: str, *, today: date) -> tuple[date, tuple[int, int]] | None:
    """Give the first date in a text, by the most exact way of writing, and where it stands."""
    for way in _WAYS:
        if found := way.search(text):
            said = {name: part.lower() for name, part in found.groupdict().items() if part}
            with suppress(ValueError, OverflowError):  # 31 February, or past the year 9999
                return _read(said, today), found.span()
    return None


def _read(said: dict[str, str], today: date) -> date:
    if "iso" in said:
        return date.fromisoformat(said["iso"])
    if "month" in said:
        year = int(said.get("year", today.year))
        return date(year, _MONTHS.index(said["month"]) + 1, int(said["day"]))
    if "weekday" in said:
        days = (_WEEKDAYS.index(said["weekday"]) - today.weekday()) % 7 or 7
    elif "count" in said:
        days = int(said["count"]) * (7 if said["unit"] == "week" else 1)
    else:
        days = _NEAR[said["near"]] if "near" in said else 7 - today.weekday()
    return today + timedelta(days=days)
