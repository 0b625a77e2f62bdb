"""The wire shapes of conversations and turns."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self, cast
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from sophia.attachments.schemas import MAX_PER_MESSAGE, AttachmentOut

MAX_MESSAGE_CHARS = 100_000
_MAX_DEPTH = 20
_LARGEST = 2**63 - 1
_KEPT_CONTROLS = "\n\r\t"


def _printable(text: str) -> str:
    """Refuse control characters and lone surrogates, which no database stores."""
    for character in text:
        if (character < " " and character not in _KEPT_CONTROLS) or character == "\x7f":
            raise ValueError(f"contains the control character U+{ord(character):04X}: leave it out")
        if "\ud800" <= character <= "\udfff":
            raise ValueError("contains half of a surrogate pair: send valid Unicode")
    return text


def _storable(metadata: dict[str, Any]) -> dict[str, Any]:
    """Refuse what JSON in a database cannot hold: deep nesting, numbers and texts out of range."""
    level: list[Any] = [metadata]
    for _ in range(_MAX_DEPTH):
        inside: list[Any] = []
        for value in level:
            match value:
                case dict():
                    inside += [*cast("dict[str, Any]", value).values()]
                    inside += [*cast("dict[str, Any]", value)]
                case list():
                    inside += cast("list[Any]", value)
                case str():
                    _printable(value)
                case int() | float() if not -_LARGEST <= value <= _LARGEST:
                    raise ValueError("contains a number that JSON cannot carry: send it as text")
                case _:
                    pass
        level = inside
    if level:
        raise ValueError(f"is nested deeper than {_MAX_DEPTH} levels: make it flatter")
    return metadata


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty: write something")
    return text


# What the validators hold, for the OpenAPI description: they say more clearly what is wrong.
_PLAIN = r"[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
_INK = r"[^\s\x00-\x1f\x7f\x85]"
_PRINTABLE = {"pattern": f"^{_PLAIN}*$"}
_NOT_BLANK = {"pattern": f"^{_PLAIN}*{_INK}{_PLAIN}*$"}

type Label = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={**_PRINTABLE}),
    AfterValidator(_printable),
]
type Title = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={**_NOT_BLANK}),
    AfterValidator(_printable),
    AfterValidator(_not_blank),
]
type MessageText = Annotated[
    str,
    Field(min_length=1, max_length=MAX_MESSAGE_CHARS, json_schema_extra={**_NOT_BLANK}),
    AfterValidator(_printable),
    AfterValidator(_not_blank),
]
type Metadata = Annotated[dict[str, Any], Field(max_length=50), AfterValidator(_storable)]
type Attachments = Annotated[list[UUID], Field(max_length=MAX_PER_MESSAGE)]
type Status = Literal["queued", "running", "awaiting_approval", "done", "failed", "stopped"]


class ChatIn(BaseModel):
    """A message to Sophia."""

    model_config = ConfigDict(extra="forbid")

    message: MessageText
    session_id: UUID | None = Field(None, description="The conversation; none begins a new one.")
    after: UUID | None = Field(
        default=None, description="The turn of it to follow on; the newest one unless given."
    )
    context: Label = "general"
    stream: StrictBool = Field(default=False, description="Answer as a stream of events.")
    metadata: Metadata | None = None
    model: Label | None = Field(None, description="One of GET /api/v1/models.")
    tools: list[Label] | None = Field(
        None, max_length=200, description="The tools to offer; all of them unless given."
    )
    attachments: Attachments = Field(
        default=[], description="Of POST /api/v1/attachments: files that go with it."
    )
    user_id: str | None = Field(
        default=None, max_length=200, description="Ignored: the credentials say who is asking."
    )

    @model_validator(mode="after")
    def _stands_somewhere(self) -> Self:
        if self.after is not None and self.session_id is None:
            raise ValueError("after needs session_id: name the conversation of that turn")
        return self


class AgainIn(BaseModel):
    """A turn's message to be said again, or what to say in its place."""

    model_config = ConfigDict(extra="forbid")

    message: MessageText | None = Field(None, description="The same one unless given.")
    stream: StrictBool = Field(default=False, description="Answer as a stream of events.")
    model: Label | None = Field(None, description="One of GET /api/v1/models.")
    tools: list[Label] | None = Field(
        None, max_length=200, description="The tools to offer; all of them unless given."
    )


class SourceOut(BaseModel):
    """Where an answer comes from."""

    type: str
    name: str
    confidence: float


class UsageOut(BaseModel):
    """Tokens of a turn."""

    input_tokens: int
    output_tokens: int
    cached_input_tokens: int
    reasoning_tokens: int
    is_estimated: bool


class ChatMetadataOut(BaseModel):
    """How an answer came about."""

    user_id: UUID
    session_id: UUID
    context: str
    processing_time: float = Field(description="Seconds from the message to the answer.")
    turn_id: UUID
    model: str
    usage: UsageOut


class ChatOut(BaseModel):
    """Sophia's answer."""

    response: str
    sources: list[SourceOut]
    suggestions: list[str]
    metadata: ChatMetadataOut
    timestamp: datetime


class CallApprovalOut(BaseModel):
    """A question for approval and, once there is one, the answer."""

    approval_id: UUID
    tool_class: str
    reason: str
    expires_at: datetime
    decision: str | None


class ToolCallOut(BaseModel):
    """A tool call and its outcome, once there is one."""

    call_id: str
    tool: str
    arguments: dict[str, Any]
    text: str | None
    structured: dict[str, Any] | None
    is_error: bool
    duration_s: float | None
    response_offset: int = Field(description="Characters of the response said before the call.")
    approval: CallApprovalOut | None


class TurnErrorOut(BaseModel):
    """Why a turn failed."""

    code: str
    message: str


class TurnOut(BaseModel):
    """One message and what came of it."""

    turn_id: UUID
    session_id: UUID
    parent_turn_id: UUID | None = Field(
        description="The turn that it follows on; turns with the same one are versions."
    )
    status: Status
    message: str
    context: str
    attachments: list[AttachmentOut]
    response: str
    reasoning: str
    tool_calls: list[ToolCallOut]
    sources: list[SourceOut]
    suggestions: list[str]
    model: str | None
    usage: UsageOut
    error: TurnErrorOut | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class TurnPageOut(BaseModel):
    """Turns, newest first."""

    items: list[TurnOut]
    next_cursor: str | None


class ConversationIn(BaseModel):
    """A conversation to begin."""

    model_config = ConfigDict(extra="forbid")

    title: Title | None = Field(None, description="The first words said unless given.")


class ConversationChangeIn(BaseModel):
    """What to change of a conversation."""

    model_config = ConfigDict(extra="forbid")

    title: Title


class ConversationOut(BaseModel):
    """A conversation."""

    session_id: UUID
    title: str
    is_title_provisional: bool = Field(
        description="The first words: the model may name it soon, unless a person does."
    )
    created_at: datetime
    imported_at: datetime | None = Field(description="When it was made from a file, if it was.")
    updated_at: datetime
    active_turn_id: UUID | None


class ConversationPageOut(BaseModel):
    """Conversations, the last used first."""

    items: list[ConversationOut]
    next_cursor: str | None
