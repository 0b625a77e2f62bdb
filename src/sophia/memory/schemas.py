"""The shapes of memories: what goes in, what is found."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, cast, get_args
from uuid import UUID

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)

MAX_CONTENT_BYTES = 32 * 1024
MAX_METADATA_BYTES = 8 * 1024
MAX_BATCH = 500
MAX_TAGS = 50
MAX_LIMIT = 50
MAX_QUERY_CHARS = 8_000

Category = Literal["general", "technical", "business", "personal", "project", "learning"]
CATEGORIES: tuple[str, ...] = get_args(Category)

# What no database stores, and no reader sees: C0 controls but tab and line ends, DELETE, halves of
# surrogate pairs.
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def _storable(value: Any) -> Any:
    """Leave out what cannot be stored, however deep it stands."""
    try:
        return _stripped(value)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error


def _stripped(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("", value)
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return {_stripped(key): _stripped(one) for key, one in pairs}
    if isinstance(value, list):
        return [_stripped(one) for one in cast("list[Any]", value)]
    return value


def _not_blank(text: str) -> str:
    stripped = text.strip()
    if not stripped:
        raise ValueError("is empty: write what is meant")
    return stripped


def _bounded_content(text: str) -> str:
    size = len(text.encode())
    if size > MAX_CONTENT_BYTES:
        raise ValueError(
            f"is {size:,} bytes long and at most {MAX_CONTENT_BYTES:,} are kept:"
            " split it into several memories"
        )
    return text


def _bounded_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(orjson.dumps(metadata))
    except TypeError as error:
        raise ValueError("cannot be stored: numbers must fit 64 bits, depth 200") from error
    if size > MAX_METADATA_BYTES:
        raise ValueError(
            f"is {size:,} bytes of JSON and at most {MAX_METADATA_BYTES:,} are kept:"
            " put long texts into the content"
        )
    return metadata


def _distinct(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Content = Annotated[
    str,
    BeforeValidator(_storable),
    AfterValidator(_not_blank),
    AfterValidator(_bounded_content),
    Field(min_length=1, description="The text, kept word for word."),
]
Query = Annotated[
    str,
    BeforeValidator(_storable),
    AfterValidator(_not_blank),
    Field(min_length=1, max_length=MAX_QUERY_CHARS, description="A question, or words to find."),
]
Name = Annotated[
    str, BeforeValidator(_storable), AfterValidator(_not_blank), Field(min_length=1, max_length=200)
]
Scope = Annotated[
    str,
    BeforeValidator(_storable),
    Field(max_length=200, description="A namespace of your choice."),
]
Tags = Annotated[
    list[Annotated[Name, Field(max_length=100)]],
    AfterValidator(_distinct),
    Field(max_length=MAX_TAGS),
]
Metadata = Annotated[dict[str, Any], BeforeValidator(_storable), AfterValidator(_bounded_metadata)]
Moment = Annotated[
    datetime, AfterValidator(_with_zone), Field(description="ISO 8601; UTC unless it says.")
]

_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
_POSITION = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Place:
    """Who said something, and where in which conversation."""

    speaker: str | None = None
    conversation: str | None = None
    position: int | None = None


def _text_of(value: Any) -> str | None:
    """Read a name out of metadata: a number counts, anything deeper or longer does not."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip()[:200] or None


class _Placed(BaseModel):
    """Something whose metadata may say who said it, when, and where in which conversation."""

    model_config = ConfigDict(extra="forbid")

    metadata: Metadata = Field(
        default={},
        description="Anything; session, turn, speaker and occurred_at are understood as"
        " conversation, position, who said it and when.",
    )
    occurred_at: Moment | None = None

    @model_validator(mode="after")
    def _read_the_date(self) -> Self:
        if self.occurred_at is None and self.metadata.get("occurred_at") is not None:
            try:
                self.occurred_at = _MOMENT.validate_python(self.metadata["occurred_at"])
            except ValidationError as error:
                raise ValueError("metadata.occurred_at is no ISO 8601 date and time") from error
        return self

    @property
    def place(self) -> Place:
        """Give who said it, and where, as far as the metadata tells."""
        turn = _text_of(self.metadata.get("turn"))
        return Place(
            speaker=_text_of(self.metadata.get("speaker")),
            conversation=_text_of(self.metadata.get("session")),
            position=int(turn) if turn is not None and _POSITION.fullmatch(turn) else None,
        )


