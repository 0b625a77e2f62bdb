"""The shapes of looking after memories: lists, histories, what is put in place, what is let go."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sophia.kit.page import MAX_LIMIT
from sophia.memory.fields import Content, Moment, Name, Trust, YesNo, no_flag
from sophia.memory.schemas import (
    FoundMemory,
    ListedMemory,
    MemoryFilter,
    MemoryOut,
    ScopeOut,
    Several,
)

MAX_FORGOTTEN = 50_000
PageLimit = Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(no_flag)]


class ListQuery(MemoryFilter):
    """Which memories to list."""

    limit: PageLimit = 50
    cursor: str | None = Field(
        default=None, max_length=64, description="The next_cursor of the page before."
    )


class MemoryPage(Several[ListedMemory]):
    """Memories, the newest first."""

    next_cursor: str | None = Field(description="Null: that was all.")


class FoundOut(Several[FoundMemory]):
    """Memories that fit, the best first."""


class ScopesOut(BaseModel):
    """Scopes, the shared ones first."""

    scopes: list[ScopeOut]


class VersionOut(BaseModel):
    """What a memory was."""

    content: str
    category: str
    tags: list[str]
    metadata: dict[str, Any]
    kind: str
    trust: Trust
    occurred_at: datetime | None
    valid_from: datetime | None
    valid_until: datetime | None


class ChangeOut(BaseModel):
    """What became of a memory, and what it was before."""

    change_id: UUID
    deed: Literal["changed", "superseded", "deleted", "restored"]
    actor: str = Field(description="The user whose doing it was.")
    at: datetime
    before: VersionOut | None = Field(description="Null: it was deleted before, and came back.")


class HistoryOut(BaseModel):
    """A memory's changes, the latest first."""

    memory_id: UUID
    is_deleted: bool
    changes: list[ChangeOut]

    @property
    def has_untrusted(self) -> bool:
        """Say whether strangers' words are among what it was."""
        return any(one.before and one.before.trust == "untrusted" for one in self.changes)


class RestoreIn(BaseModel):
    """What to undo."""

    model_config = ConfigDict(extra="forbid")

    change_id: UUID | None = Field(
        default=None, description="Of its history: it becomes what it was before that; the latest."
    )


class SupersedeIn(BaseModel):
    """What holds in a memory's place from some time on."""

    model_config = ConfigDict(extra="forbid")

    content: Content | None = Field(default=None, description="What holds now, as a new memory.")
    by_memory_id: UUID | None = Field(default=None, description="Or a memory that is there.")
    valid_from: Moment | None = Field(default=None, description="Since when; now.")

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.content is None) == (self.by_memory_id is None):
            raise ValueError("give content or by_memory_id, one of the two")
        return self


class SupersededOut(BaseModel):
    """What holds no more, and what holds in its place."""

    superseded: MemoryOut
    memory: MemoryOut

    @property
    def has_untrusted(self) -> bool:
        """Say whether one of them is strangers' words."""
        return self.superseded.has_untrusted or self.memory.has_untrusted


class UndoneOut(BaseModel):
    """What was learned and is forgotten, and what holds again because of that."""

    memory_id: UUID
    restored: list[UUID]


class LearningOut(BaseModel):
    """Whether something is kept of what one says without being asked for."""

    is_on: bool


class LearningIn(BaseModel):
    """Whether something is to be kept of what one says without being asked for."""

    model_config = ConfigDict(extra="forbid")

    is_on: YesNo


class MemoryLinkIn(BaseModel):
    """What one memory has to do with another."""

    model_config = ConfigDict(extra="forbid")

    other_id: UUID
    relation: Name = Field(default="related", description="Such as supports, contradicts, part of.")
    is_removed: YesNo = Field(default=False, description="True takes the link away.")


class ForgetPreview(Several[ListedMemory]):
    """What would be forgotten, the newest of it as memories."""

    count: int
    is_more: bool = Field(description=f"There are more: {MAX_FORGOTTEN:,} go at once.")
    confirmation: str = Field(description="Pass it on to forget just these.")


class ForgetIn(MemoryFilter):
    """What to forget: the filter that was previewed, and its confirmation."""

    confirmation: str = Field(min_length=1, max_length=64)


class ForgottenOut(BaseModel):
    """How many memories were forgotten."""

    forgotten: int


class SkippedOut(BaseModel):
    """A part of an import that was left out."""

    line: int = Field(description="Of a file of lines; of another, the number of the part.")
    why: str


class ImportedOut(BaseModel):
    """What became of an import."""

    added: int = 0
    known: int = Field(default=0, description="Were there already, and were left as they are.")
    entities: int = 0
    relations: int = 0
    redacted: int = Field(default=0, description="Memories of which something was taken out.")
    skipped_count: int = 0
    skipped: list[SkippedOut] = Field(default=[], description="The first of them.")
