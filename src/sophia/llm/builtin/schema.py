"""A tool's JSON Schema, read as what to ask a person for."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

import orjson

from sophia.core.messages import Json, JsonObject, ToolSpec
from sophia.llm.builtin import dates, words

_MAX_REFERENCES = 8
_OPTIONS = ("anyOf", "oneOf", "allOf")
_WHOLE = re.compile(r"[+-]?\d{1,15}")
_DECIMAL = re.compile(r"[+-]?\d{1,15}(?:\.\d{1,10})?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\S+")
_DATE_NAME = re.compile(r"(?:^|_)(?:date|at|since|until)$")
_YES = frozenset({"true", "yes", "on", "1"})
_NO = frozenset({"false", "no", "off", "0"})


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a value does not fit, as the end of a sentence that begins with its name."""

    reason: str


@dataclass(frozen=True, slots=True)
class Property:
    """One argument of a tool."""

    name: str
    kind: str = "any"
    is_required: bool = False
    choices: tuple[Json, ...] = ()
    format: str = ""
    description: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    items: "Property | None" = None

    @property
    def is_date(self) -> bool:
        """Say whether a day or a moment is asked for."""
        is_text = self.kind == "string" and not self.choices
        return is_text and (self.format.startswith("date") or bool(_DATE_NAME.search(self.name)))


def properties_of(tool: ToolSpec) -> tuple[Property, ...]:
    """Give a tool's arguments, the required ones first."""
    listed = as_object(tool.input_schema.get("properties"))
    required = [name for name in as_list(tool.input_schema.get("required")) if name in listed]
    found = [
        _property(name, as_object(part), tool.input_schema, is_required=name in required)
        for name, part in listed.items()
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_required, _place(one.name, required))))


def coerce(wanted: Property, raw: Json, *, today: date) -> Json | Misfit:
    """Turn what was written, or a JSON value, into what the argument takes."""
    if wanted.choices:
        return _choice(wanted, raw)
    match wanted.kind:
        case "string" if wanted.is_date and isinstance(raw, str):
            value = _date(wanted, raw, today)
        case "string":
            is_text = isinstance(raw, str) and raw.strip()
            value = raw if is_text else Misfit("must be a text that is not empty")
        case "boolean":
            value = _boolean(raw)
        case "integer" | "number":
            value = _number(wanted, raw)
        case "array":
            value = _array(wanted, raw, today)
        case "object":
            read = _from_json(raw)
            value = read if isinstance(read, Mapping) else Misfit("must be a JSON object")
        case _:
            value = raw
    return value


def as_object(value: Json) -> JsonObject:
    """Give a JSON object, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def as_list(value: Json) -> Sequence[Json]:
    """Give a JSON array, an empty one for anything else."""
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()


def _place(name: str, required: Sequence[Json]) -> int:
    return required.index(name) if name in required else 0


def _property(name: str, part: JsonObject, root: JsonObject, *, is_required: bool) -> Property:
    items = as_object(_flattened(part, root).get("items"))
    return replace(
        _single(name, part, root),
        is_required=is_required,
        items=_single(name, items, root) if items else None,
    )


def _single(name: str, part: JsonObject, root: JsonObject) -> Property:
    flat = _flattened(part, root)
    kinds = [flat["type"]] if isinstance(flat.get("type"), str) else as_list(flat.get("type"))
    kind = next((one for one in kinds if isinstance(one, str) and one != "null"), "any")
    choices = [flat["const"]] if "const" in flat else as_list(flat.get("enum"))
    minimum, maximum = flat.get("minimum"), flat.get("maximum")
    return Property(
        name=name,
        kind=kind,
        choices=tuple(one for one in choices if one is not None),
        format=str(flat.get("format") or ""),
        description=str(flat.get("description") or ""),
        minimum=minimum if isinstance(minimum, int | float) else -math.inf,
        maximum=maximum if isinstance(maximum, int | float) else math.inf,
    )


def _flattened(part: JsonObject, root: JsonObject) -> JsonObject:
    """Follow references and take the first alternative that is not null."""
    for _ in range(_MAX_REFERENCES):
        reference = part.get("$ref")
        options = [as_object(one) for name in _OPTIONS for one in as_list(part.get(name))]
        inner = _alternative([one for one in options if one.get("type") != "null"])
        if isinstance(reference, str):
            inner = as_object(as_object(root.get("$defs")).get(reference.rpartition("/")[2]))
        if inner is None:
            break
        outer = {name: value for name, value in part.items() if name not in {"$ref", *_OPTIONS}}
        part = {**inner, **outer}
    return part


def _alternative(options: Sequence[JsonObject]) -> JsonObject | None:
    """Give what all have in common where a number may stand for a name: what is written counts."""
    kinds = {str(one.get("type")) for one in options}
    return {} if kinds == {"integer", "string"} else next(iter(options), None)


def _choice(wanted: Property, raw: Json) -> Json | Misfit:
    said = words.split(str(raw))
    for choice in wanted.choices:
        if raw == choice or (said and said == words.split(str(choice))):
            return choice
    return Misfit(f"must be one of {', '.join(str(choice) for choice in wanted.choices)}")


def _date(wanted: Property, raw: str, today: date) -> str | Misfit:
    if not wanted.format and not dates.find(raw, today=today):
        return raw  # only its name sounds like a date
    if wanted.format != "date" and _MOMENT.fullmatch(raw.strip()):
        return raw.strip()
    if found := dates.find(raw, today=today):
        day = found[0].isoformat()
        return f"{day}T00:00:00Z" if wanted.format == "date-time" else day
    return Misfit("must be a date such as 2026-11-30, tomorrow or next Friday")


def _boolean(raw: Json) -> bool | Misfit:
    said = str(raw).strip().lower()
    return said in _YES if said in _YES | _NO else Misfit("must be true or false")


def _number(wanted: Property, raw: Json) -> int | float | Misfit:
    is_whole = wanted.kind == "integer"
    said = "" if isinstance(raw, bool) else str(raw).strip().removesuffix(".0")
    if not (_WHOLE if is_whole else _DECIMAL).fullmatch(said):
        return Misfit("must be a whole number" if is_whole else "must be a number")
    value = int(said) if _WHOLE.fullmatch(said) else float(said)
    if value < wanted.minimum:
        return Misfit(f"must be at least {wanted.minimum:g}")
    return value if value <= wanted.maximum else Misfit(f"must be at most {wanted.maximum:g}")


def _array(wanted: Property, raw: Json, today: date) -> Json | Misfit:
    value = _from_json(raw)
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r",|\band\b", value) if part.strip()]
    if not isinstance(value, Sequence):
        return Misfit("must be a list, such as a, b")
    inner = wanted.items or Property(wanted.name)
    parts = [coerce(inner, part, today=today) for part in value]
    wrong = next((part for part in parts if isinstance(part, Misfit)), None)
    if wrong:
        return Misfit(f"must be a list, and each part of it {wrong.reason}")
    return cast("list[Json]", parts)


def _from_json(raw: Json) -> Json:
    if not isinstance(raw, str) or not raw.lstrip().startswith(("{", "[")):
        return raw
    try:
        return cast("Json", orjson.loads(raw))
    except orjson.JSONDecodeError:
        return raw
