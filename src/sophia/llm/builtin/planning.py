"""From a sentence to the next move: call a tool, or say something."""

import re
from collections.abc import Sequence
from datetime import date

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import guidance, intent, memories, slash
from sophia.llm.builtin.intent import Intent, Kind
from sophia.llm.builtin.matching import Candidate, Catalogue, verb_of
from sophia.llm.builtin.schema import properties_of
from sophia.llm.builtin.turn import Act, Move, Say, Turn

MAX_CALLS = 3
_THEN = re.compile(r"(?:[;,.]\s*|\s+)(?:and )?then\s+", re.IGNORECASE)
_ADVICE = re.compile(r"how\b(?! much| many)|(?:why|should|may|would)\b", re.IGNORECASE)


def plan(turn: Turn, tools: Sequence[ToolSpec], *, today: date) -> Move:
    """Say what to do about the person's message."""
    meant = intent.read(turn.text)
    match meant.kind:
        case Kind.COMMAND:
            move = slash.run(meant.text, tools, today=today)
        case Kind.REMEMBER:
            move = _remember(meant.text, tools, today)
        case Kind.QUESTION:
            move = _ask(meant, tools, today)
        case Kind.REQUEST:
            move = _request(meant, tools, today)
        case _:
            move = Say(_small_talk(meant.kind, turn, tools))
    return _bounded(move)


def _small_talk(kind: Kind, turn: Turn, tools: Sequence[ToolSpec]) -> str:
    if kind is Kind.THANKS:
        return "You are welcome."
    if kind is Kind.DECLINE:
        return "Nothing was done. To have a rule kept, write “remember that …”."
    if kind is Kind.EARLIER:
        return f"You said: “{turn.earlier[-1]}”." if turn.earlier else "Nothing before this."
    return guidance.say_about(tools, is_lost=False)


def tools_that_may_know(
    text: str, tools: Sequence[ToolSpec], *, today: date
) -> tuple[Candidate, ...]:
    """Give the tools that may answer a question of which the memory knows nothing."""
    meant = intent.read(text)
    if meant.kind is not Kind.QUESTION or _ADVICE.match(meant.text):
        return ()
    others = [tool for tool in tools if not tool.name.endswith(memories.SEARCH)]
    return (
        Catalogue(others)
        .choose(meant.text.rstrip("?! "), verb=None, today=today, explained=0)
        .fitting
    )


def _remember(fact: str, tools: Sequence[ToolSpec], today: date) -> Move:
    tool = memories.find_tool(tools, memories.STORE)
    if not re.search(r"\w", fact):
        return Say("What shall I remember? Write for example “Remember that we deploy on Fridays”.")
    if tool is None:
        return Say("That was not stored: the memory is not reachable now. Try again in a moment.")
    return Act(((tool.name, memories.store_arguments(tool, fact, today=today)),))


def _ask(meant: Intent, tools: Sequence[ToolSpec], today: date) -> Move:
    if not _ADVICE.match(meant.text):
        best = Catalogue(tools).choose(meant.text.rstrip("?! "), verb=None, today=today).best
        if best and best.filled.is_complete and not best.tool.name.endswith(memories.SEARCH):
            return _call(best)
    return _look_up(meant, tools) or Say(guidance.say_about(tools, is_lost=True))


def _look_up(meant: Intent, tools: Sequence[ToolSpec]) -> Move | None:
    search = memories.find_tool(tools, memories.SEARCH)
    return Act(((search.name, memories.search_arguments(search, meant.text)),)) if search else None


def _request(meant: Intent, tools: Sequence[ToolSpec], today: date) -> Move:
    """Do one thing, or several that are joined by "then" if each of them is clear."""
    catalogue = Catalogue(tools)
    parts = [intent.read(part) for part in _THEN.split(meant.text, maxsplit=MAX_CALLS)]
    if len(parts) > 1 and all(part.verb for part in parts):
        moves = [_do(part, catalogue, tools, today) for part in parts]
        acts = [move for move in moves if isinstance(move, Act)]
        if len(acts) == len(moves):
            return Act(tuple(call for act in acts for call in act.calls))
    return _do(meant, catalogue, tools, today)


def _do(meant: Intent, catalogue: Catalogue, tools: Sequence[ToolSpec], today: date) -> Move:
    choice = catalogue.choose(meant.text, verb=meant.verb, today=today)
    if choice.best:
        return _call(choice.best)
    if choice.fitting:
        return Say(guidance.say_which(choice.fitting, "Which of these do you mean?"))
    if meant.text.rstrip().endswith("?") and (search := _look_up(meant, tools)):
        return search
    if near := catalogue.near(meant.text) if meant.verb else ():
        return Say(guidance.say_which(near, "I have no tool that does just that. Nearest:"))
    return Say(guidance.say_about(tools, is_lost=True))


def _call(one: Candidate) -> Move:
    if not one.filled.is_complete:
        return Say(guidance.say_incomplete(one.tool, one.filled))
    required = {wanted.name for wanted in properties_of(one.tool) if wanted.is_required}
    if verb_of(one.tool) == "update" and required >= one.filled.arguments.keys():
        return Say(f"What shall change? {guidance.say_tool(one.tool)}")
    return Act(((one.tool.name, one.filled.arguments),))


def _bounded(move: Move) -> Move:
    if isinstance(move, Say):
        return move
    calls = [call for at, call in enumerate(move.calls) if call not in move.calls[:at]]
    if len(calls) > MAX_CALLS:
        return Say(f"Nothing was done: I call at most {MAX_CALLS} tools for one message.")
    return Act(tuple(calls))
