"""Running one claimed turn: the one writer of its events and of its end."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from sophia.agent.budget import Budget
from sophia.agent.calls import Checkpoint, Pause
from sophia.agent.loop import Agent, Task
from sophia.agent.prompt import system_prompt
from sophia.audit.journal import Deed
from sophia.chat.deeds import calls_made
from sophia.chat.ledger import Ledger, LoadedTurn, Outcome
from sophia.core.events import (
    ApprovalRequested,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from sophia.core.fold import CallView, Ending, TurnView
from sophia.core.messages import ToolSpec
from sophia.core.ports import Gate, Model, Toolbox
from sophia.dispatch.dispatcher import Stop
from sophia.dispatch.port import Claim, TurnQueue
from sophia.jobs.queue import Wanted
from sophia.kit import log, metrics, trace
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.llm.builtin import assistant as builtin
from sophia.memory.learning import ABSORB, ABSORPTIONS_AT_ONCE
from sophia.memory.rules import may_hold_facts
from sophia.stream.entries import Entry, EventSink
from sophia.stream.event_log import EventLog

_logger = log.get("chat")

_STATUS = {TurnFinished: "done", TurnFailed: "failed", TurnStopped: "stopped"}


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """Runs turns for the dispatcher. `choose_model` takes the model's name and the message."""

    ledger: Ledger
    sink: EventSink
    queue: TurnQueue
    toolbox: Toolbox
    gate: Gate
    choose_model: Callable[[str | None, str], Model]
    budget: Budget
    clock: Clock
    learns: bool = False

    async def run(self, claim: Claim, stop: Stop) -> None:
        """Run a turn to its end or until it waits; raise what keeps this worker from it.

        A cancellation that no person asked for leaves the turn open, for another worker.
        """
        turn = await self.ledger.load(claim)
        trace.go_on_with(turn.trace_id)
        metrics.turn_queue_wait.observe(turn.waited_s)
        log_ = EventLog(
            claim.turn_id,
            attempt=claim.attempt,
            previous=turn.last_position,
            sink=self.sink,
            clock=self.clock,
        )
        run = _Run(turn, log_)
        try:
            ending = await self._end_of(claim, run, stop)
        except asyncio.CancelledError:
            if not stop.is_requested:
                raise
            # The person's stop is carried out here; the task's cancellation ends with it.
            if (task := asyncio.current_task()) is not None:
                task.uncancel()
            ending = TurnStopped()
        if ending is not None:
            await self._store_end(claim, run, ending)

    async def _end_of(self, claim: Claim, run: "_Run", stop: Stop) -> Ending | None:
        """Run the loop and say how it ended, or nothing if the turn waits for an answer.

        Only infrastructure failures are raised.
        """
        if run.turn.is_stop_requested or stop.is_requested:
            return TurnStopped()
        try:
            async with asyncio.timeout(self.budget.timeout_s):
                return await self._loop(claim, run)
        except TimeoutError:
            return TurnFailed(
                code="turn.timeout",
                message=f"The turn took longer than {self.budget.timeout_s:.0f} seconds.",
            )
        except _InfrastructureError as error:
            raise error.cause from error
        except SophiaError as error:
            return TurnFailed(code=error.code, message=error.message)
        except Exception as error:
            _logger.exception("chat.turn.crashed", turn_id=str(claim.turn_id), error=repr(error))
            return TurnFailed(
                code="turn.crashed", message="Sophia made a mistake; its log says more."
            )

    async def _loop(self, claim: Claim, run: "_Run") -> Ending | None:
        model = self.choose_model(run.turn.model, run.turn.message)
        run.model = model.name
        run.emit(TurnStarted(model=model.name))
        agent = Agent(
            model,
            _Chosen(self.toolbox, run.turn.tools),
            gate=self.gate,
            budget=self.budget,
            clock=self.clock,
        )
        system = system_prompt(
            user_name=run.turn.caller.user_name, now=self.clock.now(), context=run.turn.context
        )
        # The loop keeps a view of its own: the same events are applied to ours as they are sent.
        task = Task(
            run.turn.caller,
            system,
            run.turn.history,
            resumed=_copy(run.turn.resumed),
            # The built-in assistant asks the memory itself, where a question calls for it.
            recalls=self.budget.recall_tokens > 0 and model.name != builtin.NAME,
        )
        async with aclosing(agent.run(task)) as items:
            async for item in items:
                if isinstance(item, Checkpoint):
                    await self._checkpoint(claim, run)
                elif isinstance(item, Pause):
                    await self._pause(claim, run)
                    return None
                elif isinstance(item, TurnFinished):
                    return item
                else:
                    run.emit(item)
        raise AssertionError("the loop ended without an ending")

    async def _checkpoint(self, claim: Claim, run: "_Run") -> None:
        numbered = run.log.unstored
        if not numbered:
            return
        try:
            await self.ledger.checkpoint(
                claim, step=run.stored_steps, numbered=numbered, deeds=run.deeds
            )
        except SophiaError as error:
            raise _InfrastructureError(error) from error
        run.log.clear()
        run.stored_steps += 1

    async def _pause(self, claim: Claim, run: "_Run") -> None:
        """Let go of the turn; its questions are sent once they are stored and can be answered."""
        try:
            is_waiting = await self.ledger.pause(
                claim, step=run.stored_steps, numbered=run.log.unstored, deeds=run.deeds
            )
        except SophiaError as error:
            raise _InfrastructureError(error) from error
        for entry in run.held:
            run.log.send(entry)
        if not is_waiting:
            await self.queue.offer(claim.turn_id)

    async def _store_end(self, claim: Claim, run: "_Run", ending: Ending) -> None:
        entry = run.log.hold(ending)
        run.view.apply(ending)
        status = _STATUS[type(ending)]
        outcome = Outcome(status=status, view=run.view, model=run.model)
        waiting = await self.ledger.finish(
            claim,
            outcome,
            step=run.stored_steps,
            numbered=run.log.unstored,
            deeds=run.deeds,
            job=self._absorption(run) if status == "done" else None,
        )
        run.log.send(entry)
        metrics.chat_completions.labels(run.model, status).inc()
        for turn_id in waiting:
            await self.queue.offer(turn_id)

    def _absorption(self, run: "_Run") -> Wanted | None:
        """Give the job that keeps what is worth it of what was said, if anything may be."""
        if not self.learns or run.turn.is_scheduled or not may_hold_facts(run.turn.message):
            return None
        caller = run.turn.caller
        line = caller.user_id.int % ABSORPTIONS_AT_ONCE
        return Wanted(ABSORB, str(caller.turn_id), in_turn_with=str(line))


