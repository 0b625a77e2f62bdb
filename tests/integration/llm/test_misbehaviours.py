"""The twelve ways in which providers misbehave, in both dialects, over real sockets."""

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import pytest

from sophia.core.failures import (
    ModelExhaustedError,
    ModelFailedError,
    ModelRefusedError,
    ModelTimeoutError,
)
from sophia.core.messages import FinishReason, ToolCall
from sophia.kit.clock import Clock
from sophia.llm.anthropic import AnthropicModel
from sophia.llm.deadlines import Deadlines
from sophia.llm.openai import OpenAiModel
from tests.support.clock import FixedClock
from tests.support.providers import Fault, ScriptedProvider, scripted_anthropic, scripted_openai
from tests.support.providers_talk import (
    API_KEY,
    Talk,
    anthropic_model,
    asking,
    listen,
    openai_model,
)

SHORT = Deadlines(first_chunk_s=1.0, gap_s=1.0, total_s=60)


@dataclass
class Pair:
    """A scripted provider and the model that talks to it. Back-off does not wait for real."""

    dialect: str
    provider: ScriptedProvider
    session: aiohttp.ClientSession
    clock: FixedClock

    def model(self, deadlines: Deadlines = SHORT) -> OpenAiModel | AnthropicModel:
        clock: Clock = self.clock
        build = openai_model if self.dialect == "openai" else anthropic_model
        return build(self.provider.url, session=self.session, deadlines=deadlines, clock=clock)


@pytest.fixture(params=["openai", "anthropic"])
async def pair(
    request: pytest.FixtureRequest, session: aiohttp.ClientSession
) -> AsyncGenerator[Pair]:
    serve = scripted_openai if request.param == "openai" else scripted_anthropic
    async with serve() as provider:
        yield Pair(request.param, provider, session, FixedClock())


async def failing(pair: Pair) -> tuple[ModelFailedError, Talk]:
    """Give the error of a call and what was said before it."""
    talk = Talk()
    with pytest.raises(ModelFailedError) as caught:
        async with asyncio.timeout(60):
            await listen(pair.model(), asking(), talk)
    assert talk.replies == []
    return caught.value, talk


async def abandoned(pair: Pair) -> None:
    """Wait until the provider has seen its connection closed."""
    async with asyncio.timeout(60):
        await pair.provider.requests[-1].abandoned.wait()


async def test_429_is_retried_after_the_time_that_was_asked_for(pair: Pair) -> None:
    pair.provider.misbehave(Fault.RATE_LIMITED, retry_after="7")
    pair.provider.say("there")
    began = pair.clock.monotonic()
    talk = await listen(pair.model(), asking())
    assert talk.text == "there"
    assert len(pair.provider.requests) == 2
    assert 7 <= pair.clock.monotonic() - began <= 7.5


async def test_429_that_asks_for_too_long_a_wait_is_exhausted_at_once(pair: Pair) -> None:
    pair.provider.misbehave(Fault.RATE_LIMITED, retry_after="3600")
    error, _ = await failing(pair)
    assert isinstance(error, ModelExhaustedError)
    assert error.facts["retry_after_s"] == 3600
    assert len(pair.provider.requests) == 1


async def test_429_again_and_again_is_exhausted_after_two_retries(pair: Pair) -> None:
    pair.provider.misbehave(Fault.RATE_LIMITED, times=9)
    error, _ = await failing(pair)
    assert isinstance(error, ModelExhaustedError)
    assert len(pair.provider.requests) == 3


async def test_500_is_retried(pair: Pair) -> None:
    pair.provider.misbehave(Fault.SERVER_ERROR, times=2)
    pair.provider.say("there")
    assert (await listen(pair.model(), asking())).text == "there"
    assert len(pair.provider.requests) == 3


async def test_500_for_good_is_a_failure(pair: Pair) -> None:
    pair.provider.misbehave(Fault.SERVER_ERROR, times=9)
    error, _ = await failing(pair)
    assert type(error) is ModelFailedError
    assert "scripted refusal" in error.message
    assert len(pair.provider.requests) == 3


async def test_a_hang_before_the_headers_ends_at_the_deadline_for_the_first_chunk(
    pair: Pair,
) -> None:
    pair.provider.misbehave(Fault.HANG_BEFORE_HEADERS)
    began = time.perf_counter()
    error, _ = await failing(pair)
    assert isinstance(error, ModelTimeoutError)
    assert error.facts == {"first_chunk_s": SHORT.first_chunk_s}
    assert 0.25 < time.perf_counter() - began < 2
    assert len(pair.provider.requests) == 1
    await abandoned(pair)


