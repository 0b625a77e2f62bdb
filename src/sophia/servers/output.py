"""What a tool gives, as it goes over the wire: capped, paged, and marked where strangers wrote it.

One way for all servers: a result that may be long is a `Page` with `next_cursor`, a text that may
be long is cut by `clipped`, and what is still too large is refused with what to ask for instead.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

import orjson
from mcp_types import CallToolResult, ContentBlock, TextContent
from pydantic import BaseModel, Field

from sophia.core.provenance import UNTRUSTED_KEY, has_untrusted
from sophia.servers.errors import AnswerTooLargeError, CursorInvalidError
from sophia.servers.parts import Tool

MAX_TEXT_BYTES = 64 * 1024
_NARROWING = ("cursor", "limit", "query", "max_bytes")


class Page(BaseModel):
    """A result of which there may be more."""

    next_cursor: str | None = Field(
        default=None, description="Pass it as cursor to get what follows; null: that was all."
    )


def write_cursor(place: str | int) -> str:
    """Make a cursor of a place in a list: a vendor's cursor, a page's number, the last id."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read_cursor(cursor: str | None) -> str | int | None:
    """Give the place again; raises CursorInvalidError."""
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        place = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise CursorInvalidError from error
    if not isinstance(place, str | int) or write_cursor(place) != cursor:
        raise CursorInvalidError
    return place


def clipped(text: str, *, rest: str, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Cut a long text and say in it how to get the rest, such as "pass offset=65536"."""
    raw = text.encode(errors="replace")
    if len(raw) <= max_bytes:
        return text
    kept = raw[:max_bytes].decode(errors="ignore")
    return f"{kept}\n[Cut after {max_bytes:,} of {len(raw):,} bytes. For the rest: {rest}]"


def result_of(
    tool: Tool[Any, Any], answer: BaseModel | Sequence[ContentBlock] | str
) -> CallToolResult:
    """Write a tool's answer; raises AnswerTooLargeError."""
    structured: dict[str, Any] | None = None
    is_untrusted = tool.is_untrusted
    if isinstance(answer, BaseModel):
        if tool.result is None or not isinstance(answer, tool.result):
            raise TypeError(f"{tool.name} gave a {type(answer).__name__}")
        # What does not fit the promised schema is a mistake of ours, not an answer.
        structured = answer.model_dump(mode="json", warnings="error")
        written = orjson.dumps(structured)
        _check_size(tool, len(written))
        content: list[ContentBlock] = [TextContent(type="text", text=written.decode())]
        is_untrusted = is_untrusted or has_untrusted(answer)
    elif isinstance(answer, str):
        content = [TextContent(type="text", text=_fitting(tool, answer))]
    else:
        content = list(answer)
        _check_size(tool, sum(len(block.model_dump_json()) for block in content))
    return CallToolResult(
        content=content,
        structured_content=structured,
        _meta={UNTRUSTED_KEY: True} if is_untrusted else None,
    )


def failure(message: str) -> CallToolResult:
    """Write why a tool gave nothing."""
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)


def _fitting(tool: Tool[Any, Any], text: str) -> str:
    return clipped(text, rest=_instead(tool), max_bytes=tool.max_answer_bytes)


def _check_size(tool: Tool[Any, Any], size: int) -> None:
    if size > tool.max_answer_bytes:
        raise AnswerTooLargeError(
            f"The answer of {tool.name} is {size:,} bytes long, more than"
            f" {tool.max_answer_bytes:,}: {_instead(tool)}."
        )


def _instead(tool: Tool[Any, Any]) -> str:
    narrowing = [name for name in _NARROWING if name in tool.arguments.model_fields]
    return f"ask for less by {' or '.join(narrowing)}" if narrowing else "ask for less at once"
