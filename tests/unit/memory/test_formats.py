import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sophia.memory.errors import ImportUnreadableError
from sophia.memory.formats import (
    Entity,
    Relation,
    Unreadable,
    as_line,
    is_lines,
    read_file,
    read_line,
)
from sophia.memory.schemas import MemoryIn


def memories(value: Any) -> list[MemoryIn]:
    pieces = list(read_file(orjson.dumps(value)))
    assert all(isinstance(piece, MemoryIn) for piece in pieces), pieces
    return [piece for piece in pieces if isinstance(piece, MemoryIn)]


def node(parent: str | None, role: str, *parts: Any, at: float = 1.7e9) -> dict[str, Any]:
    message = {
        "author": {"role": role},
        "content": {"content_type": "text", "parts": list(parts)},
        "create_time": at,
    }
    return {"parent": parent, "message": message}


CHATGPT = [
    {
        "title": "Deploys",
        "conversation_id": "c-1",
        "current_node": "d",
        "mapping": {
            "a": {"parent": None, "message": None},
            "b": node("a", "user", "When do we deploy?"),
            "x": node("b", "assistant", "An answer that was asked for again."),
            "c": node("b", "system", ""),
            "d": node("c", "assistant", "On Friday.", {"asset_pointer": "file://x"}),
        },
    }
]
CLAUDE = [
    {
        "uuid": "u-1",
        "name": "Deploys",
        "chat_messages": [
            {"sender": "human", "text": "When?", "created_at": "2024-05-01T10:00:00Z"},
            {"sender": "assistant", "text": "", "content": [{"type": "text", "text": "Friday."}]},
        ],
    }
]


@pytest.mark.parametrize(
    ("export", "texts", "speakers"),
    [
        (CHATGPT, ["When do we deploy?", "On Friday."], ["user", "assistant"]),
        (CLAUDE, ["When?", "Friday."], ["user", "assistant"]),
    ],
    ids=["ChatGPT", "Claude"],
)
def test_a_conversation_of_others_becomes_what_was_said_in_its_order(
    export: Any, texts: list[str], speakers: list[str]
) -> None:
    said = memories(export)

    assert [one.content for one in said] == texts
    assert [one.place.speaker for one in said] == speakers
    assert [one.place.position for one in said] == [0, 1]
    assert len({one.place.conversation for one in said}) == 1
    assert {one.metadata["title"] for one in said} == {"Deploys"}
    assert said[0].occurred_at is not None


def test_what_mem0_holds_keeps_its_key_its_time_and_whose_it_is() -> None:
    row = {
        "id": "m-1",
        "memory": "likes tea",
        "agent_id": "helper",
        "categories": ["food"],
        "metadata": {"category": "personal"},
        "created_at": "2024-05-01T10:00:00-07:00",
        "hash": "x",
    }
    for export in ({"results": [row]}, [row]):
        (memory,) = memories(export)
        assert (memory.content, memory.category, memory.tags) == ("likes tea", "personal", ["food"])
        assert (memory.external_id, memory.scope) == ("mem0:m-1", "agent:helper")
        assert str(memory.occurred_at) == "2024-05-01 17:00:00+00:00"
    assert read_line(orjson.dumps(row)) == [memory]


def test_lines_of_the_reference_server_become_entities_and_relations() -> None:
    entity = {"type": "entity", "name": "Anna", "entityType": "person", "observations": ["tea"]}
    relation = {"type": "relation", "from": "Anna", "to": "Ben", "relationType": "knows"}

    assert read_line(orjson.dumps(entity)) == [Entity("Anna", "person", ["tea"])]
    assert read_line(orjson.dumps(relation)) == [Relation("Anna", "Ben", "knows")]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"content": "cut o', "no JSON"),
        (b"[1]", "no JSON object"),
        (b"\xff\xfe", "no JSON"),
        (b'{"x": 1}', "neither a memory"),
        (b'{"content": " "}', "content: is empty"),
        (b'{"content": "x", "category": "tech"}', "category: "),
        (b'{"content": "x", "tags": "y"}', "tags: "),
    ],
)
def test_a_line_that_is_no_memory_says_why(line: bytes, why: str) -> None:
    (piece,) = read_line(line)
    assert isinstance(piece, Unreadable)
    assert why in piece.why
    assert read_line(b"  \r\n") == []


@pytest.mark.parametrize("content", [b'[{"mapping": {', b"7", b'"text"', b"", b"\x00"])
def test_a_file_that_is_none_says_so(content: bytes) -> None:
    with pytest.raises(ImportUnreadableError):
        list(read_file(content))


def test_lines_are_told_from_a_file_by_the_first() -> None:
    assert is_lines(b'{"content": "x"}')
    assert is_lines(b'{"type": "entity", "name": "x"}')
    for whole in (b"[{", b'[{"memory": "x"}]', b"{", b'{"results": []}', b"7"):
        assert not is_lines(whole)


_texts = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40).filter(str.strip)


@given(content=_texts, tags=st.lists(_texts, max_size=3, unique_by=str.strip), scope=_texts)
def test_what_is_written_as_a_line_is_read_as_the_same(
    content: str, tags: list[str], scope: str
) -> None:
    memory = MemoryIn(content=content, tags=tags, scope=scope, metadata={"k": content}, ttl_s=60)

    assert read_line(as_line(memory)) == [memory]


_WORDS = (
    *("content", "memory", "type", "name", "mapping", "chat_messages", "current_node", "parent"),
    *("message", "results", "metadata", "categories", "conversations_memory", "create_time"),
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.sampled_from(_WORDS), one),
    max_leaves=12,
)


@given(_json)
def test_no_json_value_breaks_the_reading(value: Any) -> None:
    content = json.dumps(value).encode()
    try:
        pieces = [*read_file(content), *read_line(content)]
    except ImportUnreadableError:
        return
    assert all(isinstance(one, MemoryIn | Entity | Relation | Unreadable) for one in pieces)
