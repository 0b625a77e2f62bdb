"""The bucket against the model that textbooks give: a count of tokens that fills with time."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sophia.limits.bucket import Bucket, spend

TIMES_US = st.lists(st.integers(0, 20_000_000), max_size=80)
QUOTAS = st.integers(1, 50)


class Tokens:
    """A count of tokens, in exact fractions."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self.tokens = Fraction(bucket.quota)
        self._at_us = 0

    def fill(self, at_us: int) -> None:
        back = Fraction(at_us - self._at_us, self._bucket.token_us)
        self.tokens = min(Fraction(self._bucket.quota), self.tokens + back)
        self._at_us = at_us


@given(QUOTAS, TIMES_US)
def test_a_bucket_allows_what_the_model_allows(quota: int, pauses_us: list[int]) -> None:
    bucket = Bucket("user", "ada", quota)
    model = Tokens(bucket)
    now_us = full_at_us = 0
    for pause_us in pauses_us:
        now_us += pause_us
        model.fill(now_us)
        verdict = spend([bucket], [full_at_us], now_us=now_us)
        assert verdict.is_allowed == (model.tokens >= 1)
        if verdict.is_allowed:
            model.tokens -= 1
        [level] = verdict.levels
        assert level.remaining == int(model.tokens)
        assert (level.wait_s == 0) == (model.tokens >= 1)
        full_at_us = now_us + level.debt_us


@given(QUOTAS, TIMES_US)
def test_no_minute_sees_more_than_twice_the_quota(quota: int, pauses_us: list[int]) -> None:
    bucket = Bucket("user", "ada", quota)
    now_us = full_at_us = 0
    allowed_us: list[int] = []
    for pause_us in pauses_us:
        now_us += pause_us
        verdict = spend([bucket], [full_at_us], now_us=now_us)
        full_at_us = now_us + verdict.levels[0].debt_us
        if verdict.is_allowed:
            allowed_us.append(now_us)
    for start_us in allowed_us:
        inside = [at for at in allowed_us if start_us <= at < start_us + bucket.whole_us]
        assert len(inside) <= 2 * quota


@given(QUOTAS, st.integers(0, 60_000_000))
def test_whoever_waits_as_long_as_told_is_let_in(quota: int, debt_us: int) -> None:
    bucket = Bucket("user", "ada", quota)
    debt_us = min(debt_us, bucket.whole_us)
    refused = spend([bucket], [debt_us], now_us=0)
    wait_us = round(refused.levels[0].wait_s * 1_000_000) if not refused.is_allowed else 0

    assert spend([bucket], [debt_us], now_us=wait_us).is_allowed
    if wait_us:
        assert not spend([bucket], [debt_us], now_us=wait_us - 1).is_allowed


def test_an_empty_bucket_spares_the_others() -> None:
    full, empty = Bucket("user", "ada", 10), Bucket("key", "hers", 10)

    verdict = spend([full, empty], [0, empty.whole_us], now_us=0)

    assert not verdict.is_allowed
    assert [level.remaining for level in verdict.levels] == [10, 0]
    assert verdict.refused_by == verdict.levels[1]


def test_a_clock_that_was_set_back_makes_nobody_wait_for_ever() -> None:
    bucket = Bucket("user", "ada", 10)

    verdict = spend([bucket], [10**15], now_us=0)

    assert verdict.levels[0].wait_s == 6
