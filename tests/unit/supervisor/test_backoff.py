"""How long a part waits before it is started again."""

import pytest

from sophia.supervisor.part import Backoff


@pytest.mark.parametrize("failures", range(1, 5))
def test_each_wait_doubles_within_its_jitter(failures: int) -> None:
    doubled = 0.5 * 2 ** (failures - 1)
    waits = [Backoff().delay_s(failures) for _ in range(50)]
    assert all(doubled <= wait <= 1.5 * doubled for wait in waits)
    assert len(set(waits)) > 1


@pytest.mark.parametrize("failures", [5, 6, 1000])
def test_the_wait_of_a_hopeless_part_is_the_longest(failures: int) -> None:
    assert Backoff().is_hopeless(failures)
    assert Backoff().delay_s(failures) == Backoff().most_s


def test_no_wait_is_longer_than_the_longest() -> None:
    patient = Backoff(rapid_failures=1000)
    assert max(patient.delay_s(failures) for failures in range(1, 100)) <= patient.most_s
