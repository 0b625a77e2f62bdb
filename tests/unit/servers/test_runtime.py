import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import TextContent, TextResourceContents
from prometheus_client import REGISTRY
from pydantic import BaseModel, ConfigDict

from sophia.kit.errors import SophiaError
from sophia.servers.call import Call
from sophia.servers.parts import Condition, Resource, ServerParts, Tool
from tests.support.serving import (
    ERAS,
    METRICS_TOKEN,
    STATIC_TOKEN,
    Served,
    a_caller,
    connected,
    mint,
    serving,
)


class Word(BaseModel):
    model_config = ConfigDict(extra="forbid")

    word: str
    user_id: str | None = None


class Heard(BaseModel):
    word: str
    user_id: str | None
    turn_id: str | None


class RipeError(SophiaError):
    """The word is not ripe: come back on Friday."""


async def echo(given: Word, call: Call) -> Heard:
    return Heard(word=given.word, user_id=given.user_id, turn_id=call.principal.turn_id)


async def refuse(_given: Word, _call: Call) -> Heard:
    raise RipeError


async def crash(_given: Word, _call: Call) -> Heard:
    raise RuntimeError("the password is hunter2")


async def hang(_given: Word, _call: Call) -> Heard:
    await asyncio.Event().wait()
    raise AssertionError


def tool(run: Callable[[Word, Call], Awaitable[Heard]], **more: Any) -> Tool[Word, Heard]:
    return Tool(
        name=run.__name__,
        title=run.__name__,
        description="A tool of the test.",
        arguments=Word,
        result=Heard,
        run=run,
        **more,
    )


async def read(call: Call) -> Heard:
    return Heard(word="read", user_id=call.principal.user_id, turn_id=None)


async def well() -> Condition:
    return Condition()


def parts(probe: Callable[[], Awaitable[Condition]] = well) -> ServerParts:
    return ServerParts(
        name="memory",
        instructions="Say words.",
        tools=[
            tool(echo, is_read_only=True),
            tool(refuse),
            tool(crash),
            tool(hang, timeout_s=0.05),
        ],
        resources=[
            Resource(uri="test://word", name="word", title="Word", description="A word.", read=read)
        ],
        probe=probe,
    )


@pytest.fixture(scope="module", name="served")
async def _served() -> AsyncGenerator[Served]:
    async with serving(parts()) as served:
        yield served


@pytest.fixture(name="http")
async def _http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def failure_of(served: Served, name: str, arguments: dict[str, Any]) -> str:
    async with connected(served) as client:
        result = await client.call_tool(name, arguments)
    block = result.content[0]
    assert result.is_error
    assert isinstance(block, TextContent)
    return block.text


