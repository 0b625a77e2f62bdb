"""The turn as it stands: what was said, and what the tools answered so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from sophia.core.messages import (
    AssistantMessage,
    JsonObject,
    Message,
    ToolCall,
    ToolMessage,
    ToolResult,
    UserMessage,
)

MAX_CALLS = 3  # for one message


@dataclass(frozen=True, slots=True)
class Outcome:
    """A tool call of this turn and its result."""

    call: ToolCall
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Turn:
    """The person's last message, what came before it, and what was done about it."""

    text: str
    earlier: tuple[str, ...]
    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Turn":
        """Read the turn off the end of a conversation."""
        said = [at for at, one in enumerate(messages) if isinstance(one, UserMessage)]
        texts = [one.text for one in messages if isinstance(one, UserMessage)]
        outcomes: list[Outcome] = []
        calls: dict[str, ToolCall] = {}
        for message in messages[said[-1] + 1 if said else 0 :]:
            if isinstance(message, AssistantMessage):
                calls |= {call.id: call for call in message.calls}
            elif isinstance(message, ToolMessage):
                unknown = ToolCall(message.result.call_id, "tool", {})
                call = calls.get(message.result.call_id, unknown)
                outcomes.append(Outcome(call, message.result))
        return cls(texts[-1] if texts else "", tuple(texts[:-1]), tuple(outcomes))


@dataclass(frozen=True, slots=True)
class Say:
    """Answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Act:
    """Call tools: each a name and its arguments."""

    calls: tuple[tuple[str, JsonObject], ...]


type Move = Say | Act
