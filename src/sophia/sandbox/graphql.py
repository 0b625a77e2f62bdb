"""Reads GraphQL, as much of it as clients of the stand-ins write: no fragments, no directives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

_TOKEN = re.compile(
    r"(?P<skipped>[\s,\ufeff]+|\#[^\n]*)|(?P<mark>[{}()\[\]:!$=])|(?P<name>[_A-Za-z]\w*)"
    r'|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<text>"(?:[^"\\\n]|\\.)*")'
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class NotGraphQLError(Exception):
    """A document cannot be read."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that comes with the request."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for, with what is asked for of it."""

    key: str
    name: str
    arguments: Mapping[str, Any]
    selected: tuple["Field", ...]

    def given(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Give the arguments with their values; those that were not given are left out."""
        return {
            name: _filled(value, variables)
            for name, value in self.arguments.items()
            if not (isinstance(value, Variable) and value.name not in variables)
        }


@dataclass(frozen=True, slots=True)
class Operation:
    """A query or a mutation."""

    kind: str
    selected: tuple[Field, ...]


@lru_cache(maxsize=256)
def parse(document: str) -> Operation:
    """Read a document of one operation; raises NotGraphQLError."""
    return _Reader(list(_tokens(document))).operation()


def _filled(value: Any, variables: Mapping[str, Any]) -> Any:
    match value:
        case Variable(name):
            return variables.get(name)
        case list():
            return [_filled(one, variables) for one in value]  # pyright: ignore[reportUnknownVariableType]
        case dict():
            return {name: _filled(one, variables) for name, one in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def _tokens(document: str) -> Iterator[str]:
    at = 0
    while at < len(document):
        found = _TOKEN.match(document, at)
        if found is None:
            raise _error(document[at])
        at = found.end()
        if found["skipped"] is None:
            yield found[0]


def _error(token: str) -> NotGraphQLError:
    return NotGraphQLError(f"Syntax Error: Unexpected {token!r}.")


class _Reader:
    """Reads tokens one after the other."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    def operation(self) -> Operation:
        kind = "query"
        if self._next() != "{":
            kind = self._take()
            if kind not in {"query", "mutation"}:
                raise _error(kind)
            if self._next() not in {"{", "("}:
                self._take()
            if self._next() == "(":
                self._skip_definitions()
        found = Operation(kind, self._selected())
        if self._at < len(self._tokens):
            raise _error(self._next())
        return found

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else "<EOF>"

    def _take(self, expected: str | None = None) -> str:
        word = self._next()
        if word == "<EOF>" or (expected is not None and word != expected):
            raise _error(word)
        self._at += 1
        return word

    def _skip_definitions(self) -> None:
        """Pass over the types of variables: nothing here depends on them."""
        self._take("(")
        while self._next() != ")":
            self._take()
        self._take(")")

    def _selected(self) -> tuple[Field, ...]:
        found: list[Field] = []
        self._take("{")
        while self._next() != "}":
            key = name = self._name()
            if self._next() == ":":
                self._take(":")
                name = self._name()
            arguments = self._arguments() if self._next() == "(" else {}
            selected = self._selected() if self._next() == "{" else ()
            found.append(Field(key, name, arguments, selected))
        self._take("}")
        return tuple(found)

    def _arguments(self) -> dict[str, Any]:
        return self._pairs("(", ")")

    def _pairs(self, begin: str, end: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self._take(begin)
        while self._next() != end:
            name = self._name()
            self._take(":")
            found[name] = self._value()
        self._take(end)
        return found

    def _value(self) -> Any:
        word = self._next()
        if word == "{":
            return self._pairs("{", "}")
        self._take()
        if word == "$":
            return Variable(self._name())
        if word == "[":
            items: list[Any] = []
            while self._next() != "]":
                items.append(self._value())
            self._take("]")
            return items
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        is_literal = word[0] in '"-' or word[0].isdigit()
        return orjson.loads(word) if is_literal else _named(word)

    def _name(self) -> str:
        return _named(self._take())


def _named(word: str) -> str:
    if not (word[0] == "_" or word[0].isalpha()):
        raise _error(word)
    return word
