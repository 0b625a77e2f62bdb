"""A vendor's own description of its API, held against requests and answers.

The documents are no part of the project: SOPHIA_VENDOR_SPECS names a folder that has them, else
`shared/vendor-specs` beside the checkout is looked at.
"""

import gzip
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl

import jsonschema_rs
import orjson
import pytest
import yaml
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BESIDE = Path(__file__).resolve().parents[3] / "shared" / "vendor-specs"
_REFUSED = 400
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
# Placeholders for a file's path or a branch's name.
_WITH_SLASHES = frozenset({"path", "ref"})


def vendor_file(name: str) -> Path:
    """Give a document such as `github/x.json`; skips the test where there is none."""
    named = os.environ.get("SOPHIA_VENDOR_SPECS")  # noqa: TID251 - of the tests alone
    folder = Path(named) if named else _BESIDE
    if not folder.is_dir():
        pytest.skip(f"{folder} is no folder with the vendors' API documents: SOPHIA_VENDOR_SPECS")
    return folder / name


def vendor_spec(name: str) -> Any:
    """Read a document of JSON or YAML, packed or not; skips the test where there is none."""
    raw = vendor_file(name).read_bytes()
    if name.endswith(".yaml"):
        return yaml.load(raw, yaml.CSafeLoader)
    return orjson.loads(gzip.decompress(raw) if name.endswith(".gz") else raw)


@dataclass(frozen=True)
class Exchange:
    method: str
    path: str
    query: list[tuple[str, str]]
    sent: bytes
    status: int
    content_type: str
    answered: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.status}"


@dataclass
class Recorder:
    """Stands before a stand-in and writes down what passes."""

    app: ASGIApp
    seen: list[Exchange] = field(default_factory=list[Exchange])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, answered, head = bytearray(), bytearray(), dict[str, Any]()

        async def taking() -> Message:
            message = await receive()
            sent.extend(message.get("body", b""))
            return message

        async def giving(message: Message) -> None:
            head.update(message if message["type"] == "http.response.start" else {})
            answered.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, taking, giving)
        headers = {name.decode().lower(): value.decode() for name, value in head["headers"]}
        self.seen.append(
            Exchange(
                method=scope["method"],
                path=scope["path"],
                query=parse_qsl(scope["query_string"].decode(), keep_blank_values=True),
                sent=bytes(sent),
                status=head["status"],
                content_type=headers.get("content-type", "").partition(";")[0],
                answered=bytes(answered),
            )
        )


