"""What differs between two definitions of a tool, for people to read."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from sophia.kit import hidden
from sophia.pins.schemas import FieldChange

# What is read first; whatever else a server says of a tool comes behind.
_ORDER = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")
_CONTEXT_LINES = 2
_HEAD_LINES = 2


def differences(before: str | None, after: str | None) -> list[FieldChange]:
    """Compare two definitions in canonical JSON; None: there is none."""
    was: Mapping[str, Any] = json.loads(before) if before else {}
    now: Mapping[str, Any] = json.loads(after) if after else {}
    names = [*_ORDER, *sorted({*was, *now} - set(_ORDER))]
    return [
        _change(name, _text(was, name), _text(now, name))
        for name in names
        if name in {*was, *now} and was.get(name) != now.get(name)
    ]


def _change(name: str, before: str | None, after: str | None) -> FieldChange:
    lines = difflib.unified_diff(
        _lines(before), _lines(after), n=_CONTEXT_LINES, lineterm="", fromfile="", tofile=""
    )
    return FieldChange(
        field=hidden.marked(name),
        before=None if before is None else hidden.marked(before),
        after=None if after is None else hidden.marked(after),
        diff=list(lines)[_HEAD_LINES:],
        hidden=hidden.named(after or ""),
    )


def _text(definition: Mapping[str, Any], name: str) -> str | None:
    if name not in definition:
        return None
    value = definition[name]
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _lines(text: str | None) -> list[str]:
    return [] if text is None else hidden.marked(text).split("\n")
