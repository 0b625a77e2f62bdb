"""A document of design tokens: groups and tokens as they are written, and what is wrong there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from sophia.servers.uiux.tokens.values import TYPES

type Json = Mapping[str, Any]
type Path = tuple[str, ...]

ALIAS = re.compile(r"\{([^{}]+)\}")
MAX_DEPTH = 32
_ROOT = "$root"
_NAME = re.compile(r"[^${}.][^{}.]*")
_GROUP = {"$type", "$description", "$extensions", "$extends", "$deprecated", _ROOT}
_TOKEN = {"$value", "$ref", "$type", "$description", "$extensions", "$deprecated"}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: group.token, or the document itself."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Written:
    """A token as it is written."""

    path: Path
    node: Json
    inherited_type: str | None


@dataclass(slots=True)
class Reading:
    """What a document holds."""

    tokens: dict[Path, Written] = field(default_factory=dict[Path, Written])
    problems: list[Problem] = field(default_factory=list[Problem])

    def note(self, path: Path, message: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(dotted(path), message))


def dotted(path: Path) -> str:
    """Write a path."""
    return ".".join(path) or "(document)"


def path_of(alias: str) -> Path:
    """Give the path that an alias names, without its braces."""
    return tuple(alias.split("."))


def is_object(node: object) -> TypeGuard[Json]:
    """Say whether something read from JSON is an object."""
    return isinstance(node, Mapping)


def is_token(node: object) -> TypeGuard[Json]:
    """Say whether something is a token rather than a group."""
    return is_object(node) and ("$value" in node or "$ref" in node)


def is_group(node: object) -> TypeGuard[Json]:
    """Say whether something is a group of tokens."""
    return is_object(node) and not is_token(node)


def read_document(document: Json) -> Reading:
    """Find the tokens of a document; what breaks the rules is noted and left out."""
    reading = Reading()
    _read_group(document, (), None, reading)
    return reading


def _read_group(node: Json, path: Path, inherited: str | None, reading: Reading) -> None:
    if len(path) > MAX_DEPTH:
        reading.note(path, f"Groups lie more than {MAX_DEPTH} deep: flatten them.")
        return
    known = _GROUP | {"$schema"} if not path else _GROUP
    own_type = _type_of(node, path, reading) or inherited
    _check_texts(node, path, reading)
    for name, member in node.items():
        if name.startswith("$") and name != _ROOT:
            if name not in known:
                reading.note(path, f"A group has no member {name}.")
            continue
        if name != _ROOT and _NAME.fullmatch(name) is None:
            reading.note((*path, name), "A name may not begin with $ nor hold {, } or a dot.")
        elif not is_object(member):
            reading.note((*path, name), "A group or a token is an object.")
        elif is_token(member) or name == _ROOT:
            _read_token(member, (*path, name), own_type, reading)
        else:
            _read_group(member, (*path, name), own_type, reading)


def _read_token(node: Json, path: Path, inherited: str | None, reading: Reading) -> None:
    for name in node:
        if name not in _TOKEN:
            kind = "member" if name.startswith("$") else "token or group inside"
            reading.note(path, f"A token has no {kind} {name}.")
    if ("$value" in node) == ("$ref" in node):
        reading.note(path, "A token has either $value or $ref.")
        return
    _check_texts(node, path, reading)
    if "$type" in node and _type_of(node, path, reading) is None:
        return
    reading.tokens[path] = Written(path, node, inherited)


def _type_of(node: Json, path: Path, reading: Reading) -> str | None:
    found = node.get("$type")
    if found is None:
        return None
    if not isinstance(found, str) or found not in TYPES:
        reading.note(path, f"There is no type {found!r}: choose one of {', '.join(TYPES)}.")
        return None
    return found


def _check_texts(node: Json, path: Path, reading: Reading) -> None:
    if not isinstance(node.get("$description", ""), str):
        reading.note(path, "$description is a text.")
    if not isinstance(node.get("$extensions", {}), Mapping):
        reading.note(path, "$extensions is an object.")
    if not isinstance(node.get("$deprecated", ""), str | bool):
        reading.note(path, "$deprecated is true, false or a text.")


def merged(below: Json, over: Json) -> dict[str, Any]:
    """Lay one document over another: groups are joined, tokens are replaced whole."""
    result = dict(below)
    for name, member in over.items():
        there = result.get(name)
        if not name.startswith("$") and is_group(member) and is_group(there):
            result[name] = merged(there, member)
        else:
            result[name] = member
    return result


def steps_of(pointer: str) -> Iterator[str]:
    """Give the steps of a JSON pointer in a fragment (RFC 6901): #/a/b~1c."""
    for step in pointer.removeprefix("#/").split("/"):
        yield step.replace("~1", "/").replace("~0", "~")
