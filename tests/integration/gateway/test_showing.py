"""How the operator has tools shown, and how tools are found where there are too many to list."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from sophia.core.messages import JsonObject
from sophia.core.permission import Rule, Subject, Verdict
from sophia.gateway.overrides import Override
from sophia.gateway.showing import CALL, FIND
from sophia.kit.ids import ApiKeyId
from tests.support.gateway import VIEWER, Desk, TwinServer, a_tool, gateway
from tests.support.waiting import eventually

KEY = replace(VIEWER, api_key_id=ApiKeyId(uuid4()))


@pytest.fixture(name="pair")
async def _pair(redis_url: str) -> AsyncGenerator[tuple[Desk, TwinServer]]:
    server = TwinServer("a", [a_tool("read"), a_tool("look")])
    async with gateway(redis_url, server) as desk:
        desk.enter(KEY)
        yield desk, server


type Pair = tuple[Desk, TwinServer]


async def names(desk: Desk, **where: Any) -> list[str]:
    listed: Any = await desk.ask("tools/list", **where)
    return [tool["name"] for tool in listed["result"]["tools"]]


async def is_listed(desk: Desk, name: str) -> bool:
    return name in await names(desk)


def for_key(tool: str, **changed: Any) -> Override:
    return Override(Subject.API_KEY, str(KEY.api_key_id), tool, **changed)


async def test_a_renamed_tool_is_listed_and_called_by_its_other_name(pair: Pair) -> None:
    desk, server = pair
    desk.overrides.append(for_key("a__read", name="read_file", description="Reads a file."))
    listed: Any = await desk.ask("tools/list")
    called: Any = await desk.ask("tools/call", name="read_file", arguments={})

    assert [one["name"] for one in listed["result"]["tools"]] == ["read_file", "a__look"]
    assert listed["result"]["tools"][0]["description"] == "Reads a file."
    assert called["result"]["content"][0]["text"] == "a did it"
    assert server.calls[0].params["name"] == "read"


async def test_a_hidden_tool_is_neither_listed_nor_run(pair: Pair) -> None:
    desk, server = pair
    desk.overrides.append(for_key("a__read", is_hidden=True))

    assert await names(desk) == ["a__look"]
    assert "error" in await desk.ask("tools/call", name="a__read", arguments={})
    assert server.calls == []


async def test_an_override_is_its_key_s_alone_and_wins_over_everybody_s(pair: Pair) -> None:
    desk, _ = pair
    desk.overrides += [
        for_key("a__read", is_hidden=False),
        Override(Subject.EVERYBODY, "", "a__read", name="r", is_hidden=True),
    ]

    assert await names(desk) == ["r", "a__look"]
    desk.enter(VIEWER)
    assert await names(desk) == ["a__look"]


async def test_no_name_is_given_to_two_tools(pair: Pair) -> None:
    desk, server = pair
    desk.overrides.append(for_key("a__look", name="a__read"))

    assert await names(desk) == ["a__read"]
    await desk.ask("tools/call", name="a__read", arguments={})
    assert server.calls[0].params["name"] == "read"


async def test_a_key_has_the_tools_that_were_chosen_for_it(pair: Pair) -> None:
    desk, _ = pair
    key = str(KEY.api_key_id)
    desk.rules += [
        Rule(Subject.API_KEY, key, "*", Verdict.DENY),
        Rule(Subject.API_KEY, key, "a__look", Verdict.ALLOW),
    ]

    assert await names(desk) == ["a__look"]


async def test_what_is_not_configured_stands_behind_its_own_door_alone(redis_url: str) -> None:
    unready = {**a_tool("list_issues"), "_meta": {"sophia/missing": "Set GITHUB_TOKEN."}}
    server, other = TwinServer("github", [unready]), TwinServer("a", [a_tool("read")])
    async with gateway(redis_url, server, other) as desk:
        desk.enter(VIEWER)
        everywhere = await names(desk)
        alone: Any = await desk.ask("tools/list", server="github")
        found: Any = await desk.ask("tools/call", name=FIND, arguments={"query": "list issues"})
        called: Any = await desk.ask("tools/call", name="github__list_issues", arguments={})
        server.tools = [a_tool("list_issues")]
        desk.catalogue.expire("github")
        await eventually(lambda: is_listed(desk, "github__list_issues"))

    assert everywhere == ["a__read"]
    assert alone["result"]["tools"][0]["_meta"] == unready["_meta"]
    assert found["result"]["structuredContent"] == {"tools": []}
    # Who knows its name is answered by the server, which says what to set.
    assert called["result"]["content"][0]["text"] == "github did it"


@pytest.fixture(name="many")
async def _many(redis_url: str) -> AsyncGenerator[tuple[Desk, TwinServer]]:
    tools: list[JsonObject] = [
        {**a_tool("merge_pull_request"), "description": "Merge a pull request into its base."},
        {**a_tool("list_pull_requests"), "description": "List pull requests by state."},
        {**a_tool("create_issue"), "description": "Open an issue."},
        *({**a_tool(f"t{number}"), "description": "Something else."} for number in range(30)),
    ]
    server = TwinServer("a", tools)
    async with gateway(redis_url, server, search_above=20) as desk:
        yield desk, server


async def test_too_many_tools_are_listed_as_a_search(many: Pair) -> None:
    desk, _ = many

    assert await names(desk) == [FIND, CALL]
    assert len(await names(desk, server="a")) == 33


async def test_a_tool_is_found_by_words_and_called_by_its_name(many: Pair) -> None:
    desk, server = many
    asked = {"query": "merging pull requests", "limit": 2}
    found: Any = await desk.ask("tools/call", name=FIND, arguments=asked)
    tools = found["result"]["structuredContent"]["tools"]
    assert [one["name"] for one in tools] == ["a__merge_pull_request", "a__list_pull_requests"]
    assert tools[0]["inputSchema"] == {"type": "object"}

    call: dict[str, Any] = {"name": tools[0]["name"], "arguments": {"number": 7}}
    called: Any = await desk.ask("tools/call", name=CALL, arguments=call)
    assert called["result"]["content"][0]["text"] == "a did it"
    assert dict(server.calls[0].params) == {
        "name": "merge_pull_request",
        "arguments": {"number": 7},
    }


@pytest.mark.parametrize("asked", [{}, {"query": 7}, {"query": "x", "limit": 0}])
async def test_a_search_without_words_says_what_to_give(many: Pair, asked: dict[str, Any]) -> None:
    desk, _ = many
    answer: Any = await desk.ask("tools/call", name=FIND, arguments=asked)

    assert answer["result"]["isError"] is True
    assert "Give a query" in answer["result"]["content"][0]["text"]


async def test_what_is_denied_is_not_found_and_not_called(many: Pair) -> None:
    desk, server = many
    desk.rules.append(Rule(Subject.EVERYBODY, "", "a__merge*", Verdict.DENY))
    found: Any = await desk.ask("tools/call", name=FIND, arguments={"query": "merge"})
    call: dict[str, Any] = {"name": "a__merge_pull_request", "arguments": {}}
    called: Any = await desk.ask("tools/call", name=CALL, arguments=call)

    assert found["result"]["structuredContent"]["tools"] == []
    assert "rules do not allow" in called["error"]["message"]
    assert server.calls == []
