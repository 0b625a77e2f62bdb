"""What a client sees through the gateway, in both eras."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from sophia.core.messages import JsonObject, object_of
from sophia.toolbox.errors import ServerAwayError, ServerSilentError
from sophia.toolbox.exchange import Request
from tests.support.gateway import Desk, TwinServer, a_tool, gateway
from tests.support.serving import ERAS

PROMPT = {"name": "greet", "arguments": [{"name": "who"}]}
TEMPLATE = {"uriTemplate": "b://items/{id}", "name": "item"}


def read(request: Request) -> JsonObject:
    found = [{"uri": request.params["uri"], "text": "found in b"}]
    return {"contents": found, "ttlMs": 0, "cacheScope": "private", "resultType": "complete"}


def prompt(request: Request) -> JsonObject:
    content = {"type": "text", "text": request.params["name"]}
    return {"messages": [{"role": "user", "content": content}], "resultType": "complete"}


def completion(request: Request) -> JsonObject:
    name = object_of(request.params["ref"]).get("name", "an item")
    return {"completion": {"values": [name]}, "resultType": "complete"}


def servers() -> tuple[TwinServer, TwinServer]:
    a = TwinServer("a", [a_tool("read"), a_tool("look")])
    answers = {
        "resources/list": {"resources": [{"uri": "b://all", "name": "all"}]},
        "resources/templates/list": {"resourceTemplates": [TEMPLATE]},
        "resources/read": read,
        "prompts/list": {"prompts": [PROMPT]},
        "prompts/get": prompt,
        "completion/complete": completion,
    }
    return a, TwinServer("b", [a_tool("read")], answers)


@pytest.fixture(name="pair")
async def _pair(redis_url: str) -> AsyncGenerator[tuple[Desk, TwinServer, TwinServer]]:
    a, b = servers()
    async with gateway(redis_url, a, b) as desk:
        yield desk, a, b


type Pair = tuple[Desk, TwinServer, TwinServer]


@pytest.mark.parametrize("era", ERAS)
async def test_all_tools_are_listed_under_their_server_s_name(pair: Pair, era: str) -> None:
    desk, _, _ = pair
    async with desk.client(era) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]

    assert names == ["a__read", "a__look", "b__read"]


@pytest.mark.parametrize("era", ERAS)
async def test_one_server_s_tools_are_listed_under_their_own_names(pair: Pair, era: str) -> None:
    desk, _, _ = pair
    async with desk.client(era, "a") as client:
        names = [tool.name for tool in (await client.list_tools()).tools]

    assert names == ["read", "look"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_call_reaches_the_server_that_its_name_says(pair: Pair, era: str) -> None:
    desk, a, b = pair
    async with desk.client(era) as client:
        result: Any = await client.call_tool("b__read", {"x": 1})

    assert result.content[0].text == "b did it"
    assert [dict(call.params) for call in b.calls] == [{"name": "read", "arguments": {"x": 1}}]
    assert a.calls == []


@pytest.mark.parametrize("era", ERAS)
async def test_resources_and_prompts_are_found_at_their_server(pair: Pair, era: str) -> None:
    desk, _, _ = pair
    async with desk.client(era) as client:
        listed = await client.list_resources()
        read: Any = await client.read_resource("b://items/7")
        prompts = await client.list_prompts()
        prompt: Any = await client.get_prompt("b__greet")

    assert [str(one.uri) for one in listed.resources] == ["b://all"]
    assert read.contents[0].text == "found in b"
    assert [one.name for one in prompts.prompts] == ["b__greet"]
    assert prompt.messages[0].content.text == "greet"


async def test_completion_asks_the_prompt_s_server_under_its_own_name(pair: Pair) -> None:
    desk, _, _ = pair
    asked: dict[str, Any] = {
        "ref": {"type": "ref/prompt", "name": "b__greet"},
        "argument": {"name": "a"},
    }
    answer: Any = await desk.ask("completion/complete", **asked)
    other: dict[str, Any] = {
        "ref": {"type": "ref/resource", "uri": "b://items/{id}"},
        "argument": {"name": "id"},
    }
    of_template: Any = await desk.ask("completion/complete", **other)

    assert answer["result"]["completion"]["values"] == ["greet"]
    assert of_template["result"]["completion"]["values"] == ["an item"]


@pytest.mark.parametrize("era", ERAS)
async def test_progress_comes_before_the_answer(pair: Pair, era: str) -> None:
    desk, a, _ = pair
    seen: list[float] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        del total, message
        seen.append(progress)

    def told(request: Request) -> list[tuple[str, JsonObject]]:
        token = request.meta["progressToken"]
        return [("notifications/progress", {"progressToken": token, "progress": n}) for n in (1, 2)]

    async with desk.client(era) as client:
        await client.list_tools()
        a.link.told = told
        await client.call_tool("a__read", {}, progress_callback=note)

    assert seen == [1, 2]


async def test_an_unknown_tool_is_an_error_that_names_the_right_one(pair: Pair) -> None:
    desk, _, _ = pair
    near: Any = await desk.ask("tools/call", name="a__reed", arguments={})
    unknown: Any = await desk.ask("tools/call", name="nonsense", arguments={})

    assert near["error"]["message"].startswith("There is no tool 'a__reed': did you mean a__read")
    assert "the servers are a, b" in unknown["error"]["message"]


async def test_a_server_that_is_away_is_an_error_that_names_it(redis_url: str) -> None:
    a, b = servers()
    b.answers = {"server/discover": ServerAwayError()}
    async with gateway(redis_url, a, b) as desk:
        alone: Any = await desk.ask("tools/list", server="b")
        together: Any = await desk.ask("tools/list")
        called: Any = await desk.ask("tools/call", name="b__read", arguments={})

    assert "b (the b server): It cannot be reached" in alone["error"]["message"]
    assert [tool["name"] for tool in together["result"]["tools"]] == ["a__read", "a__look"]
    assert "It cannot be reached" in together["result"]["_meta"]["sophia/away"]["b"]
    assert "b (the b server)" in called["error"]["message"]


async def test_when_every_server_is_away_no_list_is_empty(redis_url: str) -> None:
    a, _ = servers()
    a.answers = {"server/discover": ServerAwayError()}
    async with gateway(redis_url, a) as desk:
        for method in ("tools/list", "resources/list", "prompts/list", "server/discover"):
            assert "error" in await desk.ask(method), method
        async with desk.client(ERAS[1], "a") as client:
            with pytest.raises(MCPError):
                await client.list_tools()


async def test_a_server_that_fails_a_call_is_told_to_the_model(pair: Pair) -> None:
    desk, a, _ = pair
    a.answers["tools/call"] = ServerSilentError()
    answer: Any = await desk.ask("tools/call", name="a__read", arguments={})

    assert answer["result"]["isError"] is True
    text = answer["result"]["content"][0]["text"]
    assert text == "a did not answer read within 5 s. It is safe to call it again."


async def test_an_unknown_server_is_a_404_that_names_those_there_are(pair: Pair) -> None:
    desk, _, _ = pair
    headers = {"MCP-Protocol-Version": "2025-11-25"}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = await desk.post(body, server="c", headers=headers)

    assert "there are a, b" in answer.text


async def test_a_long_list_comes_in_pages_that_lose_and_repeat_nothing(redis_url: str) -> None:
    a = TwinServer("a", [a_tool(f"t{number}") for number in range(601)])
    names: list[str] = []
    cursor: Any = None
    async with gateway(redis_url, a) as desk:
        for _ in range(4):
            asked = {} if cursor is None else {"cursor": cursor}
            page: Any = (await desk.ask("tools/list", **asked))["result"]
            names += [tool["name"] for tool in page["tools"]]
            cursor = page.get("nextCursor")
            if cursor is None:
                break
        refused: Any = await desk.ask("tools/list", cursor="what")

    assert names == [f"a__t{number}" for number in range(601)]
    assert "begin at the first page" in refused["error"]["message"]


async def test_what_strangers_may_have_written_says_so(pair: Pair) -> None:
    desk, _, b = pair
    b.answers["tools/call"] = {
        "content": [],
        "resultType": "complete",
        "_meta": {"sophia/untrusted": False, "x": 1},
    }
    called: Any = await desk.ask("tools/call", name="b__read", arguments={})
    read: Any = await desk.ask("resources/read", uri="b://all")

    assert called["result"]["_meta"] == {"sophia/untrusted": True, "x": 1}
    assert read["result"]["_meta"]["sophia/untrusted"] is True
