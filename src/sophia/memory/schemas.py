"""The shapes of memories: what goes in, what is found."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sophia.memory.fields import (
    MAX_BATCH,
    MOMENT,
    Category,
    Content,
    Kind,
    Metadata,
    Moment,
    Name,
    Query,
    Scope,
    SearchLimit,
    Share,
    Tags,
    Trust,
    TtlSeconds,
    YesNo,
)

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
                self.occurred_at = MOMENT.validate_python(self.metadata["occurred_at"])
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
    kind: Kind = "note"
    document: Name | None = Field(default=None, description="The document that it is from.")
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    ttl_s: TtlSeconds | None = None

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
    kind: Kind | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    ttl_s: TtlSeconds | None = None
    unchanged_since: Moment | None = Field(
        default=None, description="The updated_at that was seen: refused if it is another by now."
    )


class MemoryFilter(BaseModel):
    """Which memories are meant; without a word, all that are true now."""

    model_config = ConfigDict(extra="forbid")

    scope: Scope | None = None
    category: Category | None = None
    kind: Kind | None = None
    trust: Trust | None = Field(
        default=None, description="learned: what was kept of talks without being asked for."
    )
    tags: Tags = Field(default=[], description="Only memories that carry all of these.")
    speaker: Name | None = Field(default=None, description="Who said it.")
    conversation: Name | None = None
    document: Name | None = None
    since: Moment | None = Field(default=None, description="What happened then or later.")
    until: Moment | None = Field(default=None, description="What happened before.")
    as_of: Moment | None = Field(default=None, description="What held at that time.")
    include_past: YesNo = Field(default=False, description="With what holds no more.")


class SearchQuery(MemoryFilter):
    """What is looked for, and within what."""

    query: Query
    limit: SearchLimit = 10
    threshold: Share = Field(
        default=0.05, description="Leave out what scores less; 0 keeps every match."
    )


class OriginOut(BaseModel):
    """Where a memory comes from."""

    speaker: str | None = None
    conversation: str | None = None
    position: int | None = Field(default=None, description="Its place in the conversation.")
    turn_id: str | None = Field(
        default=None, description="The turn of Sophia in which it was stored."
    )
    document: str | None = None
    document_id: UUID | None = Field(default=None, description="What get_document takes.")
    page: int | None = Field(default=None, description="Of the document, from 1.")
    heading: str | None = Field(default=None, description="Under which it stands there.")


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
    source: OriginOut
    occurred_at: datetime = Field(description="When it happened, else when it was stored.")
    kind: Kind
    trust: Trust = Field(description="untrusted: the words of strangers.")
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    superseded_by: UUID | None = Field(default=None, description="What holds in its place.")

    @property
    def has_untrusted(self) -> bool:
        """Say whether these are strangers' words."""
        return self.trust == "untrusted"


class Several[M: _Shown](BaseModel):
    """What gives several memories."""

    memories: list[M]

    @property
    def has_untrusted(self) -> bool:
        """Say whether strangers' words are among them."""
        return any(memory.has_untrusted for memory in self.memories)


class LinkOut(BaseModel):
    """Another memory that this one has to do with."""

    memory_id: UUID
    relation: str
    is_from_here: bool = Field(description="False: the other one says it of this one.")


class ListedMemory(_Shown):
    """A memory in a list."""

    created_at: datetime
    updated_at: datetime


class MemoryOut(ListedMemory):
    """A memory as a whole."""

    expires_at: datetime | None = None
    content_hash: str = Field(description="SHA-256 of the content.")
    links: list[LinkOut] = []
    redacted: list[str] = Field(default=[], description="What was taken out before storing.")


Signal = Literal["meaning", "neighbours", "speaker", "date", "time"]


class Why(BaseModel):
    """Why a memory was found."""

    terms: list[str] = Field(description="The words of the query that stand in it, as stems.")
    signals: list[Signal] = Field(
        default=[],
        description="What else spoke for it: what it means, what was said around it, who said it,"
        " its date, words of time where a time was asked for.",
    )
    similarity: float | None = Field(
        default=None, description="How near its meaning is to the query's: 1 is the same."
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
    redacted: list[str] = Field(default=[], description="What was taken out before storing.")


class ScopeOut(BaseModel):
    """A scope, and how much is in it."""

    scope: str
    memories: int = 0
    is_shared: bool = False
    is_writable: bool = True


class StatsOut(BaseModel):
    """How much is remembered."""

    memories: int
    scopes: int
    conversations: int
    by_category: dict[str, int]
    first_at: datetime | None
    last_at: datetime | None
