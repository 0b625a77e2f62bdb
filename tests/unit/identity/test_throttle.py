import pytest

from sophia.identity.errors import TooManyAttemptsError
from sophia.identity.throttle import Throttle
from sophia.limits.attempts import LocalAttempts
from tests.support.clock import FixedClock


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def throttle(clock: FixedClock) -> Throttle:
    return Throttle(LocalAttempts(clock))


async def use_up(throttle: Throttle, address: str, email: str) -> None:
    for _ in range(10):
        await throttle.begin(address, email)


async def test_the_eleventh_failure_within_a_minute_has_to_wait(throttle: Throttle) -> None:
    await use_up(throttle, "192.0.2.1", "ada")

    with pytest.raises(TooManyAttemptsError) as refused:
        await throttle.begin("192.0.2.1", "ada")

    assert refused.value.facts == {"retry_after_s": 60}


async def test_whoever_waits_as_long_as_told_may_try_again(
    throttle: Throttle, clock: FixedClock
) -> None:
    for _ in range(10):
        await throttle.begin("192.0.2.1", "ada")
        clock.advance(3)
    with pytest.raises(TooManyAttemptsError) as refused:
        await throttle.begin("192.0.2.1", "ada")
    wait_s = refused.value.facts["retry_after_s"]
    assert isinstance(wait_s, int)
    clock.advance(wait_s - 1)
    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("192.0.2.1", "ada")
    clock.advance(1)
    await throttle.begin("192.0.2.1", "ada")

    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("192.0.2.1", "ada")


async def test_an_attempt_that_has_to_wait_does_not_make_the_wait_longer(
    throttle: Throttle, clock: FixedClock
) -> None:
    await use_up(throttle, "192.0.2.1", "ada")
    for _ in range(59):
        clock.advance(1)
        with pytest.raises(TooManyAttemptsError):
            await throttle.begin("192.0.2.1", "ada")
    clock.advance(1)

    await throttle.begin("192.0.2.1", "ada")


async def test_one_person_elsewhere_does_not_slow_another_down(throttle: Throttle) -> None:
    await use_up(throttle, "192.0.2.1", "ada")

    await throttle.begin("192.0.2.2", "grace")


async def test_one_address_does_not_guess_many_accounts_faster(throttle: Throttle) -> None:
    for number in range(10):
        await throttle.begin("192.0.2.1", f"account {number}")

    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("192.0.2.1", "account 10")
    await throttle.begin("192.0.2.2", "account 10")


async def test_many_addresses_do_not_guess_one_account_faster(throttle: Throttle) -> None:
    for number in range(10):
        await throttle.begin(f"192.0.2.{number}", "ada")

    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("192.0.2.10", "ada")


async def test_the_addresses_of_one_ipv6_site_count_as_one(throttle: Throttle) -> None:
    for number in range(10):
        await throttle.begin(f"2001:db8::{number}", f"account {number}")

    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("2001:db8::ffff", "account 10")
    await throttle.begin("2001:db8:0:1::1", "account 10")


async def test_a_refused_attempt_is_counted_for_nobody(throttle: Throttle) -> None:
    await use_up(throttle, "192.0.2.1", "grace")
    for _ in range(20):
        with pytest.raises(TooManyAttemptsError):
            await throttle.begin("192.0.2.1", "ada")

    await use_up(throttle, "192.0.2.2", "ada")


async def test_success_is_not_counted(throttle: Throttle) -> None:
    for _ in range(50):
        await throttle.begin("192.0.2.1", "ada")
        await throttle.succeed("192.0.2.1", "ada")


async def test_success_does_not_forgive_an_address_its_failures(throttle: Throttle) -> None:
    for number in range(9):
        await throttle.begin("192.0.2.1", f"account {number}")
    await throttle.begin("192.0.2.1", "ada")
    await throttle.succeed("192.0.2.1", "ada")
    await throttle.begin("192.0.2.1", "ada")

    with pytest.raises(TooManyAttemptsError):
        await throttle.begin("192.0.2.1", "ada")


async def test_success_that_was_not_begun_changes_nothing(throttle: Throttle) -> None:
    await throttle.succeed("192.0.2.1", "nobody")

    await use_up(throttle, "192.0.2.1", "nobody")


async def test_names_without_end_take_no_memory_without_end(
    throttle: Throttle, clock: FixedClock
) -> None:
    for number in range(5_000):
        await throttle.begin(f"10.0.{number // 250}.{number % 250}", f"guess {number}")
    with pytest.raises(TooManyAttemptsError) as refused:
        await throttle.begin("192.0.2.1", "ada")
    assert refused.value.facts == {"retry_after_s": 60}
    clock.advance(60)

    await throttle.begin("192.0.2.1", "ada")
