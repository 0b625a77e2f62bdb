"""Linear's filters, held against rows."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sophia.sandbox.linear.computed import one_of, value_of
from sophia.sandbox.linear.replies import RefusedError
from sophia.sandbox.linear.shapes import ITEMS, LISTS, ONES, Row
from sophia.sandbox.linear.tables import Tables

type Compare = Callable[[Any, Any], bool]


def _is_since(value: Any, wanted: Any) -> bool:
    return value is not None and _moment(value) >= _moment(wanted)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


# The ways to compare that clients of the stand-in use.
_COMPARE: Mapping[str, Compare] = MappingProxyType(
    {
        "eq": lambda value, wanted: value == wanted,
        "in": lambda value, wanted: value in wanted,
        "nin": lambda value, wanted: value not in wanted,
        "eqIgnoreCase": lambda value, wanted: value.lower() == wanted.lower(),
        "containsIgnoreCase": lambda value, wanted: wanted.lower() in value.lower(),
        "gte": _is_since,
    }
)


def fits(tables: Tables, kind: str, row: Row, wanted: Mapping[str, Any]) -> bool:
    """Say whether a row is wanted; raises RefusedError for a way to compare that is not known."""
    return all(_holds(tables, kind, row, name, said) for name, said in wanted.items())


def _holds(tables: Tables, kind: str, row: Row, name: str, said: Any) -> bool:
    if name == "and":
        return all(fits(tables, kind, row, one) for one in said)
    if name == "or":
        return any(fits(tables, kind, row, one) for one in said)
    if name in ONES.get(kind, {}):
        return _of_one(tables, ONES[kind][name], one_of(tables, kind, row, name), said)
    several = LISTS.get(kind, {}).get(name) or ITEMS.get(kind, {}).get(name)
    if several is not None:
        if "some" not in said:
            raise RefusedError(f"The stand-in knows of {name} only the filter some.")
        rows = tables.several(kind, row, name)
        return any(fits(tables, several[0], one, said["some"]) for one in rows)
    return _compares(value_of(tables, kind, row, name), said)


def _of_one(tables: Tables, kind: str, row: Row | None, said: Mapping[str, Any]) -> bool:
    rest = {name: value for name, value in said.items() if name != "null"}
    if row is None:
        return said.get("null", not said)
    return said.get("null") is not True and fits(tables, kind, row, rest)


def _compares(value: Any, said: Mapping[str, Any]) -> bool:
    unknown = [way for way in said if way not in _COMPARE]
    if unknown:
        raise RefusedError(f"The stand-in does not know how to compare by {unknown[0]}.")
    return all(_COMPARE[way](value, wanted) for way, wanted in said.items())
