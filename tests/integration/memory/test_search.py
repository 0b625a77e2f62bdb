from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from sophia.memory.fields import MAX_CONTENT_BYTES
from sophia.memory.schemas import FoundMemory, MemoryIn, SearchQuery
from sophia.memory.service import MemoryService, Origin

TEAM = [
    "our deploy window is Friday 15:00 UTC",
    "Anna prefers green tea in the morning and coffee after lunch",
    "The staging database runs on db-2, the production database on db-1",
    "We roll back a release with `make rollback`, which needs the release number",
    "The invoice for Acme was sent on 3 March; they pay within 30 days",
    "Ben is on call this week and Anna next week",
    "GPU costs are capped at $50 a day",
]


@pytest.fixture(name="owner")
def _owner() -> str:
    return str(uuid4())


async def store(memories: MemoryService, owner: str, *texts: str, **more: Any) -> None:
    await memories.store_many([MemoryIn(content=text, **more) for text in texts], owner=owner)


async def find(memories: MemoryService, owner: str, query: str, **more: Any) -> list[FoundMemory]:
    return await memories.search(SearchQuery(query=query, **more), owner=owner)


def contents(found: list[FoundMemory]) -> list[str]:
    return [memory.content for memory in found]


async def test_the_newcomer_s_question_finds_its_answer_first(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, *TEAM)
    found = await find(memories, owner, "When is our deploy window?")

    assert contents(found) == ["our deploy window is Friday 15:00 UTC"]
    assert found[0].why.terms == ["deploy", "window"]
    assert found[0].score > 0.9


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does Anna like to drink in the mornings?", 1),
        ("where does the production database run?", 2),
        ("How do I roll back releases?", 3),
        ("When do we get paid by Acme?", 4),
        ("who is on call?", 5),
        ("what is the daily cap of GPU cost", 6),
    ],
)
async def test_a_question_finds_its_answer_first(
    memories: MemoryService, owner: str, question: str, answer: int
) -> None:
    await store(memories, owner, *TEAM)

    assert contents(await find(memories, owner, question))[0] == TEAM[answer]


@pytest.mark.parametrize(
    "question",
    ["What is the capital of France?", "Who wrote Faust?", "the of and is", "???", "🦀", "' | & !"],
)
async def test_a_question_about_something_else_finds_nothing(
    memories: MemoryService, owner: str, question: str
) -> None:
    await store(memories, owner, *TEAM)

    assert await find(memories, owner, question) == []


async def test_one_common_word_of_many_is_not_enough(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, *(f"{text}, as everybody knows" for text in TEAM))

    assert await find(memories, owner, "Does everybody like Wagner operas in Bayreuth?") == []


async def test_the_rarer_word_weighs_more(memories: MemoryService, owner: str) -> None:
    await store(
        memories,
        owner,
        *(f"the server number {number} was restarted" for number in range(20)),
        "zebra was fed",
    )

    assert contents(await find(memories, owner, "zebra server"))[0] == "zebra was fed"


async def test_scores_lie_between_0_and_1_and_fall(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, "tea tea tea", "tea and cake", "cake and tea and milk")
    scores = [one.score for one in await find(memories, owner, "tea with milk")]

    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


async def test_a_threshold_leaves_out_what_carries_less(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, "tea", "tea with milk")

    assert contents(await find(memories, owner, "milk tea", threshold=0.8)) == ["tea with milk"]
    assert len(await find(memories, owner, "milk tea", threshold=0)) == 2


async def test_scope_category_and_tags_narrow_the_search(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, "tea one", scope="a", category="personal", tags=["x", "y"])
    await store(memories, owner, "tea two", scope="b", category="project", tags=["x"])

    assert len(await find(memories, owner, "tea")) == 2
    assert contents(await find(memories, owner, "tea", scope="b")) == ["tea two"]
    assert contents(await find(memories, owner, "tea", category="personal")) == ["tea one"]
    assert contents(await find(memories, owner, "tea", tags=["x", "y"])) == ["tea one"]
    assert await find(memories, owner, "tea", scope="a", category="project") == []
    assert await find(memories, owner, "tea", scope="") == []


async def test_a_filter_finds_what_many_better_matches_would_hide(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, *(f"tea {number}" for number in range(150)))
    await store(memories, owner, "tea, among many other things that were said", tags=["rare"])

    assert contents(await find(memories, owner, "tea", tags=["rare"])) == [
        "tea, among many other things that were said"
    ]


async def test_a_limit_keeps_the_best(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, "tea", *(f"tea and {number} other things" for number in range(9)))
    found = await find(memories, owner, "tea", limit=3)

    assert len(found) == 3
    assert found[0].content == "tea"


