from datetime import timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from sophia.kit.sealing import FactSeal
from tests.support.clock import FixedClock


def facts_seal(
    pepper: str = "pepper", purpose: str = "test", clock: FixedClock | None = None
) -> FactSeal:
    return FactSeal(pepper, purpose=purpose, clock=clock or FixedClock())


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=30) | st.booleans() | st.none()))
def test_what_is_sealed_is_opened_as_it_was(facts: dict[str, object]) -> None:
    assert facts_seal().open(facts_seal().seal(facts, ttl_s=60)) == facts


def test_nobody_else_opens_it() -> None:
    sealed = facts_seal().seal({"a": 1}, ttl_s=60)

    assert facts_seal(pepper="other").open(sealed) is None
    assert facts_seal(purpose="other").open(sealed) is None


def test_it_says_nothing_of_what_is_in_it() -> None:
    assert "secret" not in facts_seal().seal({"secret": "secret"}, ttl_s=60)


@given(st.text(max_size=60))
def test_any_other_text_opens_to_nothing(text: str) -> None:
    assert facts_seal().open(text) is None


@given(st.integers(0, 200))
def test_one_changed_character_makes_it_worthless(place: int) -> None:
    sealed = facts_seal().seal({"a": 1}, ttl_s=60)
    place %= len(sealed) - 1
    assume(sealed[place + 1] != "." and place < len(sealed) - 2)  # a part's end has spare bits
    changed = "A" if sealed[place] != "A" else "B"

    assert facts_seal().open(sealed[:place] + changed + sealed[place + 1 :]) is None


def test_it_is_good_for_its_time_alone() -> None:
    clock = FixedClock()
    sealed = facts_seal(clock=clock).seal({"a": 1}, ttl_s=60)
    clock.advance(timedelta(seconds=59).total_seconds())
    assert facts_seal(clock=clock).open(sealed) == {"a": 1}
    clock.advance(1)

    assert facts_seal(clock=clock).open(sealed) is None
