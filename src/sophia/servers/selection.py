"""Which of a server's tools an operator wants to be offered."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sophia.core import registry
from sophia.servers.errors import ToolsetUnknownError
from sophia.servers.parts import ServerParts, Tool

READ_ONLY = "SOPHIA_MCP_READ_ONLY allows only tools that change nothing."


def read_toolsets(written: str) -> dict[str, frozenset[str]]:
    """Read `github:issues,pull_requests linear:issues`; raises ToolsetUnknownError."""
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
    wanted = toolsets.get(parts.name)
    there = {tool.toolset for tool in parts.tools if tool.toolset is not None}
    if wanted is not None and not wanted <= there:
        raise ToolsetUnknownError(
            f"SOPHIA_MCP_TOOLSETS: {parts.name} has no {', '.join(sorted(wanted - there))};"
            f" it has {', '.join(sorted(there)) or 'none'}."
        )
    refusals = {
        tool.name: _refusal(tool, is_read_only=is_read_only, wanted=wanted) for tool in parts.tools
    }
    withheld = {name: why for name, why in refusals.items() if why is not None}
    kept = [tool for tool in parts.tools if tool.name not in withheld]
    return replace(parts, tools=kept, withheld={**parts.withheld, **withheld})


def _refusal(
    tool: Tool[Any, Any], *, is_read_only: bool, wanted: frozenset[str] | None
) -> str | None:
    if is_read_only and not tool.is_read_only:
        return READ_ONLY
    if wanted is not None and tool.toolset is not None and tool.toolset not in wanted:
        return f"SOPHIA_MCP_TOOLSETS leaves out {tool.toolset}."
    return None
