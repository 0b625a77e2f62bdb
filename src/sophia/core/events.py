"""What happens in a turn, as a closed union that every transport only carries.

A position orders the events of one turn: (attempt, number). The attempt rises each time a worker
claims the turn, so a worker that lost its lease can never write behind its successor.
StepStarted(step=n) takes back whatever an earlier attempt said in step n and after it.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Self, cast

from sophia.core.failures import PositionInvalidError
from sophia.core.messages import Json, JsonObject, Usage

# Redis and PostgreSQL refuse larger numbers, and with them everything else that was asked for.
_POSITION = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """The place of an event in its turn's log, written `attempt-number`."""

    attempt: int
    number: int

    def __str__(self) -> str:
        """Write it as it stands in SSE ids and Redis Stream ids."""
        return f"{self.attempt}-{self.number}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read it back; raises PositionInvalidError."""
        found = _POSITION.fullmatch(text)
        if found is None:
            raise PositionInvalidError
        return cls(int(found[1]), int(found[2]))


START = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer comes from. Confidence lies between 0 and 1."""

    type: str
    name: str
    confidence: float


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """A worker has taken the turn."""

    type: ClassVar[str] = "turn.started"
    model: str


@dataclass(frozen=True, slots=True)
class RecalledMemory:
    """A memory that may bear on the message: what was stored, when it happened, on whose word."""

    memory_id: str
    content: str
    score: float
    when: str = ""
    speaker: str = ""
    is_untrusted: bool = False


@dataclass(frozen=True, slots=True)
class MemoryRecalled:
    """What was stored earlier has been found before the model was asked; the best first."""

    type: ClassVar[str] = "memory.recalled"
    memories: tuple[RecalledMemory, ...]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A call of the model begins; anything seen of this step or a later one is void."""

    type: ClassVar[str] = "step.started"
    step: int


@dataclass(frozen=True, slots=True)
class StepFinished:
    """The model has asked for tools; `usage` is this step's. The last step ends with its turn."""

    type: ClassVar[str] = "step.finished"
    step: int
    usage: Usage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer."""

    type: ClassVar[str] = "text.delta"
    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's reasoning."""

    type: ClassVar[str] = "reasoning.delta"
    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool is being called."""

    type: ClassVar[str] = "tool.started"
    call_id: str
    tool: str
    arguments: JsonObject


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool has answered, or failed."""

    type: ClassVar[str] = "tool.finished"
    call_id: str
    tool: str
    text: str
    structured: JsonObject | None = None
    is_error: bool = False
    duration_s: float = 0.0
    is_untrusted: bool = False


@dataclass(frozen=True, slots=True)
class ApprovalRequested:
    """A tool call waits for a person's answer."""

    type: ClassVar[str] = "approval.requested"
    approval_id: str
    call_id: str
    tool: str
    arguments: JsonObject
    tool_class: str
    reason: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class ApprovalAnswered:
    """A person has approved or denied a tool call, or nobody answered in time."""

    type: ClassVar[str] = "approval.answered"
    approval_id: str
    call_id: str
    decision: str


@dataclass(frozen=True, slots=True)
class TurnFinished:
    """The answer is complete and stored."""

    type: ClassVar[str] = "turn.finished"
    model: str
    usage: Usage = field(default_factory=Usage)
    sources: tuple[Source, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TurnFailed:
    """The turn ended without an answer; what was said before is kept."""

    type: ClassVar[str] = "turn.failed"
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class TurnStopped:
    """Somebody stopped the turn; what was said before is kept."""

    type: ClassVar[str] = "turn.stopped"


type TurnEvent = (
    TurnStarted
    | MemoryRecalled
    | StepStarted
    | StepFinished
    | TextDelta
    | ReasoningDelta
    | ToolStarted
    | ToolFinished
    | ApprovalRequested
    | ApprovalAnswered
    | TurnFinished
    | TurnFailed
    | TurnStopped
)

ENDINGS = (TurnFinished, TurnFailed, TurnStopped)

_TYPES: dict[str, type[Any]] = {
    event.type: event
    for event in (
        TurnStarted,
        MemoryRecalled,
        StepStarted,
        StepFinished,
        TextDelta,
        ReasoningDelta,
        ToolStarted,
        ToolFinished,
        ApprovalRequested,
        ApprovalAnswered,
        TurnFinished,
        TurnFailed,
        TurnStopped,
    )
}


def to_json(event: TurnEvent) -> dict[str, Json]:
    """Write an event as the JSON object that is stored and sent, without its turn's id."""
    return {"type": event.type, **asdict(event)}


def from_json(data: Mapping[str, Any]) -> TurnEvent:
    """Read an event that `to_json` wrote."""
    fields = {name: value for name, value in data.items() if name not in {"type", "turn_id"}}
    if "usage" in fields:
        fields["usage"] = Usage(**fields["usage"])
    if data["type"] == MemoryRecalled.type:
        fields["memories"] = tuple(RecalledMemory(**memory) for memory in fields["memories"])
    if data["type"] == TurnFinished.type:
        fields["sources"] = tuple(Source(**source) for source in fields["sources"])
        fields["suggestions"] = tuple(fields["suggestions"])
    return cast("TurnEvent", _TYPES[data["type"]](**fields))
