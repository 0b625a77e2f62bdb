"""The exports of others, read: what each line or file becomes here.

A file of lines (JSON Lines) is Sophia's own, mem0's or the MCP reference memory server's; each line
is read by itself, so that what comes before a line that is cut off is not lost with it. A file that
is one JSON value is an export of ChatGPT, Claude or mem0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from pydantic import ValidationError

from sophia.memory.errors import ImportUnreadableError
from sophia.memory.fields import CATEGORIES
from sophia.memory.schemas import MemoryIn

_MAX_NAME = 200
_LAST_S = 32_503_680_000  # the year 3000
_ROLES = {"human": "user"}
# What an object holds that is a whole file, and no line of one.
_LISTS = ("results", "memories", "conversations")
_WHOLE = frozenset({*_LISTS, "mapping", "chat_messages", "conversations_memory"})


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity of a knowledge graph, with what is said of it."""

    name: str
    entity_type: str
    observations: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Relation:
    """How one entity stands to another."""

    from_name: str
    to_name: str
    relation_type: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of a file that is no memory, and why."""

    why: str


type Piece = MemoryIn | Entity | Relation | Unreadable
"""What one part of a file becomes."""


def read_line(line: bytes | str) -> list[Piece]:
    """Read one line; a blank one is nothing."""
    if not line.strip():
        return []
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return [Unreadable(f"is no JSON: {error.args[0]}")]
    if not isinstance(value, dict):
        return [Unreadable("is no JSON object")]
    return [_read(cast("dict[str, Any]", value))]


def read_file(content: bytes) -> Iterator[Piece]:
    """Read a file that is one JSON value; raises ImportUnreadableError."""
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ImportUnreadableError(
            f"The file is no JSON ({error.args[0]}): if it was cut off, export it again."
        ) from error
    for found in _listed(value):
        if "mapping" in found:
            yield from _of_chatgpt(found)
        elif "chat_messages" in found:
            yield from _of_claude(found)
        elif isinstance(found.get("conversations_memory"), str):
            yield from _of_claude_memory(found)
        else:
            yield _read(found)


def is_lines(first_line: bytes) -> bool:
    """Say whether a file is one of lines, going by its first one."""
    try:
        value = orjson.loads(first_line)
    except orjson.JSONDecodeError:
        return False
    return isinstance(value, dict) and not _WHOLE & cast("dict[str, Any]", value).keys()


def as_line(piece: MemoryIn | Entity | Relation) -> bytes:
    """Write a piece as one of our lines."""
    match piece:
        case MemoryIn():
            return orjson.dumps(piece.model_dump(mode="json", exclude_defaults=True))
        case Entity():
            return orjson.dumps(
                {
                    "type": "entity",
                    "name": piece.name,
                    "entityType": piece.entity_type,
                    "observations": list(piece.observations),
                }
            )
        case Relation():
            return orjson.dumps(
                {
                    "type": "relation",
                    "from": piece.from_name,
                    "to": piece.to_name,
                    "relationType": piece.relation_type,
                }
            )


def _listed(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        known = cast("dict[str, Any]", value)
        for name in _LISTS:
            if isinstance(known.get(name), list):
                yield from _listed(known[name])
                return
        yield known
        return
    if not isinstance(value, list):
        raise ImportUnreadableError
    for one in cast("list[Any]", value):
        if isinstance(one, dict):
            yield cast("dict[str, Any]", one)


def _read(value: dict[str, Any]) -> Piece:
    match value:
        case {"type": "entity", "name": str(name), "entityType": str(kind)}:
            return Entity(name, kind, _texts(value.get("observations")))
        case {"type": "relation", "from": str(left), "to": str(right), "relationType": str(kind)}:
            return Relation(left, right, kind)
        case {"memory": str(text)}:
            return _memory(_of_mem0(text, value))
        case {"content": str()}:
            return _memory(_of_sophia(value))
        case _:
            return Unreadable("is neither a memory nor an entity or relation")


def _memory(value: dict[str, Any]) -> Piece:
    try:
        return MemoryIn.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(step) for step in found["loc"])
        return Unreadable(f"{where}: {found['msg'].removeprefix('Value error, ')}")


def _of_sophia(value: dict[str, Any]) -> dict[str, Any]:
    """Read a line as `export` writes it; what is only for reading is left out."""
    known = {name: value[name] for name in MemoryIn.model_fields if value.get(name) is not None}
    source = {
        "speaker": value.get("speaker"),
        "session": value.get("conversation"),
        "turn": value.get("position"),
    }
    metadata = known.get("metadata", {})
    if isinstance(metadata, dict):
        named = {name: one for name, one in source.items() if one is not None}
        known["metadata"] = {**cast("dict[str, Any]", metadata), **named}
    return known


def _of_mem0(text: str, value: Mapping[str, Any]) -> dict[str, Any]:
    metadata = value.get("metadata")
    own = cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}
    agent, run = value.get("agent_id"), value.get("run_id")
    scope = f"agent:{agent}" if agent else f"conversation:{run}" if run else ""
    named = own.get("category")
    return {
        "content": text,
        "category": named if named in CATEGORIES else "general",
        "tags": _texts(value.get("categories")),
        "metadata": own,
        "scope": scope[:_MAX_NAME],
        "external_id": f"mem0:{value['id']}" if value.get("id") else None,
        "occurred_at": value.get("created_at"),
    }


def _of_chatgpt(conversation: Mapping[str, Any]) -> Iterator[Piece]:
    """Read a conversation of ChatGPT along the branch that was shown last."""
    mapping = conversation["mapping"]
    nodes = cast("dict[str, Any]", mapping) if isinstance(mapping, dict) else {}
    line: list[Mapping[str, Any]] = []
    at = conversation.get("current_node")
    while isinstance(at, str) and isinstance(nodes.get(at), dict) and len(line) <= len(nodes):
        node = cast("dict[str, Any]", nodes[at])
        if isinstance(node.get("message"), dict):
            line.append(cast("dict[str, Any]", node["message"]))
        at = node.get("parent")
    said = [
        (_author(message), _text_of(message.get("content")), message.get("create_time"))
        for message in reversed(line)
    ]
    yield from _messages(
        said,
        prefix="chatgpt",
        name=str(conversation.get("conversation_id") or conversation.get("id") or ""),
        title=conversation.get("title"),
    )


def _of_claude(conversation: Mapping[str, Any]) -> Iterator[Piece]:
    listed = conversation["chat_messages"]
    messages = [
        cast("dict[str, Any]", one)
        for one in (cast("list[Any]", listed) if isinstance(listed, list) else [])
        if isinstance(one, dict)
    ]
    said = [
        (
            str(one.get("sender") or ""),
            str(one.get("text") or "") or _text_of(one),
            one.get("created_at"),
        )
        for one in messages
    ]
    yield from _messages(
        said,
        prefix="claude",
        name=str(conversation.get("uuid") or ""),
        title=conversation.get("name"),
    )


def _of_claude_memory(value: Mapping[str, Any]) -> Iterator[Piece]:
    """Read what Claude keeps in mind across conversations: a text of paragraphs."""
    for paragraph in str(value["conversations_memory"]).split("\n\n"):
        if paragraph.strip():
            yield _memory({"content": paragraph, "tags": ["claude"]})


def _messages(
    said: Sequence[tuple[str, str, Any]], *, prefix: str, name: str, title: Any
) -> Iterator[Piece]:
    position = 0
    for role, text, at in said:
        if role not in {"user", "assistant", "human"} or not text.strip():
            continue
        metadata = {
            "session": f"{prefix}:{name}"[:_MAX_NAME],
            "turn": position,
            "speaker": _ROLES.get(role, role),
            **({"title": title} if isinstance(title, str) and title else {}),
        }
        yield _memory(
            {
                "content": text,
                "kind": "message",
                "metadata": metadata,
                "occurred_at": _moment(at),
            }
        )
        position += 1


def _author(message: Mapping[str, Any]) -> str:
    author = message.get("author")
    return str(cast("dict[str, Any]", author).get("role")) if isinstance(author, dict) else ""


def _text_of(content: Any) -> str:
    """Give the texts among the parts of a message; pictures and calls of tools are none."""
    if not isinstance(content, dict):
        return ""
    known = cast("dict[str, Any]", content)
    parts = known.get("parts", known.get("content"))
    listed = cast("list[Any]", parts) if isinstance(parts, list) else []
    texts = [
        cast("dict[str, Any]", one).get("text") if isinstance(one, dict) else one for one in listed
    ]
    return "\n".join(one for one in texts if isinstance(one, str) and one)


def _texts(value: Any) -> list[str]:
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    return [one for one in listed if isinstance(one, str)]


def _moment(at: Any) -> str | None:
    """Write a time out that may be in seconds; one that is none is not known."""
    if isinstance(at, int | float) and 0 < at < _LAST_S:
        return datetime.fromtimestamp(at, UTC).isoformat()
    return at if isinstance(at, str) else None
