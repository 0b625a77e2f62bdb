"""Talking to the built-in assistant as the agent loop does, one model call at a time."""

from collections.abc import Coroutine, Sequence
from typing import Any

from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    JsonObject,
    Message,
    ModelEvent,
    ModelReply,
    ModelRequest,
    TextChunk,
    ToolCall,
    ToolMessage,
    ToolResult,
    ToolSpec,
    Usage,
    UserMessage,
)
from sophia.llm.builtin.assistant import BuiltinAssistant
from tests.support.catalogue import CATALOGUE
from tests.support.clock import FixedClock

type Called = list[tuple[str, JsonObject]]


def events_of(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec] = CATALOGUE,
    unready: Sequence[ToolSpec] = (),
) -> list[ModelEvent]:
    """Run one model call to its end; it may never wait for anything, so no loop is needed."""
    request = ModelRequest("", messages, tools=tools, unready=unready)
    stream = BuiltinAssistant(clock=FixedClock()).stream(request)
    events: list[ModelEvent] = []
    while True:
        step: Coroutine[Any, Any, ModelEvent] = stream.__anext__()
        try:
            step.send(None)
        except StopAsyncIteration:
            return events
        except StopIteration as reached:
            events.append(reached.value)
        else:
            raise AssertionError("the built-in assistant waited for something")


def reply_to(
    messages: Sequence[Message],
    tools: Sequence[ToolSpec] = CATALOGUE,
    unready: Sequence[ToolSpec] = (),
) -> ModelReply:
    """Give the reply of one model call, having checked what holds for every one of them."""
    *chunks, reply = events_of(messages, tools, unready)
    assert isinstance(reply, ModelReply)
    texts = [chunk.text for chunk in chunks if isinstance(chunk, TextChunk)]
    assert len(texts) == len(chunks)
    assert "".join(texts) == reply.message.text
    assert reply.usage == Usage()
    is_act = reply.finish is FinishReason.TOOL_CALLS
    assert is_act == bool(reply.message.calls)
    assert is_act != bool(reply.message.text)
    return reply


def calls_for(text: str, tools: Sequence[ToolSpec] = CATALOGUE) -> Called:
    calls = reply_to([UserMessage(text)], tools).message.calls
    return [(call.name, call.arguments) for call in calls]


def answer_to(text: str, tools: Sequence[ToolSpec] = CATALOGUE) -> str:
    """Give what is said to a message for which no tool is called."""
    reply = reply_to([UserMessage(text)], tools)
    assert reply.message.calls == ()
    return reply.message.text


def reply_to_talk(*said: str) -> str:
    """Give what is said to the last of several messages."""
    return reply_to([UserMessage(text) for text in said]).message.text


def after(
    text: str,
    *results: ToolResult,
    calls: Sequence[ToolCall] | None = None,
    tools: Sequence[ToolSpec] = CATALOGUE,
) -> ModelReply:
    """Give the reply once the tools that were called for a message have answered."""
    talk: list[Message] = [UserMessage(text)]
    made = reply_to(talk, tools).message.calls if calls is None else tuple(calls)
    talk.append(AssistantMessage("", made))
    for call, result in zip(made, results, strict=True):
        answered = ToolResult(call.id, result.text, result.structured, result.is_error)
        talk.append(ToolMessage(answered))
    return reply_to(talk, tools)


def gave(structured: JsonObject | None = None, text: str = "") -> ToolResult:
    return ToolResult("", text, structured)


def failed(text: str) -> ToolResult:
    return ToolResult("", text, is_error=True)
