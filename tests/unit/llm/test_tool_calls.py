from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.core.failures import ModelFailedError
from sophia.core.messages import ToolCall
from sophia.llm.encoding import dump
from sophia.llm.tool_calls import CallDrafts


def assembled(*fragments: Sequence[Any], taken: Sequence[str] = ()) -> list[ToolCall]:
    """Feed (index, id, name, arguments)."""
    drafts = CallDrafts()
    for index, call_id, name, arguments in fragments:
        drafts.add(index, call_id=call_id, name=name, arguments=arguments)
    return list(drafts.finish(taken=taken))


A1 = ToolCall("c1", "a", {"x": 1})
B2 = ToolCall("c2", "b", {"x": 2})


@pytest.mark.parametrize(
    ("fragments", "calls"),
    [
        pytest.param(
            [(0, "c1", "a", ""), (0, "", "", '{"x"'), (0, "", "", ": 1}")], [A1], id="OpenAI"
        ),
        pytest.param(
            [
                (0, "c1", "a", ""),
                (1, "c2", "b", ""),
                (0, "", "", '{"x":1}'),
                (1, "", "", '{"x":2}'),
            ],
            [A1, B2],
            id="two calls interleaved",
        ),
        pytest.param(
            [(0, "c1", "a", '{"x":1}'), (0, "c2", "b", '{"x":2}')],
            [A1, B2],
            id="Ollama: whole calls, all under index 0",
        ),
        pytest.param(
            [(None, "c1", "a", '{"x":1}'), (None, "c2", "b", '{"x":2}')],
            [A1, B2],
            id="Ollama: whole calls without an index",
        ),
        pytest.param(
            [(None, "", "a", '{"x":1}'), (None, "", "a", '{"x":1}')],
            [ToolCall("call_1", "a", {"x": 1}), ToolCall("call_2", "a", {"x": 1})],
            id="Ollama: the same call twice, neither index nor id",
        ),
        pytest.param(
            [(0, "", "a", '{"x":1}'), (0, "", "a", '{"x":2}')],
            [ToolCall("call_1", "a", {"x": 1}), ToolCall("call_2", "a", {"x": 2})],
            id="Ollama: the same tool twice under index 0, no ids",
        ),
        pytest.param(
            [(0, "", "a", ""), (0, "", "a", '{"x"'), (0, "", "a", ":1}")],
            [ToolCall("call_1", "a", {"x": 1})],
            id="vLLM: ids omitted, name repeated in each fragment",
        ),
        pytest.param(
            [(0, "c1", "a", '{"x":'), (0, "", "", "1}"), (0, "", "", "")],
            [A1],
            id="vLLM: the finishing chunk brings an empty fragment",
        ),
        pytest.param(
            [
                (0, "c1", "a", ""),
                (0, "", "", '{"x":1}'),
                (0, "c2", "b", ""),
                (0, "", "", '{"x":2}'),
            ],
            [A1, B2],
            id="vLLM: the next call under the same index",
        ),
        pytest.param(
            [
                (0, "0", "a", ""),
                (0, "0", "", '{"x":1}'),
                (0, "1", "b", ""),
                (0, "1", "", '{"x":2}'),
            ],
            [ToolCall("0", "a", {"x": 1}), ToolCall("1", "b", {"x": 2})],
            id="SGLang: id repeated in each fragment",
        ),
        pytest.param(
            [(0, "", "", ""), (0, "c1", "", ""), (0, "", "a", ""), (0, "", "", '{"x":1}')],
            [A1],
            id="id and name come late",
        ),
        pytest.param(
            [(0, "c1", "a", '{"x": '), (0, "", "", '{"y": 1}'), (0, "", "", "}")],
            [ToolCall("c1", "a", {"x": {"y": 1}})],
            id="a fragment that begins with a nested object",
        ),
        pytest.param([(0, "c1", "a", "")], [ToolCall("c1", "a", {})], id="no arguments"),
        pytest.param([(0, "c1", "a", " \n")], [ToolCall("c1", "a", {})], id="blank arguments"),
    ],
)
def test_fragments_become_the_calls_that_were_meant(
    fragments: list[tuple[int | None, str, str, str]], calls: list[ToolCall]
) -> None:
    assert assembled(*fragments) == calls


@pytest.mark.parametrize(
    "arguments", ['{"x": 1', "not json", "[1, 2]", '"text"', "17", "null", "{'x': 1}", '{"x": NaN}']
)
def test_arguments_that_are_no_json_object_are_kept_as_they_came(arguments: str) -> None:
    (call,) = assembled((0, "c1", "a", arguments))
    assert call == ToolCall("c1", "a", {}, malformed=arguments)


def test_duplicate_ids_are_made_unique() -> None:
    calls = assembled((0, "same", "a", "{}"), (1, "same", "b", "{}"), (2, "same", "c", "{}"))
    assert [call.id for call in calls] == ["same", "same_2", "same_3"]


def test_ids_of_the_talk_so_far_are_not_used_again() -> None:
    (call,) = assembled((0, "call_1", "a", "{}"), taken=["call_1", "call_1_2"])
    assert call.id == "call_1_3"


def test_a_call_without_a_name_is_a_failure() -> None:
    with pytest.raises(ModelFailedError, match="without naming it"):
        assembled((0, "c1", "", "{}"))


@given(
    st.lists(
        st.dictionaries(
            st.text(max_size=4), st.integers(-(2**63), 2**63 - 1) | st.text(max_size=6), max_size=3
        ),
        min_size=1,
        max_size=4,
    ),
    st.integers(min_value=1, max_value=9),
)
def test_any_split_of_the_arguments_gives_the_same_calls(
    all_arguments: list[dict[str, Any]], size: int
) -> None:
    drafts = CallDrafts()
    for index, arguments in enumerate(all_arguments):
        text = dump(arguments).decode()
        drafts.add(index, call_id=f"c{index}", name="tool", arguments="")
        for start in range(0, len(text), size):
            drafts.add(index, call_id="", name="", arguments=text[start : start + size])
    assert [call.arguments for call in drafts.finish(taken=())] == all_arguments
