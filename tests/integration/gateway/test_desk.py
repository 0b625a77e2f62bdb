"""The gateway of the real processes: one key, every tool, in both eras."""

from typing import Any

import httpx2
import pytest
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from tests.support.desk import Desk
from tests.support.serving import ERAS


async def key_of(desk: Desk, *scopes: str) -> tuple[str, object]:
    user_id, token = await desk.add_user()
    async with desk.client(token) as client:
        body = {"name": "editor", **({"scopes": list(scopes)} if scopes else {})}
        made = await client.post("/api/v1/keys", json=body)
    return made.json()["key"], user_id


@pytest.mark.parametrize("era", ERAS)
async def test_one_key_reaches_every_tool_and_the_person_s_own_memory(desk: Desk, era: str) -> None:
    key, _ = await key_of(desk)
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False) as http,
        Client(streamable_http_client(f"{desk.url}/mcp", http_client=http), mode=era) as client,
    ):
        names = {tool.name for tool in (await client.list_tools()).tools}
        await client.call_tool("memory__store_memory", {"content": "The spare key is blue."})
        found: Any = await client.call_tool("memory__search_memories", {"query": "spare key"})
        stats: Any = await client.read_resource("memory://stats")

    assert {"memory__store_memory", "memory__search_memories"} <= names
    assert found.structured_content["memories"][0]["content"] == "The spare key is blue."
    assert '"memories":1' in stats.contents[0].text


async def test_without_a_credential_a_client_is_told_where_to_get_one(desk: Desk) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with desk.client(None) as client:
        refused = await client.post("/mcp", json=body)
        challenge = refused.headers["www-authenticate"]
        metadata = await client.get("/.well-known/oauth-protected-resource/mcp")

    assert refused.status_code == 401
    assert f'resource_metadata="{desk.url}/.well-known/oauth-protected-resource/mcp"' in challenge
    assert metadata.json()["resource"] == f"{desk.url}/mcp"


async def test_a_token_for_the_rest_of_the_api_is_none_for_the_gateway(desk: Desk) -> None:
    _, token = await desk.add_user()
    async with desk.client(token) as client:
        refused = await client.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "ping"})

    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


async def test_calls_stand_in_the_journal_of_the_api(desk: Desk) -> None:
    key, user_id = await key_of(desk)
    traced = {"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"}
    call = {
        "name": "memory__store_memory",
        "arguments": {"content": "The mat is grey."},
        "_meta": traced,
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
    async with desk.client(key) as client:
        assert (await client.post("/mcp", json=body)).json()["result"]["isError"] is False
    _, reader = await desk.add_user("Root", role="admin")
    async with desk.client(reader) as client:
        told = (await client.get("/api/v1/audit", params={"limit": 50})).json()["items"]

    own = [one for one in told if one["on_behalf_of"] == str(user_id) and one["target"]]
    assert [one["outcome"] for one in own if one["action"] == "tool.call"] == ["ok", "begun"]
    assert {one["trace_id"] for one in own if one["action"] == "tool.call"} == {"ab" * 16}
    assert "grey" not in str(told)


async def test_a_key_that_may_only_read_calls_what_only_reads(desk: Desk) -> None:
    key, _ = await key_of(desk, "tools:read")
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    async with desk.client(key) as client:
        found = await client.post(
            "/mcp",
            json={**body, "params": {"name": "memory__get_memory_stats", "arguments": {}}},
        )
        kept = await client.post(
            "/mcp",
            json={
                **body,
                "params": {"name": "memory__store_memory", "arguments": {"content": "x"}},
            },
        )

    assert found.json()["result"]["isError"] is False
    assert kept.status_code == 403
    assert 'scope="tools:read tools:call"' in kept.headers["www-authenticate"]
