from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.memory.question import read
from sophia.memory.ranking import Candidate, Evidence, Ranking, nearness

RARITY = {"deploy": 2.0, "window": 3.0}
CONCEPTS = st.dictionaries(st.sampled_from(sorted(RARITY)), st.integers(1, 9), min_size=1)


def said(position: int | None, conversation: str | None = "talk", **more: object) -> Candidate:
    values: dict[str, object] = {
        "id": uuid4(),
        "scope": "",
        "conversation": conversation,
        "position": position,
        "speaker": None,
        "occurred_at": None,
        "length": 8,
        "is_question": False,
        "has_time_words": False,
    }
    return Candidate(**values | more)  # pyright: ignore[reportArgumentType]  # as the fields say


def ranked(query: str, *candidates: Candidate, beside: tuple[Candidate, ...] = ()) -> list[UUID]:
    evidence = Evidence(RARITY, 8.0, candidates, {})
    return [one.id for one in Ranking(read(query), evidence).rank(beside)]


def test_the_answer_beside_the_hit_comes_before_what_is_far_from_it() -> None:
    hit = said(4, counts={"deploy": 1, "window": 1})
    answer, far = said(5), said(40)
    evidence = Evidence(RARITY, 8.0, [hit], {})
    assert ("", "talk", 5) in Ranking(read("deploy window?"), evidence).places(6)
    assert ranked("deploy window?", hit, beside=(far, answer)) == [hit.id, answer.id, far.id]


def test_another_conversation_s_place_is_no_neighbour() -> None:
    hit = said(4, counts={"window": 1})
    elsewhere = said(5, "other")
    (_, found) = Ranking(read("window"), Evidence(RARITY, 8.0, [hit], {})).rank([elsewhere])
    assert (found.score, found.signals) == (0.0, [])


def test_the_named_speaker_comes_first_if_one_alone_is_named() -> None:
    anna = said(None, speaker="Anna", counts={"window": 1})
    ben = said(None, speaker="Ben", counts={"window": 1})
    assert ranked("Ben's window", anna, ben)[0] == ben.id
    assert ranked("Anna's window", anna, ben)[0] == anna.id


def test_the_named_month_and_words_of_time_count() -> None:
    march = said(None, occurred_at=datetime(2026, 3, 1, tzinfo=UTC), counts={"deploy": 1})
    april = said(None, occurred_at=datetime(2026, 4, 1, tzinfo=UTC), counts={"deploy": 1})
    timed = said(None, has_time_words=True, counts={"deploy": 1})
    assert ranked("deploys of April", march, april)[0] == april.id
    assert ranked("when do we deploy", march, timed)[0] == timed.id


def test_an_answer_comes_before_its_question() -> None:
    asked = said(None, is_question=True, counts={"window": 1})
    told = said(None, counts={"window": 1})
    assert ranked("window", asked, told) == [told.id, asked.id]


def by_meaning(*similarities: float) -> list[tuple[UUID, float]]:
    """Rank memories that share no word with the question, as similar to it as said."""
    known = [said(None, conversation=None) for _ in similarities]
    found = [(one.id, similarity) for one, similarity in zip(known, similarities, strict=True)]
    evidence = Evidence(RARITY, 8.0, known, {}, nearness(found))
    return [(one.id, one.score) for one in Ranking(read("deploy"), evidence).rank([])]


def test_the_nearest_in_meaning_is_the_surest_and_the_first() -> None:
    scores = [score for _, score in by_meaning(0.8, 0.6, *[0.1] * 30)]
    assert scores[0] == pytest.approx(1)
    assert scores[0] > scores[1] > scores[2]


def test_what_stands_out_no_farther_than_by_chance_answers_nothing() -> None:
    assert all(score < 0.2 for _, score in by_meaning(0.3, 0.25, *[0.1] * 30))
    # As similar as another model finds texts that have nothing to do with each other.
    assert all(score < 0.2 for _, score in by_meaning(0.78, 0.75, *[0.72] * 30))


def test_words_and_meaning_together_come_before_either() -> None:
    both, words, meaning = (said(None, counts=counts) for counts in ({"window": 1},) * 2 + ({},))
    near = nearness([(both.id, 0.6), (meaning.id, 0.6)])
    evidence = Evidence(RARITY, 8.0, [words, meaning, both], {}, near)
    assert Ranking(read("window"), evidence).rank([])[0].id == both.id


@given(st.lists(st.tuples(st.none() | st.integers(0, 30), CONCEPTS), max_size=30))
def test_scores_are_shares_and_fall(found: list[tuple[int | None, dict[str, int]]]) -> None:
    candidates = [said(position, counts=counts) for position, counts in found]
    scores = [
        one.score for one in Ranking(read("deploy"), Evidence(RARITY, 8.0, candidates, {})).rank([])
    ]
    assert len(scores) == len(candidates)
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
