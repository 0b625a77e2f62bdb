"""What can go wrong with a schedule."""

from sophia.kit.errors import Kind, SophiaError


class ScheduleMissingError(SophiaError):
    """There is no such schedule: GET /api/v1/schedules lists yours."""

    kind = Kind.MISSING
    code = "schedules.missing"


class CronInvalidError(SophiaError):
    """cron is no cron expression: give five fields, as in "0 7 * * 1-5" for 7:00 on weekdays."""

    kind = Kind.INVALID
    code = "schedules.cron_invalid"


class CronTooOftenError(SophiaError):
    """cron runs too often: leave more time between two runs, as in "0 * * * *" for hourly."""

    kind = Kind.INVALID
    code = "schedules.cron_too_often"


class TimeZoneUnknownError(SophiaError):
    """time_zone is not known: give an IANA name, as in "Europe/Berlin"."""

    kind = Kind.INVALID
    code = "schedules.time_zone_unknown"


class TooManySchedulesError(SophiaError):
    """There are as many schedules as one person may have: delete one first."""

    kind = Kind.CONFLICT
    code = "schedules.too_many"


class ScheduleBoundError(SophiaError):
    """An API key changes and runs only the schedules that it made: sign in to change this one."""

    kind = Kind.FORBIDDEN
    code = "schedules.made_otherwise"
