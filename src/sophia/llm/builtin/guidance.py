"""What the assistant says of itself and of the tools, and what to write next."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sophia.core.messages import Json, ToolSpec
from sophia.core.registry import MCP_SERVERS
from sophia.llm.builtin import words
from sophia.llm.builtin.arguments import Filled
from sophia.llm.builtin.matching import Candidate
from sophia.llm.builtin.memories import SEARCH, SERVER, STORE, find_tool
from sophia.llm.builtin.rendering import label, one_line
from sophia.llm.builtin.schema import Property, properties_of
from sophia.llm.builtin.turn import MAX_CALLS

TOO_MANY = f"Nothing was done: I call at most {MAX_CALLS} tools for one message."
_ARTICLE_VERBS = frozenset({"create", "generate", "update", "delete", "terminate", "launch"})
_MAX_SUMMARY = 100
ADD_A_MODEL = (
    "To add a language model: set OPENAI_API_KEY or ANTHROPIC_API_KEY, or run Ollama, and restart."
)
_WHO = "I am Sophia's built-in assistant: I have no language model, but I can use the tools here."
_LOST = (
    "I did not understand that: I have no language model and take only plain requests in English."
    " Three things that I can do with this:"
)


def command_name(tool: ToolSpec) -> str:
    """Give the slash command that calls a tool."""
    return "/" + tool.name.replace("__", ".", 1)


def server_title(tool_name: str) -> str:
    """Give the title of the server that a tool belongs to."""
    server = tool_name.rpartition("__")[0]
    known = MCP_SERVERS.get(server)
    return known.title if known else server or "Other"


def action(tool_name: str) -> str:
    """Give what a tool does, as in "create issue"."""
    return label(tool_name.rpartition("__")[2])


def say_about(tools: Sequence[ToolSpec]) -> str:
    """Say honestly what this is, and three things that it can do now."""
    return _with_examples(f"{_WHO} For example:", list(_abilities(tools)))


def say_lost(tools: Sequence[ToolSpec], said: str) -> str:
    """Say honestly that something was not understood, and three things to do with it."""
    text = one_line(said, 60).replace("`", "").rstrip(" .!")
    return _with_examples(_LOST, [*_uses(tools, text), *_examples(tools)])


def _with_examples(opening: str, abilities: Sequence[str]) -> str:
    if not abilities:
        return f"{opening}\n\nNo tools are reachable now. {ADD_A_MODEL}"
    listed = "\n".join(f"- {one}" for one in abilities[:3])
    return f"{opening}\n\n{listed}\n\n`/tools` lists everything. {ADD_A_MODEL}"


def _uses(tools: Sequence[ToolSpec], text: str) -> Iterable[str]:
    if find_tool(tools, STORE):
        yield f"“Remember: {text}” stores it"
    if search := find_tool(tools, SEARCH):
        yield f"`{command_name(search)} {text}` looks for it in what was stored"


def say_help(tools: Sequence[ToolSpec]) -> str:
    """Explain the commands."""
    return (
        "- `/tools [words]` lists the tools; with a tool's name, its arguments\n"
        "- `/server.tool name=value …` calls one; its main text needs no name, and a JSON object"
        ' does as well: `/memory.search_memories {"query": "deploy"}`\n'
        "- “What do you remember?” tells the latest memories; “forget …” finds what to delete\n"
        "- `/help` shows this\n\n" + say_about(tools)
    )


def say_unready(tools: Sequence[ToolSpec]) -> str:
    """Say what to set so that the servers of these tools can be used."""
    missing = {server_title(tool.name): tool.missing for tool in tools}
    return "\n\n".join(f"{server} is not configured. {told}" for server, told in missing.items())


def say_tools(tools: Sequence[ToolSpec], unready: Sequence[ToolSpec], wanted: str) -> str:
    """List the tools, grouped by server, and the servers that are to be configured."""
    sought = set(words.terms(wanted))
    by_server: defaultdict[str, list[ToolSpec]] = defaultdict(list)
    for tool in tools:
        if sought <= _terms(tool):
            by_server[server_title(tool.name)].append(tool)
    later = [tool for tool in unready if sought <= _terms(tool)]
    if not by_server and not later:
        return f"No tool fits “{wanted}”. `/tools` lists those that are reachable now."
    groups = [
        f"**{server}**\n" + "\n".join(f"- `{command_name(one)}` {_summary(one)}" for one in listed)
        for server, listed in by_server.items()
    ]
    return "\n\n".join([*groups, say_unready(later)] if later else groups)


def _terms(tool: ToolSpec) -> set[str]:
    described = f"{tool.name} {server_title(tool.name)} {tool.title or ''} {tool.description}"
    return set(words.terms(described))


def say_tool(tool: ToolSpec) -> str:
    """Describe one tool and its arguments."""
    lines = [f"- {_argument(one)}" for one in properties_of(tool)] or ["- no arguments"]
    return f"`{command_name(tool)}`: {one_line(tool.description, 600)}\n\n" + "\n".join(lines)


def say_incomplete(tool: ToolSpec, filled: Filled) -> str:
    """Ask for exactly what is missing or does not fit."""
    asked = [f"{_argument_name(what)} {reason}." for what, reason in filled.problems.items()]
    if filled.missing:
        asked.append(f"To {_with_article(tool)} I need: {', '.join(filled.missing)}.")
    return f"{' '.join(asked)} Say for example {example(tool, filled)}"


def _argument_name(what: str) -> str:
    return f"`{what}`" if what.isidentifier() else what


def say_which(candidates: Sequence[Candidate], question: str) -> str:
    """Ask which of the tools is meant."""
    shown = candidates[:3]
    listed = "\n".join(f"- {example(one.tool, one.filled)} {_summary(one.tool)}" for one in shown)
    return f"{question}\n\n{listed}"


def example(tool: ToolSpec, filled: Filled) -> str:
    """Write the command that would call a tool, with what is known and what is not."""
    shown = [
        f"{one.name}={_written(filled.arguments.get(one.name), one)}"
        for one in properties_of(tool)
        if one.is_required or one.name in filled.arguments
    ]
    return f"`{' '.join([command_name(tool), *shown])}`"


def _abilities(tools: Sequence[ToolSpec]) -> Iterable[str]:
    if find_tool(tools, STORE):
        yield "“Remember that our deploy window is Friday 15:00 UTC.” stores it"
    if find_tool(tools, SEARCH):
        yield "“When is our deploy window?” looks up what was stored"
    yield from _examples(tools)


def _examples(tools: Sequence[ToolSpec]) -> Iterable[str]:
    """Show tools, first those that need nothing; the memory is shown by sentences already."""
    shown = [one for one in tools if not one.name.endswith((SEARCH, STORE))]
    for tool in sorted(shown, key=_effort):
        yield f"{example(tool, Filled())} {_summary(tool)}"


def _effort(tool: ToolSpec) -> tuple[bool, bool, int]:
    properties = properties_of(tool)
    needs = any(one.is_required for one in properties)
    return not tool.is_read_only or needs, tool.name.startswith(SERVER), len(properties)


def _summary(tool: ToolSpec) -> str:
    first = tool.description.strip().split("\n", 1)[0].split(". ", 1)[0].rstrip(".")
    return one_line(first or tool.title or action(tool.name), _MAX_SUMMARY)


def _argument(one: Property) -> str:
    kind = " or ".join(map(str, one.choices)) if one.choices else one.kind
    need = ", required" if one.is_required else ""
    told = f": {one_line(one.description, 200)}" if one.description else ""
    return f"`{one.name}` ({kind}{need}){told}"


def _with_article(tool: ToolSpec) -> str:
    verb, _, rest = action(tool.name).partition(" ")
    if words.verb_group(verb) not in _ARTICLE_VERBS or not rest or rest.endswith("s"):
        return f"{verb} {rest}".strip()
    return f"{verb} {'an' if rest[0] in 'aeio' else 'a'} {rest}"


def _written(value: Json, one: Property) -> str:
    if value is None and not one.choices:
        return '"…"' if one.kind in {"string", "any"} else "…"
    known = one.choices[0] if value is None else value
    text = ",".join(map(str, known)) if isinstance(known, list) else one_line(known, 60)
    return f'"{text}"' if set(text) & set(" \"'`") else text
