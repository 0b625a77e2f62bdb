"""Folding a turn's events into what was said and done, however the deltas were split."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sophia.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    MemoryRecalled,
    ReasoningDelta,
    RecalledMemory,
    StepFinished,
    StepStarted,
    TextDelta,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    TurnStopped,
)
from sophia.core.messages import (
    AssistantMessage,
    JsonObject,
    Message,
    ToolCall,
    ToolMessage,
    ToolResult,
    Usage,
)

type Ending = TurnFinished | TurnFailed | TurnStopped


@dataclass(slots=True)
class ApprovalView:
    """A question for approval and, once there is one, the answer."""

    approval_id: str
    tool_class: str
    reason: str
    expires_at: str
    decision: str | None = None


@dataclass(slots=True)
class CallView:
    """A tool call and, once there is one, its outcome."""

    call_id: str
    tool: str
    arguments: JsonObject
    outcome: ToolFinished | None = None
    approval: ApprovalView | None = None


@dataclass(slots=True)
class StepView:
    """One call of the model: what it said, thought and asked for."""

    text: str = ""
    reasoning: str = ""
    calls: list[CallView] = field(default_factory=list[CallView])
    usage: Usage = field(default_factory=Usage)


@dataclass(slots=True)
class TurnView:
    """A turn as it stands after the events applied so far."""

    model: str | None = None
    recalled: tuple[RecalledMemory, ...] = ()
    steps: list[StepView] = field(default_factory=list[StepView])
    ending: Ending | None = None

    @property
    def response(self) -> str:
        """Give all that was said, step by step."""
        return "\n\n".join(step.text.strip("\n") for step in self.steps if step.text.strip())

    @property
    def reasoning(self) -> str:
        """Give all that was thought, step by step."""
        return "\n\n".join(step.reasoning for step in self.steps if step.reasoning)

    @property
    def usage(self) -> Usage:
        """Give the tokens of the steps that have ended, those of earlier attempts included."""
        return sum((step.usage for step in self.steps), Usage())

    @property
    def calls(self) -> list[CallView]:
        """Give every tool call in order."""
        return [call for step in self.steps for call in step.calls]

    def apply(self, event: TurnEvent) -> None:
        """Take one event into account."""
        match event:
            case TurnStarted():
                self.model = event.model
            case MemoryRecalled():
                self.recalled = event.memories
            case StepStarted():
                del self.steps[event.step :]
                self.steps.append(StepView())
            case ApprovalRequested() | ApprovalAnswered():
                self._apply_approval(event)
            case StepFinished():
                self._last_step().usage = event.usage
            case TextDelta() | ReasoningDelta() | ToolStarted() | ToolFinished():
                self._apply_within_step(event)
            case TurnFinished() | TurnFailed() | TurnStopped():
                self.ending = event

    def _apply_within_step(
        self, event: TextDelta | ReasoningDelta | ToolStarted | ToolFinished
    ) -> None:
        step = self._last_step()
        match event:
            case TextDelta():
                step.text += event.text
            case ReasoningDelta():
                step.reasoning += event.text
            case ToolStarted():
                step.calls.append(CallView(event.call_id, event.tool, event.arguments))
            case ToolFinished():
                for call in step.calls:
                    if call.call_id == event.call_id:
                        call.outcome = event

    def _last_step(self) -> StepView:
        if not self.steps:
            self.steps.append(StepView())
        return self.steps[-1]

    def _apply_approval(self, event: ApprovalRequested | ApprovalAnswered) -> None:
        calls = self.steps[-1].calls if self.steps else []
        match event:
            case ApprovalRequested():
                asked = ApprovalView(
                    event.approval_id, event.tool_class, event.reason, event.expires_at
                )
                meant = (call for call in calls if _is_asked_for(call, event))
                if (call := next(meant, None)) is not None:
                    call.approval = asked
            case ApprovalAnswered():
                for call in calls:
                    if call.approval is not None and call.approval.approval_id == event.approval_id:
                        call.approval.decision = event.decision


def _is_asked_for(call: CallView, event: ApprovalRequested) -> bool:
    is_same = call.call_id == event.call_id and call.arguments == event.arguments
    return is_same and call.outcome is None


def fold(events: Iterable[TurnEvent]) -> TurnView:
    """Fold events from the first one on."""
    view = TurnView()
    for event in events:
        view.apply(event)
    return view


def messages_of(view: TurnView) -> Sequence[Message]:
    """Give what a model must see of a turn to go on from it: unanswered calls are left out."""
    messages: list[Message] = []
    for step in view.steps:
        answered = [call for call in step.calls if call.outcome is not None]
        if not step.text and not answered:
            continue
        messages.append(
            AssistantMessage(
                text=step.text,
                calls=tuple(ToolCall(call.call_id, call.tool, call.arguments) for call in answered),
            )
        )
        messages.extend(ToolMessage(result_of(call)) for call in answered)
    return messages


def result_of(call: CallView) -> ToolResult:
    """Give a call's outcome as the model sees it."""
    outcome = call.outcome
    if outcome is None:
        return ToolResult(call_id=call.call_id, text="no outcome", is_error=True)
    return ToolResult(
        call_id=call.call_id,
        text=outcome.text,
        structured=outcome.structured,
        is_error=outcome.is_error,
        is_untrusted=outcome.is_untrusted,
    )
