"""The knowledge graph, as a client of the MCP reference memory server would use it."""

import asyncio
from typing import Any
from uuid import uuid4

import orjson
import pytest
from mcp.client.client import Client
from mcp_types import TextContent, TextResourceContents

from tests.support.serving import Served, a_caller, connected, mint

ANNA = {
    "name": "Anna",
    "entityType": "person",
    "observations": ["leads the deploys", "likes tea"],
}
SOPHIA = {"name": "Sophia", "entityType": "project", "observations": ["is written in Python"]}
LEADS = {"from": "Anna", "to": "Sophia", "relationType": "leads"}


async def call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    structured: dict[str, Any] = result.structured_content
    return structured


async def refusal(client: Client, name: str, **arguments: Any) -> str:
    result = await client.call_tool(name, arguments)
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    return result.content[0].text


async def test_the_nine_tools_do_what_the_reference_server_s_do(memory_server: Served) -> None:
    async with connected(memory_server, token=mint("memory", a_caller())) as client:
        made = await call(client, "create_entities", entities=[ANNA, SOPHIA])
        again = await call(client, "create_entities", entities=[ANNA | {"entityType": "x"}])
        related = await call(client, "create_relations", relations=[LEADS, LEADS])
        added = await call(
            client,
            "add_observations",
            observations=[{"entityName": "Anna", "contents": ["likes tea", "lives in Lyon"]}],
        )
        whole = await call(client, "read_graph")
        assert (made["entities"], again["entities"]) == ([ANNA, SOPHIA], [])
        assert related["relations"] == [LEADS]
        assert added["results"] == [{"entityName": "Anna", "addedObservations": ["lives in Lyon"]}]
        known = [*ANNA["observations"], "lives in Lyon"]
        assert whole["entities"] == [ANNA | {"observations": known}, SOPHIA]
        assert whole["relations"] == [LEADS]

        for query, name in (("who lives in Lyon", "Anna"), ("soph", "Sophia"), ("person", "Anna")):
            found = await call(client, "search_nodes", query=query)
            assert found["entities"][0]["name"] == name
            assert found["relations"] == [LEADS]
        assert (await call(client, "search_nodes", query="%"))["entities"] == []
        opened = await call(client, "open_nodes", names=["Sophia", "Nobody"])
        assert opened["entities"] == [SOPHIA]

        gone = [{"entityName": "Anna", "observations": ["likes tea", "never said"]}]
        await call(client, "delete_observations", deletions=gone)
        await call(client, "delete_relations", relations=[LEADS])
        await call(client, "delete_entities", entityNames=["Sophia", "Nobody"])
        left = await client.read_resource("memory://knowledge-graph")

    (content,) = left.contents
    assert isinstance(content, TextResourceContents)
    graph = orjson.loads(content.text)
    rest = ["leads the deploys", "lives in Lyon"]
    assert graph["entities"] == [ANNA | {"observations": rest}]
    assert graph["relations"] == []


async def test_what_is_observed_is_found_and_corrected_as_a_memory(memory_server: Served) -> None:
    async with connected(memory_server, token=mint("memory", a_caller())) as client:
        await call(client, "create_entities", entities=[ANNA])
        (found,) = (await call(client, "search_memories", query="What tea does Anna like?"))[
            "memories"
        ][:1]
        await call(
            client, "supersede_memory", memory_id=found["memory_id"], content="Anna likes coffee"
        )
        graph = await call(client, "read_graph")
        await call(client, "delete_entities", entityNames=["Anna"])
        back = await call(client, "restore_memory", memory_id=found["memory_id"])

    assert (found["content"], found["kind"]) == ("likes tea", "observation")
    assert graph["entities"][0]["observations"] == ["leads the deploys"]
    assert back["content"] == "likes tea"


async def test_a_graph_is_its_owner_s_alone(memory_server: Served) -> None:
    async with connected(memory_server, token=mint("memory", a_caller("Anna"))) as client:
        await call(client, "create_entities", entities=[ANNA, SOPHIA])
        await call(client, "create_relations", relations=[LEADS])
    async with connected(memory_server, token=mint("memory", a_caller("Ben"))) as client:
        for tool, more in (
            ("read_graph", {}),
            ("search_nodes", {"query": "Anna"}),
            ("open_nodes", {"names": ["Anna"]}),
        ):
            empty: dict[str, Any] = {"entities": [], "relations": [], "is_truncated": False}
            assert await call(client, tool, **more) == empty
        await call(client, "delete_entities", entityNames=["Anna"])
        assert "create it first" in await refusal(client, "create_relations", relations=[LEADS])
        told = await refusal(
            client, "add_observations", observations=[{"entityName": "Anna", "contents": ["x"]}]
        )
        assert "There is no entity 'Anna'" in told


async def test_many_writers_of_one_graph_lose_nothing(memory_server: Served) -> None:
    """Two processes on one file of the reference server drop each other's writes."""
    user = str(uuid4())
    names = [f"thing {number}" for number in range(5)]

    async def write(number: int) -> None:
        entities = [
            {"name": name, "entityType": "thing", "observations": [f"seen by {number}"]}
            for name in (names if number % 2 else names[::-1])
        ]
        async with connected(memory_server) as client:
            await call(client, "create_entities", entities=entities, user_id=user)
            seen = [{"entityName": name, "contents": [f"seen by {number}"]} for name in names]
            await call(client, "add_observations", observations=seen, user_id=user)

    await asyncio.gather(*(write(number) for number in range(6)))
    async with connected(memory_server) as client:
        graph = await call(client, "read_graph", user_id=user)

    assert sorted(one["name"] for one in graph["entities"]) == names
    wanted = {f"seen by {number}" for number in range(6)}
    assert all(set(one["observations"]) == wanted for one in graph["entities"])


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("create_entities", {"entities": []}, "at least 1"),
        ("create_entities", {"entities": [{"name": "x"}]}, "entityType"),
        ("create_entities", {"entities": [ANNA | {"name": " "}]}, "is empty"),
        ("open_nodes", {"names": "Anna"}, "valid list"),
    ],
)
async def test_a_bad_call_is_told_what_to_mend(
    memory_server: Served, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async with connected(memory_server) as client:
        assert told in await refusal(client, tool, **arguments)