@pytest.mark.parametrize("era", ERAS)
async def test_a_tool_answers_clients_of_both_eras(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        listed = await client.list_tools()
        result = await client.call_tool("echo", {"word": "hi"})

    assert [one.name for one in listed.tools] == ["echo", "refuse", "crash", "hang"]
    assert not result.is_error
    assert result.structured_content == {"word": "hi", "user_id": None, "turn_id": None}


@pytest.mark.parametrize("era", ERAS)
async def test_a_user_s_token_reaches_the_tool(served: Served, era: str) -> None:
    caller = a_caller()
    async with connected(served, token=mint("memory", caller), era=era) as client:
        result = await client.call_tool("echo", {"word": "hi"})

    assert result.structured_content == {
        "word": "hi",
        "user_id": str(caller.user_id),
        "turn_id": str(caller.turn_id),
    }


@pytest.mark.parametrize("era", ERAS)
async def test_a_resource_is_read(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        listed = await client.list_resources()
        contents = (await client.read_resource("test://word")).contents[0]
        with pytest.raises(MCPError, match="did you mean test://word"):
            await client.read_resource("test://nothing")

    assert [str(one.uri) for one in listed.resources] == ["test://word"]
    assert isinstance(contents, TextResourceContents)
    assert '"word":"read"' in contents.text


@pytest.mark.parametrize("era", ERAS)
async def test_an_unknown_tool_is_answered_with_the_nearest(served: Served, era: str) -> None:
    async with connected(served, era=era) as client:
        with pytest.raises(MCPError, match="did you mean echo"):
            await client.call_tool("ecko", {})


async def test_our_own_error_tells_its_next_step(served: Served) -> None:
    told = await failure_of(served, "refuse", {"word": "x"})

    assert told == "The word is not ripe: come back on Friday."


async def test_an_unexpected_error_tells_nothing_of_its_inside(served: Served) -> None:
    told = await failure_of(served, "crash", {"word": "x"})

    assert "hunter2" not in told
    assert "log" in told


async def test_a_tool_that_hangs_is_stopped(served: Served) -> None:
    assert "took longer than 0.05 s" in await failure_of(served, "hang", {"word": "x"})


async def test_wrong_arguments_are_the_model_s_to_mend(served: Served) -> None:
    assert "did you mean word?" in await failure_of(served, "echo", {"wrod": "x"})


async def test_another_user_s_id_is_refused(served: Served) -> None:
    async with connected(served, token=mint("memory", a_caller())) as client:
        result = await client.call_tool("echo", {"word": "x", "user_id": "somebody"})

    assert result.is_error


async def post(http: aiohttp.ClientSession, served: Served, **headers: str) -> int:
    async with http.post(served.url, json={}, headers=headers) as response:
        return response.status


async def test_a_request_without_a_token_is_challenged(
    served: Served, http: aiohttp.ClientSession
) -> None:
    async with http.post(served.url, json={}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="sophia"'


async def test_a_request_with_a_wrong_token_is_told_so(
    served: Served, http: aiohttp.ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {mint('github', a_caller())}"}
    async with http.post(served.url, json={}, headers=headers) as response:
        assert response.status == 401
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_only_names_of_ours_are_answered(served: Served, http: aiohttp.ClientSession) -> None:
    token = f"Bearer {STATIC_TOKEN}"

    assert await post(http, served, Authorization=token, Host="evil.example") == 421
    assert await post(http, served, Authorization=token, Origin="http://evil.example") == 403


async def test_a_configured_name_is_answered(http: aiohttp.ClientSession) -> None:
    async with serving(parts(), allowed_hosts=("memory.example",)) as served:
        token = f"Bearer {STATIC_TOKEN}"

        assert await post(http, served, Authorization=token, Host="memory.example:9001") == 400


@pytest.mark.parametrize("verb", ["GET", "DELETE", "PUT"])
async def test_there_is_no_stream_and_no_session_to_ask_for(
    served: Served, http: aiohttp.ClientSession, verb: str
) -> None:
    headers = {"Authorization": f"Bearer {STATIC_TOKEN}"}
    async with http.request(verb, served.url, headers=headers) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_a_body_that_is_no_request_is_refused(
    served: Served, http: aiohttp.ClientSession, body: bytes
) -> None:
    headers = {
        "Authorization": f"Bearer {STATIC_TOKEN}",
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    async with http.post(served.url, data=body, headers=headers) as response:
        assert 400 <= response.status < 500


async def health_of(http: aiohttp.ClientSession, served: Served) -> tuple[int, dict[str, Any]]:
    async with http.get(f"{served.origin}/health") as response:
        return response.status, await response.json()


async def test_health_has_the_shape_of_the_contract(
    served: Served, http: aiohttp.ClientSession
) -> None:
    status, told = await health_of(http, served)

    assert status == 200
    assert set(told) == {
        "status",
        "timestamp",
        "server_name",
        "version",
        "port",
        "uptime_seconds",
        "configured",
        "errors",
        "metrics",
    }
    assert told["status"] == "healthy"
    assert told["server_name"] == "memory"
    assert told["port"] == served.port
    assert told["configured"] is True
    assert told["errors"] == []
    assert told["metrics"]["tools"] == 4


async def test_a_failing_dependency_is_unhealthy(http: aiohttp.ClientSession) -> None:
    async def failing() -> Condition:
        raise RipeError

    async with serving(parts(failing)) as served:
        status, told = await health_of(http, served)

    assert status == 503
    assert told["status"] == "unhealthy"
    assert told["errors"] == ["The word is not ripe: come back on Friday."]


async def test_unconfigured_is_degraded_and_not_broken(http: aiohttp.ClientSession) -> None:
    async def bare() -> Condition:
        return Condition(is_configured=False, figures={"keys": 0})

    async with serving(parts(bare)) as served:
        status, told = await health_of(http, served)

    assert status == 200
    assert (told["status"], told["configured"]) == ("degraded", False)
    assert told["metrics"]["keys"] == 0


async def test_metrics_are_for_the_bearer_of_their_token(
    served: Served, http: aiohttp.ClientSession
) -> None:
    url = f"{served.origin}/metrics"
    async with http.get(url) as response:
        assert response.status == 401
    async with http.get(url, headers={"Authorization": f"Bearer {METRICS_TOKEN}"}) as response:
        assert response.status == 200
        assert "mcp_server_operation_duration_seconds" in await response.text()


def counted(tool_name: str, error_type: str) -> float:
    labels = {
        "mcp_server": "memory",
        "mcp_method_name": "tools/call",
        "gen_ai_tool_name": tool_name,
        "error_type": error_type,
        "rpc_response_status_code": "-32602" if error_type == "-32602" else "",
        "network_transport": "tcp",
        "mcp_protocol_version": "2026-07-28",
    }
    name = "mcp_server_operation_duration_seconds_count"
    return REGISTRY.get_sample_value(name, labels) or 0


async def test_calls_are_counted_by_tool_and_outcome(served: Served) -> None:
    labels = [("echo", ""), ("refuse", "tool_error"), ("_OTHER", "-32602")]
    before = [counted(*label) for label in labels]
    async with connected(served) as client:
        await client.call_tool("echo", {"word": "x"})
        await client.call_tool("refuse", {"word": "x"})
        with pytest.raises(MCPError):
            await client.call_tool("no_such_tool", {})

    assert [counted(*label) for label in labels] == [number + 1 for number in before]
