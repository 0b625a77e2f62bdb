"""What is read from providers, in both dialects, however the bytes are split."""

import itertools
import json
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophia.core.failures import ModelExhaustedError, ModelFailedError
from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    ModelReply,
    TextChunk,
    ToolCall,
    Usage,
)
from sophia.kit.sse import SseParser
from sophia.llm.draft import Draft
from sophia.llm.exchange import Dialect
from sophia.llm.provider import open_session
from tests.support.providers_frames import (
    AnthropicFrames,
    Call,
    Figures,
    Frames,
    OpenAiFrames,
    Reply,
)
from tests.support.providers_talk import anthropic_model, openai_model


@pytest.fixture(scope="module")
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture(scope="module")
def openai(session: aiohttp.ClientSession) -> Dialect:
    return openai_model("http://127.0.0.1:1/v1", session=session)


@pytest.fixture(scope="module")
def anthropic(session: aiohttp.ClientSession) -> Dialect:
    return anthropic_model("http://127.0.0.1:1", session=session)


def read(dialect: Dialect, reads: list[bytes]) -> tuple[str, str, ModelReply]:
    """Give all text chunks together, all reasoning together, and the reply."""
    parser, draft = SseParser(), Draft()
    text, thought = "", ""
    for data in [*reads, None]:
        for event in parser.flush() if data is None else parser.feed(data):
            dialect.take(event, draft)
        for chunk in draft.take_chunks():
            if isinstance(chunk, TextChunk):
                text += chunk.text
            else:
                thought += chunk.text
    assert draft.is_done
    return text, thought, draft.reply(sent_bytes=100, taken_ids=())


def chunks(*deltas: dict[str, Any], finish: str | None = "stop", **more: Any) -> bytes:
    """Give OpenAI chunks as bytes, the finish in a chunk of its own."""
    bodies: list[dict[str, Any]] = [{"choices": [{"delta": delta}]} for delta in deltas]
    if finish:
        bodies.append({"choices": [{"delta": {}, "finish_reason": finish}]})
    if more:
        bodies.append({"choices": [], **more})
    return b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies) + (
        b"data: [DONE]\n\n"
    )


TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8), max_size=5
)
CALLS = st.lists(
    st.builds(
        Call,
        name=st.sampled_from(["memory__a", "memory__b"]),
        arguments=st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
            st.integers(-(2**53), 2**53) | st.text(st.characters(exclude_categories=["Cs"])),
            max_size=3,
        ),
    ),
    max_size=3,
)
REPLIES = st.builds(
    Reply, pieces=TEXTS.map(tuple), reasoning=TEXTS.map(tuple), calls=CALLS.map(tuple)
)


@pytest.mark.parametrize("name", ["openai", "anthropic"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(reply=REPLIES, places=st.lists(st.integers(min_value=0), max_size=20))
def test_any_split_of_the_stream_gives_the_same_reply(
    name: str, openai: Dialect, anthropic: Dialect, reply: Reply, places: list[int]
) -> None:
    dialect, frames = {
        "openai": (openai, OpenAiFrames()),
        "anthropic": (anthropic, AnthropicFrames()),
    }[name]
    stream = b"".join(frames.stream(reply, model="m"))
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    reads = [stream[start:end] for start, end in itertools.pairwise(edges)]
    text, thought, whole = read(dialect, reads)
    assert (text, thought, whole) == read(dialect, [stream])
    assert text == whole.message.text == "".join(reply.pieces)
    assert thought == "".join(reply.reasoning)
    assert [(call.name, call.arguments) for call in whole.message.calls] == [
        (call.name, call.arguments) for call in reply.calls
    ]


@pytest.mark.parametrize("frames", [OpenAiFrames(), AnthropicFrames()])
def test_figures_are_read_in_full(frames: Frames, openai: Dialect, anthropic: Dialect) -> None:
    dialect = openai if isinstance(frames, OpenAiFrames) else anthropic
    reply = Reply(("a",), figures=Figures(100, 40, cached_input_tokens=64, reasoning_tokens=30))
    _, _, whole = read(dialect, list(frames.stream(reply, model="m")))
    assert whole.usage == Usage(100, 40, cached_input_tokens=64, reasoning_tokens=30)


@pytest.mark.parametrize(
    ("delta", "text", "thought"),
    [
        ({"content": None}, "", ""),
        ({"content": ""}, "", ""),
        ({"content": "a", "reasoning": "b"}, "a", "b"),
        ({"reasoning_content": "b", "reasoning": "b"}, "", "b"),
        ({"refusal": "I cannot help with that."}, "I cannot help with that.", ""),
        ({"role": "assistant", "tool_calls": None}, "", ""),
        ({"tool_calls": []}, "", ""),
    ],
)
def test_odd_deltas_are_understood(
    delta: dict[str, Any], text: str, thought: str, openai: Dialect
) -> None:
    said, thoughts, reply = read(openai, [chunks(delta)])
    assert (said, thoughts) == (text, thought)
    assert reply.finish is FinishReason.STOP


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", FinishReason.STOP),
        ("length", FinishReason.LENGTH),
        ("content_filter", FinishReason.FILTERED),
        ("tool_calls", FinishReason.STOP),  # which there are none of
        ("something_else", FinishReason.STOP),
    ],
)
def test_reasons_to_finish_are_told_apart(
    reason: str, finish: FinishReason, openai: Dialect
) -> None:
    assert read(openai, [chunks({"content": "a"}, finish=reason)])[2].finish is finish


