"""Where an answer comes from, read off the tools' results."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from sophia.core.events import RecalledMemory, Source
from sophia.core.fold import CallView
from sophia.core.messages import Json, JsonObject

_MAX_SOURCES = 10
_MAX_NAME = 200


def sources_of(
    calls: Iterable[CallView], recalled: Iterable[RecalledMemory] = ()
) -> tuple[Source, ...]:
    """Give each memory that was found, and each other tool that answered, once, the best first."""
    found: dict[tuple[str, str], Source] = {}
    for source in (*map(_recalled_source, recalled), *_sources_of_calls(calls)):
        known = found.get((source.type, source.name))
        if known is None or known.confidence < source.confidence:
            found[source.type, source.name] = source
    ordered = sorted(found.values(), key=lambda source: -source.confidence)
    return tuple(ordered[:_MAX_SOURCES])


def _sources_of_calls(calls: Iterable[CallView]) -> Iterable[Source]:
    for call in calls:
        if call.outcome is not None and not call.outcome.is_error:
            yield from _sources_of_call(call.tool, call.outcome.structured)


def _recalled_source(memory: RecalledMemory) -> Source:
    return Source(type="memory", name=memory.content[:_MAX_NAME], confidence=memory.score)


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
