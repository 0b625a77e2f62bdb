import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.identity import keys

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def test_a_key_says_what_it_is_and_is_well_formed() -> None:
    key = keys.generate()

    assert re.fullmatch(r"sophia_live_[0-9A-Za-z]{43}", key)
    assert keys.is_well_formed(key)


def test_no_two_keys_are_the_same() -> None:
    assert len({keys.generate() for _ in range(1000)}) == 1000


# One for all examples: hypothesis must be able to draw the same again.
_KEY = keys.generate()


@given(data=st.data())
def test_a_typing_error_is_found_without_asking_anybody(data: st.DataObject) -> None:
    key = _KEY
    place = data.draw(st.integers(0, len(key) - 1))
    other = data.draw(st.sampled_from(LETTERS).filter(lambda letter: letter != key[place]))

    assert not keys.is_well_formed(key[:place] + other + key[place + 1 :])


@given(data=st.data())
def test_swapped_letters_are_found_too(data: st.DataObject) -> None:
    key = _KEY
    place = data.draw(st.integers(len(keys.PREFIX), len(key) - 2))
    swapped = key[:place] + key[place + 1] + key[place] + key[place + 2 :]

    assert keys.is_well_formed(swapped) == (swapped == key)


@given(text=st.text() | st.text(alphabet=LETTERS, min_size=43, max_size=43))
def test_any_other_text_is_no_key(text: str) -> None:
    assert not keys.is_well_formed(text)
    assert not keys.is_well_formed(keys.PREFIX + text)


CHANGES: dict[str, Callable[[str], str]] = {
    "longer": lambda key: key + "0",
    "shorter": lambda key: key[:-1],
    "behind a space": lambda key: " " + key,
    "with a line end": lambda key: key + "\n",
    "in capitals": lambda key: key.upper(),
    "of tests": lambda key: key.replace("live", "test"),
    "twice begun": lambda key: keys.PREFIX + key,
    "not ASCII": lambda key: key[:-1] + "ä",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_key_with_something_about_it_is_no_key(change: Callable[[str], str]) -> None:
    assert not keys.is_well_formed(change(keys.generate()))


def test_what_is_stored_depends_on_the_key_and_on_the_pepper() -> None:
    key = keys.generate()
    stored = keys.fingerprint(key, pepper="one")

    assert stored == keys.fingerprint(key, pepper="one")
    assert stored != keys.fingerprint(key, pepper="other")
    assert stored != keys.fingerprint(keys.generate(), pepper="one")
    assert len(stored) == 32
    assert key.encode() not in stored
