"""What is worth keeping of a turn is kept once, by rules or by a model, and can be undone."""

import json
import random
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sophia.core.failures import ModelFailedError
from sophia.core.messages import ToolCall
from sophia.core.ports import Caller, Model
from sophia.kit.clock import SystemClock
from sophia.kit.ids import MemoryId, TurnId
from sophia.memory.errors import NotLearnedError
from sophia.memory.graph import KnowledgeGraph
from sophia.memory.graph_schemas import EntityIn
from sophia.memory.learning import Learner
from sophia.memory.schemas import MemoryIn
from sophia.memory.screening import PLAIN_SCREEN
from sophia.memory.service import MemoryService
from sophia.memory.upkeep import MemoryUpkeep
from sophia.memory.upkeep_schemas import LearningIn, ListQuery
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.models import ScriptedModel
from tests.support.turns import done_turn, running_turn

TRAIN = [
    f"The release train leaves on {day} at {hour}:00 UTC now."
    for day, hour in (("Monday", 9), ("Tuesday", 9), ("Friday", 15))
]
STRANGE = json.dumps({"steps": [{"calls": [{"outcome": {"is_untrusted": True}}]}]})


@dataclass(frozen=True, slots=True)
class Somebody:
    """Says things, and has what is worth it learned."""

    caller: Caller
    database: Database
    owned: UserDatabase
    memories: MemoryService
    upkeep: MemoryUpkeep

    @property
    def id(self) -> str:
        return str(self.caller.user_id)

    async def say(
        self, message: str, response: str = "", *, model: Model | None = None, reply: str = "{}"
    ) -> TurnId:
        turn_id = await done_turn(self.database, self.caller, message, response, reply=reply)
        await self.learner(model).absorb(str(turn_id))
        return turn_id

    def learner(self, model: Model | None = None) -> Learner:
        return Learner(
            self.database,
            self.owned,
            self.memories,
            lambda _: model,
            screen=PLAIN_SCREEN,
            clock=SystemClock(),
        )

    async def tell(self, content: str) -> str:
        stored = await self.memories.store(MemoryIn(content=content), owner=self.id)
        return str(stored.memory_id)

    async def all(self, **wish: Any) -> dict[str, dict[str, Any]]:
        query = ListQuery.model_validate({"include_past": True, **wish})
        page = await self.upkeep.page(query, owner=self.id)
        return {one.content: one.model_dump(mode="json") for one in page.memories}

    async def rows(self) -> list[dict[str, Any]]:
        query = ListQuery.model_validate({"include_past": True})
        page = await self.upkeep.page(query, owner=self.id)
        return [one.model_dump(mode="json") for one in page.memories]

    async def now(self) -> set[str]:
        return set(await self.all(include_past=False))


@pytest.fixture(name="ada")
async def _ada(
    databases: tuple[UserDatabase, Database], memories: MemoryService, upkeep: MemoryUpkeep
) -> Somebody:
    owned, database = databases
    return Somebody(await running_turn(database), database, owned, memories, upkeep)


def kept(*facts: dict[str, Any]) -> ScriptedModel:
    return ScriptedModel([ToolCall("1", "keep", {"facts": list(facts)})])


async def test_what_will_hold_is_kept_with_its_source_and_what_only_asks_is_not(
    ada: Somebody,
) -> None:
    turn_id = await ada.say(
        "Our deploy window is Friday 15:00 UTC. Can you check the build? It keeps failing today."
    )
    found = await ada.all()
    assert set(found) == {"Our deploy window is Friday 15:00 UTC."}
    (one,) = found.values()
    assert one["trust"] == "learned"
    assert one["source"]["turn_id"] == str(turn_id)
    assert one["source"]["conversation"] == str(ada.caller.conversation_id)
    assert one["source"]["speaker"] == "Ada"


async def test_the_same_turn_is_absorbed_once_and_the_same_fact_kept_once(ada: Somebody) -> None:
    turn_id = await ada.say("We decided to use Postgres for the event store.")
    before = await ada.all()
    await ada.learner().absorb(str(turn_id))
    await ada.say("We decided to use Postgres for the event store!")
    assert len(before) == 1
    assert await ada.all() == before


async def test_what_contradicts_takes_the_place_of_what_was_known_which_is_kept(
    ada: Somebody,
) -> None:
    old_id = await ada.tell("The deploy window is Friday 15:00 UTC")
    await ada.tell("The on-call phone is in the kitchen drawer")
    await ada.say("The deploy window is Thursday 10:00 UTC now.")
    new = "The deploy window is Thursday 10:00 UTC now."
    assert await ada.now() == {new, "The on-call phone is in the kitchen drawer"}
    found = await ada.all()
    old = found["The deploy window is Friday 15:00 UTC"]
    assert old["memory_id"] == old_id
    assert old["superseded_by"] == found[new]["memory_id"]


async def test_a_model_keeps_what_somebody_said_and_nothing_that_nobody_said(ada: Somebody) -> None:
    await ada.tell("Staging runs on Hetzner")
    model = kept(
        {
            "content": "Staging runs on Lambda in Texas since 2026-03-02",
            "quote": "we moved staging to Lambda in Texas last Monday",
            "kind": "decision",
            "replaces": [0],
        },
        {"content": "The budget is 40,000 euros", "quote": "the budget is 40,000 euros"},
        {"content": "Production moves to Lambda in 2027", "quote": "we moved staging to Lambda"},
        {"content": "no quote"},
    )
    await ada.say("By the way, we moved staging to Lambda in Texas last Monday.", model=model)
    assert await ada.now() == {"Staging runs on Lambda in Texas since 2026-03-02"}


