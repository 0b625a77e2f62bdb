"""The MCP servers that another client was configured with: Claude, VS Code, Cursor and the like.

They agree on an object of servers by name, under `mcpServers` (Claude, Cursor), `servers` (mcp.json
of VS Code) or `mcp.servers` (its settings.json), with `command`, `args` and `env` or `url` and
`headers`, in JSON with comments. They differ in how they name a variable of the environment:
`${NAME}`, `${NAME:-value}` or `${env:NAME}`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import json5
from pydantic import ValidationError

from sophia.core.messages import Json, JsonObject, object_of
from sophia.mcp_servers.errors import ConfigUnreadableError
from sophia.mcp_servers.schemas import CommandIn, ServerIn

_MAX_NAME = 40
_UNFIT = re.compile(r"[^a-z0-9]+")
_PLACE = re.compile(r"\$\{([^}]*)\}")
_VARIABLE = re.compile(r"(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Found:
    """A server of the file: to be registered, or why it cannot be."""

    name: str
    wanted: ServerIn | CommandIn | None = None
    problem: str = ""


def read(text: str, environment: Mapping[str, str]) -> list[Found]:
    """Give the servers of a file, with its variables filled in; raises ConfigUnreadableError."""
    try:
        file: Json = json5.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigUnreadableError(f"The file is no JSON: {error}") from error
    known = object_of(file)
    places = (
        known.get("mcpServers"),
        known.get("servers"),
        object_of(known.get("mcp")).get("servers"),
    )
    servers = next((one for one in places if isinstance(one, Mapping)), None)
    if servers is None:
        raise ConfigUnreadableError
    return [_found(name, object_of(entry), environment) for name, entry in servers.items()]


def _found(said: str, entry: JsonObject, environment: Mapping[str, str]) -> Found:
    name = _UNFIT.sub("-", said.lower()).strip("-")[:_MAX_NAME].strip("-")
    if entry.get("disabled") is True:
        return Found(name or said, problem="it is switched off in the file")
    if entry.get("type") == "sse":
        return Found(name or said, problem="it speaks the SSE transport of 2024: use its newer URL")
    missing = sorted(set(_missing(entry, environment)))
    if missing:
        return Found(name or said, problem=f"it wants {', '.join(missing)}: put the values there")
    try:
        return Found(name, _wanted(name, object_of(_filled(entry, environment))))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(one) for one in first["loc"]) or "entry"
        return Found(name or said, problem=f"its {where} does not fit: {first['msg']}")


def _wanted(name: str, entry: JsonObject) -> ServerIn | CommandIn:
    if "url" in entry:
        return ServerIn.model_validate(
            {"name": name, "url": entry["url"], "headers": entry.get("headers") or {}}
        )
    arguments = entry.get("args") or []
    command: list[Json] = [entry.get("command", "")]
    command += arguments if isinstance(arguments, list) else [arguments]
    return CommandIn.model_validate(
        {"name": name, "command": command, "environment": entry.get("env") or {}}
    )


def _missing(value: Json, environment: Mapping[str, str]) -> Iterator[str]:
    for place in _places(value):
        found = _VARIABLE.fullmatch(place)
        if found is None or (found[1] not in environment and found[2] is None):
            yield f"${{{place}}}"


def _places(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield from _PLACE.findall(value)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _places(one)
    elif isinstance(value, list):
        for one in value:
            yield from _places(one)


def _filled(value: Json, environment: Mapping[str, str]) -> Json:
    def fill(match: re.Match[str]) -> str:
        found = cast("re.Match[str]", _VARIABLE.fullmatch(match[1]))
        return environment.get(found[1], found[2])

    if isinstance(value, str):
        return _PLACE.sub(fill, value)
    if isinstance(value, Mapping):
        return {key: _filled(one, environment) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, environment) for one in value]
    return value
