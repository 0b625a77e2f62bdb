from typing import Any

import pytest

from sophia.toolbox.errors import AnswerInvalidError
from sophia.toolbox.wire import MAX_TEXT_BYTES, result_of, specs_of


def spec_of(**listed: Any) -> Any:
    tool = {"name": "t", "inputSchema": {"type": "object"}, **listed}
    return specs_of("memory", [tool])[0]


def test_a_tool_is_named_after_its_server() -> None:
    spec = spec_of(name="store", description="Keep.", title="Store")

    assert (spec.name, spec.description, spec.title) == ("memory__store", "Keep.", "Store")
    assert spec.input_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        ({"readOnlyHint": True}, (True, True, False)),
        ({"readOnlyHint": False, "idempotentHint": True}, (False, True, True)),
        ({"destructiveHint": False}, (False, False, False)),
        ({}, (False, False, True)),
        (None, (False, False, True)),
    ],
)
def test_hints_become_facts_and_silence_counts_as_danger(
    hints: Any, expected: tuple[bool, bool, bool]
) -> None:
    spec = spec_of(annotations=hints)

    assert (spec.is_read_only, spec.is_idempotent, spec.is_destructive) == expected


def test_only_a_server_of_ours_says_what_is_to_be_set() -> None:
    tool = {"name": "t", "inputSchema": {}, "_meta": {"sophia/missing": "Set IT."}}

    assert [specs_of(server, [tool])[0].missing for server in ("github", "theirs")] == [
        "Set IT.",
        None,
    ]


@pytest.mark.parametrize("listed", [{"name": "x"}, {"inputSchema": {}}, {"name": 7}])
def test_a_tool_of_another_shape_is_refused(listed: Any) -> None:
    with pytest.raises(AnswerInvalidError):
        specs_of("memory", [listed])


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def test_texts_are_joined_and_other_blocks_named() -> None:
    image = {"type": "image", "data": "…", "mimeType": "image/png"}
    result = result_of("1", {"content": [text("a"), image, text("b")]})

    assert result.text == "a\n[image left out]\nb"
    assert not result.is_error


def test_structured_content_is_carried() -> None:
    result = result_of("1", {"content": [], "structuredContent": {"k": [1]}, "isError": True})

    assert result.structured == {"k": [1]}
    assert result.is_error


def test_a_long_text_is_cut_with_a_note() -> None:
    result = result_of("1", {"content": [text("é" * MAX_TEXT_BYTES)]})

    kept, _, note = result.text.partition("\n")
    assert len(kept.encode()) <= MAX_TEXT_BYTES
    assert set(kept) == {"é"}
    assert "131,072 bytes long" in note


@pytest.mark.parametrize("answer", [{}, {"content": "x"}, {"content": [7]}])
def test_an_answer_of_another_shape_is_refused(answer: Any) -> None:
    with pytest.raises(AnswerInvalidError):
        result_of("1", answer)
