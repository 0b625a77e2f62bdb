"""The built-in assistant answers while the default model's provider is down."""

from collections.abc import AsyncGenerator

import pytest

from sophia.core.failures import ModelExhaustedError, ModelFailedError, ModelRefusedError
from sophia.core.messages import (
    ModelEvent,
    ModelReply,
    ModelRequest,
    TextChunk,
    ToolCall,
    UserMessage,
)
from sophia.core.ports import Model
from sophia.llm.fallback import WithFallback
from tests.support.models import ScriptedModel

REQUEST = ModelRequest("", [UserMessage("hello")])
NOTICE = (
    "*scripted cannot answer now (The model provider failed: try again, or choose another model),"
    " so scripted does.*\n\n"
)


async def events_of(model: Model, fallback: Model) -> list[ModelEvent]:
    return [event async for event in WithFallback(model, fallback, "openai").stream(REQUEST)]


def texts(events: list[ModelEvent]) -> tuple[str, str]:
    chunks = "".join(event.text for event in events if isinstance(event, TextChunk))
    reply = events[-1]
    assert isinstance(reply, ModelReply)
    return chunks.rstrip(" "), reply.message.text


async def test_a_model_that_answers_is_left_alone() -> None:
    fallback = ScriptedModel("from the fallback")
    assert texts(await events_of(ScriptedModel("hi there"), fallback)) == ("hi there", "hi there")
    assert fallback.requests == []


async def test_a_model_that_is_down_is_replaced_and_the_answer_says_so() -> None:
    events = await events_of(ScriptedModel(ModelFailedError()), ScriptedModel("hi there"))
    assert texts(events) == (f"{NOTICE}hi there", f"{NOTICE}hi there")


async def test_a_model_whose_quota_is_used_up_is_replaced() -> None:
    events = await events_of(ScriptedModel(ModelExhaustedError()), ScriptedModel("hi"))
    assert texts(events)[1].endswith("hi")


async def test_a_fallback_that_calls_a_tool_says_nothing_yet() -> None:
    call = ToolCall("1", "memory__search_memories", {"query": "x"})
    events = await events_of(ScriptedModel(ModelFailedError()), ScriptedModel([call]))
    (reply,) = events
    assert isinstance(reply, ModelReply)
    assert (reply.message.text, reply.message.calls) == ("", (call,))


async def test_a_refusal_is_no_outage() -> None:
    with pytest.raises(ModelRefusedError):
        await events_of(ScriptedModel(ModelRefusedError()), ScriptedModel("hi"))


class BreaksOff(ScriptedModel):
    """Fails after its first words."""

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        self.requests.append(request)
        yield TextChunk("I was about")
        raise ModelFailedError


async def test_an_answer_that_broke_off_is_not_begun_again_by_another() -> None:
    fallback = ScriptedModel("hi")
    with pytest.raises(ModelFailedError):
        await events_of(BreaksOff(""), fallback)
    assert fallback.requests == []
