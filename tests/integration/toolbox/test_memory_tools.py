"""The toolbox over the real AI Memory."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from sophia.core.messages import JsonObject, ToolCall, ToolResult
from sophia.core.ports import Caller
from sophia.kit.clock import SystemClock
from sophia.servers.memory.server import open_memory
from sophia.toolbox.toolbox import Endpoint, McpToolbox
from tests.support.serving import Served, a_caller, mint, serving

FACT = "our deploy window is Friday 15:00 UTC"


@pytest.fixture(scope="module", name="served")
async def _served(migrated_url: str) -> AsyncGenerator[Served]:
    async with (
        open_memory(migrated_url, pool_size=4, clock=SystemClock()) as parts,
        serving(parts) as served,
    ):
        yield served


@pytest.fixture(name="toolbox")
async def _toolbox(served: Served) -> AsyncGenerator[McpToolbox]:
    endpoint = Endpoint("memory", served.url)
    toolbox = McpToolbox([endpoint], mint=mint, clock=SystemClock())
    yield toolbox
    await toolbox.close()


async def call(toolbox: McpToolbox, tool: str, caller: Caller, arguments: JsonObject) -> ToolResult:
    return await toolbox.call(
        ToolCall("1", f"memory__{tool}", arguments), caller=caller, timeout_s=30
    )


async def test_what_one_turn_keeps_the_next_conversation_finds(toolbox: McpToolbox) -> None:
    anna = a_caller("Anna")
    later = Caller(anna.user_id, anna.user_name, a_caller().conversation_id, anna.turn_id)
    stored = await call(toolbox, "store_memory", anna, {"content": FACT})
    found = await call(toolbox, "search_memories", later, {"query": "When is our deploy window?"})

    assert not stored.is_error
    found_memories: Any = (found.structured or {}).get("memories")
    assert [memory["content"] for memory in found_memories] == [FACT]
    assert FACT in found.text


async def test_users_are_apart(toolbox: McpToolbox) -> None:
    await call(toolbox, "store_memory", a_caller("Anna"), {"content": FACT})
    found = await call(toolbox, "search_memories", a_caller("Ben"), {"query": FACT})

    assert found.structured == {"memories": []}


async def test_the_model_is_not_asked_who_the_user_is(toolbox: McpToolbox) -> None:
    for tool in await toolbox.list_tools():
        assert "user_id" not in str(tool.input_schema)


async def test_what_only_reads_is_marked(toolbox: McpToolbox) -> None:
    read_only = {tool.name for tool in await toolbox.list_tools() if tool.is_read_only}

    assert read_only >= {
        "memory__search_memories",
        "memory__get_memory",
        "memory__get_conversation_context",
        "memory__get_memory_stats",
    }
    assert not read_only & {"memory__store_memory", "memory__forget_memories"}


async def test_a_tool_s_refusal_is_carried(toolbox: McpToolbox) -> None:
    given = {"memory_id": "01a20799-c47f-75fe-a938-7dda72a18166"}
    done = await call(toolbox, "get_memory", a_caller(), given)

    assert done.is_error
    assert "no such memory" in done.text


async def test_many_turns_at_once_are_served(toolbox: McpToolbox) -> None:
    async def turn(number: int) -> ToolResult:
        caller = a_caller(f"user {number}")
        await call(toolbox, "store_memory", caller, {"content": f"fact number {number}"})
        return await call(toolbox, "search_memories", caller, {"query": "fact number"})

    found = await asyncio.gather(*(turn(number) for number in range(50)))

    assert all(not one.is_error for one in found)
    assert all(f"fact number {number}" in one.text for number, one in enumerate(found))
