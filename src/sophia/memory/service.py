"""Keeping, finding, correcting and forgetting."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.kit.clock import Clock
from sophia.kit.ids import MemoryId
from sophia.memory import drafts, history, repository, retrieval, spaces
from sophia.memory.drafts import NOWHERE, Keeping, Origin
from sophia.memory.embeddings import Asked, Embeddings
from sophia.memory.errors import (
    ChangedMeanwhileError,
    MemoryGuardedError,
    MemoryMissingError,
    MemoryTwiceError,
    NothingToUpdateError,
)
from sophia.memory.history import Hand
from sophia.memory.question import read
from sophia.memory.ranking import Candidate, Ranked, Ranking
from sophia.memory.retrieval import Wish
from sophia.memory.schemas import (
    ConversationIn,
    FoundMemory,
    LinkOut,
    MemoryChanges,
    MemoryIn,
    MemoryOut,
    Place,
    SaidMemory,
    SearchQuery,
    StatsOut,
    StoredOut,
    Why,
)
from sophia.memory.screening import PLAIN_SCREEN, Screen, Screening
from sophia.memory.showing import share_of, shown, whole
from sophia.memory.spaces import Home, Reach
from sophia.store.database import Database, Reader, Writer
from sophia.store.user_database import UserDatabase

# Who changes something with the server's own token and names nobody.
SERVER = "server"
# Where not even the best match is that sure, there is no answer.
_SURE = 0.15


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

    def __init__(
        self,
        owned: UserDatabase,
        everybodys: Database,
        clock: Clock,
        *,
        screen: Screen = PLAIN_SCREEN,
        embeddings: Embeddings | None = None,
    ) -> None:
        """Take the ways to one owner's and to all memories, what is not kept, and what embeds."""
        self._owned = owned
        self._everybodys = everybodys
        self._clock = clock
        self._screen = screen
        self._embeddings = embeddings

    async def store(self, memory: MemoryIn, *, owner: str, origin: Origin = NOWHERE) -> StoredOut:
        """Keep a memory. What is there already is left as it is and its id given."""
        return (await self.store_many([memory], owner=owner, origin=origin))[0]

    async def store_many(
        self, memories: Sequence[MemoryIn], *, owner: str, origin: Origin = NOWHERE
    ) -> list[StoredOut]:
        """Keep memories, all or none of them; gives what became of each, in their order.

        Raises NotToBeKeptError, ValidityBackwardsError, ScopeUnknownError, ScopeClosedError.
        """
        placed_ = [(memory, memory.place) for memory in memories]
        return await self._keep(placed_, owner=owner, origin=origin)

    async def store_conversation(
        self, conversation: ConversationIn, *, owner: str, origin: Origin = NOWHERE
    ) -> StoredConversation:
        """Keep each message with its place; the same conversation again changes nothing."""
        place = conversation.place
        name = place.conversation or origin.conversation or drafts.name_of(conversation)
        messages = [
            (
                MemoryIn(
                    content=message.content,
                    metadata={**conversation.metadata, "role": message.role},
                    occurred_at=message.occurred_at or conversation.occurred_at,
                    kind="message",
                ),
                drafts.placed(
                    place,
                    conversation=name,
                    speaker=message.speaker or message.role,
                    number=number,
                ),
            )
            for number, message in enumerate(conversation.messages)
        ]
        kept = await self._keep(messages, owner=owner, origin=origin)
        return StoredConversation(name, kept)

    async def _keep(
        self, memories: Sequence[tuple[MemoryIn, Place]], *, owner: str, origin: Origin
    ) -> list[StoredOut]:
        homes: dict[str, Home] = {}
        async with self._owned.transaction(owner) as writer:
            for scope in {memory.scope for memory, _ in memories}:
                homes[scope] = await spaces.home(writer, viewer=owner, scope=scope)
            rows: list[tuple[repository.MemoryDraft, list[str]]] = []
            for memory, place in memories:
                screening = Screening(self._screen)
                keeping = Keeping(homes[memory.scope], owner, origin, self._clock.now())
                row = drafts.draft(memory, place, keeping, screening)
                rows.append((row, screening.redacted))
            ids, fresh = await stored(writer, [row for row, _ in rows], now=self._clock.now())
        return [
            StoredOut(
                memory_id=ids[row.key],
                external_id=row.external_id,
                # Of two same ones in a batch the second is not new.
                is_new=fresh.pop(row.key, False),
                redacted=redacted,
            )
            for row, redacted in rows
        ]

    async def search(self, query: SearchQuery, *, owner: str) -> list[FoundMemory]:
        """Find memories that answer a query, the best first; raises ScopeUnknownError."""
        asked = await self._asked(query.query)
        async with self._owned.reading(owner) as reader:
            reach = await spaces.reach(reader, viewer=owner, scope=query.scope)
            wish = Wish(query, reach, self._clock.now(), is_conversation=False)
            found = await _found(reader, asked, wish=wish)
            teams = await spaces.names(reader, [row for row, _ in found])
        share = share_of(found)
        return [FoundMemory(**shown(row, teams, share=share), **why) for row, why in found]

    async def conversation_context(
        self, *, owner: str, query: str | None = None, limit: int = 10
    ) -> list[SaidMemory]:
        """Give what was said that fits the query, the best first; else the latest, in its order."""
        if query is None:
            async with self._owned.reading(owner) as reader:
                rows = await repository.latest_said(reader, owner=owner, limit=limit)
            share = share_of(rows)
            return [SaidMemory(**shown(row, {}, share=share)) for row in reversed(rows)]
        asked = await self._asked(query)
        wanted = SearchQuery(query=query, limit=limit)
        wish = Wish(wanted, Reach([owner]), self._clock.now(), is_conversation=True)
        async with self._owned.reading(owner) as reader:
            found = await _found(reader, asked, wish=wish)
        share = share_of(found)
        return [SaidMemory(**shown(row, {}, share=share), **why) for row, why in found]

    async def get(self, id_: MemoryId, *, owner: str | None) -> MemoryOut:
        """Give one memory as a whole; raises MemoryMissingError."""
        async with self._reading(owner) as reader:
            row = await repository.get(reader, owner=owner, id_=id_)
            if row is None:
                raise MemoryMissingError
            teams = await spaces.names(reader, [row])
            links = await repository.links(reader, id_=id_)
        return whole(row, teams, links=[LinkOut.model_validate(dict(one)) for one in links])

    async def update(
        self, id_: MemoryId, changes: MemoryChanges, *, owner: str | None
    ) -> MemoryOut:
        """Change a memory, and keep what it was.

        Raises MemoryMissingError, MemoryGuardedError, MemoryTwiceError, NothingToUpdateError,
        ChangedMeanwhileError, NotToBeKeptError, ValidityBackwardsError.
        """
        asked = changes.model_dump(include=set(MemoryChanges.model_fields), exclude_none=True)
        seen_at = asked.pop("unchanged_since", None)
        if not asked:
            raise NothingToUpdateError
        now, screening = self._clock.now(), Screening(self._screen)
        try:
            async with self._transaction(owner) as writer:
                row = await locked(writer, owner=owner, id_=id_)
                if seen_at is not None and row["updated_at"] != seen_at:
                    raise ChangedMeanwhileError
                memory = drafts.correction(row, asked, screening, now=now)
                hand = Hand(owner or SERVER, now)
                await history.record(writer, ids=[id_], deed="changed", hand=hand)
                changed = await repository.change(writer, id_=id_, memory=memory, now=now)
                teams = await spaces.names(writer, [changed])
        except IntegrityError as error:
            raise MemoryTwiceError from error
        return whole(changed, teams, redacted=screening.redacted)

    async def delete(self, id_: MemoryId, *, owner: str | None, is_for_good: bool = False) -> None:
        """Forget a memory; for good, or so that it can be restored for a while.

        Raises MemoryMissingError, MemoryGuardedError.
        """
        async with self._transaction(owner) as writer:
            await locked(writer, owner=owner, id_=id_)
            if is_for_good:
                await history.erase(writer, ids=[id_])
            else:
                hand = Hand(owner or SERVER, self._clock.now())
                await history.record(writer, ids=[id_], deed="deleted", hand=hand)
            await repository.remove(writer, ids=[id_])

    async def stats(self, *, owner: str | None) -> StatsOut:
        """Count what is remembered."""
        async with self._reading(owner) as reader:
            row = await repository.stats(reader, owner=owner)
        return StatsOut.model_validate(dict(row))

    async def _asked(self, question: str) -> Sequence[Asked]:
        return await self._embeddings.ask(question) if self._embeddings else ()

    def _reading(self, owner: str | None) -> AbstractAsyncContextManager[Reader]:
        return self._everybodys.reading() if owner is None else self._owned.reading(owner)

    def _transaction(self, owner: str | None) -> AbstractAsyncContextManager[Writer]:
        return self._everybodys.transaction() if owner is None else self._owned.transaction(owner)


