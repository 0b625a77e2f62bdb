"""What is found by meaning, and that nothing depends on it."""

from collections.abc import AsyncGenerator, Sequence
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from sophia.embedding.errors import EmbedderFailedError
from sophia.kit.clock import SystemClock
from sophia.kit.ids import MemoryId
from sophia.memory import vectors
from sophia.memory.embeddings import Embeddings
from sophia.memory.schemas import FoundMemory, MemoryChanges, MemoryIn, SearchQuery
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.embedding import TwinEmbedder

CAR = "Anna's automobile was repaired"
OTHERS = ["The tea is green", "Ben cooks on Tuesdays", "The office has four rooms"]
ASKED = "Which vehicle got fixed?"


class Desk:
    """A service with embeddings of which a test does the background work itself."""

    def __init__(self, database: Database, owned: UserDatabase, *twins: TwinEmbedder) -> None:
        self.database, self.owned = database, owned
        self.with_models(*twins)

    def with_models(self, *twins: TwinEmbedder) -> None:
        self.embeddings = Embeddings(
            self.database, twins, building=self.database.single_write, clock=SystemClock()
        )
        self.memories = MemoryService(
            self.owned, self.database, SystemClock(), embeddings=self.embeddings
        )

    async def work(self) -> None:
        while await self.embeddings.step():
            pass

    async def store(self, owner: str, *contents: str, scope: str = "") -> list[MemoryId]:
        memories = [MemoryIn(content=content, scope=scope) for content in contents]
        stored = await self.memories.store_many(memories, owner=owner)
        return [MemoryId(one.memory_id) for one in stored]

    async def find(self, owner: str, query: str = ASKED, **more: object) -> Sequence[FoundMemory]:
        asked = SearchQuery.model_validate({"query": query, **more})
        return await self.memories.search(asked, owner=owner)

    async def contents(self, owner: str, query: str = ASKED, **more: object) -> list[str]:
        return [one.content for one in await self.find(owner, query, **more)]


@pytest_asyncio.fixture(name="desk", loop_scope="session")
async def _desk(postgres_url: str) -> AsyncGenerator[Desk]:
    database, owned = Database(postgres_url), UserDatabase(postgres_url)
    yield Desk(database, owned, TwinEmbedder())
    await owned.close()
    await database.close()


@pytest.fixture(name="owner")
def _owner() -> str:
    return str(uuid4())


async def test_what_shares_no_word_with_the_question_is_found_by_its_meaning(
    desk: Desk, owner: str
) -> None:
    await desk.store(owner, *OTHERS, CAR)
    await desk.store(f"{owner}-2", "Their automobile was repaired")
    assert await desk.contents(owner) == []
    await desk.work()
    found = await desk.find(owner)

    assert found[0].content == CAR
    assert (found[0].why.terms, found[0].why.signals) == ([], ["meaning"])
    assert "Their automobile was repaired" not in [one.content for one in found]
    assert await desk.contents(owner, scope="elsewhere") == []


async def test_a_question_about_nothing_that_is_there_finds_nothing(desk: Desk, owner: str) -> None:
    await desk.store(owner, *OTHERS, CAR)
    await desk.work()

    assert await desk.contents(owner, "Who wrote Faust?") == []


async def test_what_was_just_stored_is_found_by_words_before_it_has_an_embedding(
    desk: Desk, owner: str
) -> None:
    await desk.store(owner, *OTHERS)
    await desk.work()
    await desk.store(owner, CAR)

    assert (await desk.contents(owner, "Anna's automobile"))[0] == CAR


async def test_a_model_that_is_away_leaves_words_and_what_is_owed_is_worked_off_later(
    desk: Desk, owner: str
) -> None:
    twin = TwinEmbedder()
    desk.with_models(twin)
    await desk.work()
    twin.is_away = True
    await desk.store(owner, *OTHERS, CAR)
    with pytest.raises(EmbedderFailedError):
        await desk.work()
    assert (await desk.contents(owner, "automobile"))[0] == CAR
    assert await desk.contents(owner) == []

    twin.is_away = False
    desk.with_models(twin)  # whose questions do not rest
    await desk.work()
    assert (await desk.contents(owner))[0] == CAR
    assert desk.embeddings.owed == 0


