"""What is found at start, asked of real servers on the loopback."""

import time

import aiohttp

from sophia.kit.clock import SystemClock
from sophia.llm.catalogue import build_models
from sophia.llm.deadlines import Deadlines
from sophia.llm.discovery import Discovery, ModelSources, discover
from tests.support.providers import ScriptedProvider
from tests.support.providers_http import Answer, HttpServer, SeenRequest
from tests.support.providers_talk import API_KEY, asking, listen

CHATS = ["gpt-4o", "llama3.2:latest", "meta-llama/Llama-3.1-8B-Instruct", "qwen2.5-vl", "o3-mini"]
OTHERS = [
    "text-embedding-3-small",
    "whisper-1",
    "tts-1-hd",
    "gpt-4o-mini-tts",
    "dall-e-3",
    "gpt-image-1",
    "omni-moderation-latest",
    "gpt-4o-realtime-preview",
    "nomic-embed-text:latest",
    "BAAI/bge-reranker-v2-m3",
    "davinci-002",
]


def names(found: Discovery) -> list[str]:
    return [model.name for model in found.models]


async def test_nothing_configured_and_nothing_there_finds_nothing(
    session: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    nowhere = f"http://127.0.0.1:{unused_tcp_port}"
    found = await discover(ModelSources(ollama_url=nowhere), session=session)
    assert found.models == ()
    assert [(problem.provider, problem.is_absent) for problem in found.problems] == [
        ("ollama", True)
    ]


async def test_without_a_key_openai_itself_is_not_asked(session: aiohttp.ClientSession) -> None:
    assert await discover(ModelSources(), session=session) == Discovery()


async def test_a_server_of_ones_own_needs_no_key(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.models = ["qwen"]
    found = await discover(ModelSources(openai_base_url=openai.url), session=session)
    assert names(found) == ["qwen"]
    assert found.models[0].api_key is None


async def test_models_that_do_not_chat_are_left_out(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.models = [*OTHERS, *CHATS]
    for sources in (
        ModelSources(openai_base_url=openai.url),
        ModelSources(ollama_url=openai.root_url),
    ):
        assert names(await discover(sources, session=session)) == CHATS


async def test_every_source_is_found_and_the_same_name_twice_is_told_apart(
    openai: ScriptedProvider, anthropic: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    openai.models = ["shared", "gpt-4o", "builtin"]
    anthropic.models = ["claude-sonnet", "shared"]
    sources = ModelSources(
        openai_api_key="a-key",
        openai_base_url=openai.url,
        anthropic_api_key="b-key",
        anthropic_base_url=anthropic.url,
    )
    found = await discover(sources, session=session)
    assert found.problems == ()
    assert names(found) == [
        "openai/shared",
        "gpt-4o",
        "openai/builtin",
        "claude-sonnet",
        "anthropic/shared",
    ]
    assert [model.max_output_tokens for model in found.models][-1] == 32_000
    assert "a-key" not in repr(found)


async def test_what_is_found_can_be_talked_to(
    openai: ScriptedProvider, anthropic: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    sources = ModelSources(
        anthropic_api_key=API_KEY,
        anthropic_base_url=f"{anthropic.url}/v1/",
        ollama_url=f"{openai.root_url}/",
    )
    found = await discover(sources, session=session)
    models = build_models(found, session=session, deadlines=Deadlines(), clock=SystemClock())
    assert [model.name for model in models] == [
        "anthropic/scripted-model",
        "ollama/scripted-model",
    ]
    for model in models:
        assert (await listen(model, asking("hi"))).text == "You said: hi"
    assert openai.requests[0].body["model"] == "scripted-model"


async def test_one_server_under_two_settings_is_found_once(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    sources = ModelSources(
        openai_base_url=openai.url.replace("127.0.0.1", "localhost"),
        ollama_url=openai.root_url,
        vllm_url=openai.root_url,
    )
    found = await discover(sources, session=session)
    assert [(model.name, model.provider) for model in found.models] == [
        ("scripted-model", "openai")
    ]


async def test_providers_that_fail_are_problems_and_cost_a_second_together(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    async def hang(request: SeenRequest, answer: Answer) -> None:
        del answer
        await request.abandoned.wait()

    async def page(request: SeenRequest, answer: Answer) -> None:
        del request
        answer.whole(200, b"<html>", content_type="text/html")

    silent, wrong = HttpServer(hang), HttpServer(page)
    try:
        sources = ModelSources(
            openai_api_key=API_KEY,
            openai_base_url=f"{openai.root_url}/elsewhere",
            ollama_url=f"http://127.0.0.1:{await silent.start()}",
            vllm_url=f"http://127.0.0.1:{await wrong.start()}",
        )
        began = time.perf_counter()
        found = await discover(sources, session=session)
        assert time.perf_counter() - began < 2
    finally:
        await silent.stop()
        await wrong.stop()
    assert found.models == ()
    reasons = {problem.provider: problem.reason for problem in found.problems}
    assert reasons == {
        "openai": "404: There is no /elsewhere/models here.",
        "ollama": "no answer within 1 s",
        "vllm": "the answer is no list of models",
    }
    assert not any(problem.is_absent for problem in found.problems)


async def test_settings_that_make_no_sense_are_problems_too(
    session: aiohttp.ClientSession,
) -> None:
    sources = ModelSources(
        openai_api_key="two\nlines",
        openai_base_url="not a url",
        anthropic_api_key=API_KEY,
        anthropic_base_url="http://127.0.0.1:99999",
        ollama_url="http://[::1",
    )
    found = await discover(sources, session=session)
    assert found.models == ()
    assert [problem.provider for problem in found.problems] == ["openai", "anthropic", "ollama"]
    assert all(str(problem).startswith(problem.provider) for problem in found.problems)


async def test_a_named_default_is_taken_at_its_word_where_no_list_is_to_be_had(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    sources = ModelSources(
        openai_base_url=f"{openai.root_url}/elsewhere", openai_api_key=API_KEY, wanted="my-model"
    )
    found = await discover(sources, session=session)
    assert [(model.name, model.base_url) for model in found.models] == [
        ("my-model", f"{openai.root_url}/elsewhere")
    ]
    assert len(found.problems) == 1


async def test_a_named_default_that_a_list_does_not_have_is_not_made_up(
    openai: ScriptedProvider, session: aiohttp.ClientSession
) -> None:
    sources = ModelSources(openai_base_url=openai.url, wanted="my-model")
    assert names(await discover(sources, session=session)) == ["scripted-model"]
