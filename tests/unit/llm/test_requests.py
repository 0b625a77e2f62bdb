"""What is sent to providers, in both dialects."""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Any

import aiohttp
import orjson
import pytest

from sophia.core.messages import (
    AssistantMessage,
    Message,
    ModelRequest,
    ToolCall,
    ToolMessage,
    ToolResult,
    ToolSpec,
    UserMessage,
)
from sophia.llm.anthropic import MAX_OUTPUT_TOKENS
from sophia.llm.errors import ToolNameInvalidError
from sophia.llm.provider import open_session
from tests.support.providers_talk import SEARCH, anthropic_model, asking, openai_model, telling

TALK: list[Message] = [
    UserMessage("Where and when do we deploy?"),
    AssistantMessage(
        "I look it up.",
        calls=(
            ToolCall("c1", "memory__search_memories", {"query": "when"}),
            ToolCall("c2", "memory__search_memories", {"query": "where"}),
        ),
    ),
    ToolMessage(ToolResult("c1", "Friday 15:00 UTC")),
    ToolMessage(ToolResult("c2", "the server is away", is_error=True)),
    UserMessage("And?"),
]


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def openai_body(request: ModelRequest, session: aiohttp.ClientSession) -> dict[str, Any]:
    return orjson.loads(openai_model("http://127.0.0.1:1/v1", session=session).encode(request))


def anthropic_body(request: ModelRequest, session: aiohttp.ClientSession) -> dict[str, Any]:
    return orjson.loads(anthropic_model("http://127.0.0.1:1", session=session).encode(request))


async def test_openai_gets_the_talk_with_calls_and_results(session: aiohttp.ClientSession) -> None:
    assert openai_body(telling(TALK), session) == {
        "model": "scripted-model",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [
            {"role": "system", "content": "You are Sophia."},
            {"role": "user", "content": "Where and when do we deploy?"},
            {
                "role": "assistant",
                "content": "I look it up.",
                "tool_calls": [
                    {
                        "id": call_id,
                        "type": "function",
                        "function": {
                            "name": "memory__search_memories",
                            "arguments": f'{{"query":"{query}"}}',
                        },
                    }
                    for call_id, query in (("c1", "when"), ("c2", "where"))
                ],
            },
            {"role": "tool", "tool_call_id": "c1", "content": "Friday 15:00 UTC"},
            {"role": "tool", "tool_call_id": "c2", "content": "the server is away"},
            {"role": "user", "content": "And?"},
        ],
    }


async def test_anthropic_gets_turns_that_alternate_with_results_merged(
    session: aiohttp.ClientSession,
) -> None:
    body = anthropic_body(telling(TALK), session)
    assert body["system"] == "You are Sophia."
    assert body["max_tokens"] == MAX_OUTPUT_TOKENS
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "Where and when do we deploy?"}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look it up."},
                {
                    "type": "tool_use",
                    "id": "c1",
                    "name": "memory__search_memories",
                    "input": {"query": "when"},
                },
                {
                    "type": "tool_use",
                    "id": "c2",
                    "name": "memory__search_memories",
                    "input": {"query": "where"},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "c1", "content": "Friday 15:00 UTC"},
                {
                    "type": "tool_result",
                    "tool_use_id": "c2",
                    "content": "the server is away",
                    "is_error": True,
                },
                {"type": "text", "text": "And?"},
            ],
        },
    ]


async def test_anthropic_gets_no_empty_blocks_or_messages(session: aiohttp.ClientSession) -> None:
    talk = [UserMessage("a"), AssistantMessage(" \n"), UserMessage("b")]
    body = anthropic_body(ModelRequest("", talk), session)
    assert "system" not in body
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    ]


async def test_anthropic_gets_ids_in_its_own_alphabet(session: aiohttp.ClientSession) -> None:
    talk = [
        UserMessage("a"),
        AssistantMessage("", calls=(ToolCall("functions.a:0", "a", {}),)),
        ToolMessage(ToolResult("functions.a:0", "done")),
    ]
    _, asked, answered = anthropic_body(telling(talk), session)["messages"]
    assert asked["content"][0]["id"] == answered["content"][0]["tool_use_id"] == "functions_a_0"


async def test_tools_are_offered_with_schemas_that_providers_take(
    session: aiohttp.ClientSession,
) -> None:
    bare = ToolSpec("memory__get_memory_stats", "Count.", MappingProxyType({}))
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    function, other = openai_body(asking("hi", SEARCH, bare), session)["tools"]
    assert function["type"] == "function"
    assert function["function"]["name"] == "memory__search_memories"
    assert function["function"]["parameters"] == SEARCH.input_schema
    assert other["function"]["parameters"] == schema
    tool, other = anthropic_body(asking("hi", SEARCH, bare), session)["tools"]
    assert tool["input_schema"] == SEARCH.input_schema
    assert other == {
        "name": "memory__get_memory_stats",
        "description": "Count.",
        "input_schema": schema,
    }


@pytest.mark.parametrize("name", ["x" * 65, "", "memory.search", "memory search", "gedächtnis"])
async def test_a_tool_name_that_providers_refuse_is_a_clear_error(
    name: str, session: aiohttp.ClientSession
) -> None:
    request = asking("hi", ToolSpec(name, "Something.", {"type": "object"}))
    for body in (openai_body, anthropic_body):
        with pytest.raises(ToolNameInvalidError, match="rename the tool"):
            body(request, session)


async def test_a_name_that_a_model_made_up_does_not_spoil_the_talk(
    session: aiohttp.ClientSession,
) -> None:
    talk = [
        UserMessage("a"),
        AssistantMessage("", calls=(ToolCall("c1", "no such tool!" + "x" * 99, {}),)),
        ToolMessage(ToolResult("c1", "There is no such tool.", is_error=True)),
    ]
    name = openai_body(telling(talk), session)["messages"][2]["tool_calls"][0]["function"]["name"]
    assert name == ("no_such_tool_" + "x" * 99)[:64]


async def test_limits_and_temperature_are_sent_when_asked_for(
    session: aiohttp.ClientSession,
) -> None:
    request = ModelRequest("", [UserMessage("hi")], max_output_tokens=50, temperature=0.2)
    for body in (openai_body(request, session), anthropic_body(request, session)):
        assert body["max_tokens"] == 50
        assert body["temperature"] == 0.2


async def test_whatever_the_talk_holds_can_be_sent(session: aiohttp.ClientSession) -> None:
    call = ToolCall("c1", "a", MappingProxyType({"big": 10**30, "nested": MappingProxyType({})}))
    talk = [UserMessage("half a pair: \ud83e, zero: \x00"), AssistantMessage("", calls=(call,))]
    for body in (openai_body(telling(talk), session), anthropic_body(telling(talk), session)):
        assert "half a pair: ?" in orjson.dumps(body["messages"]).decode()


async def test_addresses_are_taken_with_and_without_v1_and_slash(
    session: aiohttp.ClientSession,
) -> None:
    assert openai_model("http://a/v1/", session=session).url == "http://a/v1/chat/completions"
    for url in ("http://a", "http://a/", "http://a/v1", "http://a/v1/"):
        assert anthropic_model(url, session=session).url == "http://a/v1/messages"
