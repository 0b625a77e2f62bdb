from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from sophia.kit.sealed import Sealer
from tests.support.clock import FixedClock


def sealer(
    pepper: str = "pepper", purpose: str = "test", clock: FixedClock | None = None
) -> Sealer:
    return Sealer(pepper, purpose=purpose, clock=clock or FixedClock())


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=30) | st.booleans() | st.none()))
def test_what_is_sealed_is_opened_as_it_was(facts: dict[str, object]) -> None:
    assert sealer().open(sealer().seal(facts, ttl_s=60)) == facts


def test_nobody_else_opens_it() -> None:
    sealed = sealer().seal({"a": 1}, ttl_s=60)

    assert sealer(pepper="other").open(sealed) is None
    assert sealer(purpose="other").open(sealed) is None


def test_it_says_nothing_of_what_is_in_it() -> None:
    assert "secret" not in sealer().seal({"secret": "secret"}, ttl_s=60)


@given(st.text(max_size=60))
def test_any_other_text_opens_to_nothing(text: str) -> None:
    assert sealer().open(text) is None


@given(st.integers(0, 200))
def test_one_changed_character_makes_it_worthless(place: int) -> None:
    sealed = sealer().seal({"a": 1}, ttl_s=60)
    place %= len(sealed) - 1  # the last character holds spare bits
    changed = "A" if sealed[place] != "A" else "B"

    assert sealer().open(sealed[:place] + changed + sealed[place + 1 :]) is None


def test_it_is_good_for_its_time_alone() -> None:
    clock = FixedClock()
    sealed = sealer(clock=clock).seal({"a": 1}, ttl_s=60)
    clock.advance(timedelta(seconds=59).total_seconds())
    assert sealer(clock=clock).open(sealed) == {"a": 1}
    clock.advance(1)

    assert sealer(clock=clock).open(sealed) is None
