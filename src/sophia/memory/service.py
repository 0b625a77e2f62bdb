"""Keeping, finding, correcting and forgetting."""

import hashlib
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.kit.clock import Clock
from sophia.kit.ids import MemoryId, uuid7
from sophia.memory import repository, retrieval
from sophia.memory.errors import MemoryMissingError, MemoryTwiceError, NothingToUpdateError
from sophia.memory.question import read
from sophia.memory.ranking import Candidate, Ranking
from sophia.memory.schemas import (
    ConversationIn,
    FoundMemory,
    MemoryChanges,
    MemoryIn,
    MemoryOut,
    Place,
    SaidMemory,
    SearchQuery,
    SourceOut,
    StatsOut,
    StoredOut,
    Why,
)
from sophia.store.database import Database, Reader, Writer
from sophia.store.user_database import UserDatabase

# A reply that lists memories holds at most this much of their texts, shared out evenly.
_REPLY_BYTES = 48 * 1024
_SHARE_BYTES = 800


@dataclass(frozen=True, slots=True)
class Origin:
    """In which conversation and turn of Sophia, and on whose word, something is stored."""

    speaker: str | None = None
    conversation: str | None = None
    turn_id: str | None = None


NOWHERE = Origin()


@dataclass(frozen=True, slots=True)
class StoredConversation:
    """What became of a conversation that was to be stored."""

    conversation: str
    memories: Sequence[StoredOut]


