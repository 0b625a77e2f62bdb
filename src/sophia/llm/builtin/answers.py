"""The answer of a turn in which tools were called. What they returned is data, never a command."""

from collections.abc import Sequence
from datetime import date

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import guidance, intent, memories
from sophia.llm.builtin.intent import Intent, Kind
from sophia.llm.builtin.planning import tools_that_may_know
from sophia.llm.builtin.rendering import one_line, render, shortened
from sophia.llm.builtin.schema import as_object
from sophia.llm.builtin.turn import Act, Move, Outcome, Say, Turn


def answer(
    turn: Turn, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], *, today: date
) -> Move:
    """Tell every result; delete what was named word for word; name the tools that may know more."""
    meant = intent.read(turn.text)
    is_change = meant.kind in {Kind.FORGET, Kind.CORRECT}
    if is_change and turn.outcomes[0].call.name.endswith(memories.SEARCH):
        return _change(meant, turn.outcomes, tools)
    told = [_told(turn.text, outcome) for outcome in turn.outcomes]
    if not _found_nothing(turn):
        return Say("\n\n".join(told))
    if fitting := tools_that_may_know(turn.text, tools, today=today):
        listed = ", ".join(guidance.example(one.tool, one.filled) for one in fitting[:2])
        told.append(f"These may know: {listed}")
    elif fitting := tools_that_may_know(turn.text, unready, today=today):
        told.append(guidance.say_unready([one.tool for one in fitting[:2]]))
    return Say("\n\n".join(told))


def _change(meant: Intent, outcomes: Sequence[Outcome], tools: Sequence[ToolSpec]) -> Move:
    found, done = outcomes[0].result, outcomes[-1].result
    if len(outcomes) > 1:
        told = f"Forgotten: “{one_line(meant.text, 1_000)}”."
        return Say(
            f"That was not deleted. {shortened(done.text, 1_000)}" if done.is_error else told
        )
    same = memories.find_same(meant.text, found)
    delete = memories.find_tool(tools, memories.DELETE)
    if same and delete and meant.kind is Kind.FORGET and not meant.is_asked:
        return Act(((delete.name, {"memory_id": same.id}),))
    return Say(memories.say_changeable(meant.text, found))


def _found_nothing(turn: Turn) -> bool:
    """Say whether all that was done was to search the memory, in vain."""
    return all(
        one.call.name.endswith(memories.SEARCH)
        and not one.result.is_error
        and not memories.passages(_query(one, turn.text), one.result)
        for one in turn.outcomes
    )


def _query(outcome: Outcome, question: str) -> str:
    return str(outcome.call.arguments.get("query") or question)


def _told(question: str, outcome: Outcome) -> str:
    name, result = outcome.call.name, outcome.result
    has_memories = result.is_error or "memories" in as_object(result.structured)
    if name.endswith(memories.STORE):
        return memories.say_stored(outcome.call.arguments, result)
    if name.endswith(memories.SEARCH) and has_memories:
        return memories.say_recalled(_query(outcome, question), result)
    if name.endswith(memories.RECENT) and has_memories and not result.is_error:
        return memories.say_recent(result)
    server = guidance.server_title(name)
    if result.is_error:
        told = shortened(result.text.strip(), 1_000) or "it gave no reason"
        return f"{server} could not {guidance.action(name)}: {told}"
    return f"**{server}: {guidance.action(name)}**\n\n{render(result)}"
