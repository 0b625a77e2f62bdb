"""The vendors' own clients read our scripted providers, and find there what our models find."""

import json
from collections.abc import AsyncGenerator

import aiohttp
import anthropic as anthropic_sdk
import openai as openai_sdk
import pytest

from tests.support.providers import MODEL, Call, Figures, Reply, ScriptedProvider
from tests.support.providers_talk import (
    API_KEY,
    SEARCH,
    anthropic_model,
    asking,
    listen,
    openai_model,
)

REPLIES = [
    Reply(pieces=("Friday", " 15:00", " UTC 🦉")),
    Reply(pieces=("a",), figures=Figures(120, 30, cached_input_tokens=100, reasoning_tokens=12)),
    Reply(
        pieces=("I look.",),
        calls=(
            Call("memory__search_memories", {"query": "deploy “window”", "limit": 3}),
            Call("memory__get_memory_stats", {}),
        ),
    ),
    Reply(pieces=("cut",), is_cut_short=True),
    Reply(pieces=("So",), reasoning=("Let me", " see")),
]


@pytest.fixture
async def openai_client(openai: ScriptedProvider) -> AsyncGenerator[openai_sdk.AsyncOpenAI]:
    client = openai_sdk.AsyncOpenAI(base_url=openai.url, api_key=API_KEY, max_retries=0)
    async with client:
        yield client


@pytest.fixture
async def anthropic_client(
    anthropic: ScriptedProvider,
) -> AsyncGenerator[anthropic_sdk.AsyncAnthropic]:
    client = anthropic_sdk.AsyncAnthropic(base_url=anthropic.url, api_key=API_KEY, max_retries=0)
    async with client:
        yield client


@pytest.mark.parametrize("scripted", REPLIES)
async def test_openais_client_finds_the_same_as_our_model(
    scripted: Reply,
    openai: ScriptedProvider,
    openai_client: openai_sdk.AsyncOpenAI,
    session: aiohttp.ClientSession,
) -> None:
    openai.add(scripted, scripted)
    ours = (await listen(openai_model(openai.url, session=session), asking("hi", SEARCH))).reply
    sent = openai.requests[0].body
    stream = openai_client.chat.completions.stream(
        model=sent["model"],
        messages=sent["messages"],
        tools=sent["tools"],
        stream_options=sent["stream_options"],
    )
    async with stream as events:
        async for _ in events:
            pass
        try:
            theirs = await events.get_final_completion()
        except openai_sdk.LengthFinishReasonError as cut:
            theirs = cut.completion
    message, usage = theirs.choices[0].message, theirs.usage
    assert message.content == ours.message.text
    assert ours.finish == theirs.choices[0].finish_reason
    assert [
        (call.id, call.function.name, json.loads(call.function.arguments))
        for call in message.tool_calls or []
        if call.type == "function"
    ] == [(call.id, call.name, call.arguments) for call in ours.message.calls]
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert (usage.prompt_tokens, usage.completion_tokens) == (
        ours.usage.input_tokens,
        ours.usage.output_tokens,
    )
    assert usage.prompt_tokens_details.cached_tokens == ours.usage.cached_input_tokens
    assert usage.completion_tokens_details.reasoning_tokens == ours.usage.reasoning_tokens


@pytest.mark.parametrize("scripted", REPLIES)
async def test_anthropics_client_finds_the_same_as_our_model(
    scripted: Reply,
    anthropic: ScriptedProvider,
    anthropic_client: anthropic_sdk.AsyncAnthropic,
    session: aiohttp.ClientSession,
) -> None:
    anthropic.add(scripted, scripted)
    model = anthropic_model(anthropic.url, session=session)
    talk = await listen(model, asking("hi", SEARCH))
    ours = talk.reply
    sent = anthropic.requests[0].body
    async with anthropic_client.messages.stream(
        model=sent["model"],
        max_tokens=sent["max_tokens"],
        system=sent["system"],
        messages=sent["messages"],
        tools=sent["tools"],
    ) as events:
        theirs = await events.get_final_message()
    texts = [block.text for block in theirs.content if block.type == "text"]
    calls = [block for block in theirs.content if block.type == "tool_use"]
    thoughts = [block.thinking for block in theirs.content if block.type == "thinking"]
    assert "".join(texts) == ours.message.text
    assert "".join(thoughts) == "".join(talk.thoughts)
    assert [(call.id, call.name, call.input) for call in calls] == [
        (call.id, call.name, call.arguments) for call in ours.message.calls
    ]
    finishes = {"end_turn": "stop", "tool_use": "tool_calls", "max_tokens": "length"}
    assert finishes[theirs.stop_reason or ""] == ours.finish
    cached = theirs.usage.cache_read_input_tokens or 0
    assert theirs.usage.input_tokens + cached == ours.usage.input_tokens
    assert theirs.usage.output_tokens == ours.usage.output_tokens
    assert cached == ours.usage.cached_input_tokens


async def test_both_clients_read_answers_that_are_no_streams(
    openai_client: openai_sdk.AsyncOpenAI,
    anthropic_client: anthropic_sdk.AsyncAnthropic,
) -> None:
    completion = await openai_client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "hi"}]
    )
    message = await anthropic_client.messages.create(
        model=MODEL, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
    )
    assert completion.choices[0].message.content == "You said: hi"
    assert [block.text for block in message.content if block.type == "text"] == ["You said: hi"]


async def test_both_clients_list_the_models(
    openai_client: openai_sdk.AsyncOpenAI, anthropic_client: anthropic_sdk.AsyncAnthropic
) -> None:
    assert [model.id async for model in openai_client.models.list()] == [MODEL]
    assert [model.id async for model in anthropic_client.models.list()] == [MODEL]


async def test_both_clients_understand_the_refusals(
    openai: ScriptedProvider,
    anthropic: ScriptedProvider,
    openai_client: openai_sdk.AsyncOpenAI,
    anthropic_client: anthropic_sdk.AsyncAnthropic,
) -> None:
    openai.refuse(429, "slow down")
    anthropic.refuse(529, "Overloaded")
    with pytest.raises(openai_sdk.RateLimitError, match="slow down"):
        await openai_client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hi"}]
        )
    with pytest.raises(anthropic_sdk.APIStatusError, match="Overloaded"):
        await anthropic_client.messages.create(
            model=MODEL, max_tokens=10, messages=[{"role": "user", "content": "hi"}]
        )
