"""Tokens with their references followed and their values read."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError

from sophia.servers.uiux.tokens.document import (
    ALIAS,
    Json,
    Path,
    Problem,
    Reading,
    Written,
    dotted,
    is_group,
    is_object,
    is_token,
    merged,
    path_of,
    read_document,
    steps_of,
)
from sophia.servers.uiux.tokens.values import TYPES

_MAX_EXTENDED = 64


@dataclass(frozen=True, slots=True)
class Token:
    """A token: its type, its value as JSON without references, and the value as it was read."""

    path: Path
    type: str
    plain: Any
    value: Any
    alias_of: Path | None
    description: str | None
    deprecated: bool | str


class _BrokenError(Exception):
    """A reference leads nowhere; the message says which."""


def resolve(document: Json) -> tuple[list[Token], list[Problem]]:
    """Give the tokens of a document that are right, and what is wrong with the others."""
    try:
        whole = _extended(document, document, ())
    except _BrokenError as error:
        return [], [Problem("(document)", str(error))]
    reading = read_document(whole)
    follower = _Follower(whole, reading)
    tokens: list[Token] = []
    for written in reading.tokens.values():
        token = follower.token(written)
        if token is not None:
            tokens.append(token)
    return tokens, reading.problems


class _Follower:
    """Follows references; each token is followed once."""

    def __init__(self, document: Json, reading: Reading) -> None:
        self._document = document
        self._reading = reading
        self._plain: dict[Path, Any] = {}
        self._open: list[Path] = []

    def token(self, written: Written) -> Token | None:
        """Give a token, or note what is wrong with it."""
        try:
            type_ = self._type(written, ())
            plain = self._value(written)
        except _BrokenError as error:
            self._open.clear()
            self._reading.note(written.path, str(error))
            return None
        if type_ is None:
            self._reading.note(
                written.path, "Its type is not known: give it, or a group around it, a $type."
            )
            return None
        try:
            value = TYPES[type_].validate_python(plain)
        except ValidationError as error:
            for message in _told(error, type_):
                self._reading.note(written.path, message)
            return None
        node = written.node
        return Token(
            path=written.path,
            type=type_,
            plain=plain,
            value=value,
            alias_of=self._target(written),
            description=cast("str | None", node.get("$description")),
            deprecated=cast("bool | str", node.get("$deprecated", False)),
        )

    def _target(self, written: Written) -> Path | None:
        """Give the token that a token is another name of."""
        if "$ref" in written.node:
            path = tuple(steps_of(str(written.node["$ref"])))
            return path if path in self._reading.tokens else None
        value = written.node["$value"]
        found = ALIAS.fullmatch(value) if isinstance(value, str) else None
        return path_of(found[1]) if found else None

    def _type(self, written: Written, seen: tuple[Path, ...]) -> str | None:
        """Give a token's type: its own, else that of what it refers to, else its group's."""
        own = written.node.get("$type")
        if own is not None:
            return str(own)
        target = self._target(written)
        if target is None:
            return written.inherited_type
        if target in seen:
            raise _BrokenError(f"{dotted(target)} refers to itself.")
        return self._type(self._written(target), (*seen, target))

    def _written(self, path: Path) -> Written:
        found = self._reading.tokens.get(path)
        if found is None:
            raise _BrokenError(f"There is no token {dotted(path)}.")
        return found

    def _value(self, written: Written) -> Any:
        path = written.path
        if path in self._plain:
            return self._plain[path]
        if path in self._open:
            way = " → ".join(dotted(one) for one in (*self._open[self._open.index(path) :], path))
            raise _BrokenError(f"It refers to itself: {way}.")
        self._open.append(path)
        node = written.node
        found = self._followed(node if "$ref" in node else node["$value"])
        self._open.pop()
        self._plain[path] = found
        return found

    def _followed(self, value: Any) -> Any:
        """Give a value with all references in it replaced by what they lead to."""
        if isinstance(value, str):
            found = ALIAS.fullmatch(value)
            return self._value(self._written(path_of(found[1]))) if found else value
        if is_object(value):
            if isinstance(pointer := value.get("$ref"), str):
                return self._pointed(pointer)
            return {name: self._followed(one) for name, one in value.items()}
        if isinstance(value, Sequence):
            return [self._followed(one) for one in cast("Sequence[Any]", value)]
        return value

    def _pointed(self, pointer: str) -> Any:
        """Give what a JSON pointer leads to; what it passes may itself be a reference."""
        if not pointer.startswith("#/"):
            raise _BrokenError(f"{pointer} leads out of the document: write #/group/token.")
        at: Any = self._document
        path: Path = ()
        for step in steps_of(pointer):
            if step == "$value" and path in self._reading.tokens:
                at = self._value(self._reading.tokens[path])
            else:
                at = self._step(at, step, pointer)
            path = (*path, step)
        if is_token(at):
            return self._value(self._written(path))
        return self._followed(at)

    def _step(self, at: Any, step: str, pointer: str) -> Any:
        if is_object(at) and step in at:
            return at[step]
        if isinstance(at, list) and step.isdecimal():
            parts = cast("list[Any]", at)
            if int(step) < len(parts):
                return parts[int(step)]
        raise _BrokenError(f"{pointer} leads nowhere: there is no {step}.")


def _extended(node: Json, document: Json, open_: tuple[str, ...]) -> dict[str, Any]:
    """Give a group with what it `$extends` under its own members."""
    own: dict[str, Any] = {
        name: _extended(member, document, open_)
        if not name.startswith("$") and is_group(member)
        else member
        for name, member in node.items()
    }
    wanted = own.pop("$extends", None)
    if wanted is None:
        return own
    reference = str(wanted)
    if reference in open_ or len(open_) > _MAX_EXTENDED:
        raise _BrokenError(f"A group extends itself: {' → '.join((*open_, reference))}.")
    extended = _group_at(reference, document)
    return merged(_extended(extended, document, (*open_, reference)), own)


def _group_at(reference: str, document: Json) -> Json:
    found = ALIAS.fullmatch(reference)
    steps = path_of(found[1]) if found else tuple(steps_of(reference))
    at: Any = document
    for step in steps:
        at = at.get(step) if is_object(at) else None
    if not is_group(at):
        raise _BrokenError(f"$extends names {reference}, which is no group.")
    return at


def _told(error: ValidationError, type_: str) -> list[str]:
    """Say what is wrong with a value, each place once; of a union the first way suffices."""
    told: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        place = ".".join(str(step) for step in one["loc"])
        told.setdefault(place, f"It is no {type_}: {place}: {one['msg']}".replace(": :", ":"))
    return list(told.values())[:3]
