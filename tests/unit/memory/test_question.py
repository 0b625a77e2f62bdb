from datetime import UTC, datetime

import pytest

from sophia.memory.question import read


@pytest.mark.parametrize("word", ["went", "Gone?", "go", '"went"'])
def test_irregular_forms_are_looked_for_together(word: str) -> None:
    question = read(f"where {word}")
    assert set(question.words) == {"where", "go", "went", "gone"}
    assert set(question.concepts) == {None, "go"}


@pytest.mark.parametrize(
    ("query", "months", "years"),
    [
        ("what did we ship in March 2026?", {3}, {2026}),
        ("what may break?", set[int](), set[int]()),
        ("what broke in May", {5}, set[int]()),
        ("what broke on 3 May 2025", {5}, {2025}),
        ("port 2019 and June", {6}, {2019}),
        ("who marches?", set[int](), set[int]()),
    ],
)
def test_months_and_years_are_read(query: str, months: set[int], years: set[int]) -> None:
    question = read(query)
    assert (question.months, question.years) == (months, years)


def test_a_moment_fits_what_is_named_of_it() -> None:
    moment = datetime(2026, 3, 4, tzinfo=UTC)
    assert read("in March 2026").fits(moment)
    assert read("in March").fits(moment)
    assert not read("in March 2025").fits(moment)
    assert not read("whenever").fits(moment)


@pytest.mark.parametrize(
    ("query", "asks_when"),
    [
        ("When did it fail?", True),
        ("what day is the release", True),
        ("how long did it take", True),
        ("what happens when it fails", False),
    ],
)
def test_a_question_for_a_time_is_known(query: str, *, asks_when: bool) -> None:
    assert read(query).asks_when is asks_when


def test_speakers_are_named_as_whole_words() -> None:
    assert read("What does Ann like?").names("Ann")
    assert not read("What does Anna like?").names("Ann")
