import sys
import unicodedata

import pytest

from sophia.kit.hidden import escaped, hides, is_hidden, marked, named, stripped

# One of each kind that has carried instructions past readers.
HIDDEN = {
    "a zero-width space": "\u200b",
    "a joiner": "\u200d",
    "a byte order mark": "\ufeff",
    "a word joiner": "\u2060",
    "a soft hyphen": "\u00ad",
    "a right-to-left override": "\u202e",
    "an isolate": "\u2066",
    "a tag letter": "\U000e0041",
    "a variation selector": "\ufe0f",
    "a selector of the supplement": "\U000e0100",
    "a Hangul filler": "\u3164",
    "a blank of Braille": "\u2800",
    "a line separator": "\u2028",
    "a bell": "\x07",
    "an escape": "\x1b",
    "a carriage return": "\r",
    "a C1 control": "\x9b",
    "a NUL": "\x00",
    "half a pair": "\ud800",
    "a private letter": "\ue000",
    "what is not assigned": "\U000e0080",
}


@pytest.mark.parametrize("character", HIDDEN.values(), ids=HIDDEN)
def test_what_nobody_sees_is_left_out_shown_by_number_and_named(character: str) -> None:
    text = f"Add{character} two"

    assert stripped(text) == "Add two"
    assert marked(text) == f"Add<U+{ord(character):04X}> two"
    assert [one.split()[0] for one in named(text)] == [f"U+{ord(character):04X}"]
    assert stripped(escaped(text)) == escaped(text)


def test_a_name_of_unicode_stands_behind_the_number() -> None:
    assert named("a\u200bb\u202e\u200b") == [
        "U+200B ZERO WIDTH SPACE",
        "U+202E RIGHT-TO-LEFT OVERRIDE",
    ]


@pytest.mark.parametrize("text", ["Zwei\n\tGrüße", "日本語", "שלום", "naïve café", "x² ≤ 4 €"])
def test_text_of_any_language_stays_as_it_is(text: str) -> None:
    assert stripped(text) == text
    assert not hides(text)


@pytest.mark.parametrize("text", ["\u26a0\ufe0f Deletes", "\U0001f469\u200d\U0001f4bb"])
def test_what_a_picture_needs_is_stripped_but_hides_nothing(text: str) -> None:
    assert named(text)
    assert not hides(text)


@pytest.mark.parametrize("text", ["a\ufe0f", "\u200d", "\u26a0\ufe0f\ufe0f\ufe0f", "ab\u200dcd"])
def test_selectors_and_joiners_elsewhere_hide_something(text: str) -> None:
    assert hides(text)


def test_every_format_character_and_every_tag_is_hidden() -> None:
    seen = [
        f"{point:04X}"
        for point in range(sys.maxunicode + 1)
        if unicodedata.category(chr(point)) == "Cf" and not is_hidden(chr(point))
    ]
    tags = [chr(point) for point in range(0xE0000, 0xE0200)]

    assert seen == []
    assert all(map(is_hidden, tags))
