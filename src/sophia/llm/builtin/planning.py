"""From a sentence to the next move: call a tool, or say something."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sophia.core.messages import ToolSpec
from sophia.llm.builtin import guidance, intent, memories, slash
from sophia.llm.builtin.intent import Intent, Kind
from sophia.llm.builtin.matching import MOSTLY, Candidate, Catalogue, Choice, verb_of
from sophia.llm.builtin.schema import properties_of
from sophia.llm.builtin.turn import MAX_CALLS, Act, Move, Say, Turn

_THEN = re.compile(r"[;,.]?\s(?:and )?then\s", re.IGNORECASE)
_AND = re.compile(r",? and\s", re.IGNORECASE)
_AND_ASKING = re.compile(
    r",? and\s(?=(?:who|when|where|what|which|how|tell (?:me|us))\b)", re.IGNORECASE
)
_THEN_ASKING = re.compile(r",? and (?=tell (?:me|us)\b)|[.;!]\s(?=[^.;!]*\?\s*$)", re.IGNORECASE)
_MIN_QUESTION_WORDS = 3
_ADVICE = re.compile(r"how\b(?! much| many)|(?:why|should|may|would)\b", re.IGNORECASE)
_TO = re.compile(r"\w+ (.{1,200}?) to (.{1,200})")
_SAID = {
    Kind.THANKS: "You are welcome.",
    Kind.CLOSING: "All right.",
    Kind.REPLY: "I read every message by itself: please say in one sentence what you want.",
    Kind.TOO_LONG: f"I read requests of at most {intent.MAX_CHARS:,} characters: nothing was done."
    " “Remember: …” and slash commands take longer texts; `/tools` lists them.",
    Kind.DECLINE: "Nothing was done. To have a rule kept, write “remember that …”.",
}
_NO_MEMORY = "the memory is not reachable now. Try again in a moment."


def plan(
    turn: Turn, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], *, today: date
) -> Move:
    """Say what to do about the person's message.

    `unready`: tools that there would be, were their servers configured.
    """
    meant = intent.read(turn.text)
    match meant.kind:
        case Kind.COMMAND:
            move = slash.run(meant.text, tools, unready, today=today)
        case Kind.REMEMBER:
            move = _remember(meant.text, tools, today)
        case Kind.FORGET | Kind.CORRECT:
            move = _find_to_change(meant, tools)
        case Kind.RECENT:
            move = _recent(tools)
        case Kind.EARLIER if not turn.earlier:
            move = _recent(tools)
        case Kind.QUESTION:
            move = _ask(meant, tools, unready, today)
        case Kind.REQUEST:
            move = _request(meant, tools, unready, today)
        case _:
            move = Say(_small_talk(meant.kind, turn, tools, unready))
    return _bounded(move)


def _small_talk(
    kind: Kind, turn: Turn, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec]
) -> str:
    if kind is Kind.HELP:
        return guidance.say_help(tools)
    if kind is Kind.EARLIER:
        return f"You said: “{turn.earlier[-1]}”."
    if kind is Kind.TOOLS:
        return guidance.say_tools(tools, unready, "")
    return _SAID.get(kind) or guidance.say_about(tools)


def tools_that_may_know(
    text: str, tools: Sequence[ToolSpec], *, today: date
) -> tuple[Candidate, ...]:
    """Give the tools that may answer a question of which the memory knows nothing."""
    meant = intent.read(text)
    if meant.kind is not Kind.QUESTION or _ADVICE.match(meant.text):
        return ()
    others = [tool for tool in tools if not tool.name.startswith(memories.SERVER)]
    return _choose_reading(meant, others, today, explained=0).fitting


def _choose_reading(
    meant: Intent, tools: Sequence[ToolSpec], today: date, *, explained: float = MOSTLY
) -> Choice:
    """Choose among the tools that read one that answers a question better than a search."""
    plain = meant.text.rstrip("?! ")
    others = [tool for tool in tools if not tool.name.endswith(memories.SEARCH)]
    return Catalogue(others).choose(plain, verb=None, today=today, explained=explained)


def _find_to_change(meant: Intent, tools: Sequence[ToolSpec]) -> Move:
    if not memories.names_one(meant.text):
        return Say(
            "I change or delete one memory at a time: write for example “forget the old"
            " deploy window”. “What do you remember?” lists the latest."
        )
    return _look_up(meant.text, tools) or Say(f"Nothing was changed: {_NO_MEMORY}")


def _recent(tools: Sequence[ToolSpec]) -> Move:
    tool = memories.find_tool(tools, memories.RECENT)
    return Act(((tool.name, {}),)) if tool else Say(f"That cannot be told: {_NO_MEMORY}")


def _remember(said: str, tools: Sequence[ToolSpec], today: date) -> Move:
    fact, *asked = _THEN_ASKING.split(said, maxsplit=1)
    tool = memories.find_tool(tools, memories.STORE)
    if not re.search(r"\w", fact):
        return Say("What shall I remember? Write for example “Remember that we deploy on Fridays”.")
    if tool is None:
        return Say(f"That was not stored: {_NO_MEMORY}")
    found = _look_up(asked[0], tools) if asked else None
    store = (tool.name, memories.store_arguments(tool, fact, today=today))
    return Act((store, *(found.calls if found else ())))


def _ask(
    meant: Intent, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], today: date
) -> Move:
    if not _ADVICE.match(meant.text):
        best = _choose_reading(meant, tools, today).best
        if best and best.filled.is_complete:
            return _call(best, meant)
        best = _choose_reading(meant, unready, today).best
        if best and best.filled.is_complete:
            return Say(guidance.say_unready([best.tool]))
    questions = _AND_ASKING.split(meant.text, maxsplit=MAX_CALLS)
    if any(len(one.split()) < _MIN_QUESTION_WORDS for one in questions):
        questions = [meant.text]
    found = [one for one in (_look_up(question, tools) for question in questions) if one]
    calls = tuple(call for one in found for call in one.calls)
    return Act(calls) if calls else Say(f"That cannot be looked up: {_NO_MEMORY}")


def _look_up(question: str, tools: Sequence[ToolSpec]) -> Act | None:
    search = memories.find_tool(tools, memories.SEARCH)
    return Act(((search.name, memories.search_arguments(search, question)),)) if search else None


def _request(
    meant: Intent, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], today: date
) -> Move:
    """Do one thing, or several that are joined by "then", or by "and" if all of them only read."""
    catalogue = Catalogue(tools)
    for joint, is_sure in ((_THEN, True), (_AND, False)):
        read = map(intent.read, joint.split(meant.text, maxsplit=MAX_CALLS))
        parts = [replace(part, is_asked=meant.is_asked) for part in read]
        if len(parts) == 1 or not all(part.verb for part in parts):
            continue
        moves = [_do(part, catalogue, tools, unready, today) for part in parts]
        acts = [move for move in moves if isinstance(move, Act)]
        calls = tuple(call for act in acts for call in act.calls)
        reading = {tool.name for tool in tools if tool.is_read_only}
        if len(acts) == len(moves) and (is_sure or all(name in reading for name, _ in calls)):
            return Act(calls)
        if is_sure:
            return next(move for move in moves if isinstance(move, Say))
    return _do(meant, catalogue, tools, unready, today)


def _do(
    meant: Intent,
    catalogue: Catalogue,
    tools: Sequence[ToolSpec],
    unready: Sequence[ToolSpec],
    today: date,
) -> Move:
    choice = catalogue.choose(meant.text, verb=meant.verb, today=today)
    if choice.best:
        return _call(choice.best, meant)
    if choice.fitting:
        return Say(guidance.say_which(choice.fitting, "Which of these do you mean?"))
    wished = Catalogue(unready).choose(meant.text, verb=meant.verb, today=today)
    if wished.fitting:
        likely = (wished.best,) if wished.best else wished.fitting
        return Say(guidance.say_unready([one.tool for one in likely]))
    return _without_tool(meant, catalogue, tools)


def _without_tool(meant: Intent, catalogue: Catalogue, tools: Sequence[ToolSpec]) -> Move:
    """Do what can be done about a request that no tool fits."""
    if meant.verb == "search" or meant.text.endswith("?"):
        return _look_up(meant.text, tools) or Say(f"That cannot be looked up: {_NO_MEMORY}")
    if near := catalogue.near(meant.text) if meant.verb else ():
        return Say(guidance.say_which(near, "I have no tool that does just that. Nearest:"))
    if meant.verb == "update" and (change := _TO.fullmatch(meant.text.rstrip("."))):
        fact = f"{change[1]} is {change[2]}"
        return Say(f"To correct what was stored, write “Remember that {fact}”: the newest counts.")
    return Say(guidance.say_lost(tools, meant.text))


def _call(one: Candidate, meant: Intent) -> Move:
    if one.tool.is_destructive and meant.is_asked:
        return Say(
            f"A question changes nothing. To do it: {guidance.example(one.tool, one.filled)}"
        )
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
    return Act(tuple(calls)) if len(calls) <= MAX_CALLS else Say(guidance.TOO_MANY)
