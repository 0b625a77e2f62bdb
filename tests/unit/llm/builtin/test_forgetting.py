"""Forgetting and correcting: nothing goes without being named word for word."""

from collections.abc import Sequence

import pytest

from sophia.core.messages import JsonObject, ModelReply, ToolCall, ToolResult
from tests.unit.llm.builtin.talk import after, failed, gave, reply_to_talk

FACT = "our deploy window is Friday 15:00 UTC"
SEARCH = ToolCall("1", "memory__search_memories", {"query": FACT, "limit": 5})
DELETE = ToolCall("2", "memory__delete_memory", {"memory_id": "m1"})


def memory(id_: str, content: str) -> JsonObject:
    source: JsonObject = {"speaker": "Ada"}
    when = "2026-11-23T09:00:00Z"
    return {
        "memory_id": id_,
        "content": content,
        "score": 0.9,
        "source": source,
        "occurred_at": when,
    }


def found(*memories: JsonObject) -> ToolResult:
    return gave({"memories": memories})


def said(text: str, *results: ToolResult, calls: Sequence[ToolCall] = (SEARCH,)) -> ModelReply:
    return after(text, *results, calls=calls)


@pytest.mark.parametrize(
    "text", [f"Forget that {FACT}", f"forget {FACT}.", f"Please forget that {FACT.upper()}!"]
)
def test_a_memory_named_word_for_word_is_deleted(text: str) -> None:
    (call,) = said(text, found(memory("m1", FACT), memory("m2", "we deploy"))).message.calls
    assert (call.name, call.arguments) == (DELETE.name, DELETE.arguments)


@pytest.mark.parametrize(
    "text",
    [
        "forget our deploy window",
        f"Can you forget that {FACT}?",
        f"could you forget that {FACT}",
        f"correct the memory about {FACT}",
        "what I said about the deploy window: forget it",
    ],
)
def test_a_memory_that_is_only_meant_is_shown_and_left(text: str) -> None:
    assert said(text, found(memory("m1", FACT))).message.calls == ()


def test_of_two_same_memories_none_is_deleted() -> None:
    reply = said(f"forget {FACT}", found(memory("m1", FACT), memory("m2", FACT)))
    assert reply.message.calls == ()


def test_what_may_be_meant_is_quoted_with_what_to_write() -> None:
    assert said("forget our deploy window", found(memory("m1", FACT))).message.text == (
        "Nothing was changed yet. Is this what you mean?\n\n"
        f"> {FACT}\n\n— said by Ada on 2026-11-23 (memory)\n\n"
        "To delete it: `/memory.delete_memory m1`\n"
        'To correct it: `/memory.update_memory m1 content="…"`'
    )


def test_nothing_to_forget_is_said() -> None:
    answer = said("forget the moon landing", found()).message.text
    assert answer.startswith("Nothing was changed. Nothing about this was stored")


def test_what_was_deleted_is_confirmed_only_if_it_was() -> None:
    both = (SEARCH, DELETE)
    is_gone = gave({"memory_id": "m1", "is_deleted": True})
    answer = said(f"forget {FACT}", found(memory("m1", FACT)), is_gone, calls=both).message.text
    assert answer == f"Forgotten: “{FACT}”."
    denied = failed("Nobody approved it.")
    answer = said(f"forget {FACT}", found(memory("m1", FACT)), denied, calls=both).message.text
    assert answer == "That was not deleted. Nobody approved it."


def test_a_memory_that_cannot_be_searched_changes_nothing() -> None:
    answer = said("forget our deploy window", failed("The database is away.")).message.text
    assert answer == "Nothing was changed. The memory could not be searched. The database is away."


def test_yes_deletes_nothing() -> None:
    assert reply_to_talk("forget our deploy window", "yes").startswith("I read every message by")