class OpenApi:
    """An OpenAPI 3.0 document as a judge; `only` leaves other paths out of a large one."""

    def __init__(self, document: Any, *, only: str = "/") -> None:
        paths = {path: one for path, one in document["paths"].items() if path.startswith(only)}
        self._components = _modern(document["components"])
        self._paths: Mapping[str, Any] = _modern(paths)
        # What is said in more detail goes first.
        self._forms = [
            (re.compile(_form(path)), path)
            for path in sorted(self._paths, key=lambda path: (path.count("{"), -len(path)))
        ]
        self._judges: dict[str, Any] = {}

    def violations(self, exchange: Exchange) -> list[str]:
        """Say what the vendor would not have understood, or never said."""
        operation, path = self._operation(exchange)
        if operation is None:
            return [f"{exchange}: there is no such operation"]
        shared = self._paths[path].get("parameters", [])
        asked = [self._resolved(one) for one in [*shared, *operation.get("parameters", [])]]
        found = [*self._of_query(exchange, asked), *self._of_body(exchange, operation)]
        return [f"{exchange}: {one}" for one in (*found, *self._of_answer(exchange, operation))]

    def _operation(self, exchange: Exchange) -> tuple[Any, str]:
        for form, path in self._forms:
            operation = self._paths[path].get(exchange.method.lower())
            if operation is not None and form.fullmatch(exchange.path):
                return operation, path
        return None, ""

    def _of_query(self, exchange: Exchange, asked: list[Any]) -> Iterator[str]:
        known = {one["name"]: one for one in asked if one["in"] == "query"}
        for name, value in exchange.query:
            if name not in known:
                yield f"unknown parameter {name}"
            else:
                schema = known[name]["schema"]
                yield from self._wrong(schema, _typed(value, self._resolved(schema)), f"?{name}")
        given = {name for name, _ in exchange.query}
        yield from (
            f"parameter {name} is missing"
            for name, one in known.items()
            if one.get("required") and name not in given
        )

    def _of_body(self, exchange: Exchange, operation: Any) -> Iterator[str]:
        content = self._resolved(operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if not exchange.sent:
            return
        if schema is None:
            yield "a body that nobody asked for"
            return
        body = orjson.loads(exchange.sent)
        yield from self._wrong(schema, body, "the body")
        yield from self._misnamed(schema, body)

    def _misnamed(self, schema: Any, body: Any) -> Iterator[str]:
        known = self._fields(schema)
        if not known or not isinstance(body, dict):
            return
        for name, value in body.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in known:
                yield f"unknown field {name}"
            elif known[name].get("readOnly"):
                yield f"field {name} is for reading only"
            else:
                yield from self._misnamed(known[name], value)

    def _fields(self, schema: Any) -> dict[str, Any]:
        there = self._resolved(schema)
        parts = [one for way in ("allOf", "anyOf", "oneOf") for one in there.get(way, ())]
        found = {name: one for part in parts for name, one in self._fields(part).items()}
        return {**found, **there.get("properties", {})}

    def _of_answer(self, exchange: Exchange, operation: Any) -> Iterator[str]:
        there = operation["responses"].get(str(exchange.status))
        if there is None:
            # What every operation may answer is not written down everywhere.
            if exchange.status not in {304, 401, 402, 404}:
                yield "an answer of this status is not foreseen"
            return
        schema = self._resolved(there).get("content", {}).get("application/json", {}).get("schema")
        if exchange.status >= _REFUSED and schema is not None and "oneOf" in schema:
            schema = {"anyOf": schema["oneOf"]}  # their kinds of refusals are not told apart
        if schema is not None and exchange.content_type == "application/json":
            yield from self._wrong(schema, orjson.loads(exchange.answered), "the answer")

    def _wrong(self, schema: Any, instance: Any, what: str) -> Iterator[str]:
        key = orjson.dumps(schema).decode()
        if key not in self._judges:
            schemas = self._needed(key)
            self._judges[key] = jsonschema_rs.Draft202012Validator(
                {"allOf": [schema], "components": {"schemas": schemas}}
            )
        for error in list(self._judges[key].iter_errors(instance))[:3]:
            yield f"{what} at {'.'.join(map(str, error.instance_path))}: {error.message[:300]}"

    def _needed(self, written: str) -> dict[str, Any]:
        """Give the schemas that one leads to: all of them are slow to take in."""
        found: dict[str, Any] = {}
        waiting = _REFERENCE.findall(written)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found[name] = self._components["schemas"][name]
                waiting += _REFERENCE.findall(orjson.dumps(found[name]).decode())
        return found

    def _resolved(self, one: Any) -> Any:
        while "$ref" in one:
            _, _, kind, name = one["$ref"].split("/")
            one = self._components[kind][name]
        return one


def _form(path: str) -> str:
    parts = re.split(r"\{(\w+)\}", path)
    return "".join(
        re.escape(part) if at % 2 == 0 else (".+" if part in _WITH_SLASHES else "[^/]+")
        for at, part in enumerate(parts)
    )


def _typed(value: str, schema: Any) -> Any:
    if schema.get("type") == "string":
        return value
    if schema.get("type") == "array":
        return value.split(",")
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if value.isdecimal() else value


def _modern(schema: Any) -> Any:
    """Write OpenAPI 3.0's `nullable` as JSON Schema has it."""
    if isinstance(schema, list):
        return [_modern(one) for one in schema]  # pyright: ignore[reportUnknownVariableType]
    if not isinstance(schema, dict):
        return schema
    there: dict[str, Any] = {name: _modern(one) for name, one in schema.items()}  # pyright: ignore[reportUnknownVariableType]
    # Where one of several parts may be null, they mean that all of it may be.
    parts = cast("list[Any]", schema.get("allOf", []))
    is_null = any(part.get("nullable") is True for part in parts)
    if there.pop("nullable", None) is True or is_null:
        return {"anyOf": [there, {"type": "null"}]}
    return there
