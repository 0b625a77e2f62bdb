"""When a cron expression is due in a time zone.

Expressions speak of the clock on the wall. A time that the clock skips runs once, when the clock
has jumped; a time that it shows twice runs the first time alone.
"""

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError

from sophia.schedules.errors import CronInvalidError, CronTooOftenError, TimeZoneUnknownError

_FIELDS = 5
_DAY_S = 86_400
_MINUTE = timedelta(minutes=1)
# croniter also reads random times, hashes and the last day of a month: those are no five fields.
_NAMES = "sun|mon|tue|wed|thu|fri|sat|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_FIELD = re.compile(rf"(?:[0-9*/,-]|{_NAMES})+", re.IGNORECASE)


def check(cron: str, time_zone: str, *, min_interval_s: int) -> None:
    """Raise CronInvalidError, CronTooOftenError or TimeZoneUnknownError for what cannot be kept."""
    zone_of(time_zone)
    closest_s = _closest_s(cron)
    if closest_s < min_interval_s:
        raise CronTooOftenError(
            f"cron runs every {closest_s // 60} minutes at its closest: leave at least"
            f' {-(-min_interval_s // 60)} minutes between two runs, as in "0 * * * *" for hourly.',
            field="cron",
        )


def zone_of(time_zone: str) -> ZoneInfo:
    """Give a time zone; raises TimeZoneUnknownError."""
    try:
        return ZoneInfo(time_zone)
    except (ValueError, OSError, KeyError) as error:
        raise TimeZoneUnknownError(field="time_zone") from error


def next_after(cron: str, time_zone: str, after: datetime) -> datetime:
    """Give the first moment behind `after` at which an expression is due, in UTC.

    Raises CronInvalidError, TimeZoneUnknownError.
    """
    zone = zone_of(time_zone)
    wall = after.astimezone(zone).replace(tzinfo=None)
    try:
        times = croniter(cron, wall)
        while True:
            due = _moment(times.get_next(datetime), zone)
            # In the hour that comes twice the wall shows times that have been before.
            if due > after:
                return due
    except (CroniterError, OverflowError) as error:
        raise CronInvalidError(field="cron") from error


def next_runs(cron: str, time_zone: str, after: datetime, *, count: int) -> list[datetime]:
    """Give the next moments at which an expression is due; raises as `next_after` does."""
    runs: list[datetime] = []
    for _ in range(count):
        after = next_after(cron, time_zone, after)
        runs.append(after)
    return runs


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment at which a wall clock shows a time, or jumps over it."""
    while True:
        moment = wall.replace(tzinfo=zone).astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) == wall:
            return moment
        wall += _MINUTE


def _closest_s(cron: str) -> int:
    """Give the least seconds between two runs, as if every day were one of its days."""
    written = cron.split()
    if len(written) != _FIELDS or not all(map(_FIELD.fullmatch, written)):
        raise CronInvalidError(field="cron")
    try:
        fields, _ = croniter.expand(cron)
        croniter(cron, datetime(2024, 1, 1)).get_next(datetime)  # noqa: DTZ001 - a wall clock's
    except (CroniterError, ValueError) as error:
        raise CronInvalidError(field="cron") from error
    minutes, hours = (
        range(size) if field == ["*"] else sorted(int(one) for one in field)
        for field, size in zip(fields[:2], (60, 24), strict=True)
    )
    times = [hour * 3600 + minute * 60 for hour in hours for minute in minutes]
    times.append(times[0] + _DAY_S)
    return min(later - earlier for earlier, later in pairwise(times))
