"""What is said in a conversation, as the model, the tools and the loop see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

type Json = bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None
type JsonObject = Mapping[str, Json]


def object_of(value: Json) -> JsonObject:
    """Give a value that should be an object; anything else counts as an empty one."""
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to run a tool. `malformed` holds arguments that were no JSON object."""

    id: str
    name: str
    arguments: JsonObject
    malformed: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered: text for the model, JSON if the tool gives it. A failure is data."""

    call_id: str
    text: str
    structured: JsonObject | None = None
    is_error: bool = False
    is_untrusted: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message: its text or, of an image, its content; neither: left out."""

    id: str
    name: str
    media_type: str
    text: str | None = None
    content: bytes | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class UserMessage:
    """What the person said. Untrusted when part of it is, or may be, of somebody else.

    `recalled` is what the memory holds on it, a line for each memory.
    """

    text: str
    is_untrusted: bool = False
    attachments: tuple[Attachment, ...] = ()
    recalled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssistantMessage:
    """What the model said and the tools that it asked for."""

    text: str
    calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolMessage:
    """A tool's answer, handed back to the model."""

    result: ToolResult


type Message = UserMessage | AssistantMessage | ToolMessage


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool on offer. The name is `server__tool`; the schema is JSON Schema 2020-12."""

    name: str
    description: str
    input_schema: JsonObject
    title: str | None = None
    is_read_only: bool = False
    is_idempotent: bool = False
    is_destructive: bool = False
    is_open_world: bool = False
    output_schema: JsonObject | None = None
    # Arguments that HTTP repeats in headers: the path of each, and the header's own name.
    mirrored: Mapping[tuple[str, ...], str] = field(default_factory=dict[tuple[str, ...], str])
    # What to set so that its server can do it at all; such a tool is offered to nobody.
    missing: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one model call. `is_estimated` when the provider gave no figures."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0
    is_estimated: bool = False

    def __add__(self, other: "Usage") -> "Usage":
        """Add two calls up."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
            is_estimated=self.is_estimated or other.is_estimated,
        )

    @property
    def total_tokens(self) -> int:
        """Give input and output together."""
        return self.input_tokens + self.output_tokens


class FinishReason(StrEnum):
    """Why a model stopped."""

    STOP = "stop"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    FILTERED = "filtered"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of a model: the instructions, the talk so far, the tools on offer."""

    system: str
    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    # Tools that there would be, were their servers configured.
    unready: Sequence[ToolSpec] = ()
    max_output_tokens: int | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningChunk:
    """A piece of the model's reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ModelReply:
    """The last event of every model stream: the whole message as assembled from its chunks."""

    message: AssistantMessage
    finish: FinishReason
    usage: Usage = field(default_factory=Usage)


type ModelEvent = TextChunk | ReasoningChunk | ModelReply
