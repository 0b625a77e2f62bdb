"""A conversation as a file, version 1. What is added later is optional; else the version rises."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    model_validator,
)

from sophia.attachments.reading import MAX_CHARS
from sophia.attachments.schemas import MAX_PER_MESSAGE, FileName
from sophia.chat.schemas import MAX_MESSAGE_CHARS, Status

# Of a file that is read; what is written has what there is.
MAX_TURNS = 5_000
MAX_FILES = 5_000


def _in_utc(moment: datetime) -> datetime:
    """PostgreSQL knows no offset of 16 hours and more, and Python no year 0."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is no time that can be told in UTC: give another") from error


type Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
type Id = Annotated[str, Field(min_length=1, max_length=64)]
type Count = Annotated[int, Field(ge=0, le=2**53)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UsageFile(_File):
    """Tokens."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    cached_input_tokens: Count = 0
    reasoning_tokens: Count = 0
    is_estimated: StrictBool = False


class OutcomeFile(_File):
    """What a tool answered."""

    text: str
    structured: dict[str, Any] | None = None
    is_error: StrictBool = False
    duration_s: float = 0.0
    is_untrusted: StrictBool = False


class ApprovalFile(_File):
    """What a person was asked before a tool ran, and answered."""

    tool_class: str
    reason: str
    expires_at: str
    decision: str | None = None


class CallFile(_File):
    """A tool call."""

    call_id: str
    tool: str
    arguments: dict[str, Any]
    outcome: OutcomeFile | None = None
    approval: ApprovalFile | None = None


class StepFile(_File):
    """One call of the model: what it said, thought and asked for."""

    text: str = ""
    reasoning: str = ""
    calls: list[CallFile] = []
    usage: UsageFile = UsageFile()

    @model_validator(mode="after")
    def _names_each_call_once(self) -> Self:
        if len({call.call_id for call in self.calls}) < len(self.calls):
            raise ValueError("names two calls of one step alike: give each a call_id of its own")
        return self


class SourceFile(_File):
    """Where an answer comes from."""

    type: str
    name: str
    confidence: float


class FinishedFile(_File):
    """The turn was answered."""

    type: Literal["turn.finished"]
    model: str
    usage: UsageFile = UsageFile()
    sources: list[SourceFile] = []
    suggestions: list[str] = []


class FailedFile(_File):
    """The turn was not answered."""

    type: Literal["turn.failed"]
    code: str
    message: str


class StoppedFile(_File):
    """The turn was stopped."""

    type: Literal["turn.stopped"]


type EndingFile = Annotated[FinishedFile | FailedFile | StoppedFile, Field(discriminator="type")]


class AttachmentFile(_File):
    """A file that went with messages."""

    model_config = ConfigDict(extra="forbid", ser_json_bytes="base64", val_json_bytes="base64")

    id: Id
    name: FileName
    content: bytes | None = Field(
        None, description="None: with those before it, it is more than a file carries."
    )
    text: Annotated[str, Field(max_length=MAX_CHARS)] | None = Field(
        None, description="What was read of a PDF."
    )
    pages: Count | None = None
    is_cut: StrictBool = False


class TurnFile(_File):
    """A message and what came of it."""

    id: Id
    parent: Id | None = Field(None, description="The id of the turn that it follows on.")
    status: Status
    message: Annotated[str, Field(max_length=MAX_MESSAGE_CHARS)]
    context: Annotated[str, Field(max_length=200)]
    attachments: Annotated[
        list[Id], Field(max_length=MAX_PER_MESSAGE, description="Ids of files, in their order.")
    ] = []
    model: str | None = None
    steps: list[StepFile] = []
    ending: EndingFile | None = Field(None, description="None: it had not ended.")
    created_at: Moment
    started_at: Moment | None = None
    ended_at: Moment | None = None


class ConversationFile(_File):
    """A conversation with all its turns, the older before the newer."""

    format: Literal["sophia.conversation"]
    version: Literal[1]
    exported_at: Moment
    title: Annotated[str, Field(max_length=200)]
    created_at: Moment
    turns: Annotated[list[TurnFile], Field(json_schema_extra={"maxItems": MAX_TURNS})]
    attachments: Annotated[
        list[AttachmentFile], Field(json_schema_extra={"maxItems": MAX_FILES})
    ] = []

    @model_validator(mode="after")
    def _has_its_files(self) -> Self:
        known = {file.id for file in self.attachments}
        if len(known) < len(self.attachments):
            raise ValueError("holds two attachments with one id: each has one of its own")
        for turn in self.turns:
            if len(set(turn.attachments) & known) < len(turn.attachments):
                raise ValueError(f"has no attachment, or one twice, for the turn {turn.id}")
        return self

    @model_validator(mode="after")
    def _is_a_tree(self) -> Self:
        seen: set[str] = set()
        for turn in self.turns:
            if turn.id in seen:
                raise ValueError(f"holds two turns with the id {turn.id}: each has one of its own")
            if turn.parent is not None and turn.parent not in seen:
                raise ValueError(f"has the turn {turn.id} before the one that it follows on")
            seen.add(turn.id)
        return self


def components() -> dict[str, Any]:
    """Describe the file for OpenAPI, whose routes read it by themselves."""
    described = ConversationFile.model_json_schema(ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = described.pop("$defs")
    return {**parts, "ConversationFile": described}