async def test_a_model_without_tools_answers_in_words(ada: Somebody) -> None:
    said = "Our release train leaves every second Tuesday."
    facts = [{"content": said, "quote": said, "kind": "message"}, {"content": 7, "quote": said}]
    answer = f"Sure:\n```json\n{json.dumps({'facts': facts})}\n```"
    await ada.say(said, model=ScriptedModel(answer))
    found = await ada.all()
    assert [(one["content"], one["kind"]) for one in found.values()] == [(said, "fact")]


async def test_strangers_words_are_learned_only_by_who_asks_for_them_and_told_as_theirs(
    ada: Somebody,
) -> None:
    answer = "The issue says: the vendor's rate limit is 300 requests a minute."
    fact = {"content": "The vendor's rate limit is 300 requests a minute", "quote": answer[16:]}
    unasked = kept(fact)
    await ada.say("What does the issue say about Acme?", answer, model=unasked, reply=STRANGE)
    assert await ada.all() == {}
    assert answer not in str(unasked.requests)
    await ada.say("Remember this for later", answer, model=kept(fact))
    (one,) = (await ada.all()).values()
    assert one["trust"] == "untrusted"


async def test_what_names_an_entity_of_the_knowledge_graph_is_observed_of_it(
    ada: Somebody,
) -> None:
    graph = KnowledgeGraph(ada.owned, SystemClock())
    await graph.create_entities(
        [EntityIn(name="billing", entity_type="service", observations=["billing is in Go"])],
        owner=ada.id,
    )
    await ada.say("Priya owns the billing service.")
    await ada.say("Billings are sent on Fridays.")  # the name is a part of another word
    await ada.say("Tomas owns the billing service now.")
    (entity,) = (await graph.read(owner=ada.id)).entities
    assert entity.observations == ["billing is in Go", "Tomas owns the billing service now."]


@given(
    said=st.lists(st.sampled_from(TRAIN), min_size=1, max_size=6),
    repeats=st.randoms(use_true_random=False),
)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_absorbing_again_in_any_order_changes_nothing_and_one_of_a_kind_holds(
    databases: tuple[UserDatabase, Database],
    memories: MemoryService,
    upkeep: MemoryUpkeep,
    said: list[str],
    repeats: random.Random,
) -> None:
    owned, database = databases
    ada = Somebody(await running_turn(database), database, owned, memories, upkeep)
    turns = [await ada.say(one) for one in said]
    before = await ada.rows()
    repeats.shuffle(turns)
    for turn_id in turns:
        await ada.learner().absorb(str(turn_id))
    assert await ada.rows() == before
    holding = [one for one in before if one["superseded_by"] is None]
    assert [one["content"] for one in holding] == [said[-1]]
    held = {one["memory_id"] for one in before}
    assert all(one["superseded_by"] in held for one in before if one not in holding)


async def test_nothing_is_learned_with_a_secret_in_it(ada: Somebody) -> None:
    await ada.say("The key of staging is AKIAQ3EGRTXX7WPLMN4Z and it is only for CI.")
    assert await ada.all() == {}


async def test_a_model_that_is_away_leaves_the_turn_for_another_try(ada: Somebody) -> None:
    turn_id = await done_turn(ada.database, ada.caller, "Our bundle budget is 200 kB.")
    with pytest.raises(ModelFailedError):
        await ada.learner(ScriptedModel(ModelFailedError())).absorb(str(turn_id))
    await ada.learner(ScriptedModel("I will not say.")).absorb(str(turn_id))  # rules do it then
    assert await ada.now() == {"Our bundle budget is 200 kB."}


async def test_what_was_learned_can_be_undone_and_what_it_replaced_holds_again(
    ada: Somebody,
) -> None:
    told = "The deploy window is Friday 15:00 UTC"
    told_id = await ada.tell(told)
    turn_id = await ada.say("The deploy window is Thursday 10:00 UTC now.")
    await ada.say("The deploy window is Wednesday 9:00 UTC now.")
    thursday, wednesday = (
        MemoryId(UUID(one["memory_id"]))
        for one in sorted((await ada.all(trust="learned")).values(), key=lambda one: one["content"])
    )

    assert (await ada.upkeep.undo(thursday, owner=ada.id)).restored == []
    assert await ada.now() == {"The deploy window is Wednesday 9:00 UTC now."}
    assert (await ada.upkeep.undo(wednesday, owner=ada.id)).restored == [UUID(told_id)]
    assert await ada.now() == {told}
    await ada.learner().absorb(str(turn_id))
    assert await ada.now() == {told}
    with pytest.raises(NotLearnedError):
        await ada.upkeep.undo(MemoryId(UUID(told_id)), owner=ada.id)


async def test_nothing_is_learned_of_who_does_not_want_that(ada: Somebody) -> None:
    await ada.upkeep.let_learn(LearningIn(is_on=False), owner=ada.id)
    await ada.say("Our deploy window is Friday 15:00 UTC.")
    assert await ada.all() == {}
    await ada.upkeep.let_learn(LearningIn(is_on=True), owner=ada.id)
    await ada.say("Our bundle budget is 200 kB.")
    assert len(await ada.all()) == 1
