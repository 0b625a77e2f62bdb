"""Running the tool calls of one step: through the gate, and on from where they were left."""

import asyncio
import difflib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from sophia.core.events import ApprovalAnswered, ApprovalRequested, ToolFinished, ToolStarted
from sophia.core.fold import CallView, StepView
from sophia.core.messages import ToolCall, ToolSpec
from sophia.core.ports import Caller, Gate, Refuse, Run, Toolbox
from sophia.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Store what has happened before asking for the next event."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Store what has happened, with the approvals asked for, and let go of the turn."""


type CallItem = ToolStarted | ToolFinished | ApprovalRequested | ApprovalAnswered | Checkpoint

# What the model is told of a call that a person, or nobody, has answered.
_UNANSWERED = {
    "denied": "A person was asked and denied this call. It was not run. Do not call it again.",
    "expired": "A person was asked for approval and nobody answered in time. It was not run.",
    "missing": "There is no approval of this call with these arguments. It was not run.",
}
OUTCOME_UNKNOWN = (
    "The outcome of this call is unknown: the process that made it was interrupted. "
    "It was not repeated. Look up whether it took effect before calling it again."
)


@dataclass(frozen=True, slots=True)
class Calls:
    """The tools on offer to one turn, and the gate before them."""

    toolbox: Toolbox
    gate: Gate
    specs: Mapping[str, ToolSpec]
    caller: Caller
    timeout_s: float
    clock: Clock

    async def begin(
        self, calls: Sequence[ToolCall], *, is_tainted: bool
    ) -> AsyncGenerator[CallItem | Pause]:
        """Run what the model has just asked for, or pause until a person has answered."""
        for call in calls:
            yield ToolStarted(call_id=call.id, tool=call.name, arguments=call.arguments)
        async for item in self._decide_and_run(calls, is_tainted=is_tainted):
            yield item

    async def resume(self, step: StepView, *, is_tainted: bool) -> AsyncGenerator[CallItem | Pause]:
        """Go on with a step that waited for answers, or whose worker died."""
        open_calls = [call for call in step.calls if call.outcome is None]
        is_begun = all(_is_settled(call) for call in open_calls)
        # While one waits, none of them begins.
        items = self._finish(open_calls) if is_begun else self._answer(open_calls)
        async for item in items:
            yield item
        if is_begun or not all(_is_settled(call) for call in open_calls):
            return
        for call in open_calls:
            if call.approval is not None:
                yield await self._redeem(call)
        rest = [_call_of(call) for call in open_calls if call.approval is None]
        async for item in self._decide_and_run(rest, is_tainted=is_tainted):
            yield item

    async def _finish(self, calls: Sequence[CallView]) -> AsyncGenerator[ToolFinished | Checkpoint]:
        for call in calls:
            yield await self._finish_interrupted(call)
        if calls:
            yield Checkpoint()

    async def _answer(
        self, calls: Sequence[CallView]
    ) -> AsyncGenerator[ApprovalAnswered | Checkpoint | Pause]:
        """Tell which questions have been answered; pause again while one has not."""
        statuses = await self.gate.answers(caller=self.caller)
        for call in calls:
            if (answered := _answered(call, statuses)) is not None:
                yield answered  # who follows applies it to the call
        yield Checkpoint() if all(_is_settled(call) for call in calls) else Pause()

    async def _decide_and_run(
        self, calls: Sequence[ToolCall], *, is_tainted: bool
    ) -> AsyncGenerator[ToolFinished | ApprovalRequested | Checkpoint | Pause]:
        offered = [call for call in calls if call.malformed is None and call.name in self.specs]
        for call in calls:
            if call not in offered:
                yield _refused(call, await self._why_not(call))
        decisions = await self.gate.decide(
            [(call, self.specs[call.name]) for call in offered],
            caller=self.caller,
            is_tainted=is_tainted,
        )
        for call, decision in zip(offered, decisions, strict=True):
            if isinstance(decision, Refuse):
                yield _refused(call, decision.text)
        asked = [decision for decision in decisions if isinstance(decision, ApprovalRequested)]
        for question in asked:
            yield question
        if asked:
            yield Pause()
            return
        yield Checkpoint()
        allowed = [c for c, made in zip(offered, decisions, strict=True) if isinstance(made, Run)]
        async for finished in self._run(allowed):
            yield finished
        yield Checkpoint()

    async def _run(self, calls: Sequence[ToolCall]) -> AsyncGenerator[ToolFinished]:
        """Run calls: side by side if they all only read, else one after the other."""
        if not all(self.specs[call.name].is_read_only for call in calls):
            for call in calls:
                yield await self._call(call)
            return
        tasks = [asyncio.create_task(self._call(call)) for call in calls]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            for task in tasks:
                task.cancel()

    async def _finish_interrupted(self, view: CallView) -> ToolFinished:
        """Answer a call that may have been in flight when an earlier worker died.

        A call that only reads is made again; of any other the outcome is unknown, and the model
        is told so instead of the call being repeated.
        """
        if view.approval is not None:
            return await self._redeem(view)
        spec = self.specs.get(view.tool)
        if spec is not None and spec.is_read_only:
            return await self._call(_call_of(view))
        return _refused(_call_of(view), OUTCOME_UNKNOWN)

    async def _redeem(self, view: CallView) -> ToolFinished:
        """Run a call by its approval, which is used up before the call is made."""
        call = _call_of(view)
        approval_id = view.approval.approval_id if view.approval is not None else ""
        status = await self.gate.redeem(approval_id, call, caller=self.caller)
        if status == "approved":
            return await self._call(call)
        return _refused(call, _UNANSWERED.get(status, OUTCOME_UNKNOWN))

    async def _call(self, call: ToolCall) -> ToolFinished:
        began = self.clock.monotonic()
        result = await self.toolbox.call(call, caller=self.caller, timeout_s=self.timeout_s)
        return ToolFinished(
            call_id=call.id,
            tool=call.name,
            text=result.text,
            structured=result.structured,
            is_error=result.is_error,
            duration_s=round(self.clock.monotonic() - began, 4),
            is_untrusted=result.is_untrusted,
        )

    async def _why_not(self, call: ToolCall) -> str:
        if call.malformed is not None:
            return (
                f"The arguments of {call.name} were no JSON object and the tool was not called. "
                f"Call it again with a JSON object. Received: {call.malformed[:200]}"
            )
        if (reason := await self.toolbox.refusal(call.name)) is not None:
            return reason
        near = difflib.get_close_matches(call.name, self.specs, n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        return f"There is no tool {call.name[:80]} on offer.{hint}"


def _is_settled(call: CallView) -> bool:
    """Say whether nobody's answer is missing before the call may begin."""
    return call.approval is None or call.approval.decision is not None


def _answered(call: CallView, statuses: Mapping[str, str]) -> ApprovalAnswered | None:
    if call.approval is None or call.approval.decision is not None:
        return None
    status = statuses.get(call.approval.approval_id, "expired")
    if status == "pending":
        return None
    return ApprovalAnswered(
        approval_id=call.approval.approval_id, call_id=call.call_id, decision=status
    )


def _call_of(view: CallView) -> ToolCall:
    return ToolCall(view.call_id, view.tool, view.arguments)


def _refused(call: ToolCall, text: str) -> ToolFinished:
    return ToolFinished(call_id=call.id, tool=call.name, text=text, is_error=True)
