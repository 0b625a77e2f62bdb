"""From what is said in a turn to what the next one is told, and back out again."""

import asyncio
from collections.abc import Callable

import pytest
from sqlalchemy import text

from sophia.agent.budget import Budget
from sophia.chat.ledger import Ledger
from sophia.chat.tasks import TurnRunner
from sophia.core.messages import JsonObject
from sophia.core.ports import Caller, Model
from sophia.dispatch.dispatcher import Stop
from sophia.dispatch.port import Claim
from sophia.jobs.runner import JobRunner, Task
from sophia.kit.clock import SystemClock
from sophia.memory.learning import ABSORB, Learner
from sophia.memory.screening import PLAIN_SCREEN
from sophia.memory.service import MemoryService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.desk import Desk
from tests.support.dispatch import InMemoryTurnQueue
from tests.support.gate import InMemoryGate
from tests.support.models import ScriptedModel
from tests.support.providers import ScriptedProvider
from tests.support.streams import InMemoryTurnStream
from tests.support.toolbox import InMemoryToolbox
from tests.support.turns import running_turn
from tests.support.waiting import eventually

AT = "/api/v1/memory"
_SAY = text("""
    UPDATE turns SET message = :message, worker = 'w', attempt = :attempt, started_at = now()
    WHERE id = :id
""")
_JOBS = text("SELECT args ->> 'id' FROM procrastinate_jobs WHERE task_name = :task")
_RECALLED = text("SELECT reply -> 'recalled' FROM turns WHERE id = :id")
_LEARNED = text("SELECT content FROM memories WHERE owner = :owner AND turn_id = :turn")


def learner(database: Database, owned: UserDatabase) -> Learner:
    clock = SystemClock()
    memories = MemoryService(owned, database, clock)
    return Learner(database, owned, memories, lambda _: None, screen=PLAIN_SCREEN, clock=clock)


class Worker:
    """Runs turns as a worker does, with a model and a memory of the test's own."""

    def __init__(self, database: Database, model: Model, *, learns: bool = True) -> None:
        self._database = database
        self.found: list[JsonObject] = []
        toolbox = InMemoryToolbox()

        async def search(_arguments: JsonObject, _caller: Caller) -> JsonObject:
            return {"memories": self.found}

        toolbox.add("memory__search_memories", search, is_read_only=True)
        self._runner = TurnRunner(
            ledger=Ledger(database),
            sink=InMemoryTurnStream(),
            queue=InMemoryTurnQueue(),
            toolbox=toolbox,
            gate=InMemoryGate(),
            choose_model=lambda _name, _message: model,
            budget=Budget(),
            clock=SystemClock(),
            learns=learns,
        )

    async def run(self, caller: Caller, message: str, *, attempt: int = 1) -> None:
        values = {"id": caller.turn_id, "message": message, "attempt": attempt}
        async with self._database.transaction() as writer:
            await writer.execute(_SAY, values)
        await self._runner.run(Claim(caller.turn_id, attempt, "w"), Stop())


async def queued(database: Database) -> list[str]:
    async with database.reading() as reader:
        return list(await reader.scalars(_JOBS, {"task": ABSORB}))


async def test_the_end_of_a_turn_queues_its_absorption_which_a_worker_carries_out(
    database: Database, postgres_url: str
) -> None:
    caller = await running_turn(database)
    owned = UserDatabase(postgres_url, pool_size=2)
    tasks = [Task(ABSORB, learner(database, owned).absorb)]
    jobs = asyncio.create_task(JobRunner(postgres_url, [], clock=SystemClock(), tasks=tasks).run())
    try:
        await Worker(database, ScriptedModel("Noted.")).run(caller, "We never deploy on Fridays.")

        async def is_learned() -> bool:
            values = {"owner": str(caller.user_id), "turn": str(caller.turn_id)}
            async with database.reading() as reader:
                found = list(await reader.scalars(_LEARNED, values))
            return found == ["We never deploy on Fridays."]

        await eventually(is_learned, timeout_s=30)
    finally:
        jobs.cancel()
        await asyncio.gather(jobs, return_exceptions=True)
        await owned.close()


@pytest.mark.parametrize(
    ("message", "learns"),
    [
        ("When do we deploy?", True),
        ("/memory.get_memory_stats", True),
        ("We never deploy on Fridays.", False),
    ],
)
async def test_nothing_is_queued_where_nothing_can_be_learned(
    database: Database, message: str, *, learns: bool
) -> None:
    caller = await running_turn(database)
    await Worker(database, ScriptedModel("Fine."), learns=learns).run(caller, message)
    assert await queued(database) == []


async def test_a_turn_that_another_worker_takes_up_goes_on_with_what_was_recalled(
    database: Database,
) -> None:
    caller = await running_turn(database)

    def interrupted() -> Callable[[], None]:
        attempts = iter([asyncio.CancelledError(), None])

        def fail_once() -> None:
            if (error := next(attempts)) is not None:
                raise error

        return fail_once

    model = ScriptedModel("On Friday.", before_reply=interrupted())
    worker = Worker(database, model)
    worker.found = [{"memory_id": "1", "content": "Friday", "score": 0.9}]
    with pytest.raises(asyncio.CancelledError):
        await worker.run(caller, "When do we deploy?")
    worker.found = [{"memory_id": "2", "content": "Monday", "score": 0.9}]
    await worker.run(caller, "When do we deploy?", attempt=2)

    first, second = (request.messages for request in model.requests)
    assert first == second
    async with database.reading() as reader:
        recalled = await reader.scalar(_RECALLED, {"id": caller.turn_id})
    assert [one["content"] for one in recalled] == ["Friday"]


@pytest.mark.timeout(120)
async def test_what_was_learned_is_told_to_the_model_shown_as_a_source_listed_and_undone(
    desk: Desk, provider: ScriptedProvider, database: Database, postgres_url: str
) -> None:
    fact = "Our release train leaves every second Tuesday."
    question = {"message": "When does the release train leave?"}
    _, token = await desk.add_user()
    _, other = await desk.add_user("Eve")
    owned = UserDatabase(postgres_url, pool_size=2)
    for _ in range(4):
        provider.say("Well.")
    async with desk.client(token) as client, desk.client(other) as eve:
        said = (await client.post("/api/v1/chat", json={"message": fact})).json()
        turn_id = said["metadata"]["turn_id"]
        await learner(database, owned).absorb(turn_id)
        listed = (await client.get(f"{AT}/memories", params={"trust": "learned"})).json()
        answered = (await client.post("/api/v1/chat", json=question)).json()
        others = (await eve.post("/api/v1/chat", json=question)).json()
        path = f"{AT}/memories/{listed['memories'][0]['memory_id']}"
        undone = (await client.post(f"{path}/undo")).json()
        after = (await client.post("/api/v1/chat", json=question)).json()
        twice = await client.post(f"{path}/undo")
    await owned.close()

    (one,) = listed["memories"]
    assert one["content"] == fact
    assert one["source"]["turn_id"] == turn_id
    assert one["source"]["conversation"] == said["metadata"]["session_id"]
    assert [source["name"] for source in answered["sources"]] == [fact]
    told = [str(request.body["messages"][-1]["content"]) for request in provider.requests]
    assert [fact in message for message in told] == [True, True, False, False]
    assert '"date":"' in told[1]
    assert others["sources"] == after["sources"] == []
    assert undone == {"memory_id": one["memory_id"], "restored": []}
    assert twice.status_code == 404
