import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sophia.kit.clock import SystemClock
from sophia.kit.ids import MemoryId, uuid7
from sophia.kit.page import CursorInvalidError
from sophia.memory.errors import (
    ChangedMeanwhileError,
    ChangeMissingError,
    FilterEmptyError,
    MemoryMissingError,
    MemoryTwiceError,
    PreviewStaleError,
    ValidityBackwardsError,
)
from sophia.memory.repository import leave_conversation
from sophia.memory.schemas import MemoryChanges, MemoryFilter, MemoryIn, SearchQuery
from sophia.memory.service import MemoryService
from sophia.memory.tasks import prune
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import ForgetIn, ListQuery, MemoryLinkIn, SupersedeIn
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase

type Databases = tuple[UserDatabase, Database]


@pytest.fixture(name="owner")
def _owner() -> str:
    return str(uuid4())


async def store(memories: MemoryService, owner: str, content: str, **more: object) -> MemoryId:
    memory = MemoryIn.model_validate({"content": content, **more})
    return MemoryId((await memories.store(memory, owner=owner)).memory_id)


async def find(memories: MemoryService, owner: str, query: str, **more: object) -> list[str]:
    asked = SearchQuery.model_validate({"query": query, **more})
    return [one.content for one in await memories.search(asked, owner=owner)]


async def listed(upkeep: MemoryUpkeep, owner: str, **wish: object) -> list[str]:
    page = await upkeep.page(ListQuery.model_validate(wish), owner=owner)
    return [one.content for one in page.memories]


