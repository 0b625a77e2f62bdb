"""JSON Schemas of other people: whether they are any, and as much of them as is followed here.

A schema is somebody else's program. A reference leads anywhere, or round and round; a regular
expression can run for years. Both are left to the server, which checks its arguments anyway.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mcp.shared.inbound import find_invalid_x_mcp_header

from sophia.core.messages import Json, JsonObject

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})


def fault_of(schema: Json) -> str | None:
    """Say why a schema cannot be used; None if it can."""
    if not isinstance(schema, Mapping):
        return "is no JSON Schema: it is no object"
    try:
        plain(schema)
    except ValueError as error:
        return f"is no JSON Schema: {error}"
    if (reason := find_invalid_x_mcp_header(schema)) is not None:
        return f"repeats an argument in a header as MCP does not allow: {reason}"
    return None


def plain(schema: JsonObject) -> dict[str, Json]:
    """Give the part of a schema that is followed here; raises ValueError: it is no schema."""
    kept = {name: _KEYWORDS[name](name, one) for name, one in schema.items() if name in _KEYWORDS}
    if "oneOf" in kept:
        # Of what was left out, more than one may seem to fit.
        kept["allOf"] = [*_listed(kept.get("allOf")), {"anyOf": kept.pop("oneOf")}]
    if "patternProperties" in schema:
        kept.pop("additionalProperties", None)
    return kept


def _schema(name: str, value: Json) -> Json:
    if isinstance(value, Mapping):
        return plain(value)
    _require(isinstance(value, bool), name)
    return value


def _items(name: str, value: Json) -> Json:
    # A list of schemas, one for each place, is what older drafts have.
    return True if isinstance(value, list) else _schema(name, value)


def _schemas(name: str, value: Json) -> Json:
    _require(isinstance(value, list) and bool(value), name)
    return [_schema(name, one) for one in _listed(value)]


def _named(name: str, value: Json) -> Json:
    if not isinstance(value, Mapping):
        raise _unfit(name)
    return {own: _schema(name, one) for own, one in value.items()}


def _type(name: str, value: Json) -> Json:
    given = value if isinstance(value, list) else [value]
    _require(bool(given) and all(isinstance(one, str) and one in _TYPES for one in given), name)
    return value


def _names(name: str, value: Json) -> Json:
    _require(isinstance(value, list) and all(isinstance(one, str) for one in value), name)
    return value


def _values(name: str, value: Json) -> Json:
    _require(isinstance(value, list), name)
    return value


def _value(_name: str, value: Json) -> Json:
    return value


def _number(name: str, value: Json) -> Json:
    _require(isinstance(value, int | float) and not isinstance(value, bool), name)
    return value


_KEYWORDS: Mapping[str, Callable[[str, Json], Json]] = MappingProxyType(
    {
        "type": _type,
        "enum": _values,
        "const": _value,
        "required": _names,
        "properties": _named,
        "additionalProperties": _schema,
        "items": _items,
        **dict.fromkeys(("allOf", "anyOf", "oneOf"), _schemas),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), _number),
    }
)


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _require(is_fit: bool, name: str) -> None:  # noqa: FBT001 - the whole of what it takes
    if not is_fit:
        raise _unfit(name)


def _unfit(name: str) -> ValueError:
    return ValueError(f"its {name} is not as it must be")
