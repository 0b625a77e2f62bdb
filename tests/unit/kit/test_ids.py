from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sophia.kit.clock import SystemClock
from sophia.kit.ids import Uuid7Source, uuid7, uuid7_of
from tests.support.clock import FixedClock


def test_an_identifier_says_when_it_was_born() -> None:
    clock = FixedClock(datetime(2026, 11, 23, 9, 0, 0, 123_000, tzinfo=UTC))
    born = Uuid7Source(clock).next()

    assert (born.version, born.variant) == (7, "specified in RFC 4122")
    assert born.int >> 80 == int(clock.now().timestamp() * 1000)


def test_identifiers_sort_in_the_order_in_which_they_were_given() -> None:
    given_out = [uuid7() for _ in range(5000)]

    assert given_out == sorted(given_out)
    assert len(set(given_out)) == len(given_out)
    assert [str(one) for one in given_out] == sorted(str(one) for one in given_out)


@given(steps_s=st.lists(st.floats(-5000, 5000), max_size=40))
def test_the_order_holds_however_the_clock_is_set(steps_s: list[float]) -> None:
    clock = FixedClock()
    source = Uuid7Source(clock)
    given_out = [source.next()]
    for step_s in steps_s:
        clock.advance(step_s)
        given_out.append(source.next())

    assert all(before < after for before, after in pairwise(given_out))
    assert {(one.version, one.variant) for one in given_out} == {(7, given_out[0].variant)}


def test_threads_never_get_the_same_identifier() -> None:
    with ThreadPoolExecutor(8) as threads:
        births = [threads.submit(uuid7) for _ in range(4000)]
        given_out = [birth.result(timeout=5) for birth in births]

    assert len(set(given_out)) == len(given_out)


def test_two_processes_do_not_guess_each_others_identifiers() -> None:
    clock = FixedClock()
    one, other = (Uuid7Source(clock).next() for _ in range(2))

    assert one != other
    assert one.int >> 80 == other.int >> 80


def test_an_identifier_of_now_lies_within_now() -> None:
    clock = SystemClock()
    before, born, after = clock.now(), uuid7(), clock.now()
    # Those given just before may have counted on into the next millisecond or two.
    assert before.timestamp() - 0.001 <= (born.int >> 80) / 1000 <= after.timestamp() + 0.1


def test_an_identifier_of_a_seed_is_always_the_same_and_sorts_by_its_time() -> None:
    at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    first = uuid7_of(at, seed=b"a")

    assert first == uuid7_of(at, seed=b"a")
    assert first != uuid7_of(at, seed=b"b")
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert uuid7_of(at - timedelta(milliseconds=1), seed=b"a") < first
    assert uuid7_of(at + timedelta(milliseconds=1), seed=b"a") > first
