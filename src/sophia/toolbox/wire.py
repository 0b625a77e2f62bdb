"""From MCP's shapes to the core's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from mcp.shared.inbound import x_mcp_header_map

from sophia.core.messages import JsonObject, ToolResult, ToolSpec, object_of
from sophia.core.registry import MCP_SERVERS, MISSING_KEY
from sophia.toolbox.errors import AnswerInvalidError

MAX_TEXT_BYTES = 64 * 1024
SEPARATOR = "__"


def specs_of(server: str, tools: Iterable[JsonObject]) -> list[ToolSpec]:
    """Read a server's tools; raises AnswerInvalidError."""
    return [_spec(server, tool) for tool in tools]


def _spec(server: str, listed: JsonObject) -> ToolSpec:
    name, schema = listed.get("name"), listed.get("inputSchema")
    if not (isinstance(name, str) and isinstance(schema, Mapping)):
        raise AnswerInvalidError("Its list of tools was not understood.")
    annotations, promised = listed.get("annotations"), listed.get("outputSchema")
    hints: JsonObject = annotations if isinstance(annotations, Mapping) else {}
    is_read_only = hints.get("readOnlyHint") is True
    # Models are told it, so that only the word of a server of ours counts.
    missing = object_of(listed.get("_meta")).get(MISSING_KEY) if server in MCP_SERVERS else None
    return ToolSpec(
        name=f"{server}{SEPARATOR}{name}",
        description=str(listed.get("description") or ""),
        input_schema=schema,
        title=cast("str | None", listed.get("title")),
        is_read_only=is_read_only,
        is_idempotent=is_read_only or hints.get("idempotentHint") is True,
        # What says nothing of itself counts as destructive, as MCP has it.
        is_destructive=not is_read_only and hints.get("destructiveHint") is not False,
        # Likewise it counts as reaching out.
        is_open_world=hints.get("openWorldHint") is not False,
        output_schema=promised if isinstance(promised, Mapping) else None,
        mirrored=x_mcp_header_map(schema),
        missing=missing if isinstance(missing, str) else None,
    )


def result_of(call_id: str, result: Mapping[str, Any], *, is_untrusted: bool = True) -> ToolResult:
    """Read a tool's answer; raises AnswerInvalidError."""
    content = result.get("content")
    if not isinstance(content, list):
        raise AnswerInvalidError
    text = "\n".join(_texts(cast("list[Any]", content)))
    structured = result.get("structuredContent")
    return ToolResult(
        call_id=call_id,
        text=_capped(text),
        structured=cast("JsonObject", structured) if isinstance(structured, Mapping) else None,
        is_error=result.get("isError") is True,
        is_untrusted=is_untrusted,
    )


def _texts(content: Sequence[Any]) -> Iterable[str]:
    for block in content:
        if not isinstance(block, Mapping):
            raise AnswerInvalidError
        known = cast("Mapping[str, Any]", block)
        kind = known.get("type")
        yield str(known.get("text", "")) if kind == "text" else f"[{kind} left out]"


def _capped(text: str) -> str:
    raw = text.encode()
    if len(raw) <= MAX_TEXT_BYTES:
        return text
    kept = raw[:MAX_TEXT_BYTES].decode(errors="ignore")
    return (
        f"{kept}\n[The answer was {len(raw):,} bytes long and is cut here, after"
        f" {MAX_TEXT_BYTES:,}: ask for less at once.]"
    )