async def test_a_model_that_changed_behind_its_name_changes_nothing(desk: Desk, owner: str) -> None:
    await desk.store(owner, *OTHERS, CAR)
    await desk.work()
    desk.with_models(TwinEmbedder(dimension=16))
    await desk.store(owner, "Anna's automobile is red")
    with pytest.raises(EmbedderFailedError, match="another model"):
        await desk.work()

    assert (await desk.contents(owner, "red automobile"))[0] == "Anna's automobile is red"


async def test_a_text_that_the_model_refuses_keeps_no_other_from_its_embedding(
    desk: Desk, owner: str
) -> None:
    twin = TwinEmbedder()
    twin.refused = "Tuesdays"
    desk.with_models(twin)
    await desk.store(owner, *OTHERS, CAR)
    await desk.work()

    assert (await desk.contents(owner))[0] == CAR
    assert "Ben cooks on Tuesdays" in await desk.contents(owner, "cooks on Tuesdays")


async def test_what_is_corrected_is_found_by_its_new_meaning(desk: Desk, owner: str) -> None:
    await desk.store(owner, *OTHERS)
    (id_,) = await desk.store(owner, CAR)
    await desk.work()
    await desk.memories.update(id_, MemoryChanges(content="Anna saw a physician"), owner=owner)
    await desk.work()

    assert (await desk.contents(owner, "Who went to the doctor?"))[0] == "Anna saw a physician"
    assert "Anna saw a physician" not in await desk.contents(owner)


async def test_an_answer_is_embedded_with_what_was_said_before_it(desk: Desk, owner: str) -> None:
    twin = TwinEmbedder()
    desk.with_models(twin)
    for turn, content in enumerate(["Which car is it?", "The red one."]):
        said = MemoryIn(content=content, metadata={"session": "talk", "turn": turn})
        await desk.memories.store(said, owner=owner)
    await desk.work()

    assert "Which car is it?\nThe red one." in twin.seen


async def test_another_model_takes_over_while_the_one_before_goes_on_serving(
    desk: Desk, owner: str
) -> None:
    await desk.store(owner, *OTHERS, CAR)
    await desk.work()
    before, after = TwinEmbedder(), TwinEmbedder("other", dimension=48, batch=1)
    desk.with_models(after, before)
    assert await desk.embeddings.step()  # it is known now, and has embedded nothing yet
    assert await desk.embeddings.step()
    assert (await desk.contents(owner))[0] == CAR
    await desk.work()

    async with desk.database.reading() as reader:
        assert [one.name for one in await vectors.models(reader)] == ["other"]
    assert (await desk.contents(owner))[0] == CAR


async def test_the_graph_finds_in_a_large_scope_what_comparing_all_of_it_does(
    desk: Desk, owner: str
) -> None:
    twin = TwinEmbedder(batch=100)
    desk.with_models(twin)
    await desk.store(owner, *(f"cars{number} fixed today" for number in range(150)), scope="a")
    await desk.store(owner, *(f"plan{number} green today" for number in range(150)), scope="b")
    await desk.work()
    async with desk.database.reading() as reader:
        (model,) = await vectors.models(reader)
    async with desk.database.single_write() as writer:
        await vectors.build_graph(writer, model=model)
    (vector,) = await twin.embed(["Which plan7 green?"])
    values: dict[str, object] = {"owners": [owner], "scope": "b", "most": 20}

    async with desk.owned.reading(owner) as reader:
        await reader.execute(text("SET enable_sort = off"))
        exact, graph = [
            await vectors.near(
                reader,
                model=model,
                vector=vector,
                wanted="true",
                values=values,
                is_large=is_large,
            )
            for is_large in (False, True)
        ]
        await reader.execute(text("RESET enable_sort"))
    assert len(exact) == 20
    assert len({id_ for id_, _ in exact[:10]} & {id_ for id_, _ in graph}) >= 9
    assert graph[0][1] == pytest.approx(exact[0][1], abs=0.01)