class _InfrastructureError(Exception):
    """The turn cannot go on here, through no fault of its own: another worker may try."""

    def __init__(self, cause: SophiaError) -> None:
        super().__init__(str(cause))
        self.cause = cause


class _Run:
    """The state of one running turn."""

    def __init__(self, turn: LoadedTurn, log_: EventLog) -> None:
        self.turn = turn
        self.log = log_
        self.view = turn.resumed
        self.stored_steps = turn.stored_steps
        self.model = turn.model or ""
        self.held: list[Entry] = []

    @property
    def deeds(self) -> list[Deed]:
        """Give what is to stand in the journal of the events that are not stored yet."""
        events = [event for _, event in self.log.unstored]
        return calls_made(events, self.view, self.turn.caller)

    def emit(self, event: TurnEvent) -> None:
        """Send an event, or hold a question back, and remember what it means."""
        self.view.apply(event)
        if isinstance(event, ApprovalRequested):
            self.held.append(self.log.hold(event))
        else:
            self.log.emit(event)


class _Chosen:
    """The toolbox cut down to the tools that the request named."""

    def __init__(self, toolbox: Toolbox, names: frozenset[str] | None) -> None:
        self._toolbox = toolbox
        self._names = names
        self.call = toolbox.call
        self.refusal = toolbox.refusal

    async def list_tools(self) -> Sequence[ToolSpec]:
        """Give the tools on offer."""
        tools = await self._toolbox.list_tools()
        return tools if self._names is None else [t for t in tools if t.name in self._names]


def _copy(view: TurnView) -> TurnView:
    return TurnView(
        model=view.model,
        recalled=view.recalled,
        steps=[
            replace(step, calls=[_copy_call(call) for call in step.calls]) for step in view.steps
        ],
        ending=view.ending,
    )


def _copy_call(call: CallView) -> CallView:
    return replace(call, approval=replace(call.approval) if call.approval else None)
