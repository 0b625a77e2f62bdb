"""Which of a server's tools an operator wants to be offered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sophia.core import registry
from sophia.servers.errors import ToolsetUnknownError
from sophia.servers.parts import ServerParts, Tool

READ_ONLY = "SOPHIA_MCP_READ_ONLY allows only tools that change nothing."
# In place of a toolset: those that a server offers by itself, and all that it has.
DEFAULT, ALL = "default", "all"


def read_toolsets(written: str) -> dict[str, frozenset[str]]:
    """Read `github:default,actions linear:issues`; raises ToolsetUnknownError."""
    chosen: dict[str, frozenset[str]] = {}
    for one in written.split():
        server, colon, names = one.partition(":")
        toolsets = frozenset(name for name in names.split(",") if name)
        if server not in registry.MCP_SERVERS or not colon or not toolsets:
            raise ToolsetUnknownError(
                f"SOPHIA_MCP_TOOLSETS: {one!r} is not understood. Write SERVER:TOOLSET,TOOLSET with"
                f" a server of {', '.join(registry.MCP_SERVERS)}."
            )
        chosen[server] = chosen.get(server, frozenset()) | toolsets
    return chosen


def selected(
    parts: ServerParts, *, is_read_only: bool, toolsets: Mapping[str, frozenset[str]]
) -> ServerParts:
    """Leave out what is not wanted; a call of it is told why. Raises ToolsetUnknownError.

    A tool without a toolset belongs to all of them.
    """
    there = frozenset(tool.toolset for tool in parts.tools if tool.toolset is not None)
    wanted = _wanted(parts, there, toolsets.get(parts.name, frozenset({DEFAULT})))
    refusals = {
        tool.name: _refusal(tool, is_read_only=is_read_only, wanted=wanted) for tool in parts.tools
    }
    chosen = {name: why for name, why in refusals.items() if why is not None}
    withheld = {**chosen, **parts.withheld}
    kept = [tool for tool in parts.tools if tool.name not in withheld]
    return replace(parts, tools=kept, withheld=withheld)


def _wanted(parts: ServerParts, there: frozenset[str], named: frozenset[str]) -> frozenset[str]:
    """Give the toolsets that were meant; raises ToolsetUnknownError."""
    unknown = named - there - {DEFAULT, ALL}
    if unknown:
        raise ToolsetUnknownError(
            f"SOPHIA_MCP_TOOLSETS: {parts.name} has no {', '.join(sorted(unknown))};"
            f" it has {', '.join(sorted(there)) or 'none'}."
        )
    default = there if parts.default_toolsets is None else parts.default_toolsets
    if ALL in named:
        return there
    return named | default if DEFAULT in named else named


def _refusal(tool: Tool[Any, Any], *, is_read_only: bool, wanted: frozenset[str]) -> str | None:
    if is_read_only and not tool.is_read_only:
        return READ_ONLY
    if tool.toolset is not None and tool.toolset not in wanted:
        return (
            f"The toolset {tool.toolset} is off: the operator switches it on by naming it in"
            " SOPHIA_MCP_TOOLSETS."
        )
    return None