async def stored(
    writer: Writer, rows: Sequence[repository.MemoryDraft], *, now: datetime
) -> tuple[dict[repository.Key, UUID], dict[repository.Key, bool]]:
    """Store what is not there yet; gives the ids of all, and which are new."""
    missing: dict[repository.Key, repository.MemoryDraft] = {row.key: row for row in reversed(rows)}
    fresh: dict[repository.Key, UUID] = {}
    there: dict[repository.Key, UUID] = {}
    while missing:
        # What is neither stored nor there was deleted just now: it goes round once more.
        fresh |= await repository.add(writer, memories=list(missing.values()), now=now)
        clashing = [key for key in missing if key not in fresh]
        if clashing:
            there |= await repository.known(writer, keys=clashing)
        missing = {key: missing[key] for key in clashing if key not in there}
    return fresh | there, dict.fromkeys(fresh, True)


async def locked(writer: Writer, *, owner: str | None, id_: UUID) -> RowMapping:
    """Give a memory that one may change, and keep others from it until the transaction ends.

    Raises MemoryMissingError, MemoryGuardedError.
    """
    row = await repository.lock(writer, owner=owner, id_=MemoryId(id_))
    if row is not None:
        return row
    if await repository.get(writer, owner=owner, id_=MemoryId(id_)) is None:
        raise MemoryMissingError
    raise MemoryGuardedError


