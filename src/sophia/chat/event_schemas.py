"""The events of a turn as JSON Schema, read off the closed union itself, for the description."""

from typing import Any, get_args

from pydantic import TypeAdapter

from sophia.core.events import TurnEvent

_COMPONENT = "#/components/schemas/{model}"
EVENT_REF = {"$ref": _COMPONENT.format(model="TurnEvent")}

SSE_EVENT: dict[str, Any] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "description": "The event's position: the Last-Event-ID to be."},
        "data": {
            "type": "string",
            "description": "A TurnEvent as JSON; the last one of all is [DONE].",
            "anyOf": [
                {"const": "[DONE]"},
                {"contentMediaType": "application/json", "contentSchema": EVENT_REF},
            ],
        },
    },
}


def components() -> dict[str, Any]:
    """Give TurnEvent and every schema that it is made of, by name."""
    found: dict[str, Any] = {}
    mapping: dict[str, str] = {}
    for event in get_args(TurnEvent.__value__):
        schema = TypeAdapter(event).json_schema(ref_template=_COMPONENT, mode="serialization")
        found |= schema.pop("$defs", {})
        found[event.__name__] = _as_sent(schema, type_=event.type)
        mapping[event.type] = _COMPONENT.format(model=event.__name__)
    found["TurnEvent"] = {
        "title": "TurnEvent",
        "description": "What happens in a turn, the same over SSE, WebSocket and replay.",
        "oneOf": [{"$ref": ref} for ref in mapping.values()],
        "discriminator": {"propertyName": "type", "mapping": mapping},
    }
    return found


def _as_sent(schema: dict[str, Any], *, type_: str) -> dict[str, Any]:
    """Add what every event carries besides its fields, all of which are always there."""
    properties: dict[str, Any] = {
        "type": {"type": "string", "const": type_},
        "turn_id": {"type": "string", "format": "uuid"},
        **schema.get("properties", {}),
    }
    return {
        **schema,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