async def test_every_change_is_kept_with_what_was_before_and_can_be_undone(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(memories, owner, "the window is on Friday", tags=["deploy"])
    await memories.update(id_, MemoryChanges(content="the slot is on Monday"), owner=owner)
    await memories.update(id_, MemoryChanges(tags=[]), owner=owner)
    changes = (await upkeep.history(id_, owner=owner)).changes
    assert [change.before and change.before.content for change in changes] == [
        "the slot is on Monday",
        "the window is on Friday",
    ]
    assert {change.actor for change in changes} == {owner}

    undone = await upkeep.restore(id_, owner=owner)
    assert (undone.content, undone.tags) == ("the slot is on Monday", ["deploy"])
    first = await upkeep.restore(id_, owner=owner, change_id=changes[1].change_id)
    assert (first.content, first.tags) == ("the window is on Friday", ["deploy"])
    assert await find(memories, owner, "window") == ["the window is on Friday"]
    assert await find(memories, owner, "Monday") == []
    assert [change.deed for change in (await upkeep.history(id_, owner=owner)).changes] == [
        *("restored", "restored", "changed", "changed")
    ]


async def test_what_was_deleted_comes_back_whole_unless_it_was_for_good(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(
        memories, owner, "tea", external_id="7", scope="kitchen", metadata={"speaker": "Anna"}
    )
    before = await memories.get(id_, owner=owner)
    await memories.delete(id_, owner=owner)
    assert (await upkeep.history(id_, owner=owner)).is_deleted
    after = await upkeep.restore(id_, owner=owner)
    assert after.model_copy(update={"updated_at": before.updated_at}) == before
    assert await find(memories, owner, "tea", scope="kitchen") == ["tea"]

    await memories.delete(id_, owner=owner, is_for_good=True)
    with pytest.raises(MemoryMissingError):
        await upkeep.history(id_, owner=owner)
    with pytest.raises(MemoryMissingError):
        await upkeep.restore(id_, owner=owner)


async def test_what_was_told_anew_is_not_brought_back_beside_it(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(memories, owner, "tea")
    await memories.delete(id_, owner=owner)
    await store(memories, owner, "tea")

    with pytest.raises(MemoryTwiceError):
        await upkeep.restore(id_, owner=owner)


async def test_a_change_that_is_none_undoes_nothing(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(memories, owner, "tea")
    for change_id in (None, uuid7()):
        with pytest.raises(ChangeMissingError):
            await upkeep.restore(id_, owner=owner, change_id=change_id)


async def test_of_two_who_change_what_they_saw_the_second_is_told(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(memories, owner, "tea")
    seen = (await memories.get(id_, owner=owner)).updated_at
    changes = [MemoryChanges(content=text, unchanged_since=seen) for text in ("milk", "coffee")]
    told = await asyncio.gather(
        *(memories.update(id_, one, owner=owner) for one in changes), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in told) == ["ChangedMeanwhileError", "MemoryOut"]
    assert any(isinstance(one, ChangedMeanwhileError) for one in told)
    assert len((await upkeep.history(id_, owner=owner)).changes) == 1


async def test_no_change_is_lost_when_many_write_at_once(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    id_ = await store(memories, owner, "version 0")
    texts = [f"version {number}" for number in range(1, 9)]
    await asyncio.gather(
        *(memories.update(id_, MemoryChanges(content=one), owner=owner) for one in texts)
    )
    changes = (await upkeep.history(id_, owner=owner)).changes
    was = [change.before.content for change in changes if change.before is not None]

    assert sorted([*was, (await memories.get(id_, owner=owner)).content]) == ["version 0", *texts]


async def test_what_is_superseded_is_found_by_the_time_when_it_held(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    old = datetime(2024, 3, 1, tzinfo=UTC)
    id_ = await store(
        memories, owner, "Ben is on call", category="project", occurred_at=old.isoformat()
    )
    wish = SupersedeIn(content="Anna is on call", valid_from=old + timedelta(days=100))
    told = await upkeep.supersede(id_, wish, owner=owner)

    assert told.superseded.superseded_by == told.memory.memory_id
    assert (told.memory.category, told.memory.kind) == ("project", "note")
    assert await find(memories, owner, "Who is on call?") == ["Anna is on call"]
    for days, content in ((10, "Ben is on call"), (200, "Anna is on call")):
        then = old + timedelta(days=days)
        assert await find(memories, owner, "on call", as_of=then) == [content]
        assert await listed(upkeep, owner, as_of=then) == [content]
    assert await find(memories, owner, "on call", as_of=old - timedelta(days=1)) == []
    assert len(await listed(upkeep, owner, include_past=True)) == 2

    back = await upkeep.restore(id_, owner=owner)
    assert (back.valid_until, back.superseded_by) == (None, None)


async def test_what_cannot_follow_a_memory_does_not(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    begins = datetime(2024, 3, 1, tzinfo=UTC)
    id_ = await store(memories, owner, "tea", valid_from=begins)
    other = await store(memories, str(uuid4()), "coffee")
    wish = SupersedeIn(content="milk", valid_from=begins)
    with pytest.raises(ValidityBackwardsError):
        await upkeep.supersede(id_, wish, owner=owner)
    with pytest.raises(MemoryTwiceError):
        await upkeep.supersede(id_, SupersedeIn(by_memory_id=id_), owner=owner)
    with pytest.raises(MemoryMissingError):
        await upkeep.supersede(id_, SupersedeIn(by_memory_id=other), owner=owner)
    with pytest.raises(ValidityBackwardsError):
        await store(memories, owner, "milk", valid_from=begins, valid_until=begins)
    for both in ({}, {"content": "milk", "by_memory_id": other}):
        with pytest.raises(ValidationError, match="one of the two"):
            SupersedeIn.model_validate(both)
    assert await listed(upkeep, owner, include_past=True) == ["tea"]


async def test_a_memory_is_gone_when_its_time_is_over(
    memories: MemoryService, databases: Databases, owner: str
) -> None:
    await store(memories, owner, "the code is 7", ttl_s=3600)
    await store(memories, owner, "the code was 6", valid_until="2020-01-01T00:00:00Z")
    later = MemoryService(*databases, _Ahead(timedelta(hours=2)))

    assert await find(memories, owner, "code") == ["the code is 7"]
    assert await find(later, owner, "code") == []


async def test_what_is_over_and_what_was_deleted_a_month_ago_is_let_go_of(
    memories: MemoryService, upkeep: MemoryUpkeep, databases: Databases, owner: str
) -> None:
    over = await store(memories, owner, "over", ttl_s=3600)
    stays = await store(memories, owner, "stays", ttl_s=40 * 86_400)
    for id_ in (over, stays):
        await memories.update(id_, MemoryChanges(tags=["x"]), owner=owner)
    gone, back = [await store(memories, owner, text) for text in ("gone", "back")]
    for id_ in (gone, back):
        await memories.delete(id_, owner=owner)
    await upkeep.restore(back, owner=owner)
    await prune(databases[1], _Ahead(timedelta(days=29)))
    assert (await upkeep.history(gone, owner=owner)).is_deleted
    await prune(databases[1], _Ahead(timedelta(days=31)))

    for id_ in (over, gone):
        with pytest.raises(MemoryMissingError):
            await upkeep.history(id_, owner=owner)
    assert len((await upkeep.history(stays, owner=owner)).changes) == 1
    assert len((await upkeep.history(back, owner=owner)).changes) == 2


class _Ahead(SystemClock):
    def __init__(self, by: timedelta) -> None:
        self._by = by

    def now(self) -> datetime:
        return super().now() + self._by


async def test_lists_are_filtered_and_go_on_by_cursor(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    for number in range(7):
        await store(
            memories,
            owner,
            f"fact {number}",
            tags=["odd"] if number % 2 else [],
            kind="fact" if number < 3 else "note",
            document="a.md" if number == 4 else None,
            occurred_at=f"2024-01-0{number + 1}T00:00:00Z",
            metadata={"speaker": "Ben"} if number == 5 else {},
        )
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = await upkeep.page(ListQuery(limit=3, cursor=cursor), owner=owner)
        seen += [one.content for one in page.memories]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == [f"fact {number}" for number in reversed(range(7))]
    assert await listed(upkeep, owner, tags=["odd"], kind="fact") == ["fact 1"]
    assert await listed(upkeep, owner, document="a.md") == ["fact 4"]
    assert await listed(upkeep, owner, speaker="Ben") == ["fact 5"]
    since = datetime(2024, 1, 6, tzinfo=UTC)
    assert await listed(upkeep, owner, since=since) == ["fact 6", "fact 5"]
    assert len(await listed(upkeep, owner, until=since)) == 5
    with pytest.raises(CursorInvalidError):
        await upkeep.page(ListQuery(cursor="seven"), owner=owner)


async def test_links_are_shown_from_both_ends_and_said_once(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    one, two = [await store(memories, owner, text) for text in ("tea", "milk")]
    for _ in range(2):
        await upkeep.link(one, MemoryLinkIn(other_id=two, relation="goes with"), owner=owner)
    (link,) = (await memories.get(one, owner=owner)).links
    assert (link.memory_id, link.relation, link.is_from_here) == (two, "goes with", True)
    (back,) = (await memories.get(two, owner=owner)).links
    assert (back.memory_id, back.is_from_here) == (one, False)
    with pytest.raises(MemoryMissingError):
        await upkeep.link(one, MemoryLinkIn(other_id=uuid7()), owner=owner)

    away = MemoryLinkIn(other_id=two, relation="goes with", is_removed=True)
    await upkeep.link(one, away, owner=owner)
    assert (await memories.get(one, owner=owner)).links == []


async def test_what_was_previewed_is_forgotten_and_nothing_else(
    memories: MemoryService, upkeep: MemoryUpkeep, owner: str
) -> None:
    for number in range(12):
        await store(memories, owner, f"fact {number}", scope="old" if number else "")
    wish = MemoryFilter(scope="old")
    preview = await upkeep.preview(wish, owner=owner)
    assert (preview.count, preview.is_more, len(preview.memories)) == (11, False, 10)
    assert preview.memories[0].content == "fact 11"

    late = await store(memories, owner, "came later", scope="old")
    confirmed = ForgetIn(scope="old", confirmation=preview.confirmation)
    with pytest.raises(PreviewStaleError):
        await upkeep.forget(confirmed, owner=owner)
    await memories.delete(late, owner=owner)
    assert await upkeep.forget(confirmed, owner=owner) == 11
    assert await listed(upkeep, owner) == ["fact 0"]
    for empty in (MemoryFilter(), MemoryFilter(include_past=True)):
        with pytest.raises(FilterEmptyError):
            await upkeep.preview(empty, owner=owner)

    back = await upkeep.restore(MemoryId(preview.memories[0].memory_id), owner=owner)
    assert back.content == "fact 11"


async def test_a_deleted_conversation_takes_what_was_said_in_it_with_its_history(
    memories: MemoryService, upkeep: MemoryUpkeep, databases: Databases, owner: str
) -> None:
    said = await store(memories, owner, "hello", metadata={"session": "talk", "turn": 1})
    for_it = await store(memories, owner, "here we say du", scope="conversation:talk")
    told = await store(memories, owner, "tea", metadata={"session": "talk"})
    await memories.update(said, MemoryChanges(tags=["x"]), owner=owner)
    async with databases[0].transaction(owner) as writer:
        await leave_conversation(writer, owner=owner, conversation="talk")

    assert await listed(upkeep, owner) == ["tea"]
    assert (await memories.get(told, owner=owner)).source.conversation is None
    for gone in (said, for_it):
        with pytest.raises(MemoryMissingError):
            await upkeep.history(gone, owner=owner)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.sampled_from(["change", "delete", "undo"]), max_size=6))
async def test_undoing_gives_what_was_before_whatever_was_done(
    memories: MemoryService, upkeep: MemoryUpkeep, steps: list[str]
) -> None:
    owner = str(uuid4())
    id_ = await store(memories, owner, "version 0")
    now: str | None = "version 0"
    kept: list[str] = []
    for number, step in enumerate(steps, 1):
        if step == "undo" and kept:
            was, now = now, kept[-1]
            assert (await upkeep.restore(id_, owner=owner)).content == now
            kept += [was] if was is not None else []
        elif step == "change" and now is not None:
            kept.append(now)
            now = f"version {number}"
            await memories.update(id_, MemoryChanges(content=now), owner=owner)
        elif step == "delete" and now is not None:
            kept.append(now)
            now = None
            await memories.delete(id_, owner=owner)
    history = await upkeep.history(id_, owner=owner) if kept else None

    assert await listed(upkeep, owner) == ([now] if now is not None else [])
    assert history is None or history.is_deleted == (now is None)
