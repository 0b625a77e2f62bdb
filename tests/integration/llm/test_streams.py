"""Deadlines, connections and the ways in which servers differ, over real sockets."""

import asyncio
import json
import time
from contextlib import aclosing, suppress
from typing import Any

import aiohttp
import pytest
from prometheus_client import REGISTRY

from sophia.core.failures import ModelFailedError, ModelRefusedError, ModelTimeoutError
from sophia.core.messages import ModelReply, TextChunk, ToolCall
from sophia.llm.deadlines import Deadlines
from tests.support.clock import FixedClock
from tests.support.providers import Figures, Reply, ScriptedProvider
from tests.support.providers_http import Answer, HttpServer, SeenRequest
from tests.support.providers_talk import (
    API_KEY,
    SEARCH,
    Talk,
    anthropic_model,
    asking,
    listen,
    openai_model,
)


def sse(*bodies: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(body).encode() + b"\n\n" for body in bodies)


HELLO = sse({"choices": [{"delta": {"content": "Hello"}}]})
FINISH = sse({"choices": [{"delta": {}, "finish_reason": "stop"}]})


async def test_chunks_arrive_as_they_are_sent(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.say("Hel", "lo", " there", pause_s=0.02)
    talk = await listen(openai_model(openai.url, session=session), asking())
    assert talk.pieces == ["Hel", "lo", " there"]
    assert talk.reply.message.text == "Hello there"


async def test_the_key_and_the_talk_reach_each_provider(
    openai: ScriptedProvider, anthropic: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    await listen(openai_model(openai.url, session=session), asking("hi", SEARCH))
    await listen(anthropic_model(anthropic.url, session=session), asking("hi", SEARCH))
    assert openai.requests[0].headers["authorization"] == f"Bearer {API_KEY}"
    assert anthropic.requests[0].headers["x-api-key"] == API_KEY
    assert anthropic.requests[0].headers["anthropic-version"] == "2023-06-01"
    assert openai.requests[0].body["messages"][-1] == {"role": "user", "content": "hi"}


async def test_a_reader_that_leaves_closes_the_connection_at_once(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(pieces=("word ",) * 1000, pause_s=0.01))
    model = openai_model(openai.url, session=session)
    async with aclosing(model.stream(asking())) as stream:
        assert isinstance(await anext(stream), TextChunk)
    left = time.perf_counter()
    async with asyncio.timeout(60):
        await openai.requests[0].abandoned.wait()
    assert time.perf_counter() - left < 0.5


async def test_a_reader_that_is_cancelled_closes_the_connection_at_once(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(pieces=("word",), pause_s=30))
    task = asyncio.create_task(listen(openai_model(openai.url, session=session), asking()))
    await openai.wait_for_requests(1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(60):
        await openai.requests[0].abandoned.wait()


async def test_calls_one_after_the_other_share_a_connection(
    openai: ScriptedProvider, anthropic: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    first, second = (
        openai_model(openai.url, session=session),
        anthropic_model(anthropic.url, session=session),
    )
    for _ in range(5):
        await listen(first, asking())
        await listen(second, asking())
    assert openai.connection_count == 1
    assert anthropic.connection_count == 1


async def test_a_connection_whose_end_comes_a_little_later_serves_again(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    late = Reply(raw=(HELLO, FINISH, b"data: [DONE]\n\n"), pause_s=0.02)
    openai.add(late, late)
    model = openai_model(openai.url, session=session)
    for _ in range(2):
        await listen(model, asking())
    assert openai.connection_count == 1


async def test_a_connection_that_lingers_after_the_end_holds_nobody_up(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(raw=(HELLO + FINISH + b"data: [DONE]\n\n",), pause_s=30))
    began = time.perf_counter()
    talk = await listen(openai_model(openai.url, session=session), asking())
    assert talk.reply.message.text == "Hello"
    assert time.perf_counter() - began < 15


async def test_a_finish_without_an_end_is_not_waited_on_for_long(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(raw=(HELLO + FINISH,), pause_s=30))
    deadlines = Deadlines(gap_s=0.2)
    talk = await listen(openai_model(openai.url, session=session, deadlines=deadlines), asking())
    assert talk.reply.message.text == "Hello"


async def test_an_answer_in_one_document_has_the_whole_time(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    pieces = (b'{"choices": [{"message": ', b'{"content": "late"}, ', b'"finish_reason": "stop"}]}')
    openai.add(Reply(raw=pieces, pause_s=0.15, content_type="application/json"))
    deadlines = Deadlines(first_chunk_s=0.1, gap_s=0.1, total_s=5)
    model = openai_model(openai.url, session=session, deadlines=deadlines)
    assert (await listen(model, asking())).text == "late"
    openai.add(Reply(raw=pieces, pause_s=30, content_type="application/json"))
    deadlines = Deadlines(total_s=0.3)
    model = openai_model(openai.url, session=session, deadlines=deadlines)
    with pytest.raises(ModelTimeoutError, match=r"within 0\.3 s"):
        await listen(model, asking())


async def test_fifty_streams_run_side_by_side(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.default = Reply(pieces=("tick ",) * 10, pause_s=0.02)
    model = openai_model(openai.url, session=session)
    began = time.perf_counter()
    talks = await asyncio.gather(*(listen(model, asking()) for _ in range(50)))
    assert {talk.text for talk in talks} == {"tick " * 10}
    assert time.perf_counter() - began < 50 * 10 * 0.02


async def test_comments_hold_the_line_but_are_no_first_chunk(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(raw=(b": wait\n\n",) * 1000, pause_s=0.02))
    deadlines = Deadlines(first_chunk_s=0.2, gap_s=5, total_s=10)
    with pytest.raises(ModelTimeoutError, match=r"begin to answer within 0\.2 s"):
        await listen(openai_model(openai.url, session=session, deadlines=deadlines), asking())
    openai.add(Reply(raw=(HELLO, *[b": wait\n\n"] * 1000), pause_s=0.02))
    deadlines = Deadlines(first_chunk_s=5, gap_s=5, total_s=1)
    with pytest.raises(ModelTimeoutError, match=r"finish within 1 s"):
        await listen(openai_model(openai.url, session=session, deadlines=deadlines), asking())


async def test_an_endless_answer_ends_at_the_deadline_for_the_whole(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.add(Reply(pieces=("more ",) * 10_000, pause_s=0.02))
    deadlines = Deadlines(first_chunk_s=2, gap_s=2, total_s=1)
    talk = Talk()
    with pytest.raises(ModelTimeoutError, match=r"finish within 1 s"):
        await listen(openai_model(openai.url, session=session, deadlines=deadlines), asking(), talk)
    assert talk.text.startswith("more more ")


async def test_a_slow_reader_is_not_taken_for_a_silent_provider(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.say("a", "b", pause_s=0.02)
    deadlines = Deadlines(first_chunk_s=5, gap_s=0.3, total_s=15)
    model = openai_model(openai.url, session=session, deadlines=deadlines)
    async with aclosing(model.stream(asking())) as stream:
        first = await anext(stream)
        with suppress(TimeoutError):  # the reader is busy for longer than the gap
            await asyncio.wait_for(asyncio.Event().wait(), 0.6)
        rest = [event async for event in stream]
    assert first == TextChunk("a")
    assert isinstance(rest[-1], ModelReply)


async def test_a_server_that_does_not_stream_is_understood(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    whole = {"choices": [{"message": {"content": "All at once."}, "finish_reason": "stop"}]}
    openai.send_raw(json.dumps(whole).encode(), content_type="application/json")
    talk = await listen(openai_model(openai.url, session=session), asking())
    assert talk.pieces == ["All at once."]
    assert talk.reply.message.text == "All at once."


async def test_json_that_is_no_answer_is_a_failure(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.send_raw(b'{"hello": "world"}', content_type="application/json")
    with pytest.raises(ModelFailedError, match="no completion"):
        await listen(openai_model(openai.url, session=session), asking())


async def test_a_stream_that_ends_before_its_finish_is_a_failure(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.send_raw(HELLO)
    talk = Talk()
    with pytest.raises(ModelFailedError, match="cut off"):
        await listen(openai_model(openai.url, session=session), asking(), talk)
    assert talk.text == "Hello"


async def test_what_breaks_after_the_finish_breaks_nothing(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.send_raw(HELLO, FINISH, b'data: {"usage": {"prom')
    talk = await listen(openai_model(openai.url, session=session), asking())
    assert talk.reply.message.text == "Hello"
    assert talk.reply.usage.is_estimated


async def test_an_error_inside_a_stream_ends_it_without_a_retry(
    anthropic: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    anthropic.send_raw(b"event: error\n" + sse(error))
    with pytest.raises(ModelFailedError, match="Overloaded"):
        await listen(anthropic_model(anthropic.url, session=session), asking())
    assert len(anthropic.requests) == 1


async def test_fields_that_a_server_refuses_are_left_out_from_then_on(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.refuse(400, "Unrecognized request argument: stream_options")
    openai.refuse(400, "registry.ollama.ai/library/gemma3:4b does not support tools")
    model = openai_model(openai.url, session=session)
    for _ in range(2):
        assert (await listen(model, asking("hi", SEARCH))).text == "You said: hi"
    sent = [sorted(request.body) for request in openai.requests]
    assert sent == [
        ["messages", "model", "stream", "stream_options", "tools"],
        ["messages", "model", "stream", "tools"],
        ["messages", "model", "stream"],
        ["messages", "model", "stream"],
    ]


async def test_a_field_is_given_up_once_and_then_the_refusal_stands(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.refuse(400, "stream_options is wrong, and so is everything", times=9)
    with pytest.raises(ModelRefusedError, match="so is everything"):
        await listen(openai_model(openai.url, session=session), asking())
    assert len(openai.requests) == 2


async def test_calls_side_by_side_all_survive_a_refused_field(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.refuse(400, "stream_options: extra fields not permitted", times=5)
    model = openai_model(openai.url, session=session)
    talks = await asyncio.gather(*(listen(model, asking("hi")) for _ in range(5)))
    assert [talk.text for talk in talks] == ["You said: hi"] * 5


async def test_an_id_of_the_talk_so_far_is_not_used_again(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    model = openai_model(openai.url, session=session)
    openai.call("memory__a", {"n": 1})
    openai.call("memory__a", {"n": 2})
    request = asking()
    first = (await listen(model, request)).reply.message
    again = asking()
    second = await listen(
        model, type(again)(again.system, [*again.messages, first], tools=again.tools)
    )
    assert first.calls == (ToolCall("call_1", "memory__a", {"n": 1}),)
    assert second.reply.message.calls == (ToolCall("call_1_2", "memory__a", {"n": 2}),)


async def test_a_redirect_is_not_followed_with_the_key(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    async def redirect(request: SeenRequest, answer: Answer) -> None:
        answer.whole(307, b"", headers={"Location": f"{openai.root_url}{request.path}"})

    server = HttpServer(redirect)
    try:
        url = f"http://127.0.0.1:{await server.start()}/v1"
        with pytest.raises(ModelRefusedError, match="307"):
            await listen(openai_model(url, session=session), asking())
    finally:
        await server.stop()
    assert openai.requests == []


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/v1", "http://", "http://[::1/v1"])
async def test_a_base_url_that_is_none_is_a_clear_refusal(
    url: str, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(ModelFailedError) as caught:
        await listen(openai_model(url, session=session, clock=FixedClock()), asking())
    assert "openai" in caught.value.message


def sample(name: str, **labels: str) -> float:
    fixed = {"gen_ai_operation_name": "chat", "gen_ai_request_model": "scripted-model"}
    return REGISTRY.get_sample_value(name, {**fixed, **labels}) or 0


async def test_calls_are_measured(openai: ScriptedProvider, session: aiohttp.ClientSession) -> None:
    labels = {"gen_ai_provider_name": "openai", "error_type": ""}
    retry = {"provider": "openai", "reason": "overloaded"}

    def figures() -> list[float]:
        return [
            sample("gen_ai_client_operation_duration_seconds_count", **labels),
            sample("gen_ai_client_operation_time_to_first_chunk_seconds_count", **labels),
            sample("gen_ai_client_token_usage_sum", gen_ai_token_type="input", **labels),
            sample("gen_ai_client_token_usage_sum", gen_ai_token_type="output", **labels),
            sample(
                "gen_ai_client_operation_duration_seconds_count",
                **{**labels, "error_type": "model.refused"},
            ),
            REGISTRY.get_sample_value("sophia_llm_retries_total", retry) or 0,
        ]

    before = figures()
    openai.refuse(529)
    openai.say("Hello", figures=Figures(30, 4))
    openai.refuse(401)
    model = openai_model(openai.url, session=session, clock=FixedClock())
    await listen(model, asking())
    with pytest.raises(ModelRefusedError):
        await listen(model, asking())
    assert [after - b for after, b in zip(figures(), before, strict=True)] == [1, 1, 30, 4, 1, 1]
