from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sophia.memory.fields import MAX_CONTENT_BYTES
from sophia.memory.schemas import ConversationIn, MemoryIn, Place, SearchQuery


def problem(**fields: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        MemoryIn.model_validate({"content": "x", **fields})
    return str(caught.value)


def test_control_characters_and_half_surrogates_are_left_out() -> None:
    memory = MemoryIn(
        content="a\x00b\x1b[31m\x7f\ud800c",
        tags=["t\x00"],
        scope="s\x00",
        metadata={"k\x00": ["v\x00", {"deep": "\ud83d"}]},
    )

    assert memory.content == "ab[31mc"
    assert (memory.tags, memory.scope) == (["t"], "s")
    assert memory.metadata == {"k": ["v", {"deep": ""}]}


def test_tabs_and_line_ends_stay() -> None:
    assert MemoryIn(content="a\tb\r\nc\n").content == "a\tb\r\nc"


@pytest.mark.parametrize("content", ["", " \n", "\x00", None, 7, ["x"]])
def test_content_without_text_is_refused(content: object) -> None:
    assert "content" in problem(content=content)


def test_content_is_capped_by_its_bytes() -> None:
    assert MemoryIn(content="x" * MAX_CONTENT_BYTES)
    told = problem(content="é" * (MAX_CONTENT_BYTES // 2 + 1))

    assert "32,770 bytes" in told
    assert "split it into several memories" in told


def test_a_wrong_category_is_answered_with_the_right_ones() -> None:
    told = problem(category="techincal")

    for category in ("general", "technical", "business", "personal", "project", "learning"):
        assert category in told


def test_a_thousand_tags_are_refused() -> None:
    assert "at most 50" in problem(tags=[f"tag {number}" for number in range(1_000)])


def test_a_tag_given_twice_counts_once() -> None:
    assert MemoryIn(content="x", tags=["a", "b", "a"]).tags == ["a", "b"]


def test_metadata_is_capped() -> None:
    assert "at most 8,192" in problem(metadata={"k": "x" * 9_000})
    assert "64 bits" in problem(metadata={"k": 2**64})


def test_metadata_that_is_nested_too_deep_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]

    assert "too deep" in problem(metadata={"k": deep})


def test_an_unknown_field_is_refused() -> None:
    assert "contnet" in problem(contnet="x")


def test_metadata_tells_who_said_it_where_and_when() -> None:
    memory = MemoryIn(
        content="x",
        metadata={
            "session": "session_1",
            "turn": 3,
            "speaker": "Caroline",
            "occurred_at": "2023-05-08T13:56:00",
            "external_id": "D1:3",
        },
    )

    assert memory.place == Place(speaker="Caroline", conversation="session_1", position=3)
    assert memory.occurred_at == datetime(2023, 5, 8, 13, 56, tzinfo=UTC)
    assert memory.external_id == "D1:3"


def test_what_is_said_outright_goes_before_the_metadata() -> None:
    memory = MemoryIn(
        content="x",
        external_id="mine",
        occurred_at=datetime(2024, 1, 1, tzinfo=UTC),
        metadata={"external_id": "other", "occurred_at": "2023-05-08"},
    )

    assert memory.external_id == "mine"
    assert memory.occurred_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_metadata_of_other_meaning_is_no_place() -> None:
    metadata: dict[str, Any] = {
        "session": {"id": 1},
        "turn": "last",
        "speaker": True,
        "external_id": [],
    }

    assert MemoryIn(content="x", metadata=metadata).place == Place()


def test_a_date_that_is_none_is_refused() -> None:
    assert "ISO 8601" in problem(metadata={"occurred_at": "yesterday"})
    assert "occurred_at" in problem(occurred_at="yesterday")


@pytest.mark.parametrize("limit", [0, 51, -1, "many"])
def test_a_limit_out_of_bounds_is_refused(limit: object) -> None:
    with pytest.raises(ValidationError):
        SearchQuery.model_validate({"query": "x", "limit": limit})


@pytest.mark.parametrize("messages", [[], [{"content": ""}], [{"role": "user"}]])
def test_a_conversation_without_words_is_refused(messages: object) -> None:
    with pytest.raises(ValidationError):
        ConversationIn.model_validate({"messages": messages})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_any_metadata_is_kept_or_refused(metadata: Any) -> None:
    try:
        memory = MemoryIn.model_validate({"content": "x", "metadata": metadata})
    except ValidationError:
        return
    assert "\x00" not in str(memory.metadata)
