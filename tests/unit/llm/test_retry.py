import math
from datetime import UTC, datetime

import pytest

from sophia.core.failures import ModelFailedError
from sophia.llm.retry import (
    MAX_RETRIES,
    MAX_RETRY_AFTER_S,
    Rejection,
    RetryBudget,
    delay_s,
    retry_after_s,
)
from tests.support.clock import FixedClock

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def rejection(*, reason: str | None = "overloaded", asked: float | None = None) -> Rejection:
    return Rejection(ModelFailedError(), reason, asked)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": " 1.5 "}, 1.5),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Mon, 23 Nov 2026 12:00:30 -0000"}, 30),
        ({"Retry-After": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "Mon, 23 Nov 2026 13:01:00 +0100"}, 60),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": ""}, None),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25),
    ],
)
def test_retry_after_is_read_as_seconds_or_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(headers, clock=FixedClock(NOON)) == seconds


def test_what_the_provider_asks_for_is_waited_and_little_more() -> None:
    delays = [delay_s(rejection(asked=3), attempt=0) for _ in range(100)]
    assert all(delay is not None and 3 <= delay <= 3.25 for delay in delays)


def test_a_wait_beyond_the_cap_is_not_waited() -> None:
    assert delay_s(rejection(asked=MAX_RETRY_AFTER_S + 1), attempt=0) is None


def test_without_a_wish_the_bound_doubles_and_the_jitter_is_full() -> None:
    first = [delay_s(rejection(), attempt=0) or 0 for _ in range(300)]
    second = [delay_s(rejection(), attempt=1) or 0 for _ in range(300)]
    assert max(first) <= 0.5 < max(second) <= 1.0
    assert min(first) < 0.1
    assert min(second) < 0.2


def test_there_are_two_retries_at_most() -> None:
    assert delay_s(rejection(), attempt=MAX_RETRIES - 1) is not None
    assert delay_s(rejection(), attempt=MAX_RETRIES) is None


def test_what_is_not_worth_a_retry_gets_none() -> None:
    assert delay_s(rejection(reason=None, asked=1), attempt=0) is None


@pytest.mark.parametrize("calls", [200, 1000, 5000])
def test_over_many_failing_calls_retries_stay_under_a_tenth(calls: int) -> None:
    budget = RetryBudget(FixedClock())
    retries = 0
    for _ in range(calls):
        budget.earn()
        for _ in range(MAX_RETRIES):
            retries += budget.spend()
    assert calls * 0.05 < retries <= calls * 0.1


def test_a_fresh_process_may_retry_its_first_call() -> None:
    budget = RetryBudget(FixedClock())
    budget.earn()
    assert budget.spend()
    assert budget.spend()


def test_a_quiet_installation_earns_retries_by_waiting() -> None:
    clock = FixedClock()
    budget = RetryBudget(clock)
    while budget.spend():
        pass
    clock.advance(20)
    budget.earn()
    assert budget.spend()
    assert budget.spend()
    assert not budget.spend()


def test_time_alone_never_saves_up_a_storm() -> None:
    clock = FixedClock()
    budget = RetryBudget(clock)
    clock.advance(math.pow(10, 6))
    budget.earn()
    assert sum(budget.spend() for _ in range(100)) == 3