async def test_speaker_and_date_are_found_by(memories: MemoryService, owner: str) -> None:
    day = datetime(2023, 5, 8, tzinfo=UTC)
    await store(memories, owner, "I went hiking", metadata={"speaker": "Caroline"}, occurred_at=day)
    await store(memories, owner, "I went swimming", metadata={"speaker": "Melanie"})

    assert contents(await find(memories, owner, "What did Caroline do?")) == ["I went hiking"]
    found = await find(memories, owner, "What happened in May 2023?")
    assert contents(found) == ["I went hiking"]
    assert found[0].occurred_at == day
    assert found[0].source.speaker == "Caroline"


async def test_a_memory_without_a_date_has_that_of_its_storing(
    memories: MemoryService, owner: str
) -> None:
    before = datetime.now(UTC)  # noqa: TID251 - beside the service's own clock
    await store(memories, owner, "tea")

    assert (await find(memories, owner, "tea"))[0].occurred_at >= before


async def test_what_was_just_stored_is_found_at_once(memories: MemoryService, owner: str) -> None:
    for number in range(5):
        await store(memories, owner, f"fresh fact {number}")

        assert f"fresh fact {number}" in contents(await find(memories, owner, "fresh fact"))


async def test_nobody_finds_what_belongs_to_another(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, *TEAM)

    assert await find(memories, str(uuid4()), "When is our deploy window?") == []


async def test_others_memories_do_not_sway_the_scores(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, *TEAM)
    alone = await find(memories, owner, "deploy window on Friday")
    await store(memories, str(uuid4()), *(f"Friday deploy number {number}" for number in range(50)))

    assert await find(memories, owner, "deploy window on Friday") == alone


async def test_odd_characters_are_searched_as_they_are(memories: MemoryService, owner: str) -> None:
    text = r"see http://a.example/c?x='1'&y=2 or C:\temp\x.txt or it's o'clock (a|b) & !c:*"
    await store(memories, owner, text)

    for query in (text, r"C:\temp\x.txt", "http://a.example/c?x='1'&y=2", "it's o'clock"):
        assert contents(await find(memories, owner, query)) == [text]


async def test_a_long_query_is_searched_by_its_first_words(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, *TEAM)
    rest = " ".join(f"word{number}" for number in range(600))

    first = await find(memories, owner, f"deploy window {rest}", threshold=0)
    last = await find(memories, owner, f"{rest} deploy window", threshold=0)
    assert contents(first) == ["our deploy window is Friday 15:00 UTC"]
    assert last == []


async def test_long_memories_share_a_bounded_reply(memories: MemoryService, owner: str) -> None:
    long = "tea " * (MAX_CONTENT_BYTES // 4)
    await store(memories, owner, *(f"{number} {long[:-10]}" for number in range(20)))
    found = await find(memories, owner, "tea", limit=20)

    assert len(found) == 20
    assert all(one.is_truncated for one in found)
    assert sum(len(one.content.encode()) for one in found) < 64 * 1024


async def test_the_source_is_where_sophia_was_told(memories: MemoryService, owner: str) -> None:
    origin = Origin(speaker="Anna", conversation="talk", turn_id="turn")
    await memories.store(MemoryIn(content="tea"), owner=owner, origin=origin)
    source = (await find(memories, owner, "tea"))[0].source

    assert (source.speaker, source.conversation, source.turn_id) == ("Anna", "talk", "turn")


async def test_an_answer_without_the_question_s_words_is_found_beside_it(
    memories: MemoryService, owner: str
) -> None:
    talk = ["Nice weather.", "Where did Ben buy the rack?", "At the market in Lyon.", "Good."]
    for position, content in enumerate(talk):
        said = MemoryIn(content=content, metadata={"session": "talk", "turn": position})
        await memories.store(said, owner=owner)
    await store(memories, owner, *TEAM)
    found = await find(memories, owner, "Where was the rack bought?")

    assert contents(found)[:2] == talk[1:3]
    assert found[1].why.terms == []
    assert found[1].why.signals == ["neighbours"]


async def test_irregular_forms_are_the_same_word(memories: MemoryService, owner: str) -> None:
    await store(memories, owner, *TEAM, "Ben went to Lyon for the fair")
    found = await find(memories, owner, "Where did Ben go?")
    assert contents(found)[0] == "Ben went to Lyon for the fair"
    assert "go" in found[0].why.terms


async def test_a_search_in_one_scope_reads_that_scope_alone(
    memories: MemoryService, owner: str
) -> None:
    await store(memories, owner, "The build takes four minutes", scope="web")
    await store(memories, owner, "The build takes nine minutes", scope="api")
    await store(memories, owner, "The build of everything takes long")

    assert contents(await find(memories, owner, "build minutes", scope="api")) == [
        "The build takes nine minutes"
    ]
    assert len(await find(memories, owner, "build")) == 3
