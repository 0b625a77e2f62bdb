from collections.abc import Sequence

import pytest

from sophia.agent.budget import Budget
from sophia.agent.calls import Checkpoint
from sophia.agent.errors import BudgetExhaustedError
from sophia.agent.loop import Agent, LoopItem, Task
from sophia.core.events import (
    Source,
    StepFinished,
    StepStarted,
    ToolFinished,
    ToolStarted,
    TurnFinished,
)
from sophia.core.fold import TurnView, fold
from sophia.core.messages import (
    Json,
    JsonObject,
    ToolCall,
    ToolMessage,
    ToolResult,
    ToolSpec,
    Usage,
    UserMessage,
)
from sophia.core.ports import Caller
from sophia.kit.ids import ConversationId, TurnId, UserId, uuid7
from tests.support.clock import FixedClock
from tests.support.gate import InMemoryGate
from tests.support.models import ScriptedModel

CALLER = Caller(
    user_id=UserId(uuid7()),
    user_name="Ada",
    conversation_id=ConversationId(uuid7()),
    turn_id=TurnId(uuid7()),
)
SCHEMA: JsonObject = {"type": "object"}


class Desk:
    """A toolbox of two tools that remembers what was called."""

    def __init__(self, structured: JsonObject | None = None) -> None:
        self.called: list[str] = []
        self._structured = structured

    async def list_tools(self) -> Sequence[ToolSpec]:
        return (
            ToolSpec("memory__search", "Find.", SCHEMA, is_read_only=True),
            ToolSpec("memory__store", "Keep.", SCHEMA),
        )

    async def refusal(self, name: str) -> str | None:
        return "changed: ask the operator" if name == "theirs__add" else None

    async def call(self, call: ToolCall, *, caller: Caller, timeout_s: float) -> ToolResult:
        assert caller == CALLER
        assert timeout_s > 0
        self.called.append(call.name)
        is_known = call.name in {"memory__search", "memory__store"}
        return ToolResult(
            call.id, "found it" if is_known else "no such tool", self._structured, not is_known
        )


async def run(
    model: ScriptedModel,
    desk: Desk,
    *,
    budget: Budget | None = None,
    resumed: TurnView | None = None,
) -> list[LoopItem]:
    agent = Agent(model, desk, gate=InMemoryGate(), budget=budget or Budget(), clock=FixedClock())
    task = Task(CALLER, "system", (UserMessage("hi"),), resumed=resumed or TurnView())
    return [item async for item in agent.run(task)]


def call(name: str, call_id: str = "c1", **arguments: Json) -> ToolCall:
    return ToolCall(call_id, name, arguments)


async def test_a_tool_call_is_run_and_its_result_is_shown_to_the_model() -> None:
    model, desk = ScriptedModel([call("memory__search")], "It is Friday."), Desk()

    items = await run(model, desk)

    kinds = [type(item) for item in items]
    assert kinds.index(ToolStarted) < kinds.index(Checkpoint) < kinds.index(ToolFinished)
    assert isinstance(items[-1], TurnFinished)
    last = model.requests[1].messages[-1]
    assert isinstance(last, ToolMessage)
    assert last.result.text == "found it"


async def test_a_tools_failure_is_data_for_the_model() -> None:
    model, desk = ScriptedModel([call("nowhere__nothing")], "I could not."), Desk()

    items = await run(model, desk)

    finished = next(item for item in items if isinstance(item, ToolFinished))
    assert finished.is_error
    assert isinstance(items[-1], TurnFinished)


async def test_a_tool_that_is_held_back_is_refused_with_the_reason() -> None:
    model, desk = ScriptedModel([call("theirs__add")], "I may not."), Desk()

    items = await run(model, desk)

    finished = next(item for item in items if isinstance(item, ToolFinished))
    assert (finished.is_error, finished.text) == (True, "changed: ask the operator")
    assert desk.called == []


class HalfConfigured(Desk):
    """A desk of which one server lacks its token."""

    async def list_tools(self) -> Sequence[ToolSpec]:
        unready = ToolSpec("github__get_me", "Me.", SCHEMA, missing="Set GITHUB_TOKEN.")
        return (*await super().list_tools(), unready)


