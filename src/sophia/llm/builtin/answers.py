"""The answer of a turn in which tools were called. What they returned is data, never a command."""

from collections.abc import Sequence
from datetime import date

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import guidance, memories
from sophia.llm.builtin.planning import tools_that_may_know
from sophia.llm.builtin.rendering import render, shortened
from sophia.llm.builtin.schema import as_object
from sophia.llm.builtin.turn import Outcome, Turn


def answer(turn: Turn, tools: Sequence[ToolSpec], *, today: date) -> str:
    """Tell every result, and which tools may know what the memory did not."""
    told = [_told(turn.text, outcome) for outcome in turn.outcomes]
    if _found_nothing(turn) and (fitting := tools_that_may_know(turn.text, tools, today=today)):
        listed = ", ".join(guidance.example(one.tool, one.filled) for one in fitting[:2])
        told.append(f"These may know: {listed}")
    return "\n\n".join(told)


def _found_nothing(turn: Turn) -> bool:
    """Say whether all that was done was to search the memory, in vain."""
    return all(
        one.call.name.endswith(memories.SEARCH)
        and not one.result.is_error
        and not memories.passages(turn.text, one.result)
        for one in turn.outcomes
    )


def _told(question: str, outcome: Outcome) -> str:
    name, result = outcome.call.name, outcome.result
    if name.endswith(memories.STORE):
        return memories.say_stored(outcome.call.arguments, result)
    if name.endswith(memories.SEARCH) and (
        result.is_error or "memories" in as_object(result.structured)
    ):
        return memories.say_recalled(str(outcome.call.arguments.get("query") or question), result)
    server = guidance.server_title(name)
    if result.is_error:
        told = shortened(result.text.strip(), 1_000) or "it gave no reason"
        return f"{server} could not {guidance.action(name)}: {told}"
    return f"**{server}: {guidance.action(name)}**\n\n{render(result)}"
