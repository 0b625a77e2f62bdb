"""A turn as a part of a file and back, with the events that would have led to it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from sophia.archive.schemas import (
    CallFile,
    EndingFile,
    FailedFile,
    FinishedFile,
    StepFile,
    StoppedFile,
    TurnFile,
)
from sophia.chat.views import view_of_row, view_to_json
from sophia.core.events import (
    ApprovalAnswered,
    ApprovalRequested,
    ReasoningDelta,
    Source,
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
    to_json,
)
from sophia.core.fold import ApprovalView, CallView, Ending, StepView, TurnView
from sophia.core.messages import Usage
from sophia.kit.ids import TurnId, uuid7

_STATUS = {TurnFinished.type: "done", TurnFailed.type: "failed", TurnStopped.type: "stopped"}


def turn_to_file(row: RowMapping | Mapping[str, Any]) -> TurnFile:
    """Write a turn's row. Ids of approvals mean nothing elsewhere."""
    view = view_of_row(row["reply"], row["step_events"])
    return TurnFile.model_validate(
        {
            "id": str(row["id"]),
            "parent": str(row["parent_id"]) if row["parent_id"] else None,
            "status": row["status"],
            "message": row["message"],
            "context": row["context"],
            "attachments": [str(one["attachment_id"]) for one in row["attachments"] or ()],
            "model": view.model or row["model"],
            "steps": _steps_to_file(view),
            "ending": None if view.ending is None else to_json(view.ending),
            "created_at": row["created_at"],
            "started_at": row["started_at"],
            "ended_at": row["ended_at"],
        }
    )


def turn_from_file(
    turn: TurnFile, ids: Mapping[str, TurnId], files: Mapping[str, UUID]
) -> dict[str, Any]:
    """Give the row of a turn, under the ids that it, its parent and its files have here.

    What had not ended where it comes from was stopped there, for us; a file that was not carried
    is not there.
    """
    view = TurnView(
        model=turn.model,
        steps=[_step(step) for step in turn.steps],
        ending=_ending(turn.ending),
    )
    return {
        "id": ids[turn.id],
        "parent_id": ids[turn.parent] if turn.parent else None,
        "status": _STATUS[turn.ending.type if turn.ending else TurnStopped.type],
        "message": turn.message,
        "context": turn.context,
        "attachments": [files[id_] for id_ in turn.attachments if id_ in files],
        "model": turn.model,
        "response": view.response,
        "reply": view_to_json(view),
        "events": [
            [number, to_json(event)] for number, event in enumerate(events_of(view), start=1)
        ],
        "created_at": turn.created_at,
        "started_at": turn.started_at,
        "ended_at": turn.ended_at or turn.created_at,
    }


def events_of(view: TurnView) -> Iterator[TurnEvent]:
    """Give events that fold to this view."""
    if view.model is not None:
        yield TurnStarted(model=view.model)
    for number, step in enumerate(view.steps):
        yield StepStarted(step=number)
        if step.reasoning:
            yield ReasoningDelta(step.reasoning)
        if step.text:
            yield TextDelta(step.text)
        for call in step.calls:
            yield from _events_of_call(call)
        if step.usage != Usage():
            yield StepFinished(step=number, usage=step.usage)
    if view.ending is not None:
        yield view.ending


def _events_of_call(call: CallView) -> Iterator[TurnEvent]:
    yield ToolStarted(call_id=call.call_id, tool=call.tool, arguments=call.arguments)
    yield from _events_of_approval(call)
    if call.outcome is not None:
        yield call.outcome


def _events_of_approval(call: CallView) -> Iterator[TurnEvent]:
    if (asked := call.approval) is None:
        return
    yield ApprovalRequested(
        approval_id=asked.approval_id,
        call_id=call.call_id,
        tool=call.tool,
        arguments=call.arguments,
        tool_class=asked.tool_class,
        reason=asked.reason,
        expires_at=asked.expires_at,
    )
    if asked.decision is not None:
        yield ApprovalAnswered(asked.approval_id, call.call_id, asked.decision)


def _steps_to_file(view: TurnView) -> list[dict[str, Any]]:
    steps = [asdict(step) for step in view.steps]
    for step in steps:
        for call in step["calls"]:
            if call["outcome"] is not None:
                del call["outcome"]["call_id"], call["outcome"]["tool"]
            if call["approval"] is not None:
                del call["approval"]["approval_id"]
    return steps


def _step(step: StepFile) -> StepView:
    return StepView(
        text=step.text,
        reasoning=step.reasoning,
        calls=[_call(call) for call in step.calls],
        usage=Usage(**step.usage.model_dump()),
    )


def _call(call: CallFile) -> CallView:
    outcome, asked = call.outcome, call.approval
    return CallView(
        call_id=call.call_id,
        tool=call.tool,
        arguments=call.arguments,
        outcome=ToolFinished(call.call_id, call.tool, **outcome.model_dump()) if outcome else None,
        approval=ApprovalView(str(uuid7()), **asked.model_dump()) if asked else None,
    )


def _ending(ending: EndingFile | None) -> Ending:
    match ending:
        case None | StoppedFile():
            return TurnStopped()
        case FailedFile():
            return TurnFailed(ending.code, ending.message)
        case FinishedFile():
            return TurnFinished(
                model=ending.model,
                usage=Usage(**ending.usage.model_dump()),
                sources=tuple(Source(**source.model_dump()) for source in ending.sources),
                suggestions=tuple(ending.suggestions),
            )
