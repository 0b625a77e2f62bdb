"""Linear's filters, held against rows."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import ge, gt, le, lt
from types import MappingProxyType
from typing import Any

from sophia.sandbox.linear.computed import one_of, value_of
from sophia.sandbox.linear.replies import RefusedError
from sophia.sandbox.linear.shapes import ITEMS, LISTS, ONES, Row
from sophia.sandbox.linear.tables import Tables

type Compare = Callable[[Any, Any], bool]


def _ordered(compare: Compare) -> Compare:
    def held(value: Any, wanted: Any) -> bool:
        if value is None:
            return False
        return (
            compare(_moment(value), _moment(wanted))
            if isinstance(value, str)
            else compare(value, wanted)
        )

    return held


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_COMPARE: Mapping[str, Compare] = MappingProxyType(
    {
        "eq": lambda value, wanted: value == wanted,
        "neq": lambda value, wanted: value != wanted,
        "in": lambda value, wanted: value in wanted,
        "nin": lambda value, wanted: value not in wanted,
        "null": lambda value, wanted: (value is None) == wanted,
        "eqIgnoreCase": lambda value, wanted: (value or "").lower() == wanted.lower(),
        "contains": lambda value, wanted: wanted in (value or ""),
        "containsIgnoreCase": lambda value, wanted: wanted.lower() in (value or "").lower(),
        "gt": _ordered(gt),
        "gte": _ordered(ge),
        "lt": _ordered(lt),
        "lte": _ordered(le),
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
        return _of_several(tables, several[0], tables.several(kind, row, name), said)
    return _compares(value_of(tables, kind, row, name), said)


def _of_one(tables: Tables, kind: str, row: Row | None, said: Mapping[str, Any]) -> bool:
    rest = {name: value for name, value in said.items() if name != "null"}
    if row is None:
        return said.get("null") is True or not rest
    return said.get("null") is not True and fits(tables, kind, row, rest)


def _of_several(tables: Tables, kind: str, rows: list[Row], said: Mapping[str, Any]) -> bool:
    match dict(said):
        case {"some": wanted}:
            return any(fits(tables, kind, row, wanted) for row in rows)
        case {"every": wanted}:
            return all(fits(tables, kind, row, wanted) for row in rows)
        case _:
            raise RefusedError(f"The stand-in does not know the filter {dict(said)}.")


def _compares(value: Any, said: Mapping[str, Any]) -> bool:
    unknown = [way for way in said if way not in _COMPARE]
    if unknown:
        raise RefusedError(f"The stand-in does not know how to compare by {unknown[0]}.")
    return all(_COMPARE[way](value, wanted) for way, wanted in said.items())
