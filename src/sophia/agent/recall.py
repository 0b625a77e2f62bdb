"""Recalling what the memory holds on a message, before the model is asked.

It is one search by the memory's own tool, on behalf of whoever asks: what they may not read, what
the operator forbids and what is away is not recalled, and the turn goes on without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

import orjson

from sophia.agent.budget import Budget
from sophia.core.events import RecalledMemory
from sophia.core.messages import Json, Message, ToolCall, ToolResult, ToolSpec, UserMessage
from sophia.core.ports import Caller, Gate, Run, Toolbox
from sophia.kit import log, metrics

SEARCH = "memory__search_memories"
_CALL_ID = "recall"
_MAX_QUERY = 2_000
_LIMIT = 8
# Nobody asked for these: the best must fit well, or none is told; the others need not.
_THRESHOLD = 0.2
_SURE = 0.35
_CHARS_PER_TOKEN = 4

_logger = log.get("agent")


async def recall(  # noqa: PLR0913 - by keyword
    message: str,
    *,
    tools: Sequence[ToolSpec],
    toolbox: Toolbox,
    gate: Gate,
    caller: Caller,
    budget: Budget,
    is_tainted: bool,
) -> tuple[RecalledMemory, ...]:
    """Give the memories that bear on a message, the best first, within the budget."""
    spec = next((tool for tool in tools if tool.name == SEARCH), None)
    if spec is None or not message.strip():
        return _noted("absent")
    query: dict[str, Json] = {"query": message[:_MAX_QUERY], "limit": _LIMIT}
    call = ToolCall(_CALL_ID, SEARCH, {**query, "threshold": _THRESHOLD})
    (decision,) = await gate.decide([(call, spec)], caller=caller, is_tainted=is_tainted)
    if not isinstance(decision, Run):
        return _noted("refused")
    result = await toolbox.call(call, caller=caller, timeout_s=budget.recall_timeout_s)
    if result.is_error:
        _logger.warning("agent.recall.failed", turn_id=str(caller.turn_id), reason=result.text)
        return _noted("failed")
    memories = list(_memories(result))
    if not memories or memories[0].score < _SURE:
        return _noted("nothing")
    return _noted("found", tuple(_within(memories, chars=budget.recall_tokens * _CHARS_PER_TOKEN)))


def beside(message: UserMessage, memories: Sequence[RecalledMemory]) -> UserMessage:
    """Give a message with what was recalled on it."""
    return replace(
        message,
        recalled=tuple(map(_line, memories)),
        is_untrusted=message.is_untrusted or any(one.is_untrusted for one in memories),
    )


def with_recalled(
    history: Sequence[Message], memories: Sequence[RecalledMemory]
) -> Sequence[Message]:
    """Put what was recalled beside the message that is being answered, the last one."""
    if not memories or not history or not isinstance(history[-1], UserMessage):
        return history
    return [*history[:-1], beside(history[-1], memories)]


def _noted(outcome: str, found: tuple[RecalledMemory, ...] = ()) -> tuple[RecalledMemory, ...]:
    metrics.memory_recalls.labels(outcome).inc()
    return found


def _memories(result: ToolResult) -> Iterator[RecalledMemory]:
    listed = (result.structured or {}).get("memories")
    for one in listed if isinstance(listed, Sequence) and not isinstance(listed, str) else ():
        if isinstance(one, Mapping) and isinstance(one.get("content"), str):
            yield _memory(one, is_untrusted=result.is_untrusted)


def _memory(found: Mapping[str, Json], *, is_untrusted: bool) -> RecalledMemory:
    score, source = found.get("score"), found.get("source")
    speaker = source.get("speaker") if isinstance(source, Mapping) else None
    return RecalledMemory(
        memory_id=str(found.get("memory_id") or ""),
        content=cast("str", found["content"]),
        score=max(0.0, min(1.0, float(score))) if isinstance(score, int | float) else 0.0,
        when=str(found.get("occurred_at") or "")[:10],
        speaker=speaker if isinstance(speaker, str) else "",
        is_untrusted=is_untrusted or found.get("trust") == "untrusted",
    )


def _within(memories: Sequence[RecalledMemory], *, chars: int) -> Iterator[RecalledMemory]:
    """Give as many as there is room for; one that is too long gives way to what follows it."""
    for one in memories:
        if (length := len(_line(one))) <= chars:
            chars -= length
            yield one


def _line(memory: RecalledMemory) -> str:
    """Write a memory on one line: as JSON it can hold no line of its own."""
    told: dict[str, Json] = {"memory": memory.content, "date": memory.when}
    if memory.speaker:
        told["said_by"] = memory.speaker
    if memory.is_untrusted:
        told["trust"] = "untrusted: the words of strangers"
    return orjson.dumps(told).decode()
