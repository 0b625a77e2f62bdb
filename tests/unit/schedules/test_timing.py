"""When a schedule is due, through changes of the clocks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.kit.errors import SophiaError
from sophia.schedules import timing

BERLIN = "Europe/Berlin"
ZONES = st.sampled_from([BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
CRONS = st.sampled_from(
    ["0 7 * * *", "30 2 * * *", "*/15 * * * *", "0 9 * * 1-5", "59 23 31 * *", "30 1 * 3,10 0"]
)
MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda at: datetime.fromtimestamp(at, UTC))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@given(CRONS, ZONES, MOMENTS)
def test_the_next_run_is_behind_and_none_is_between(cron: str, zone: str, after: datetime) -> None:
    due = timing.next_after(cron, zone, after)
    between = after + (due - after) / 2

    assert due > after
    assert timing.next_after(cron, zone, between) == due


@given(CRONS, ZONES, MOMENTS)
def test_runs_follow_each_other_and_none_shows_the_same_wall_time_twice(
    cron: str, zone: str, after: datetime
) -> None:
    runs = timing.next_runs(cron, zone, after, count=8)
    walls = [run.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for run in runs]

    assert runs == sorted(set(runs))
    assert len(set(walls)) == len(walls)


def test_a_time_that_the_clock_skips_runs_once_when_it_has_jumped() -> None:
    runs = timing.next_runs("30 2 * * *", BERLIN, utc("2026-03-28 12:00"), count=2)

    assert runs == [utc("2026-03-29 01:00"), utc("2026-03-30 00:30")]
    each = timing.next_runs("*/15 2 * * *", BERLIN, utc("2026-03-28 12:00"), count=2)
    assert each == [utc("2026-03-29 01:00"), utc("2026-03-30 00:00")]


def test_a_time_that_comes_twice_runs_the_first_time_alone() -> None:
    runs = timing.next_runs("30 2 * * *", BERLIN, utc("2026-10-24 12:00"), count=2)

    assert runs == [utc("2026-10-25 00:30"), utc("2026-10-26 01:30")]
    second_time = utc("2026-10-25 01:10")
    assert timing.next_after("30 2 * * *", BERLIN, second_time) == utc("2026-10-26 01:30")


def test_a_day_that_a_country_left_out_runs_when_the_next_one_begins() -> None:
    due = timing.next_after("0 9 30 12 *", "Pacific/Apia", utc("2011-12-29 00:00"))

    assert due == utc("2011-12-30 10:00")


@pytest.mark.parametrize(
    ("cron", "code"),
    [
        ("", "schedules.cron_invalid"),
        ("daily", "schedules.cron_invalid"),
        ("@daily", "schedules.cron_invalid"),
        ("0 0 7 * * *", "schedules.cron_invalid"),
        ("61 * * * *", "schedules.cron_invalid"),
        ("0 0 30 2 *", "schedules.cron_invalid"),
        ("H H * * *", "schedules.cron_invalid"),
        ("R R * * *", "schedules.cron_invalid"),
        ("* * * * *", "schedules.cron_too_often"),
        ("0,4 7 * * *", "schedules.cron_too_often"),
        ("59,0 0,23 * * *", "schedules.cron_too_often"),
    ],
)
def test_what_cannot_be_kept_is_refused(cron: str, code: str) -> None:
    with pytest.raises(SophiaError) as refused:
        timing.check(cron, "UTC", min_interval_s=300)

    assert refused.value.code == code
    assert refused.value.facts["field"] == "cron"


@pytest.mark.parametrize("time_zone", ["", "Mars/Olympus", "../etc/passwd", "CEST+1\x00"])
def test_an_unknown_time_zone_is_refused(time_zone: str) -> None:
    with pytest.raises(SophiaError) as refused:
        timing.check("0 7 * * *", time_zone, min_interval_s=300)

    assert refused.value.code == "schedules.time_zone_unknown"


def test_five_minutes_apart_is_not_too_often() -> None:
    timing.check("*/5 * * * *", BERLIN, min_interval_s=300)
    assert timing.next_after("0 7 * * MON", BERLIN, utc("2026-11-23 06:00")) - utc(
        "2026-11-23 06:00"
    ) == timedelta(days=7)