async def test_a_hang_mid_stream_ends_at_the_deadline_for_silence(pair: Pair) -> None:
    pair.provider.misbehave(Fault.HANG_MID_STREAM)
    error, talk = await failing(pair)
    assert isinstance(error, ModelTimeoutError)
    assert error.facts == {"gap_s": SHORT.gap_s}
    assert talk.text == "good"
    assert len(pair.provider.requests) == 1
    await abandoned(pair)


async def test_a_stream_cut_mid_json_is_a_failure_and_never_retried(pair: Pair) -> None:
    pair.provider.misbehave(Fault.CUT_MID_JSON)
    error, talk = await failing(pair)
    assert "cut off" in error.message
    assert talk.text == "good"
    assert len(pair.provider.requests) == 1


async def test_a_wrong_content_type_is_a_failure_that_names_it(pair: Pair) -> None:
    pair.provider.misbehave(Fault.WRONG_CONTENT_TYPE)
    error, talk = await failing(pair)
    assert "text/html" in error.message
    assert talk.text == ""


async def test_a_line_of_10_mb_is_a_failure_before_it_is_all_read(pair: Pair) -> None:
    pair.provider.misbehave(Fault.LONG_LINE)
    error, talk = await failing(pair)
    assert "longer than 1048576 bytes" in error.message
    assert talk.text == "good"


async def test_invalid_utf8_is_a_failure(pair: Pair) -> None:
    pair.provider.misbehave(Fault.INVALID_UTF8)
    error, talk = await failing(pair)
    assert "no JSON" in error.message
    assert talk.text == "good"


async def test_without_figures_the_tokens_are_estimated(pair: Pair) -> None:
    pair.provider.misbehave(Fault.NO_USAGE)
    reply = (await listen(pair.model(), asking())).reply
    assert reply.message.text == "no figures"
    assert reply.usage.is_estimated
    assert reply.usage.output_tokens == 3
    assert reply.usage.input_tokens > 20


async def test_a_stream_without_its_end_mark_is_whole_once_it_has_a_finish(pair: Pair) -> None:
    pair.provider.misbehave(Fault.NO_DONE)
    reply = (await listen(pair.model(), asking())).reply
    assert reply.message.text == "no end mark"
    assert reply.finish is FinishReason.STOP
    assert reply.usage.input_tokens == 25


async def test_duplicate_tool_ids_are_made_unique(pair: Pair) -> None:
    pair.provider.misbehave(Fault.DUPLICATE_TOOL_IDS)
    reply = (await listen(pair.model(), asking())).reply
    assert reply.message.calls == (
        ToolCall("same", "memory__a", {"n": 1}),
        ToolCall("same_2", "memory__b", {"n": 2}),
    )


async def test_tool_arguments_that_are_no_json_are_handed_on_as_they_came(pair: Pair) -> None:
    pair.provider.misbehave(Fault.MALFORMED_ARGUMENTS)
    (call,) = (await listen(pair.model(), asking())).reply.message.calls
    assert call.arguments == {}
    assert call.malformed == '{"n": 1'


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_refusal_is_told_in_the_providers_words_without_the_key(
    status: int, pair: Pair
) -> None:
    pair.provider.refuse(status, f"Wrong key {API_KEY}: get another one.")
    error, _ = await failing(pair)
    assert isinstance(error, ModelRefusedError)
    assert "get another one." in error.message
    assert API_KEY not in error.message
    assert len(pair.provider.requests) == 1


@pytest.mark.parametrize("status", [408, 502, 503, 529])
async def test_passing_trouble_is_retried(status: int, pair: Pair) -> None:
    pair.provider.refuse(status)
    pair.provider.say("there")
    assert (await listen(pair.model(), asking())).text == "there"


async def test_a_provider_that_is_away_is_tried_three_times(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    clock = FixedClock()
    model = openai_model(f"http://127.0.0.1:{unused_tcp_port}/v1", session=session, clock=clock)
    began = clock.monotonic()
    with pytest.raises(ModelFailedError, match="openai cannot be reached"):
        await listen(model, asking())
    assert clock.monotonic() > began


async def test_over_many_calls_retries_stay_under_a_tenth(pair: Pair) -> None:
    pair.provider.refuse(503, times=1000)
    model = pair.model()
    for _ in range(200):
        with pytest.raises(ModelFailedError):
            await listen(model, asking())
    seconds = pair.clock.monotonic() - 1000
    assert len(pair.provider.requests) <= 200 * 1.1 + seconds * 0.1
