import asyncio
from uuid import uuid4

import pytest

from sophia.kit.clock import SystemClock
from sophia.kit.ids import MemoryId, uuid7
from sophia.memory.errors import MemoryMissingError, MemoryTwiceError, NothingToUpdateError
from sophia.memory.schemas import ConversationIn, MemoryChanges, MemoryIn, MessageIn, SearchQuery
from sophia.memory.service import MemoryService, Origin
from sophia.store.database import Database
from sophia.store.errors import DatabaseUnavailableError
from sophia.store.user_database import UserDatabase


@pytest.fixture(name="owner")
def _owner() -> str:
    return str(uuid4())


async def stored(memories: MemoryService, owner: str, text: str) -> MemoryId:
    return MemoryId((await memories.store(MemoryIn(content=text), owner=owner)).memory_id)


async def count(memories: MemoryService, owner: str) -> int:
    return (await memories.stats(owner=owner)).memories


async def test_the_same_text_is_kept_once(memories: MemoryService, owner: str) -> None:
    first = await memories.store(MemoryIn(content="tea"), owner=owner)
    again = await memories.store(
        MemoryIn(content=" tea\n", tags=["x"]), owner=owner, origin=Origin(conversation="other")
    )

    assert (first.is_new, again.is_new) == (True, False)
    assert again.memory_id == first.memory_id
    assert await count(memories, owner) == 1


async def test_another_owner_scope_key_or_place_makes_another_memory(
    memories: MemoryService, owner: str
) -> None:
    await memories.store(MemoryIn(content="tea"), owner=owner)
    for other in (
        MemoryIn(content="tea", scope="s"),
        MemoryIn(content="tea", external_id="1"),
        MemoryIn(content="tea", metadata={"session": "a", "turn": 1}),
        MemoryIn(content="tea", metadata={"session": "a", "turn": 2}),
    ):
        assert (await memories.store(other, owner=owner)).is_new
    assert (await memories.store(MemoryIn(content="tea"), owner=f"{owner}-2")).is_new


async def test_two_writers_of_the_same_memory_keep_one(memories: MemoryService, owner: str) -> None:
    results = await asyncio.gather(
        *(memories.store(MemoryIn(content="tea"), owner=owner) for _ in range(16))
    )

    assert sum(result.is_new for result in results) == 1
    assert len({result.memory_id for result in results}) == 1
    assert await count(memories, owner) == 1


async def test_batches_in_opposite_orders_do_not_wait_for_each_other(
    memories: MemoryService, owner: str
) -> None:
    batch = [MemoryIn(content=f"fact {number}") for number in range(100)]
    results = await asyncio.gather(
        *(
            memories.store_many(batch if number % 2 else batch[::-1], owner=owner)
            for number in range(6)
        )
    )

    assert sum(one.is_new for result in results for one in result) == 100
    assert await count(memories, owner) == 100


async def test_a_batch_answers_in_its_order(memories: MemoryService, owner: str) -> None:
    known = await stored(memories, owner, "b")
    results = await memories.store_many(
        [MemoryIn(content=text) for text in ("a", "b", "c", "a")], owner=owner
    )

    assert [result.is_new for result in results] == [True, False, True, False]
    assert results[1].memory_id == known
    assert results[3].memory_id == results[0].memory_id


async def test_a_memory_is_given_as_a_whole(memories: MemoryService, owner: str) -> None:
    text = "long " * 5_000
    memory = MemoryIn(content=text, category="project", tags=["x"], metadata={"k": {"d": [1]}})
    result = await memories.store(memory, owner=owner)
    given = await memories.get(MemoryId(result.memory_id), owner=owner)

    assert given.content == text.strip()
    assert not given.is_truncated
    assert (given.category, given.tags, given.metadata) == ("project", ["x"], {"k": {"d": [1]}})


async def test_what_is_corrected_is_found_by_its_new_words_only(
    memories: MemoryService, owner: str
) -> None:
    id_ = await stored(memories, owner, "the window is on Friday")
    changed = await memories.update(
        id_, MemoryChanges(content="the slot is on Monday", tags=["x"]), owner=owner
    )

    assert (changed.content, changed.tags) == ("the slot is on Monday", ["x"])
    assert changed.updated_at > changed.created_at
    assert await memories.search(SearchQuery(query="Friday"), owner=owner) == []
    assert len(await memories.search(SearchQuery(query="Monday"), owner=owner)) == 1


async def test_what_is_left_out_of_a_correction_stays(memories: MemoryService, owner: str) -> None:
    memory = MemoryIn(content="tea", category="personal", tags=["x"], metadata={"k": 1})
    id_ = MemoryId((await memories.store(memory, owner=owner)).memory_id)
    changed = await memories.update(id_, MemoryChanges(category="project"), owner=owner)

    assert (changed.content, changed.category) == ("tea", "project")
    assert (changed.tags, changed.metadata) == (["x"], {"k": 1})


async def test_a_correction_into_another_memory_s_words_is_a_conflict(
    memories: MemoryService, owner: str
) -> None:
    await stored(memories, owner, "tea")
    id_ = await stored(memories, owner, "coffee")

    with pytest.raises(MemoryTwiceError):
        await memories.update(id_, MemoryChanges(content="tea"), owner=owner)
    assert (await memories.get(id_, owner=owner)).content == "coffee"


