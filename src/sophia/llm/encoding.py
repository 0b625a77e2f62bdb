"""Writing requests: JSON of whatever the talk holds, and names and schemas that providers take."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

import orjson

from sophia.core.messages import JsonObject
from sophia.llm.errors import ToolNameInvalidError

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}", re.ASCII)
_MAX_NAME_CHARS = 64


def dump(value: object) -> bytes:
    """Write JSON; what it cannot hold (half of a surrogate pair) becomes a question mark."""
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:  # lone surrogates, integers beyond 64 bits
        return json.dumps(value, default=_plain, ensure_ascii=False).encode(errors="replace")


def argument_text(arguments: object) -> str:
    """Give tool arguments as text; some servers send the object itself."""
    if arguments is None:
        return ""
    return arguments if isinstance(arguments, str) else dump(arguments).decode()


def checked_name(name: str) -> str:
    """Give a tool's name on offer; raises ToolNameInvalidError where providers would refuse it."""
    if _NAME.fullmatch(name) is None:
        raise ToolNameInvalidError(
            f"The tool name {name[:100]!r} is not 1 to 64 letters, digits, _ or -: "
            "rename the tool at its server.",
            tool=name[:100],
        )
    return name


def sent_name(name: str) -> str:
    """Give a name that a model once made up in a form that providers take back."""
    if _NAME.fullmatch(name) is not None:
        return name
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:_MAX_NAME_CHARS] or "_"


def object_schema(schema: JsonObject) -> dict[str, Any]:
    """Give a tool's schema with the two members that providers insist on."""
    return {"type": "object", "properties": {}, **schema}


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    raise TypeError(type(value).__name__)
