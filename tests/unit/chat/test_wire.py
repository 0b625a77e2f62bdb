"""How a stored turn is shown."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import RowMapping

from sophia.chat.views import view_to_json
from sophia.chat.wire import turn_out
from sophia.core.events import (
    StepStarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
)
from sophia.core.fold import fold
from sophia.kit.ids import uuid7

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def row_of(*happened: TurnEvent, status: str = "done") -> RowMapping:
    row: dict[str, Any] = {
        "id": uuid7(),
        "conversation_id": uuid7(),
        "parent_id": None,
        "status": status,
        "message": "When?",
        "context": "general",
        "model": None,
        "reply": view_to_json(fold(happened)),
        "step_events": None,
        "attachments": None,
        "created_at": NOW,
        "started_at": NOW,
        "ended_at": NOW,
    }
    return cast("RowMapping", row)


def test_a_tool_call_says_where_in_the_response_it_was_made() -> None:
    turn = turn_out(
        row_of(
            TurnStarted("m"),
            StepStarted(0),
            ToolStarted("a", "memory__search_memories", {}),
            ToolFinished("a", "memory__search_memories", "found"),
            StepStarted(1),
            TextDelta("Let me look. 🔎\n"),
            ToolStarted("b", "memory__get_memory", {}),
            StepStarted(2),
            TextDelta("Friday."),
        )
    )
    assert turn.response == "Let me look. 🔎\n\nFriday."
    assert [call.response_offset for call in turn.tool_calls] == [0, len("Let me look. 🔎")]
    assert [call.text for call in turn.tool_calls] == ["found", None]


def test_a_failed_turn_keeps_what_was_said_and_says_why_it_failed() -> None:
    turn = turn_out(
        row_of(StepStarted(0), TextDelta("On Fri"), TurnFailed("model.failed", "It broke off."))
    )
    assert turn.response == "On Fri"
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == ("model.failed", "It broke off.")
    assert turn.usage.input_tokens == 0
