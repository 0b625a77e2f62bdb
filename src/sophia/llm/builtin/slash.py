"""Slash commands: every tool by its name, whatever model is configured."""

import difflib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import date

import orjson

from sophia.core.messages import Json, JsonObject, ToolSpec
from sophia.llm.builtin import guidance
from sophia.llm.builtin.arguments import Filled
from sophia.llm.builtin.remainder import unquoted
from sophia.llm.builtin.schema import Property, as_object, properties_of
from sophia.llm.builtin.shapes import is_shaped
from sophia.llm.builtin.turn import MAX_CALLS, Act, Move, Say

_COMMAND = re.compile(r"/([A-Za-z][\w.-]*)(?:\s+|$)([\s\S]*)")
_WHOLE_QUOTE = r"\"[^\"]*\"(?!\S)|'[^']*'(?!\S)"
_KEY = re.compile(rf"(?<!\S)(?:(?P<key>[A-Za-z_][\w-]*)=|{_WHOLE_QUOTE})")
_VALUE = re.compile(rf"{_WHOLE_QUOTE}|\S*")
_QUOTES = ('"', "'")
_JSON = json.JSONDecoder()


def run(text: str, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], *, today: date) -> Move:
    """Carry out a message that begins with a slash."""
    lines = [line for line in text.splitlines() if line.strip()]
    are_commands = all(_COMMAND.fullmatch(line.strip()) for line in lines)
    commands = list(dict.fromkeys(lines)) if are_commands else [text]
    if len(commands) > MAX_CALLS:
        return Say(guidance.TOO_MANY)
    moves = [_run_one(command.strip(), tools, unready, today) for command in commands]
    refusal = next((move for move in moves if isinstance(move, Say)), None)
    return refusal or Act(
        tuple(call for move in moves if isinstance(move, Act) for call in move.calls)
    )


def _run_one(
    command: str, tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], today: date
) -> Move:
    found = _COMMAND.fullmatch(command)
    if found is None:
        return Say(f"A command is a slash and a name.\n\n{guidance.say_help(tools)}")
    name, rest = found[1], found[2].strip()
    if name.lower() == "help":
        return Say(guidance.say_help(tools))
    if name.lower() == "tools":
        described = _named(rest.lstrip("/"), tools) if rest else []
        return Say(
            guidance.say_tool(described[0])
            if len(described) == 1
            else guidance.say_tools(tools, unready, rest)
        )
    meant = _named(name, tools)
    if len(meant) != 1:
        return Say(_which(name, meant, tools, unready))
    filled = _filled(meant[0], rest, today)
    if not filled.is_complete:
        return Say(guidance.say_incomplete(meant[0], filled))
    return Act(((meant[0].name, filled.arguments),))


def _named(name: str, tools: Sequence[ToolSpec]) -> list[ToolSpec]:
    """Give the tools of that name: `server__tool`, `server.tool`, or the tool's own name."""
    wanted = _plain(name)
    whole = [tool for tool in tools if _plain(tool.name) == wanted]
    return whole or [tool for tool in tools if _plain(tool.name.rpartition("__")[2]) == wanted]


def _plain(name: str) -> str:
    return re.sub(r"[._-]+", "_", name.lower())


def _which(
    name: str,
    meant: Sequence[ToolSpec],
    tools: Sequence[ToolSpec],
    unready: Sequence[ToolSpec],
) -> str:
    if meant:
        near = [guidance.command_name(tool) for tool in meant]
        return f"`/{name}` is a tool of several servers. Write one of: {_listed(near)}"
    if wished := _named(name, unready):
        return guidance.say_unready(wished)
    known = {
        _plain(form): tool for tool in tools for form in (tool.name.rpartition("__")[2], tool.name)
    }
    close = difflib.get_close_matches(_plain(name), known, n=3, cutoff=0.6)
    near = list(dict.fromkeys(guidance.command_name(known[one]) for one in close))
    did_you_mean = f"Did you mean {_listed(near)}? " if near else ""
    return f"There is no command `/{name}`. {did_you_mean}`/tools` lists all of them."


def _listed(commands: Sequence[str]) -> str:
    return ", ".join(f"`{command}`" for command in commands)


def _filled(tool: ToolSpec, rest: str, today: date) -> Filled:
    properties = {one.name: one for one in properties_of(tool)}
    filled = Filled()
    given = _from_object(rest, filled) if rest.startswith("{") else _from_words(rest, tool, filled)
    for name, raw in given.items():
        if wanted := properties.get(name):
            filled.take(wanted, raw, today=today)
        else:
            known = ", ".join(f"`{one}`" for one in properties) or "none"
            filled.problems[name] = f"is not an argument of it; there are: {known}"
    return filled.close(tuple(properties.values()))


def _from_object(rest: str, filled: Filled) -> JsonObject:
    try:
        return as_object(orjson.loads(rest))
    except orjson.JSONDecodeError as error:
        filled.problems["The JSON object"] = f"cannot be read ({error})"
        return {}


def _from_words(rest: str, tool: ToolSpec, filled: Filled) -> dict[str, Json]:
    """Read name=value pairs; what stands between them is the main text."""
    given: dict[str, Json] = {}
    between = ""
    at = 0
    for found in _KEY.finditer(rest):
        if (name := found["key"]) and found.start() >= at:
            between += rest[at : found.start()]
            given[name], at = _value(rest, found.end())
            if given[name] == rest[found.end() : at] and rest[found.end() : at][:1] in _QUOTES:
                filled.problems[name] = "has a quotation mark that is not closed"
    text = (between + rest[at:]).strip()
    main = _main(properties_of(tool))
    if text and main and main.name not in given:
        given[main.name] = unquoted(text)
    elif text:
        filled.problems[f"“{text[:60]}”"] = "belongs to no argument: write name=value"
    return given


def _value(rest: str, at: int) -> tuple[Json, int]:
    """Give the value that begins there and where it ends: JSON, quoted, or up to a blank."""
    if rest[at : at + 1] in {"[", "{"}:
        with suppress(ValueError, RecursionError):
            return _JSON.raw_decode(rest, at)
    found = _VALUE.match(rest, at)
    end = found.end() if found else at
    return unquoted(rest[at:end]), end


def _main(properties: tuple[Property, ...]) -> Property | None:
    """Give the argument that a text without a name goes to."""
    texts = [one for one in properties if one.kind in {"string", "any"}]
    required = [one for one in texts if one.is_required]
    return next(iter(required), None) or next((one for one in texts if not is_shaped(one)), None)
