import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.core import events
from sophia.core.events import (
    Position,
    Source,
    StepFinished,
    StepStarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    TurnFinished,
    TurnStarted,
)
from sophia.core.failures import PositionInvalidError
from sophia.core.fold import fold, messages_of
from sophia.core.messages import AssistantMessage, ToolMessage, Usage


@given(text=st.text(min_size=1), cuts=st.lists(st.integers(0, 200), max_size=20))
def test_any_split_of_the_deltas_folds_to_the_same_answer(text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    deltas = [TextDelta(text[a:b]) for a, b in itertools.pairwise(edges)]
    whole: list[TurnEvent] = [StepStarted(0), TextDelta(text)]

    assert fold([StepStarted(0), *deltas]) == fold(whole)


def test_a_step_said_again_after_a_crash_replaces_what_was_said_of_it_before() -> None:
    view = fold(
        [
            TurnStarted("m"),
            StepStarted(0),
            TextDelta("Let me look."),
            ToolStarted("c1", "memory__search_memories", {"query": "deploy"}),
            ToolFinished("c1", "memory__search_memories", "Friday"),
            StepStarted(1),
            TextDelta("It is on Fri"),
            TurnStarted("m"),
            StepStarted(1),
            TextDelta("It is on Friday."),
        ]
    )

    assert view.response == "Let me look.\n\nIt is on Friday."
    assert [call.tool for call in view.calls] == ["memory__search_memories"]


def test_an_outcome_that_comes_twice_counts_once() -> None:
    finished = ToolFinished("c1", "t", "done")
    view = fold([StepStarted(0), ToolStarted("c1", "t", {}), finished, finished])

    assert len(view.calls) == 1
    assert view.calls[0].outcome == finished


def test_the_model_sees_answered_calls_only() -> None:
    view = fold(
        [
            StepStarted(0),
            ToolStarted("c1", "t", {"a": 1}),
            ToolStarted("c2", "t", {"a": 2}),
            ToolFinished("c2", "t", "two"),
        ]
    )

    said, answer = messages_of(view)

    assert isinstance(said, AssistantMessage)
    assert [call.id for call in said.calls] == ["c2"]
    assert isinstance(answer, ToolMessage)
    assert answer.result.text == "two"


def test_every_event_survives_its_json() -> None:
    finished = TurnFinished(
        model="m",
        usage=Usage(input_tokens=3, output_tokens=4),
        sources=(Source("memory", "Friday", 0.9),),
        suggestions=("And then?",),
    )
    for event in (
        TurnStarted("m"),
        StepStarted(2),
        StepFinished(2, Usage(input_tokens=3)),
        TextDelta("hé"),
        ToolStarted("c", "t", {"x": [1, None]}),
        ToolFinished("c", "t", "no", is_error=True, duration_s=0.5),
        finished,
        events.TurnFailed("model.failed", "away"),
        events.TurnStopped(),
    ):
        assert events.from_json(events.to_json(event)) == event


@given(st.integers(0, 2**31), st.integers(0, 2**31))
def test_a_position_survives_its_text(attempt: int, number: int) -> None:
    position = Position(attempt, number)

    assert Position.parse(str(position)) == position


@pytest.mark.parametrize(
    "text", ["", "1", "-", "1-", "-1", "a-b", "1-2-3", "1 -2", "9" * 50 + "-1"]
)
def test_a_text_that_is_no_position_is_refused(text: str) -> None:
    with pytest.raises(PositionInvalidError):
        Position.parse(text)
