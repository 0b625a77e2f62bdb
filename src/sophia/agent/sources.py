"""Where an answer comes from, read off the tools' results."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sophia.core.events import Source
from sophia.core.fold import CallView
from sophia.core.messages import Json, JsonObject

_MAX_SOURCES = 10
_MAX_NAME = 200


def sources_of(calls: Iterable[CallView]) -> tuple[Source, ...]:
    """Give each memory that was found, and each other tool that answered, once, the best first."""
    found: dict[tuple[str, str], Source] = {}
    for call in calls:
        if call.outcome is None or call.outcome.is_error:
            continue
        for source in _sources_of_call(call.tool, call.outcome.structured):
            known = found.get((source.type, source.name))
            if known is None or known.confidence < source.confidence:
                found[source.type, source.name] = source
    ordered = sorted(found.values(), key=lambda source: -source.confidence)
    return tuple(ordered[:_MAX_SOURCES])


def _sources_of_call(tool: str, structured: JsonObject | None) -> Iterable[Source]:
    memories = (structured or {}).get("memories")
    if isinstance(memories, Sequence) and not isinstance(memories, str):
        for memory in memories:
            if isinstance(memory, Mapping) and isinstance(memory.get("content"), str):
                yield _memory_source(memory)
    elif tool.partition("__")[0] != "memory":
        yield Source(type="tool", name=tool, confidence=1.0)


def _memory_source(memory: Mapping[str, Json]) -> Source:
    score = memory.get("score")
    confidence = float(score) if isinstance(score, int | float) else 0.0
    name = cast("str", memory["content"])
    return Source(type="memory", name=name[:_MAX_NAME], confidence=max(0.0, min(1.0, confidence)))
