"""A tool as it is listed."""

from typing import Any

from mcp_types import Tool as WireTool
from mcp_types import ToolAnnotations

from sophia.core.provenance import UNTRUSTED_KEY
from sophia.core.registry import MISSING_KEY
from sophia.servers.arguments import result_schema_of, schema_of
from sophia.servers.parts import Tool


def listed(tool: Tool[Any, Any], *, is_bound: bool, missing: str | None = None) -> WireTool:
    """Describe a tool to a client; with a user's token nobody asks whose things are meant.

    `missing`: what to set so that its server is configured.
    """
    meta: dict[str, Any] = {UNTRUSTED_KEY: True} if tool.is_untrusted else {}
    if missing is not None and not tool.is_offline:
        meta[MISSING_KEY] = missing
    return WireTool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=schema_of(tool.arguments, is_bound=is_bound),
        output_schema=result_schema_of(tool.result) if tool.result is not None else None,
        annotations=ToolAnnotations(
            read_only_hint=tool.is_read_only,
            idempotent_hint=tool.is_idempotent or tool.is_read_only,
            destructive_hint=tool.is_destructive,
            open_world_hint=tool.is_open_world,
        ),
        _meta=meta or None,
    )
