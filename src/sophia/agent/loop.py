"""The loop: ask the model, run the tools that it asks for, ask again, until it answers.

It yields the turn's events and, between them, a Checkpoint wherever the turn must be stored before
it goes on: once the model has asked for tools and before they run, and once they have answered. A
Pause is the last item of a turn that waits for a person's approval: it is resumed with the answer.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from sophia.agent.budget import Budget
from sophia.agent.calls import Calls, Checkpoint, Pause
from sophia.agent.errors import BudgetExhaustedError
from sophia.agent.prompt import told_once, trim, with_unready
from sophia.agent.recall import recall, with_recalled
from sophia.agent.sources import sources_of
from sophia.core.events import (
    MemoryRecalled,
    ReasoningDelta,
    StepFinished,
    StepStarted,
    TextDelta,
    TurnEvent,
    TurnFinished,
)
from sophia.core.fold import StepView, TurnView, messages_of
from sophia.core.messages import (
    Message,
    ModelReply,
    ModelRequest,
    ReasoningChunk,
    TextChunk,
    ToolMessage,
    ToolSpec,
    UserMessage,
)
from sophia.core.ports import Caller, Gate, Model, Toolbox
from sophia.kit.clock import Clock

type LoopItem = TurnEvent | Checkpoint | Pause


@dataclass(frozen=True, slots=True)
class Task:
    """One turn to run: who asks what, after which talk, and what an earlier attempt left.

    `recalls`: what the memory holds on the message is laid beside it first.
    """

    caller: Caller
    system: str
    history: Sequence[Message]
    resumed: TurnView = field(default_factory=TurnView)
    recalls: bool = False


class Agent:
    """A model, a toolbox, the gate before it and a budget."""

    def __init__(
        self, model: Model, toolbox: Toolbox, *, gate: Gate, budget: Budget, clock: Clock
    ) -> None:
        """Bring the parts together."""
        self._model = model
        self._toolbox = toolbox
        self._gate = gate
        self._budget = budget
        self._clock = clock

    async def run(self, task: Task) -> AsyncGenerator[LoopItem]:
        """Run one turn to its TurnFinished, or to the Pause in which it waits for an answer.

        Raises ModelFailedError when the model fails and BudgetExhaustedError when a limit is hit.
        """
        view = task.resumed
        known = await self._toolbox.list_tools()
        tools = [tool for tool in known if tool.missing is None]
        unready = [tool for tool in known if tool.missing is not None]
        async for item in self._recall(task, view, tools):
            _apply(view, item)
            yield item
        calls = self._calls(tools, task.caller)
        last_step = view.steps[-1] if view.steps else StepView()
        items = calls.resume(last_step, is_tainted=_is_tainted(task, view))
        while True:
            async for item in items:
                _apply(view, item)
                yield item
                if isinstance(item, Pause):
                    return
            reply: ModelReply | None = None
            offered = self._offered(tools, step=len(view.steps))
            async for item in self._ask(task, view, offered, unready):
                if isinstance(item, ModelReply):
                    reply = item
                else:
                    _apply(view, item)
                    yield item
            if reply is None or not reply.message.calls:
                break
            finished = StepFinished(step=len(view.steps) - 1, usage=reply.usage)
            view.apply(finished)
            yield finished
            self._require_budget(view)
            items = calls.begin(reply.message.calls, is_tainted=_is_tainted(task, view))
        yield TurnFinished(
            model=self._model.name,
            usage=view.usage + reply.usage if reply else view.usage,
            sources=sources_of(view.calls, view.recalled),
        )

    async def _recall(
        self, task: Task, view: TurnView, tools: Sequence[ToolSpec]
    ) -> AsyncGenerator[MemoryRecalled | Checkpoint]:
        """Recall once: a turn that is taken up again goes on with what was stored of it."""
        said = task.history[-1] if task.history else None
        is_begun = bool(view.steps or view.recalled)
        if not task.recalls or is_begun or not isinstance(said, UserMessage):
            return
        found = await recall(
            said.text,
            tools=tools,
            toolbox=self._toolbox,
            gate=self._gate,
            caller=task.caller,
            budget=self._budget,
            is_tainted=_is_tainted(task, view),
        )
        if found:
            yield MemoryRecalled(found)
            yield Checkpoint()

    def _calls(self, tools: Sequence[ToolSpec], caller: Caller) -> Calls:
        return Calls(
            toolbox=self._toolbox,
            gate=self._gate,
            specs={tool.name: tool for tool in tools},
            caller=caller,
            timeout_s=self._budget.tool_timeout_s,
            clock=self._clock,
        )

    def _require_budget(self, view: TurnView) -> None:
        if view.usage.total_tokens > self._budget.max_tokens:
            raise BudgetExhaustedError(limit_tokens=self._budget.max_tokens)
        if len(view.steps) >= self._budget.max_steps:
            raise BudgetExhaustedError(limit_steps=self._budget.max_steps)

    def _offered(self, tools: Sequence[ToolSpec], *, step: int) -> Sequence[ToolSpec]:
        """Offer no tools at the last step, so that the model must answer with what it has."""
        return tools if step < self._budget.max_steps - 1 else ()

    async def _ask(
        self,
        task: Task,
        view: TurnView,
        tools: Sequence[ToolSpec],
        unready: Sequence[ToolSpec],
    ) -> AsyncGenerator[StepStarted | TextDelta | ReasoningDelta | ModelReply]:
        history = trim(task.history, max_chars=self._budget.max_history_chars)
        messages = told_once((*with_recalled(history, view.recalled), *messages_of(view)))
        yield StepStarted(step=len(view.steps))
        system = with_unready(task.system, unready)
        request = ModelRequest(system, messages, tools=tools, unready=unready)
        async for chunk in self._model.stream(request):
            match chunk:
                case TextChunk():
                    yield TextDelta(chunk.text)
                case ReasoningChunk():
                    yield ReasoningDelta(chunk.text)
                case ModelReply():
                    yield chunk


def _apply(view: TurnView, item: LoopItem) -> None:
    if not isinstance(item, Checkpoint | Pause):
        view.apply(item)


def _is_tainted(task: Task, view: TurnView) -> bool:
    """Say whether third parties' text has come into this conversation.

    All of the history counts, also what is trimmed off before the model sees it.
    """
    history = with_recalled(task.history, view.recalled)
    return any(
        (isinstance(message, ToolMessage) and message.result.is_untrusted)
        or (isinstance(message, UserMessage) and message.is_untrusted)
        for message in (*history, *messages_of(view))
    )