class MemoryIn(_Placed):
    """One thing worth keeping."""

    content: Content
    category: Category = "general"
    tags: Tags = []
    scope: Scope = ""
    external_id: Name | None = Field(default=None, description="Your own key for it.")

    @model_validator(mode="after")
    def _read_the_key(self) -> Self:
        if self.external_id is None:
            self.external_id = _text_of(self.metadata.get("external_id"))
        return self


class MessageIn(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="forbid")

    role: Name = "user"
    content: Content
    speaker: Name | None = Field(default=None, description="Who said it; the role unless given.")
    occurred_at: Moment | None = None


class ConversationIn(_Placed):
    """A conversation; what is said about it as a whole holds for each message."""

    messages: list[MessageIn] = Field(min_length=1, max_length=MAX_BATCH)


class MemoryChanges(BaseModel):
    """What is to be different about a memory; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    content: Content | None = None
    category: Category | None = None
    tags: Tags | None = None
    metadata: Metadata | None = Field(default=None, description="Replaces the metadata as a whole.")
    occurred_at: Moment | None = None


class SearchQuery(BaseModel):
    """What is looked for, and within what."""

    model_config = ConfigDict(extra="forbid")

    query: Query
    scope: Scope | None = None
    category: Category | None = None
    tags: Tags = Field(default=[], description="Only memories that carry all of these.")
    limit: int = Field(default=10, ge=1, le=MAX_LIMIT)
    threshold: float = Field(
        default=0.1, ge=0, le=1, description="Leave out what scores less; 0 keeps every match."
    )


class SourceOut(BaseModel):
    """Where a memory comes from."""

    speaker: str | None = None
    conversation: str | None = None
    position: int | None = Field(default=None, description="Its place in the conversation.")
    turn_id: str | None = Field(
        default=None, description="The turn of Sophia in which it was stored."
    )


class _Shown(BaseModel):
    """What every answer tells of a memory."""

    memory_id: UUID
    external_id: str | None = None
    content: str
    is_truncated: bool = Field(
        default=False, description="Cut to keep the answer short: get_memory gives all of it."
    )
    category: str
    tags: list[str]
    scope: str
    metadata: dict[str, Any]
    source: SourceOut
    occurred_at: datetime = Field(description="When it happened, else when it was stored.")


class MemoryOut(_Shown):
    """A memory as a whole."""

    created_at: datetime
    updated_at: datetime


Signal = Literal["neighbours", "speaker", "date", "time"]


class Why(BaseModel):
    """Why a memory was found."""

    terms: list[str] = Field(description="The words of the query that stand in it, as stems.")
    signals: list[Signal] = Field(
        default=[],
        description="What else spoke for it: what was said around it, who said it, its date, words"
        " of time where a time was asked for.",
    )


class FoundMemory(_Shown):
    """A memory that fits a query."""

    score: float = Field(description="The share of the query's weight that it carries, 0 to 1.")
    why: Why


class SaidMemory(_Shown):
    """Something said in a conversation; scored if it was asked for."""

    score: float | None = None
    why: Why | None = None


class StoredOut(BaseModel):
    """What became of a memory that was to be stored."""

    memory_id: UUID
    external_id: str | None = None
    is_new: bool = Field(description="False: it was there already and was left as it is.")


class StatsOut(BaseModel):
    """How much is remembered."""

    memories: int
    scopes: int
    conversations: int
    by_category: dict[str, int]
    first_at: datetime | None
    last_at: datetime | None