def test_calls_count_as_such_whatever_the_finish_says(openai: Dialect) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "a", "arguments": {"x": 1}}}
    _, _, reply = read(openai, [chunks({"tool_calls": [call]}, finish="stop")])
    assert reply.finish is FinishReason.TOOL_CALLS
    assert reply.message == AssistantMessage("", calls=(ToolCall("c", "a", {"x": 1}),))


@pytest.mark.parametrize(
    "usage",
    [{}, {"prompt_tokens": None}, {"prompt_tokens": "1", "completion_tokens": "2"}],
)
def test_figures_that_are_none_are_estimated(usage: dict[str, Any], openai: Dialect) -> None:
    _, _, reply = read(openai, [chunks({"content": "12345"}, usage=usage)])
    assert reply.usage == Usage(input_tokens=25, output_tokens=2, is_estimated=True)


def test_an_end_mark_without_a_finish_is_an_end_if_anything_was_said(openai: Dialect) -> None:
    assert read(openai, [chunks({"content": "a"}, finish=None)])[2].finish is FinishReason.STOP
    with pytest.raises(ModelFailedError, match="before it began"):
        read(openai, [chunks(finish=None)])


@pytest.mark.parametrize(
    "chunk",
    [
        b"[]",
        b"17",
        b'{"choices": 17}',
        b'{"choices": [17]}',
        b'{"choices": [{"delta": "text"}]}',
        b'{"choices": [{"delta": {"content": 17}}]}',
        b'{"choices": [{"delta": {"tool_calls": [{"index": [], "function": {"name": "a"}}]}}]}',
        b'{"choices": [{"delta": {"tool_calls": "a"}}]}',
        b'{"usage": "much"}',
    ],
)
def test_a_chunk_of_another_shape_is_a_failure_of_the_provider(
    chunk: bytes, openai: Dialect
) -> None:
    with pytest.raises(ModelFailedError):
        openai.take(chunk, Draft())


@pytest.mark.parametrize(
    "event",
    [
        b"[]",
        b'{"type": "message_start"}',
        b'{"type": "content_block_start", "index": 0}',
        b'{"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use"}}',
        b'{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": 1}}',
        b'{"type": "message_delta", "delta": null}',
    ],
)
def test_an_event_of_another_shape_is_a_failure_of_the_provider(
    event: bytes, anthropic: Dialect
) -> None:
    with pytest.raises(ModelFailedError):
        anthropic.take(event, Draft())


@pytest.mark.parametrize(
    "event",
    [
        {"type": "ping"},
        {"type": "content_block_stop", "index": 0},
        {"type": "something_later"},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking"}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "signature_delta", "signature": "x"},
        },
    ],
)
def test_events_without_words_are_passed_over(event: dict[str, Any], anthropic: Dialect) -> None:
    draft = Draft()
    anthropic.take(json.dumps(event).encode(), draft)
    assert draft.is_empty
    assert draft.take_chunks() == []


def test_errors_inside_a_stream_are_raised(openai: Dialect, anthropic: Dialect) -> None:
    with pytest.raises(ModelFailedError, match="Overloaded"):
        anthropic.take(
            b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', Draft()
        )
    with pytest.raises(ModelExhaustedError, match="slow down"):
        openai.take(b'{"error": {"code": "rate_limit_exceeded", "message": "slow down"}}', Draft())


@pytest.mark.parametrize("name", ["openai", "anthropic"])
def test_an_answer_in_one_document_is_read_like_a_stream(
    name: str, openai: Dialect, anthropic: Dialect
) -> None:
    dialect, frames = {
        "openai": (openai, OpenAiFrames()),
        "anthropic": (anthropic, AnthropicFrames()),
    }[name]
    reply = Reply(("Hel", "lo"), calls=(Call("a", {"x": 1}, id="c1"), Call("b", {}, id="c2")))
    draft = Draft()
    dialect.take_whole(json.dumps(frames.whole(reply, model="m")).encode(), draft)
    whole = draft.reply(sent_bytes=1, taken_ids=())
    assert whole == read(dialect, list(frames.stream(reply, model="m")))[2]


@pytest.mark.parametrize("document", [b"{}", b"[]", b'{"choices": []}', b"<html>", b'{"a": 1}'])
def test_a_document_that_is_no_answer_is_a_failure(
    document: bytes, openai: Dialect, anthropic: Dialect
) -> None:
    for dialect in (openai, anthropic):
        with pytest.raises(ModelFailedError):
            dialect.take_whole(document, Draft())
