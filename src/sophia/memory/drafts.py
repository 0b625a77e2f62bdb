"""Memories as they are to be stored: screened, with what makes them the same, and their index."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping

from sophia.kit.ids import MemoryId, uuid7
from sophia.memory.errors import ValidityBackwardsError
from sophia.memory.fields import Trust
from sophia.memory.repository import ChangedMemory, MemoryDraft
from sophia.memory.schemas import ConversationIn, MemoryIn, Place
from sophia.memory.screening import Screening
from sophia.memory.spaces import Home

# What a correction may change, as it is called in a row.
CHANGED_BY_NAME = (
    "content",
    "category",
    "tags",
    "metadata",
    "occurred_at",
    "kind",
    "valid_from",
    "valid_until",
)


@dataclass(frozen=True, slots=True)
class Origin:
    """In which conversation and turn of Sophia, on whose word and how, something is stored."""

    speaker: str | None = None
    conversation: str | None = None
    turn_id: str | None = None
    trust: Trust = "told"


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class Entity:
    """What a memory is said of, if it is an observation."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Keeping:
    """Where, by whom and when memories are kept."""

    home: Home
    author: str
    origin: Origin
    now: datetime
    entity: Entity | None = None


def draft(memory: MemoryIn, place: Place, keeping: Keeping, screening: Screening) -> MemoryDraft:
    """Make a draft of a memory; raises NotToBeKeptError, ValidityBackwardsError."""
    _check_order(memory.valid_from, memory.valid_until)
    kept = screened(memory, screening)
    origin, entity = keeping.origin, keeping.entity
    speaker = screening.optional(place.speaker) or origin.speaker
    conversation = place.conversation or origin.conversation
    about = entity.name if entity else None
    return MemoryDraft(
        id=MemoryId(uuid7()),
        owner=keeping.home.owner,
        author=keeping.author,
        scope=keeping.home.scope,
        content=kept.content,
        fingerprint=_fingerprint(
            kept.content,
            kept.external_id,
            Place(conversation=conversation, position=place.position),
            about=about,
        ),
        category=kept.category,
        tags=kept.tags,
        metadata=kept.metadata,
        external_id=kept.external_id,
        speaker=speaker,
        conversation=conversation,
        position=place.position,
        turn_id=origin.turn_id,
        occurred_at=memory.occurred_at,
        document=memory.document,
        kind=memory.kind,
        trust=origin.trust,
        valid_from=memory.valid_from,
        valid_until=memory.valid_until,
        expires_at=_expiry(memory.ttl_s, keeping.now),
        entity_id=entity.id if entity else None,
        indexed=indexed(kept.content, speaker=about or speaker, occurred_at=memory.occurred_at),
    )


def screened(memory: MemoryIn, screening: Screening) -> MemoryIn:
    """Give a memory without what is not to be kept; raises NotToBeKeptError."""
    return memory.model_copy(
        update={
            "content": screening.text(memory.content),
            "tags": [screening.text(tag) for tag in memory.tags],
            "metadata": screening.json(memory.metadata),
            "external_id": screening.optional(memory.external_id),
            "document": screening.optional(memory.document),
        }
    )


def correction(
    row: RowMapping, asked: Mapping[str, Any], screening: Screening, *, now: datetime
) -> ChangedMemory:
    """Lay changes over what is stored, and index it anew. The source stays what it is.

    Raises NotToBeKeptError, ValidityBackwardsError.
    """
    whole = {name: asked.get(name, row[name]) for name in CHANGED_BY_NAME}
    memory = screened(MemoryIn.model_validate(whole), screening)
    _check_order(memory.valid_from, memory.valid_until)
    place = Place(conversation=row["conversation"], position=row["position"])
    about = row["entity_name"]
    return ChangedMemory(
        content=memory.content,
        fingerprint=_fingerprint(memory.content, row["external_id"], place, about=about),
        category=memory.category,
        tags=memory.tags,
        metadata=memory.metadata,
        occurred_at=memory.occurred_at,
        kind=memory.kind,
        valid_from=memory.valid_from,
        valid_until=memory.valid_until,
        expires_at=_expiry(asked.get("ttl_s"), now) or row["expires_at"],
        indexed=indexed(
            memory.content,
            speaker=about or source_of(row["document"], row["heading"]) or row["speaker"],
            occurred_at=memory.occurred_at,
        ),
    )


def placed(place: Place, *, conversation: str, speaker: str, number: int) -> Place:
    """Give the place of one message of a conversation."""
    position = (place.position or 0) + number
    return replace(place, speaker=speaker, conversation=conversation, position=position)


def name_of(conversation: ConversationIn) -> str:
    """Name a conversation that has no name after what is said in it."""
    return _digest([[said.role, said.speaker, said.content] for said in conversation.messages]).hex


def source_of(document: str | None, heading: str | None) -> str | None:
    """Give what a passage is found by beside its own words; nothing for what is none."""
    return f"{document} {heading}" if heading is not None else None


def indexed(content: str, *, speaker: str | None, occurred_at: datetime | None) -> str:
    """Give the text under which a memory is found: who said it and when count as said, too."""
    date = f"{occurred_at.day} {occurred_at:%B %Y}" if occurred_at else ""
    return f"{date} {speaker or ''}\n{content}"


def _fingerprint(content: str, external_id: str | None, place: Place, *, about: str | None) -> UUID:
    """Give what makes it the same memory: its text, its key outside, its place if it has one.

    A conversation alone is no place: what is said again in another one is the same memory.
    """
    where = [place.conversation, place.position] if place.position is not None else None
    said = [content, external_id, where]
    return _digest(said if about is None else [*said, about])


def _digest(value: list[Any]) -> UUID:
    return UUID(bytes=hashlib.sha256(orjson.dumps(value)).digest()[:16])


def _expiry(ttl_s: int | None, now: datetime) -> datetime | None:
    return now + timedelta(seconds=ttl_s) if ttl_s is not None else None


def _check_order(since: datetime | None, until: datetime | None) -> None:
    if since is not None and until is not None and until <= since:
        raise ValidityBackwardsError
