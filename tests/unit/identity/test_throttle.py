import pytest

from sophia.identity.errors import TooManyAttemptsError
from sophia.identity.throttle import Throttle
from tests.support.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def throttle(clock: FixedClock) -> Throttle:
    return Throttle(clock)


def use_up(throttle: Throttle, *subjects: str) -> None:
    for _ in range(10):
        throttle.begin(*subjects)


def test_the_eleventh_failure_within_a_minute_has_to_wait(throttle: Throttle) -> None:
    use_up(throttle, "ada")

    with pytest.raises(TooManyAttemptsError) as refused:
        throttle.begin("ada")

    assert refused.value.facts == {"retry_after_s": 60}


def test_whoever_waits_as_long_as_told_may_try_again(throttle: Throttle, clock: FixedClock) -> None:
    for _ in range(10):
        throttle.begin("ada")
        clock.advance(3)
    with pytest.raises(TooManyAttemptsError) as refused:
        throttle.begin("ada")
    wait_s = refused.value.facts["retry_after_s"]
    assert isinstance(wait_s, int)
    clock.advance(wait_s - 1)
    with pytest.raises(TooManyAttemptsError):
        throttle.begin("ada")
    clock.advance(1)
    throttle.begin("ada")

    with pytest.raises(TooManyAttemptsError):
        throttle.begin("ada")


def test_an_attempt_that_has_to_wait_does_not_make_the_wait_longer(
    throttle: Throttle, clock: FixedClock
) -> None:
    use_up(throttle, "ada")
    for _ in range(59):
        clock.advance(1)
        with pytest.raises(TooManyAttemptsError):
            throttle.begin("ada")
    clock.advance(1)

    throttle.begin("ada")


def test_one_subject_does_not_slow_another_down(throttle: Throttle) -> None:
    use_up(throttle, "ada")

    throttle.begin("grace")


def test_a_subject_that_has_used_up_its_attempts_holds_back_those_that_come_with_it(
    throttle: Throttle,
) -> None:
    for number in range(10):
        throttle.begin("one address", f"account {number}")

    with pytest.raises(TooManyAttemptsError):
        throttle.begin("one address", "account 10")
    throttle.begin("another address", "account 10")


def test_many_addresses_do_not_guess_one_account_faster(throttle: Throttle) -> None:
    for number in range(10):
        throttle.begin(f"address {number}", "ada")

    with pytest.raises(TooManyAttemptsError):
        throttle.begin("address 10", "ada")


def test_a_refused_attempt_is_counted_for_nobody(throttle: Throttle) -> None:
    use_up(throttle, "one address")
    for _ in range(20):
        with pytest.raises(TooManyAttemptsError):
            throttle.begin("one address", "ada")

    use_up(throttle, "ada")


def test_success_is_not_counted(throttle: Throttle) -> None:
    for _ in range(50):
        throttle.begin("one address", "ada")
        throttle.take_back("one address")
        throttle.forget("ada")


def test_success_does_not_forgive_an_address_its_failures(throttle: Throttle) -> None:
    for _ in range(9):
        throttle.begin("one address")
    throttle.begin("one address")
    throttle.take_back("one address")
    throttle.begin("one address")

    with pytest.raises(TooManyAttemptsError):
        throttle.begin("one address")


def test_taking_back_what_was_not_counted_changes_nothing(throttle: Throttle) -> None:
    throttle.take_back("nobody")
    throttle.forget("nobody")

    use_up(throttle, "nobody")


def test_names_without_end_take_no_memory_without_end(
    throttle: Throttle, clock: FixedClock
) -> None:
    for number in range(10_000):
        throttle.begin(f"guess {number}")
    with pytest.raises(TooManyAttemptsError) as refused:
        throttle.begin("ada")
    assert refused.value.facts == {"retry_after_s": 60}
    clock.advance(60)

    throttle.begin("ada")
