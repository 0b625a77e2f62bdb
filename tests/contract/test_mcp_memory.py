"""AI Memory offers what its callers were promised, under the promised names."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from mcp_types import Tool

from sophia.kit.clock import SystemClock
from sophia.servers.memory.server import open_memory
from tests.support.serving import ERAS, Served, a_caller, connected, mint, serving

# Tool: what it requires, what it takes besides.
PROMISED: dict[str, tuple[set[str], set[str]]] = {
    "store_memory": ({"content"}, {"category", "tags", "metadata", "user_id"}),
    "store_memories": ({"memories"}, set()),
    "search_memories": (
        {"query"},
        {"scope", "category", "tags", "limit", "threshold", "user_id"},
    ),
    "get_memory": ({"memory_id"}, set()),
    "update_memory": ({"memory_id"}, {"content", "category", "tags", "metadata"}),
    "delete_memory": ({"memory_id"}, set()),
    "store_conversation": ({"user_id", "messages"}, {"metadata"}),
    "get_conversation_context": ({"user_id"}, {"query", "limit"}),
    "get_memory_stats": (set(), set()),
}
CATEGORIES = ["general", "technical", "business", "personal", "project", "learning"]


@pytest.fixture(scope="module", name="served")
async def _served(migrated_url: str) -> AsyncGenerator[Served]:
    async with (
        open_memory(migrated_url, pool_size=2, clock=SystemClock()) as parts,
        serving(parts) as served,
    ):
        yield served


async def tools_of(served: Served, era: str) -> dict[str, Tool]:
    async with connected(served, era=era) as client:
        return {tool.name: tool for tool in (await client.list_tools()).tools}


def item_of(schema: dict[str, Any], name: str) -> dict[str, Any]:
    item: dict[str, Any] = schema["properties"][name]["items"]
    return item


@pytest.mark.parametrize("era", ERAS)
async def test_every_promised_tool_takes_what_was_promised(served: Served, era: str) -> None:
    tools = await tools_of(served, era)

    assert set(PROMISED) <= set(tools)
    for name, (required, optional) in PROMISED.items():
        schema = tools[name].input_schema
        assert set(schema.get("required", [])) == required, name
        assert required | optional <= set(schema["properties"]), name
        assert schema["additionalProperties"] is False, name


async def test_one_of_many_memories_takes_what_was_promised(served: Served) -> None:
    schema = item_of((await tools_of(served, ERAS[1]))["store_memories"].input_schema, "memories")

    assert schema["required"] == ["content"]
    assert {"category", "tags", "metadata", "scope", "external_id", "occurred_at"} <= set(
        schema["properties"]
    )


async def test_categories_and_defaults_are_those_promised(served: Served) -> None:
    tools = await tools_of(served, ERAS[1])

    store = tools["store_memory"].input_schema["properties"]
    assert (store["category"]["enum"], store["category"]["default"]) == (CATEGORIES, "general")
    for name in ("search_memories", "get_conversation_context"):
        assert tools[name].input_schema["properties"]["limit"]["default"] == 10


async def test_a_found_memory_tells_what_was_promised(served: Served) -> None:
    schema = (await tools_of(served, ERAS[1]))["search_memories"].output_schema
    assert schema is not None

    promised = "memory_id external_id content score category source occurred_at why"
    assert set(promised.split()) <= set(item_of(schema, "memories")["properties"])


async def test_every_tool_says_what_it_does_and_how_dangerous_it_is(served: Served) -> None:
    for tool in (await tools_of(served, ERAS[1])).values():
        hints = tool.annotations
        assert tool.title
        assert tool.description
        assert tool.output_schema is not None
        assert tool.output_schema["type"] == "object"
        assert hints is not None
        assert None not in (hints.read_only_hint, hints.idempotent_hint, hints.destructive_hint)


async def test_nothing_that_changes_is_called_read_only(served: Served) -> None:
    tools = await tools_of(served, ERAS[1])
    dangerous = {
        name
        for name, tool in tools.items()
        if tool.annotations and tool.annotations.destructive_hint
    }
    reading = {
        name for name, tool in tools.items() if tool.annotations and tool.annotations.read_only_hint
    }

    assert {"update_memory", "delete_memory", "forget_memories"} <= dangerous
    assert all(
        name.startswith((*["get_", "search_", "list_", "preview_", "export_", "read_", "open_"],))
        for name in reading
    )
    assert not reading & dangerous


async def test_a_user_s_token_hides_the_question_who_the_user_is(served: Served) -> None:
    token = mint("memory", a_caller())
    async with connected(served, token=token) as client:
        tools = (await client.list_tools()).tools

    for tool in tools:
        assert "user_id" not in tool.input_schema["properties"], tool.name
        assert "user_id" not in tool.input_schema.get("required", []), tool.name


@pytest.mark.parametrize("era", ERAS)
async def test_the_promised_resources_are_there(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        resources = {str(one.uri) for one in (await client.list_resources()).resources}
        for uri in resources:
            assert (await client.read_resource(uri)).contents

    assert resources >= {"memory://stats", "memory://health", "memory://recent"}


async def test_the_listing_is_the_same_every_time(served: Served) -> None:
    first, second = await tools_of(served, ERAS[1]), await tools_of(served, ERAS[1])

    assert list(first) == list(second)
    assert first == second
