"""Looking after memories: listing, seeing what they were, undoing, putting in place, forgetting."""

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.exc import IntegrityError

from sophia.kit.clock import Clock
from sophia.kit.ids import MemoryId
from sophia.kit.page import cut, decode_cursor
from sophia.memory import choosing, drafts, history, repository, spaces
from sophia.memory.drafts import NOWHERE, Keeping, Origin
from sophia.memory.errors import (
    ChangeMissingError,
    FilterEmptyError,
    MemoryGuardedError,
    MemoryMissingError,
    MemoryTwiceError,
    NotLearnedError,
    PreviewStaleError,
    ValidityBackwardsError,
)
from sophia.memory.history import Hand
from sophia.memory.schemas import ListedMemory, MemoryFilter, MemoryIn, MemoryOut, Place, ScopeOut
from sophia.memory.screening import PLAIN_SCREEN, Screen, Screening
from sophia.memory.service import SERVER, locked, stored
from sophia.memory.showing import share_of, shown, whole
from sophia.memory.spaces import Home
from sophia.memory.upkeep_schemas import (
    MAX_FORGOTTEN,
    ChangeOut,
    ForgetIn,
    ForgetPreview,
    HistoryOut,
    LearningIn,
    LearningOut,
    ListQuery,
    MemoryLinkIn,
    MemoryPage,
    SupersededOut,
    SupersedeIn,
    UndoneOut,
    VersionOut,
)
from sophia.store.database import Database, Reader, Writer
from sophia.store.user_database import UserDatabase

_SHOWN_CHANGES = 50
_SHOWN_FORGOTTEN = 10
_FORGOTTEN_AT_ONCE = 1_000
_LEARNED = frozenset({"learned", "untrusted"})


