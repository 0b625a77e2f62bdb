"""A turn as it is stored: the folded view as JSON, and back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from sophia.core import events
from sophia.core.events import RecalledMemory, ToolFinished, TurnEvent
from sophia.core.fold import ApprovalView, CallView, Ending, StepView, TurnView, fold
from sophia.core.messages import Usage


def view_to_json(view: TurnView) -> dict[str, Any]:
    """Write a view as one JSON object."""
    return {
        "model": view.model,
        "recalled": [asdict(memory) for memory in view.recalled],
        "steps": [asdict(step) for step in view.steps],
        "ending": events.to_json(view.ending) if view.ending else None,
    }


def view_from_json(data: Mapping[str, Any]) -> TurnView:
    """Read what `view_to_json` wrote."""
    ending = data["ending"]
    return TurnView(
        model=data["model"],
        recalled=tuple(RecalledMemory(**memory) for memory in data.get("recalled", ())),
        steps=[_step(step) for step in data["steps"]],
        ending=cast("Ending", events.from_json(ending)) if ending else None,
    )


def stored_events(stretches: Iterable[Sequence[Sequence[Any]]]) -> Iterable[TurnEvent]:
    """Read the events of stored stretches, in order."""
    for stretch in stretches:
        for _, event in stretch:
            yield events.from_json(event)


def view_of_row(
    reply: Mapping[str, Any] | None, stretches: Sequence[Sequence[Any]] | None
) -> TurnView:
    """Give the view of a turn: the stored one of an ended turn, else folded from its steps."""
    if reply is not None:
        return view_from_json(reply)
    return fold(stored_events(stretches or ()))


def _step(data: Mapping[str, Any]) -> StepView:
    return StepView(
        text=data["text"],
        reasoning=data["reasoning"],
        calls=[
            CallView(
                call_id=call["call_id"],
                tool=call["tool"],
                arguments=call["arguments"],
                outcome=ToolFinished(**call["outcome"]) if call["outcome"] else None,
                approval=ApprovalView(**call["approval"]) if call.get("approval") else None,
            )
            for call in data["calls"]
        ],
        usage=Usage(**data.get("usage", {})),
    )