class MemoryService:
    """The memories of everybody, each owner's apart from all others'.

    An `owner` of None, where it is allowed, reaches the memories of every owner: that is for the
    bearer of the server's own token, who may name any owner anyway.
    """

    def __init__(self, owned: UserDatabase, everybodys: Database, clock: Clock) -> None:
        """Take the ways to one owner's memories and to all, and what tells the time."""
        self._owned = owned
        self._everybodys = everybodys
        self._clock = clock

    async def store(self, memory: MemoryIn, *, owner: str, origin: Origin = NOWHERE) -> StoredOut:
        """Keep a memory. What is there already is left as it is and its id given."""
        return (await self.store_many([memory], owner=owner, origin=origin))[0]

    async def store_many(
        self, memories: Sequence[MemoryIn], *, owner: str, origin: Origin = NOWHERE
    ) -> list[StoredOut]:
        """Keep memories, all or none of them; gives what became of each, in their order."""
        rows = [_row(memory, memory.place, origin) for memory in memories]
        return await self._keep(rows, owner=owner)

    async def store_conversation(
        self, conversation: ConversationIn, *, owner: str, origin: Origin = NOWHERE
    ) -> StoredConversation:
        """Keep each message with its place; the same conversation again changes nothing."""
        place = conversation.place
        name = place.conversation or origin.conversation or _name_of(conversation)
        rows = [
            _row(
                MemoryIn(
                    content=message.content,
                    metadata={**conversation.metadata, "role": message.role},
                    occurred_at=message.occurred_at or conversation.occurred_at,
                ),
                Place(
                    speaker=message.speaker or message.role,
                    conversation=name,
                    position=(place.position or 0) + number,
                ),
                origin,
            )
            for number, message in enumerate(conversation.messages)
        ]
        return StoredConversation(name, await self._keep(rows, owner=owner))

    async def _keep(self, rows: Sequence[repository.MemoryDraft], *, owner: str) -> list[StoredOut]:
        missing: dict[repository.Key, repository.MemoryDraft] = {
            row.key: row for row in reversed(rows)
        }
        stored: dict[repository.Key, UUID] = {}
        there: dict[repository.Key, UUID] = {}
        async with self._owned.transaction(owner) as writer:
            while missing:
                # What is neither stored nor there was deleted just now: it goes round once more.
                stored |= await repository.add(
                    writer, owner=owner, memories=list(missing.values()), now=self._clock.now()
                )
                clashing = [key for key in missing if key not in stored]
                if clashing:
                    there |= await repository.known(writer, owner=owner, keys=clashing)
                missing = {key: missing[key] for key in clashing if key not in there}
        ids = stored | there
        # Of two same ones in a batch the second is not new.
        fresh = dict.fromkeys(stored, True)
        return [
            StoredOut(
                memory_id=ids[row.key],
                external_id=row.external_id,
                is_new=fresh.pop(row.key, False),
            )
            for row in rows
        ]

    async def search(self, query: SearchQuery, *, owner: str) -> list[FoundMemory]:
        """Find memories that share words with a query, the best first."""
        async with self._owned.reading(owner) as reader:
            found = await _found(reader, owner=owner, query=query, is_conversation=False)
        share = _share(found)
        return [FoundMemory(**_shown(row, share=share), **why) for row, why in found]

    async def conversation_context(
        self, *, owner: str, query: str | None = None, limit: int = 10
    ) -> list[SaidMemory]:
        """Give what was said that fits the query, the best first; else the latest, in its order."""
        async with self._owned.reading(owner) as reader:
            if query is None:
                rows = await repository.latest_said(reader, owner=owner, limit=limit)
                return [SaidMemory(**_shown(row, share=_share(rows))) for row in reversed(rows)]
            asked = SearchQuery(query=query, limit=limit)
            found = await _found(reader, owner=owner, query=asked, is_conversation=True)
        share = _share(found)
        return [SaidMemory(**_shown(row, share=share), **why) for row, why in found]

    async def get(self, id_: MemoryId, *, owner: str | None) -> MemoryOut:
        """Give one memory as a whole; raises MemoryMissingError."""
        async with self._reading(owner) as reader:
            row = await repository.get(reader, owner=owner, id_=id_)
        if row is None:
            raise MemoryMissingError(memory_id=str(id_))
        return _whole(row)

    async def update(
        self, id_: MemoryId, changes: MemoryChanges, *, owner: str | None
    ) -> MemoryOut:
        """Change a memory; raises MemoryMissingError, MemoryTwiceError, NothingToUpdateError."""
        asked = changes.model_dump(include=set(MemoryChanges.model_fields), exclude_none=True)
        if not asked:
            raise NothingToUpdateError
        try:
            async with self._transaction(owner) as writer:
                row = await repository.lock(writer, owner=owner, id_=id_)
                if row is None:
                    raise MemoryMissingError(memory_id=str(id_))
                changed = await repository.change(
                    writer, id_=id_, memory=_changed(row, asked), now=self._clock.now()
                )
        except IntegrityError as error:
            raise MemoryTwiceError from error
        return _whole(changed)

    async def delete(self, id_: MemoryId, *, owner: str | None) -> None:
        """Forget a memory; raises MemoryMissingError."""
        async with self._transaction(owner) as writer:
            if not await repository.remove(writer, owner=owner, id_=id_):
                raise MemoryMissingError(memory_id=str(id_))

    async def stats(self, *, owner: str | None) -> StatsOut:
        """Count what is remembered."""
        async with self._reading(owner) as reader:
            row = await repository.stats(reader, owner=owner)
        return StatsOut.model_validate(dict(row))

    def _reading(self, owner: str | None) -> AbstractAsyncContextManager[Reader]:
        return self._everybodys.reading() if owner is None else self._owned.reading(owner)

    def _transaction(self, owner: str | None) -> AbstractAsyncContextManager[Writer]:
        return self._everybodys.transaction() if owner is None else self._owned.transaction(owner)


def _row(memory: MemoryIn, place: Place, origin: Origin) -> repository.MemoryDraft:
    speaker = place.speaker or origin.speaker
    conversation = place.conversation or origin.conversation
    return repository.MemoryDraft(
        id=MemoryId(uuid7()),
        scope=memory.scope,
        content=memory.content,
        fingerprint=_fingerprint(memory, conversation=conversation, position=place.position),
        category=memory.category,
        tags=memory.tags,
        metadata=memory.metadata,
        external_id=memory.external_id,
        speaker=speaker,
        conversation=conversation,
        position=place.position,
        turn_id=origin.turn_id,
        occurred_at=memory.occurred_at,
        indexed=_indexed(memory.content, speaker=speaker, occurred_at=memory.occurred_at),
    )


