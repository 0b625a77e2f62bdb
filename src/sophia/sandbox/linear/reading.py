"""Answers what a request asks for, field by field."""

from collections.abc import Iterable, Mapping
from typing import Any

from sophia.sandbox.graphql import Field
from sophia.sandbox.linear.computed import one_of, value_of
from sophia.sandbox.linear.filters import fits
from sophia.sandbox.linear.replies import RefusedError, unknown
from sophia.sandbox.linear.shapes import ITEMS, LISTS, ONES, Row
from sophia.sandbox.linear.tables import Tables

_PAGE = 50
_MOST = 250


class Reading:
    """Answers what one request asks for."""

    def __init__(self, tables: Tables, variables: Mapping[str, Any]) -> None:
        """Take what is there and the values of variables."""
        self._tables = tables
        self._variables = variables

    def selected(self, kind: str, row: Row, fields: Iterable[Field]) -> Row:
        """Give the fields of a row that are asked for."""
        return {one.key: self._field(kind, row, one) for one in fields}

    def page(self, kind: str, rows: Iterable[Row], asked: Field) -> Row:
        """Give the part of rows that is asked for by filter, order and cursor."""
        given = asked.given(self._variables)
        wanted: Row = given.get("filter") or {}
        found = [row for row in rows if fits(self._tables, kind, row, wanted)]
        order = given.get("orderBy") or "createdAt"
        found.sort(key=lambda row: row[order], reverse=True)
        start = _place_after(found, given.get("after"))
        end = start + min(given.get("first") or _PAGE, _MOST)
        shown = found[start:end]
        whole: Row = {
            "nodes": shown,
            "totalCount": float(len(found)),
            "pageInfo": {
                "hasNextPage": end < len(found),
                "hasPreviousPage": start > 0,
                "startCursor": shown[0]["id"] if shown else None,
                "endCursor": shown[-1]["id"] if shown else None,
            },
        }
        return {one.key: self._of_page(kind, whole, one) for one in asked.selected}

    def _of_page(self, kind: str, whole: Row, asked: Field) -> Any:
        if asked.name == "nodes":
            return [self.selected(kind, row, asked.selected) for row in whole["nodes"]]
        if asked.name == "pageInfo":
            return {one.key: whole["pageInfo"][one.name] for one in asked.selected}
        if asked.name not in whole:
            raise unknown(f"{kind}Connection", asked.name)
        return whole[asked.name]

    def _field(self, kind: str, row: Row, asked: Field) -> Any:
        tables = self._tables
        if asked.name in ONES.get(kind, {}):
            other = one_of(tables, kind, row, asked.name)
            of_kind = ONES[kind][asked.name]
            return self.selected(of_kind, other, asked.selected) if other else None
        several = LISTS.get(kind, {}).get(asked.name) or ITEMS.get(kind, {}).get(asked.name)
        if several is not None:
            return self.page(several[0], tables.several(kind, row, asked.name), asked)
        return value_of(tables, kind, row, asked.name)


def _place_after(rows: list[Row], cursor: str | None) -> int:
    if cursor is None:
        return 0
    at = [at for at, row in enumerate(rows) if row["id"] == cursor]
    if not at:
        raise RefusedError("The cursor is not valid.")
    return at[0] + 1