async def find(
    reader: Reader, query: SearchQuery, *, reach: Reach, now: datetime
) -> list[tuple[RowMapping, dict[str, Any]]]:
    """Give the memories that answer a query by its words, the best first, each with why."""
    return await _found(reader, (), wish=Wish(query, reach, now, is_conversation=False))


async def _found(
    reader: Reader, asked: Sequence[Asked], *, wish: Wish
) -> list[tuple[RowMapping, dict[str, Any]]]:
    """Give the memories that answer a query, the best first, each with why."""
    query, question = wish.query, read(wish.query.query)
    evidence = await retrieval.gather(reader, wish=wish, question=question)
    if asked:
        evidence = await retrieval.with_meaning(
            reader, evidence, asked, wish=wish, question=question
        )
    ranking = Ranking(question, evidence)
    beside: list[Candidate] = []
    if places := ranking.places(query.limit):
        beside = await retrieval.at_places(reader, wish=wish, question=question, places=places)
    ranked = ranking.rank(beside)
    if not ranked or ranked[0].score < min(_SURE, 3 * query.threshold):
        return []
    best = {one.id: one for one in ranked[: query.limit] if one.score >= query.threshold}
    rows = await repository.these(reader, ids=list(best))
    return [
        (
            rows[id_],
            {"score": round(one.score, 4), "why": _why(one)},
        )
        for id_, one in best.items()
        if id_ in rows
    ]


def _why(one: Ranked) -> Why:
    similarity = None if one.similarity is None else round(one.similarity, 3)
    return Why(terms=one.terms, signals=one.signals, similarity=similarity)
