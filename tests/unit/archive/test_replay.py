"""A turn goes into a file and comes back as it was."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophia.archive.errors import FileInvalidError
from sophia.archive.markdown import to_markdown
from sophia.archive.replay import events_of, turn_from_file, turn_to_file
from sophia.archive.schemas import ConversationFile
from sophia.archive.service import read
from sophia.chat.views import view_from_json
from sophia.core.fold import fold
from sophia.kit.ids import TurnId, uuid7

NOW = datetime(2026, 11, 23, tzinfo=UTC)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
objects: st.SearchStrategy[Any] = st.dictionaries(
    texts, st.none() | st.booleans() | st.integers(-9, 9) | texts, max_size=3
)
counts = st.integers(0, 1000)
usages: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "input_tokens": counts,
        "output_tokens": counts,
        "cached_input_tokens": counts,
        "reasoning_tokens": counts,
        "is_estimated": st.booleans(),
    }
)
outcomes: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "text": texts,
        "structured": st.none() | objects,
        "is_error": st.booleans(),
        "duration_s": st.floats(0, 9),
        "is_untrusted": st.booleans(),
    }
)
approvals: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"tool_class": texts, "reason": texts, "expires_at": texts, "decision": st.none() | texts}
)
calls: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "call_id": texts,
        "tool": texts,
        "arguments": objects,
        "outcome": st.none() | outcomes,
        "approval": st.none() | approvals,
    }
)
steps: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "text": texts,
        "reasoning": texts,
        "calls": st.lists(calls, max_size=3, unique_by=lambda call: call["call_id"]),
        "usage": usages,
    }
)
sources: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {"type": texts, "name": texts, "confidence": st.floats(0, 1)}
)
endings: st.SearchStrategy[Any] = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.just("turn.finished"),
            "model": texts,
            "usage": usages,
            "sources": st.lists(sources, max_size=2),
            "suggestions": st.lists(texts, max_size=2),
        }
    ),
    st.fixed_dictionaries({"type": st.just("turn.failed"), "code": texts, "message": texts}),
    st.just({"type": "turn.stopped"}),
)
STATUS = {"turn.finished": "done", "turn.failed": "failed", "turn.stopped": "stopped"}

unhurried = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    turns: list[dict[str, Any]] = []
    for number in range(draw(st.integers(0, 4))):
        ending = draw(endings)
        turns.append(
            {
                "id": str(number),
                "parent": draw(st.sampled_from([None, *(turn["id"] for turn in turns)])),
                "status": STATUS[ending["type"]],
                "message": draw(texts),
                "context": "general",
                "model": draw(st.none() | texts),
                "steps": draw(st.lists(steps, max_size=3)),
                "ending": ending,
                "created_at": NOW,
                "started_at": None,
                "ended_at": NOW,
            }
        )
    return {
        "format": "sophia.conversation",
        "version": 1,
        "exported_at": NOW,
        "title": "A title",
        "created_at": NOW,
        "turns": turns,
    }


@unhurried
@given(files())
def test_what_is_exported_and_imported_again_says_the_same(data: dict[str, Any]) -> None:
    file = read(ConversationFile.model_validate(data).model_dump_json().encode())
    ids = {turn.id: TurnId(uuid7()) for turn in file.turns}
    named = {str(id_): name for name, id_ in ids.items()}

    for turn in file.turns:
        row = turn_from_file(turn, ids, {})
        again = turn_to_file({**row, "step_events": None})
        renamed = again.model_copy(
            update={
                "id": named[again.id],
                "parent": named[again.parent] if again.parent else None,
            }
        )
        assert renamed == turn
        # Whoever follows the imported turn sees events that come to the same.
        view = view_from_json(row["reply"])
        assert fold(events_of(view)) == view
        assert len(row["events"]) == row["events"][-1][0]


@unhurried
@given(files())
def test_every_file_can_be_written_as_markdown(data: dict[str, Any]) -> None:
    written = to_markdown(ConversationFile.model_validate(data))
    assert written.startswith("# A title\n")
    if data["turns"]:
        assert data["turns"][-1]["message"] in written


def file_with(**turn: Any) -> dict[str, Any]:
    first: dict[str, Any] = {
        "id": "1",
        "status": "done",
        "message": "Hello",
        "context": "general",
        "created_at": "2026-11-23T12:00:00Z",
        "ending": {"type": "turn.stopped"},
    }
    return {
        "format": "sophia.conversation",
        "version": 1,
        "exported_at": "2026-11-23T12:00:00Z",
        "title": "A title",
        "created_at": "2026-11-23T12:00:00Z",
        "turns": [first | turn],
    }


def many_turns(count: int) -> dict[str, Any]:
    (turn,) = file_with()["turns"]
    return file_with() | {"turns": [turn | {"id": str(number)} for number in range(count)]}


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


FILE: dict[str, Any] = {"id": "1", "name": "x.txt", "content": "b25l"}
TWICE: dict[str, Any] = {"calls": [{"call_id": "same", "tool": "x", "arguments": {}}] * 2}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"{", "no JSON"),
        (b"[1]", "object"),
        (b'{"a": "\\ud800"}', "no JSON"),
        ({}, "format"),
        (file_with(message="a\x00b"), "U+0000"),
        (file_with(message="x" * 100_001), "turns.0.message"),
        (file_with(parent="2"), "before the one that it follows on"),
        (file_with(surprise=1), "turns.0.surprise"),
        (file_with(steps=[TWICE]), "call_id of its own"),
        (file_with(steps=[{"calls": [nested(70)]}]), "deeper than"),
        (file_with() | {"version": 2}, "version"),
        (file_with(created_at="0001-01-01T00:00:00+10:00"), "told in UTC"),
        (file_with() | {"turns": file_with()["turns"] * 2}, "two turns"),
        (many_turns(5_001), "more than 5,000 turns"),
        (file_with(attachments=["1"]), "no attachment"),
        (file_with(attachments=["1", "1"]) | {"attachments": [FILE]}, "one twice"),
        (file_with() | {"attachments": [FILE] * 2}, "two attachments"),
        (
            file_with() | {"attachments": [FILE | {"content": "no base64!"}]},
            "attachments.0.content",
        ),
    ],
)
def test_a_file_that_is_none_says_where_it_is_wrong(data: Any, said: str) -> None:
    if not isinstance(data, bytes):
        data = orjson.dumps(data)
    with pytest.raises(FileInvalidError) as refused:
        read(data)
    assert said in refused.value.message


def test_a_time_is_read_in_utc_whatever_its_offset() -> None:
    (turn,) = read(orjson.dumps(file_with(created_at="0695-08-16T12:49:31-17:13"))).turns

    # PostgreSQL takes no offset of 16 hours.
    assert turn.created_at.isoformat() == "0695-08-17T06:02:31+00:00"


def test_a_tools_answer_cannot_end_its_block_of_markdown() -> None:
    outcome = {"text": "```\n# Not a heading\n````", "is_error": False}
    call = {"call_id": "1", "tool": "x", "arguments": {}, "outcome": outcome}
    file = ConversationFile.model_validate(file_with(steps=[{"calls": [call]}]))
    assert "`````text\n```\n# Not a heading\n````\n`````" in to_markdown(file)


def test_an_id_of_elsewhere_is_no_id_here() -> None:
    file = ConversationFile.model_validate(file_with(id=str(UUID(int=1))))
    id_ = TurnId(uuid7())
    assert turn_from_file(file.turns[0], {str(UUID(int=1)): id_}, {})["id"] == id_