async def test_corrections_at_the_same_time_are_all_kept(
    memories: MemoryService, owner: str
) -> None:
    id_ = await stored(memories, owner, "tea")
    await asyncio.gather(
        memories.update(id_, MemoryChanges(tags=["x"]), owner=owner),
        memories.update(id_, MemoryChanges(category="project"), owner=owner),
        memories.update(id_, MemoryChanges(metadata={"k": 1}), owner=owner),
    )
    memory = await memories.get(id_, owner=owner)

    assert (memory.tags, memory.category, memory.metadata) == (["x"], "project", {"k": 1})


async def test_an_empty_correction_is_refused(memories: MemoryService, owner: str) -> None:
    id_ = await stored(memories, owner, "tea")

    with pytest.raises(NothingToUpdateError):
        await memories.update(id_, MemoryChanges(), owner=owner)


async def test_what_is_forgotten_is_gone_and_may_be_told_anew(
    memories: MemoryService, owner: str
) -> None:
    id_ = await stored(memories, owner, "tea")
    await memories.delete(id_, owner=owner)

    assert await memories.search(SearchQuery(query="tea"), owner=owner) == []
    with pytest.raises(MemoryMissingError):
        await memories.delete(id_, owner=owner)
    assert (await memories.store(MemoryIn(content="tea"), owner=owner)).is_new


async def test_another_owner_s_memory_is_missing(memories: MemoryService, owner: str) -> None:
    id_ = await stored(memories, owner, "tea")
    other = str(uuid4())

    with pytest.raises(MemoryMissingError):
        await memories.get(id_, owner=other)
    with pytest.raises(MemoryMissingError):
        await memories.update(id_, MemoryChanges(content="mine"), owner=other)
    with pytest.raises(MemoryMissingError):
        await memories.delete(id_, owner=other)
    assert (await memories.get(id_, owner=None)).content == "tea"


async def test_a_memory_that_never_was_is_missing(memories: MemoryService, owner: str) -> None:
    with pytest.raises(MemoryMissingError):
        await memories.get(MemoryId(uuid7()), owner=owner)


TALK = ConversationIn(
    messages=[
        MessageIn(role="user", content="Shall we deploy on Friday?"),
        MessageIn(role="assistant", content="The window opens at 15:00."),
        MessageIn(role="user", content="Thanks", speaker="Anna"),
        MessageIn(role="user", content="Thanks", speaker="Anna"),
    ],
    metadata={"topic": "deploys"},
)


async def test_a_conversation_is_kept_message_by_message(
    memories: MemoryService, owner: str
) -> None:
    result = await memories.store_conversation(TALK, owner=owner)
    said = await memories.conversation_context(owner=owner, limit=10)

    assert [one.content for one in said] == [message.content for message in TALK.messages]
    assert [one.source.position for one in said] == [0, 1, 2, 3]
    assert [one.source.speaker for one in said] == ["user", "assistant", "Anna", "Anna"]
    assert {one.source.conversation for one in said} == {result.conversation}
    assert said[0].metadata == {"topic": "deploys", "role": "user"}


async def test_the_same_conversation_again_adds_nothing(
    memories: MemoryService, owner: str
) -> None:
    first = await memories.store_conversation(TALK, owner=owner)
    again = await memories.store_conversation(TALK, owner=owner)

    assert all(one.is_new for one in first.memories)
    assert not any(one.is_new for one in again.memories)
    assert await count(memories, owner) == 4


async def test_more_of_a_conversation_is_added_behind(memories: MemoryService, owner: str) -> None:
    for start, word in ((0, "one"), (1, "two")):
        more = ConversationIn(
            messages=[MessageIn(content=word)], metadata={"session": "s", "turn": start}
        )
        await memories.store_conversation(more, owner=owner)
    said = await memories.conversation_context(owner=owner)

    assert [(one.content, one.source.position) for one in said] == [("one", 0), ("two", 1)]


async def test_context_gives_what_fits_the_query(memories: MemoryService, owner: str) -> None:
    await memories.store_conversation(TALK, owner=owner)
    await stored(memories, owner, "the window is clean, and that is no talk")
    said = await memories.conversation_context(owner=owner, query="When does the window open?")

    assert said[0].content == "The window opens at 15:00."
    assert "the window is clean, and that is no talk" not in [one.content for one in said]
    assert said[0].score is not None


async def test_context_without_a_query_gives_the_latest(
    memories: MemoryService, owner: str
) -> None:
    await memories.store_conversation(TALK, owner=owner)
    said = await memories.conversation_context(owner=owner, limit=1)

    assert [(one.content, one.source.position) for one in said] == [("Thanks", 3)]


async def test_stats_count_one_owner_or_all(memories: MemoryService, owner: str) -> None:
    await memories.store_conversation(TALK, owner=owner)
    await memories.store(MemoryIn(content="x", category="project", scope="s"), owner=owner)
    own = await memories.stats(owner=owner)
    everybody = await memories.stats(owner=None)

    assert (own.memories, own.scopes, own.conversations) == (5, 2, 1)
    assert own.by_category == {"general": 4, "project": 1}
    assert everybody.memories >= 5
    assert (await memories.stats(owner=str(uuid4()))).memories == 0


async def test_without_a_database_everything_says_so() -> None:
    url = "postgresql+psycopg://nobody:x@127.0.0.1:9/none"
    database, owned = Database(url), UserDatabase(url)
    memories = MemoryService(owned, database, SystemClock())

    with pytest.raises(DatabaseUnavailableError):
        await memories.store(MemoryIn(content="tea"), owner="x")
    with pytest.raises(DatabaseUnavailableError):
        await memories.search(SearchQuery(query="tea"), owner="x")
    await owned.close()
    await database.close()
