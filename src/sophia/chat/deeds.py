"""What the assistant did in a turn, as the journal tells it."""

from collections.abc import Iterable
from uuid import UUID

from sophia.agent.calls import OUTCOME_UNKNOWN
from sophia.audit.journal import Deed
from sophia.core.events import ToolFinished, TurnEvent
from sophia.core.fold import CallView, TurnView
from sophia.core.permission import arguments_hash
from sophia.core.ports import Caller


def calls_made(events: Iterable[TurnEvent], view: TurnView, caller: Caller) -> list[Deed]:
    """Give the entries of the tool calls that have ended among a stretch of events."""
    ended = {id(event) for event in events if isinstance(event, ToolFinished)}
    return [_entry(call, caller) for call in view.calls if id(call.outcome) in ended]


def _entry(call: CallView, caller: Caller) -> Deed:
    return Deed(
        actor="assistant",
        action="tool.call",
        on_behalf_of=caller.user_id,
        via=f"turn:{caller.turn_id}",
        target=call.tool,
        outcome=_outcome(call),
        arguments_hash=arguments_hash(call.arguments),
        approval_id=UUID(call.approval.approval_id) if call.approval else None,
        turn_id=caller.turn_id,
    )


def _outcome(call: CallView) -> str:
    finished = call.outcome
    if finished is None or not finished.is_error:
        return "ok"
    if call.approval is not None and call.approval.decision in {"denied", "expired"}:
        return call.approval.decision
    if finished.text == OUTCOME_UNKNOWN:
        return "unknown"
    # What was refused before it began took no time at all.
    return "error" if finished.duration_s else "refused"