async def test_a_tool_that_is_not_configured_is_not_offered_and_the_model_can_say_why() -> None:
    model, desk = ScriptedModel([call("github__get_me")], "Set the token."), HalfConfigured()

    items = await run(model, desk)

    asked = model.requests[0]
    assert [tool.name for tool in asked.tools] == ["memory__search", "memory__store"]
    assert [tool.name for tool in asked.unready] == ["github__get_me"]
    assert "- GitHub: Set GITHUB_TOKEN." in asked.system
    assert next(item for item in items if isinstance(item, ToolFinished)).is_error
    assert desk.called == []


async def test_arguments_that_are_no_json_are_told_to_the_model_and_the_tool_is_not_called() -> (
    None
):
    broken = ToolCall("c1", "memory__store", {}, malformed='{"content": ')
    model, desk = ScriptedModel([broken], "Sorry."), Desk()

    items = await run(model, desk)

    finished = next(item for item in items if isinstance(item, ToolFinished))
    assert finished.is_error
    assert "JSON" in finished.text
    assert desk.called == []


async def test_the_last_step_offers_no_tools_so_that_the_model_must_answer() -> None:
    model, desk = ScriptedModel([call("memory__search")], "Enough."), Desk()

    await run(model, desk, budget=Budget(max_steps=2))

    assert [len(request.tools) for request in model.requests] == [2, 0]


async def test_a_model_that_calls_tools_for_ever_is_ended() -> None:
    model, desk = ScriptedModel([call("memory__search")]), Desk()

    with pytest.raises(BudgetExhaustedError):
        await run(model, desk, budget=Budget(max_steps=3))

    assert len(model.requests) == 3


async def test_a_turn_that_spends_its_tokens_is_ended() -> None:
    model = ScriptedModel([call("memory__search")], usage=Usage(input_tokens=60, output_tokens=60))

    with pytest.raises(BudgetExhaustedError):
        await run(model, Desk(), budget=Budget(max_tokens=100))


async def test_usage_is_summed_over_the_steps() -> None:
    model = ScriptedModel([call("memory__search")], "Done.")

    items = await run(model, Desk())

    assert isinstance(items[-1], TurnFinished)
    assert items[-1].usage.total_tokens == 30


async def test_what_was_found_in_memory_is_a_source_of_the_answer() -> None:
    desk = Desk({"memories": [{"content": "Friday 15:00 UTC", "score": 0.8}]})

    items = await run(ScriptedModel([call("memory__search")], "Friday."), desk)

    assert isinstance(items[-1], TurnFinished)
    assert items[-1].sources == (Source("memory", "Friday 15:00 UTC", 0.8),)


@pytest.mark.parametrize(
    ("tool", "is_repeated"), [("memory__search", True), ("memory__store", False)]
)
async def test_an_interrupted_call_is_repeated_only_if_it_reads(
    tool: str, *, is_repeated: bool
) -> None:
    resumed = fold([StepStarted(0), ToolStarted("c1", tool, {})])
    model, desk = ScriptedModel("Done."), Desk()

    items = await run(model, desk, resumed=resumed)

    finished = next(item for item in items if isinstance(item, ToolFinished))
    assert desk.called == ([tool] if is_repeated else [])
    assert finished.is_error is not is_repeated
    assert [item.step for item in items if isinstance(item, StepStarted)] == [1]


async def test_what_an_earlier_attempt_used_counts_against_the_budget() -> None:
    spent = [StepStarted(0), StepFinished(0, Usage(input_tokens=90)), ToolStarted("c1", "x", {})]

    items = await run(ScriptedModel("Done."), Desk(), resumed=fold(spent))
    assert isinstance(items[-1], TurnFinished)
    assert items[-1].usage.input_tokens > 90

    model = ScriptedModel([call("memory__search")], "Done.")
    with pytest.raises(BudgetExhaustedError):
        await run(model, Desk(), budget=Budget(max_tokens=95), resumed=fold(spent))