def _changed(row: RowMapping, asked: dict[str, Any]) -> repository.ChangedMemory:
    """Lay the changes over what is stored, and index it anew. The source stays what it is."""
    kept = {name: row[name] for name in ("content", "category", "tags", "metadata", "occurred_at")}
    whole = {**kept, **asked}
    memory = MemoryIn(**whole, scope=row["scope"], external_id=row["external_id"])
    return repository.ChangedMemory(
        content=memory.content,
        fingerprint=_fingerprint(
            memory, conversation=row["conversation"], position=row["position"]
        ),
        category=memory.category,
        tags=memory.tags,
        metadata=memory.metadata,
        occurred_at=memory.occurred_at,
        indexed=_indexed(memory.content, speaker=row["speaker"], occurred_at=memory.occurred_at),
    )


def _fingerprint(memory: MemoryIn, *, conversation: str | None, position: int | None) -> UUID:
    """Give what makes it the same memory: its text, its key outside, its place if it has one.

    A conversation alone is no place: what is said again in another one is the same memory.
    """
    place = [conversation, position] if position is not None else None
    return _digest([memory.content, memory.external_id, place])


def _name_of(conversation: ConversationIn) -> str:
    """Name a conversation that has no name after what is said in it."""
    return _digest([[said.role, said.speaker, said.content] for said in conversation.messages]).hex


def _digest(value: list[Any]) -> UUID:
    return UUID(bytes=hashlib.sha256(orjson.dumps(value)).digest()[:16])


def _indexed(content: str, *, speaker: str | None, occurred_at: datetime | None) -> str:
    """Give the text under which a memory is found: who said it and when count as said, too."""
    date = f"{occurred_at.day} {occurred_at:%B %Y}" if occurred_at else ""
    return f"{date} {speaker or ''}\n{content}"


async def _found(
    reader: Reader, *, owner: str, query: SearchQuery, is_conversation: bool
) -> list[tuple[RowMapping, dict[str, Any]]]:
    """Give the memories that answer a query, the best first, each with why."""
    question = read(query.query)
    evidence = await retrieval.gather(
        reader, owner=owner, query=query, question=question, is_conversation=is_conversation
    )
    ranking = Ranking(question, evidence)
    beside: list[Candidate] = []
    if places := ranking.places(query.limit):
        beside = await retrieval.at_places(
            reader,
            owner=owner,
            query=query,
            question=question,
            places=places,
            is_conversation=is_conversation,
        )
    ranked = [one for one in ranking.rank(beside) if one.score >= query.threshold]
    best = {one.id: one for one in ranked[: query.limit]}
    rows = await repository.these(reader, owner=owner, ids=list(best))
    return [
        (
            rows[id_],
            {"score": round(one.score, 4), "why": Why(terms=one.terms, signals=one.signals)},
        )
        for id_, one in best.items()
        if id_ in rows
    ]


def _share(rows: Sequence[Any]) -> int:
    return max(_REPLY_BYTES // max(len(rows), 1), _SHARE_BYTES)


def _whole(row: RowMapping) -> MemoryOut:
    return MemoryOut(**_shown(row), created_at=row["created_at"], updated_at=row["updated_at"])


def _shown(row: RowMapping, *, share: int | None = None) -> dict[str, Any]:
    """Map a row to the wire's names, its long parts cut to their share of the reply."""
    content: str = row["content"]
    metadata: dict[str, Any] = row["metadata"]
    is_truncated = False
    if share is not None and len(content.encode()) > share:
        content = content.encode()[:share].decode(errors="ignore") + "…"
        is_truncated = True
    if share is not None and len(orjson.dumps(metadata)) > share:
        metadata = {}
        is_truncated = True
    if row["external_id"] is not None:
        metadata = {**metadata, "external_id": row["external_id"]}
    return {
        "memory_id": row["id"],
        "external_id": row["external_id"],
        "content": content,
        "is_truncated": is_truncated,
        "category": row["category"],
        "tags": row["tags"],
        "scope": row["scope"],
        "metadata": metadata,
        "source": SourceOut(
            speaker=row["speaker"],
            conversation=row["conversation"],
            position=row["position"],
            turn_id=row["turn_id"],
        ),
        "occurred_at": row["occurred_at"] or row["created_at"],
    }
