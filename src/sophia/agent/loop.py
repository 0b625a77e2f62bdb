"""The loop: ask the model, run the tools that it asks for, ask again, until it answers.

It yields the turn's events and, between them, a Checkpoint wherever the turn must be stored before
it goes on: once the model has asked for tools and before they run, and once they have answered.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

from sophia.agent.budget import Budget
from sophia.agent.errors import BudgetExhaustedError
from sophia.agent.prompt import trim
from sophia.agent.sources import sources_of
from sophia.core.events import (
    ReasoningDelta,
    StepStarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
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
    ToolCall,
    ToolSpec,
    Usage,
)
from sophia.core.ports import Caller, Model, Toolbox
from sophia.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Store what has happened before asking for the next event."""


type LoopItem = TurnEvent | Checkpoint


@dataclass(frozen=True, slots=True)
class Task:
    """One turn to run: who asks what, after which talk, and what an earlier attempt left."""

    caller: Caller
    system: str
    history: Sequence[Message]
    resumed: TurnView = field(default_factory=TurnView)


class Agent:
    """A model, a toolbox and a budget."""

    def __init__(self, model: Model, toolbox: Toolbox, *, budget: Budget, clock: Clock) -> None:
        """Bring the parts together."""
        self._model = model
        self._toolbox = toolbox
        self._budget = budget
        self._clock = clock

    async def run(self, task: Task) -> AsyncGenerator[LoopItem]:
        """Run one turn to its TurnFinished.

        Raises ModelFailedError when the model fails and BudgetExhaustedError when a limit is hit.
        """
        view = task.resumed
        usage = Usage()
        tools = await self._toolbox.list_tools()
        if view.steps:
            async for item in self._finish_interrupted_step(view.steps[-1], tools, task.caller):
                _apply(view, item)
                yield item
        while True:
            step = len(view.steps)
            reply: ModelReply | None = None
            async for item in self._ask(task, view, self._offered(tools, step=step)):
                if isinstance(item, ModelReply):
                    reply = item
                else:
                    view.apply(item)
                    yield item
            if reply is None or not reply.message.calls:
                break
            usage = self._within_budget(usage + reply.usage, steps=len(view.steps))
            async for item in self._run_tools(reply.message.calls, tools, task.caller):
                _apply(view, item)
                yield item
        yield TurnFinished(
            model=self._model.name,
            usage=usage + reply.usage if reply else usage,
            sources=sources_of(view.calls),
        )

    def _within_budget(self, usage: Usage, *, steps: int) -> Usage:
        if usage.total_tokens > self._budget.max_tokens:
            raise BudgetExhaustedError(limit_tokens=self._budget.max_tokens)
        if steps >= self._budget.max_steps:
            raise BudgetExhaustedError(limit_steps=self._budget.max_steps)
        return usage

    def _offered(self, tools: Sequence[ToolSpec], *, step: int) -> Sequence[ToolSpec]:
        """Offer no tools at the last step, so that the model must answer with what it has."""
        return tools if step < self._budget.max_steps - 1 else ()

    async def _ask(
        self, task: Task, view: TurnView, tools: Sequence[ToolSpec]
    ) -> AsyncGenerator[StepStarted | TextDelta | ReasoningDelta | ModelReply]:
        history = trim(task.history, max_chars=self._budget.max_history_chars)
        messages = (*history, *messages_of(view))
        yield StepStarted(step=len(view.steps))
        stream = self._model.stream(ModelRequest(task.system, messages, tools=tools))
        async for chunk in stream:
            match chunk:
                case TextChunk():
                    yield TextDelta(chunk.text)
                case ReasoningChunk():
                    yield ReasoningDelta(chunk.text)
                case ModelReply():
                    yield chunk

    async def _run_tools(
        self, calls: Sequence[ToolCall], tools: Sequence[ToolSpec], caller: Caller
    ) -> AsyncGenerator[ToolStarted | ToolFinished | Checkpoint]:
        for call in calls:
            yield ToolStarted(call_id=call.id, tool=call.name, arguments=call.arguments)
        yield Checkpoint()
        read_only = {tool.name for tool in tools if tool.is_read_only}
        if all(call.name in read_only for call in calls):
            tasks = [asyncio.create_task(self._call(call, caller)) for call in calls]
            try:
                for finished in asyncio.as_completed(tasks):
                    yield await finished
            finally:
                for task in tasks:
                    task.cancel()
        else:
            for call in calls:
                yield await self._call(call, caller)
        yield Checkpoint()

    async def _call(self, call: ToolCall, caller: Caller) -> ToolFinished:
        began = self._clock.monotonic()
        if call.malformed is not None:
            text, structured, is_error = _malformed(call), None, True
        else:
            result = await self._toolbox.call(
                call, caller=caller, timeout_s=self._budget.tool_timeout_s
            )
            text, structured, is_error = result.text, result.structured, result.is_error
        return ToolFinished(
            call_id=call.id,
            tool=call.name,
            text=text,
            structured=structured,
            is_error=is_error,
            duration_s=round(self._clock.monotonic() - began, 4),
        )

    async def _finish_interrupted_step(
        self, step: StepView, tools: Sequence[ToolSpec], caller: Caller
    ) -> AsyncGenerator[ToolFinished | Checkpoint]:
        """Answer the calls that were in flight when an earlier worker died.

        A call that only reads is made again; of any other the outcome is unknown, and the model
        is told so instead of the call being repeated.
        """
        open_calls = [call for call in step.calls if call.outcome is None]
        read_only = {tool.name for tool in tools if tool.is_read_only}
        for call in open_calls:
            again = ToolCall(call.call_id, call.tool, call.arguments)
            if call.tool in read_only:
                yield await self._call(again, caller)
            else:
                yield _unknown(again)
        if open_calls:
            yield Checkpoint()


def _apply(view: TurnView, item: LoopItem) -> None:
    if not isinstance(item, Checkpoint):
        view.apply(item)


def _malformed(call: ToolCall) -> str:
    return (
        f"The arguments of {call.name} were no JSON object and the tool was not called. "
        f"Call it again with a JSON object. Received: {(call.malformed or '')[:200]}"
    )


def _unknown(call: ToolCall) -> ToolFinished:
    return ToolFinished(
        call_id=call.id,
        tool=call.name,
        text=(
            "The outcome of this call is unknown: the process that made it was interrupted. "
            "It was not repeated. Look up whether it took effect before calling it again."
        ),
        is_error=True,
    )