class MemoryUpkeep:
    """Looks after one owner's memories, and those that the owner shares."""

    def __init__(
        self,
        owned: UserDatabase,
        everybodys: Database,
        clock: Clock,
        *,
        screen: Screen = PLAIN_SCREEN,
    ) -> None:
        """Take the ways to one owner's memories and to all, the time, and what is not kept."""
        self._owned = owned
        self._everybodys = everybodys
        self._clock = clock
        self._screen = screen

    async def page(self, query: ListQuery, *, owner: str) -> MemoryPage:
        """List memories, the newest first; raises ScopeUnknownError, CursorInvalidError."""
        after = decode_cursor(query.cursor)
        async with self._owned.reading(owner) as reader:
            reach = await spaces.reach(reader, viewer=owner, scope=query.scope)
            rows = await choosing.newest(
                reader,
                wish=query,
                reach=reach,
                now=self._clock.now(),
                after=after,
                limit=query.limit + 1,
            )
            teams = await spaces.names(reader, rows)
        page = cut(rows, limit=query.limit, key=lambda row: row["id"])
        return MemoryPage(memories=_listed(page.items, teams), next_cursor=page.next_cursor)

    async def scopes(self, *, owner: str) -> list[ScopeOut]:
        """List the scopes that one may read, the shared ones first."""
        async with self._owned.reading(owner) as reader:
            return await spaces.listed(reader)

    async def history(self, id_: MemoryId, *, owner: str | None) -> HistoryOut:
        """Give what became of a memory, deleted or not; raises MemoryMissingError."""
        async with self._reading(owner) as reader:
            row = await repository.get(reader, owner=owner, id_=id_)
            changes = await history.changes(
                reader, owner=owner, memory_id=id_, limit=_SHOWN_CHANGES
            )
        if row is None and not changes:
            raise MemoryMissingError
        share = share_of(changes)
        return HistoryOut(
            memory_id=id_,
            is_deleted=row is None,
            changes=[_change_out(change, share) for change in changes],
        )

    async def restore(
        self, id_: MemoryId, *, owner: str | None, change_id: UUID | None = None
    ) -> MemoryOut:
        """Make a memory what it was before a change, the latest unless given; that is a change.

        Raises MemoryMissingError, ChangeMissingError, MemoryGuardedError, MemoryTwiceError.
        """
        hand = Hand(owner or SERVER, self._clock.now())
        try:
            async with self._transaction(owner) as writer:
                change = await history.change(writer, owner=owner, memory_id=id_, id_=change_id)
                row = await repository.get(writer, owner=owner, id_=id_)
                if change is None:
                    raise ChangeMissingError if row is not None else MemoryMissingError
                if row is not None:
                    await locked(writer, owner=owner, id_=id_)
                    await history.put_back(writer, change=change, hand=hand)
                else:
                    await self._check_keeps(writer, change, owner=owner)
                    await history.bring_back(writer, change=change, hand=hand)
                row = await locked(writer, owner=owner, id_=id_)
                teams = await spaces.names(writer, [row])
        except IntegrityError as error:
            raise MemoryTwiceError from error
        return whole(row, teams)

    async def supersede(
        self, id_: MemoryId, wish: SupersedeIn, *, owner: str, origin: Origin = NOWHERE
    ) -> SupersededOut:
        """Have something hold in a memory's place; the old one is kept for the time that it held.

        Raises MemoryMissingError, MemoryGuardedError, MemoryTwiceError, ValidityBackwardsError.
        """
        now = self._clock.now()
        async with self._owned.transaction(owner) as writer:
            row = await locked(writer, owner=owner, id_=id_)
            since = wish.valid_from or now
            if row["valid_from"] is not None and since <= row["valid_from"]:
                raise ValidityBackwardsError
            other = wish.by_memory_id or await self._stored_beside(
                writer, row, wish, author=owner, origin=origin
            )
            if other == id_:
                raise MemoryTwiceError
            following = await locked(writer, owner=owner, id_=other)
            await history.record(writer, ids=[id_], deed="superseded", hand=Hand(owner, now))
            await repository.end_validity(writer, id_=id_, until=since, by=other, now=now)
            row = await locked(writer, owner=owner, id_=id_)
            teams = await spaces.names(writer, [row, following])
        return SupersededOut(superseded=whole(row, teams), memory=whole(following, teams))

    async def undo(self, id_: MemoryId, *, owner: str) -> UndoneOut:
        """Forget what was learned, and have what it took the place of hold again.

        It can be restored as after `delete`. Raises MemoryMissingError, MemoryGuardedError,
        NotLearnedError.
        """
        hand = Hand(owner, self._clock.now())
        async with self._owned.transaction(owner) as writer:
            row = await locked(writer, owner=owner, id_=id_)
            if row["trust"] not in _LEARNED:
                raise NotLearnedError
            restored: list[UUID] = []
            if row["superseded_by"] is not None:
                await repository.pass_on(writer, id_=id_, to=row["superseded_by"])
            for earlier in await repository.before(writer, id_=id_):
                change = await history.latest(writer, memory_id=earlier, deed="superseded")
                if change is not None:
                    await history.put_back(writer, change=change, hand=hand)
                    restored.append(earlier)
            await history.record(writer, ids=[id_], deed="deleted", hand=hand)
            await repository.remove(writer, ids=[id_])
        return UndoneOut(memory_id=id_, restored=restored)

    async def learning(self, *, owner: str) -> LearningOut:
        """Say whether something is kept of what somebody says without being asked for."""
        async with self._owned.reading(owner) as reader:
            return LearningOut(is_on=await repository.learns_of(reader, owner=owner))

    async def let_learn(self, wish: LearningIn, *, owner: str) -> LearningOut:
        """Have it kept or not; what was learned stays."""
        async with self._owned.single_write(owner) as writer:
            await repository.let_learn(writer, owner=owner, is_on=wish.is_on)
        return LearningOut(is_on=wish.is_on)

    async def link(self, id_: MemoryId, wish: MemoryLinkIn, *, owner: str) -> None:
        """Say that a memory has to do with another; raises MemoryMissingError, MemoryGuardedError.

        Saying it twice, and taking away what is not there, changes nothing.
        """
        async with self._owned.transaction(owner) as writer:
            row = await locked(writer, owner=owner, id_=id_)
            if await repository.get(writer, owner=owner, id_=MemoryId(wish.other_id)) is None:
                raise MemoryMissingError
            ends = {"from_id": id_, "to_id": wish.other_id, "relation": wish.relation}
            if wish.is_removed:
                await repository.unlink(writer, ends=ends)
            else:
                link = {**ends, "owner": row["owner"], "created_at": self._clock.now()}
                await repository.link(writer, link=link)

    async def preview(self, wish: MemoryFilter, *, owner: str) -> ForgetPreview:
        """Show what a filter would forget; raises FilterEmptyError, ScopeUnknownError."""
        async with self._owned.reading(owner) as reader:
            ids = await self._chosen(reader, wish, owner=owner)
            kept = ids[:MAX_FORGOTTEN]
            latest = kept[-_SHOWN_FORGOTTEN:][::-1]
            rows = await repository.these(reader, ids=latest)
            teams = await spaces.names(reader, list(rows.values()))
        return ForgetPreview(
            count=len(kept),
            is_more=len(ids) > MAX_FORGOTTEN,
            confirmation=_confirmation(kept),
            memories=_listed([rows[id_] for id_ in latest if id_ in rows], teams),
        )

    async def forget(self, wish: ForgetIn, *, owner: str) -> int:
        """Forget what was previewed, unless it has changed since; says how many there were.

        Each can be restored, as after `delete`. Raises PreviewStaleError and what preview does.
        """
        async with self._owned.reading(owner) as reader:
            ids = (await self._chosen(reader, wish, owner=owner))[:MAX_FORGOTTEN]
        if _confirmation(ids) != wish.confirmation:
            raise PreviewStaleError
        forgotten = 0
        for start in range(0, len(ids), _FORGOTTEN_AT_ONCE):
            async with self._owned.transaction(owner) as writer:
                there = await choosing.lock(writer, ids=ids[start : start + _FORGOTTEN_AT_ONCE])
                hand = Hand(owner, self._clock.now())
                await history.record(writer, ids=there, deed="deleted", hand=hand)
                await repository.remove(writer, ids=there)
            forgotten += len(there)
        return forgotten

    async def _chosen(self, reader: Reader, wish: MemoryFilter, *, owner: str) -> list[UUID]:
        named = wish.model_dump(include=set(MemoryFilter.model_fields), exclude_defaults=True)
        if not named.keys() - {"include_past"}:
            raise FilterEmptyError
        reach = await spaces.reach(reader, viewer=owner, scope=wish.scope)
        return await choosing.changeable(
            reader,
            wish=wish,
            reach=reach,
            now=self._clock.now(),
            viewer=owner,
            limit=MAX_FORGOTTEN + 1,
        )

    async def _stored_beside(
        self, writer: Writer, row: RowMapping, wish: SupersedeIn, *, author: str, origin: Origin
    ) -> UUID:
        """Store what holds now where the old memory is, filed as that one is."""
        memory = MemoryIn.model_validate(
            {
                "content": wish.content,
                "valid_from": wish.valid_from,
                **{name: row[name] for name in ("category", "tags", "kind")},
            }
        )
        keeping = Keeping(
            Home(row["owner"], row["scope"]), author, origin, self._clock.now(), entity=None
        )
        draft = drafts.draft(memory, Place(), keeping, Screening(self._screen))
        ids, _ = await stored(writer, [draft], now=self._clock.now())
        return ids[draft.key]

    async def _check_keeps(self, reader: Reader, change: RowMapping, *, owner: str | None) -> None:
        if owner is not None and not await history.may_keep(
            reader, owner=change["owner"], author=change["author"]
        ):
            raise MemoryGuardedError

    def _reading(self, owner: str | None) -> AbstractAsyncContextManager[Reader]:
        return self._everybodys.reading() if owner is None else self._owned.reading(owner)

    def _transaction(self, owner: str | None) -> AbstractAsyncContextManager[Writer]:
        return self._everybodys.transaction() if owner is None else self._owned.transaction(owner)


def _listed(rows: Sequence[RowMapping], teams: Mapping[str, str]) -> list[ListedMemory]:
    share = share_of(rows)
    return [
        ListedMemory(
            **shown(row, teams, share=share),
            created_at=row["created_at"],
            updated_at=row["updated_at"],
        )
        for row in rows
    ]


def _change_out(change: RowMapping, share: int) -> ChangeOut:
    before: dict[str, Any] | None = change["before"]
    if before is not None and len(before["content"].encode()) > share:
        cut_content = before["content"].encode()[:share].decode(errors="ignore")
        before = {**before, "content": f"{cut_content}…"}
    return ChangeOut(
        change_id=change["id"],
        deed=change["deed"],
        actor=change["actor"],
        at=change["at"],
        before=VersionOut.model_validate(before) if before is not None else None,
    )


def _confirmation(ids: Sequence[UUID]) -> str:
    return hashlib.sha256(b"".join(id_.bytes for id_ in ids)).hexdigest()[:32]
