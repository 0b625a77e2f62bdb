"""Tool results as compact Markdown: tables and lists instead of raw JSON."""

import re
from collections.abc import Mapping, Sequence
from typing import cast

import orjson

from sophia.core.messages import Json, JsonObject, ToolResult
from sophia.llm.builtin.schema import as_list

MAX_CHARS = 4_000
_MAX_ROWS = 20
_MAX_COLUMNS = 6
_MAX_CELL = 90
_MAX_LINE = 300
_MAX_DEPTH = 2
_NAMES = ("name", "title", "login", "key")  # what stands for a nested object


def render(result: ToolResult) -> str:
    """Give a tool's result for people to read, cut to a few thousand characters."""
    value = result.structured if result.structured is not None else _parsed(result.text)
    return shortened(_block(value, depth=0) or "It gave nothing back.")


def shortened(text: str, limit: int = MAX_CHARS) -> str:
    """Cut a text at the end of a line, saying that it was cut."""
    text = _disarmed(text)
    if len(text) <= limit:
        return text
    cut = text[:limit]
    kept = cut.rpartition("\n")[0] if "\n" in cut[limit // 2 :] else cut
    fence = "\n```" if kept.count("```") % 2 else ""
    return f"{kept}{fence}\n\n… cut: {len(text) - len(kept):,} more characters."


def one_line(value: Json, limit: int = _MAX_CELL) -> str:
    """Give a value on one line, as a table's cell can hold it."""
    text = " ".join(_brief(value, depth=0)[: 4 * limit].split())
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def label(name: str) -> str:
    """Give a field's name as words."""
    return " ".join(name.replace("_", " ").split()) or name


def _disarmed(text: str) -> str:
    """Keep a tool's text from loading a picture, which would tell its owner who reads it."""
    return text.replace("![", "!\\[")


def _parsed(text: str) -> Json:
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return cast("Json", orjson.loads(text))
    except orjson.JSONDecodeError:
        return text


def _brief(value: Json, *, depth: int) -> str:
    if isinstance(value, str) or value is None:
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping | Sequence) and depth > _MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        known = next((value[name] for name in _NAMES if isinstance(value.get(name), str)), None)
        inner = list(value.items())[:_MAX_COLUMNS]
        parts = [f"{label(name)}: {_brief(one, depth=depth + 1)}" for name, one in inner]
        return str(known) if known is not None else "; ".join(parts)
    if isinstance(value, Sequence):
        return ", ".join(_brief(one, depth=depth + 1) for one in value[:_MAX_ROWS])
    return str(value)


def _block(value: Json, *, depth: int) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return _fields(value, depth=depth)
    if isinstance(value, Sequence) and value:
        rows = [row for row in value if isinstance(row, Mapping) and row]
        return _table(rows) if len(rows) == len(value) else _bullets(value)
    return "none" if isinstance(value, Sequence) else one_line(value)


def _fields(value: JsonObject, *, depth: int) -> str:
    lines: list[str] = []
    blocks: list[str] = []
    for name, inner in value.items():
        is_deep = isinstance(inner, Mapping) and inner and depth < _MAX_DEPTH
        if is_deep or any(isinstance(one, Mapping) for one in as_list(inner)):
            blocks.append(f"**{label(name)}**\n\n{_block(inner, depth=depth + 1)}")
        elif isinstance(inner, str) and "\n" in inner.strip():
            blocks.append(f"**{label(name)}**\n\n{_fenced(inner)}")
        elif inner is not None:
            lines.append(f"- **{label(name)}**: {one_line(inner, _MAX_LINE) or 'none'}")
    return "\n\n".join(["\n".join(lines), *blocks] if lines else blocks)


def _fenced(text: str) -> str:
    longest = max((len(run) for run in re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}\n{text.strip()}\n{fence}"


def _table(rows: Sequence[JsonObject]) -> str:
    names = dict.fromkeys(name for row in rows[:_MAX_ROWS] for name in row)
    told = [name for name in names if any(one_line(row.get(name)) for row in rows)]
    columns = told[:_MAX_COLUMNS]
    lines = [
        [label(name) for name in columns],
        ["---"] * len(columns),
        *([one_line(row.get(name)) for name in columns] for row in rows[:_MAX_ROWS]),
    ]
    notes = [f"{len(rows) - _MAX_ROWS} more rows"] if len(rows) > _MAX_ROWS else []
    if left_out := told[_MAX_COLUMNS:]:
        notes.append(f"not shown: {', '.join(map(label, left_out))}")
    note = f"\n\n… {'; '.join(notes)}." if notes else ""
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + note


def _cell(text: str) -> str:
    return text.replace("\\", "\\\\").replace("|", "\\|")


def _bullets(values: Sequence[Json]) -> str:
    lines = [f"- {one_line(value, _MAX_LINE)}" for value in values[:_MAX_ROWS]]
    more = len(values) - _MAX_ROWS
    return "\n".join(lines) + (f"\n\n… {more} more." if more > 0 else "")
