"""The built-in assistant as a model: deterministic, without weights, network or state."""

import re
from collections.abc import AsyncGenerator
from itertools import batched, count

from sophia.core.messages import (
    AssistantMessage,
    FinishReason,
    ModelEvent,
    ModelReply,
    ModelRequest,
    TextChunk,
    ToolCall,
)
from sophia.kit.clock import Clock, SystemClock
from sophia.llm.builtin.answers import answer
from sophia.llm.builtin.planning import plan
from sophia.llm.builtin.turn import Act, Move, Turn

NAME = "builtin"
_WORDS_PER_CHUNK = 4


class BuiltinAssistant:
    """Understands direct requests, keeps and recalls facts, and runs tools by their names."""

    def __init__(self, *, clock: Clock | None = None) -> None:
        """Take a clock for "tomorrow" and "next Friday"."""
        self._clock = clock or SystemClock()

    @property
    def name(self) -> str:
        """Give the name by which a request chooses this model."""
        return NAME

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Yield the answer in pieces of a few words and, last, the whole reply."""
        move = self._next_move(request)
        if isinstance(move, Act):
            calls = _tool_calls(move, request)
            yield ModelReply(AssistantMessage("", calls), FinishReason.TOOL_CALLS)
            return
        for piece in batched(re.findall(r"\s*\S+|\s+", move.text), _WORDS_PER_CHUNK):
            yield TextChunk("".join(piece))
        yield ModelReply(AssistantMessage(move.text), FinishReason.STOP)

    def _next_move(self, request: ModelRequest) -> Move:
        turn = Turn.of(request.messages)
        today = self._clock.now().date()
        if turn.outcomes:
            return answer(turn, request.tools, request.unready, today=today)
        return plan(turn, request.tools, request.unready, today=today)


def _tool_calls(move: Act, request: ModelRequest) -> tuple[ToolCall, ...]:
    """Number the calls so that no id comes twice in what the model sees of the conversation."""
    used = {
        call.id
        for message in request.messages
        if isinstance(message, AssistantMessage)
        for call in message.calls
    }
    free = (f"{NAME}-{number}" for number in count(1) if f"{NAME}-{number}" not in used)
    pairs = zip(free, move.calls, strict=False)
    return tuple(ToolCall(call_id, name, arguments) for call_id, (name, arguments) in pairs)
