"""MCP servers of others: registered, used by chat and the gateway, switched off, removed."""

import json
import socket
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider
from tests.support.serving import listening_on
from tests.support.waiting import eventually

TOKEN = "their-own-token"


def guarded(app: ASGIApp) -> ASGIApp:
    """Let nobody in without the token."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"").decode()
            if given != f"Bearer {TOKEN}":
                await send({"type": "http.response.start", "status": 401, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
        await app(scope, receive, send)

    return answer


@pytest.fixture(name="url")
async def _url() -> AsyncGenerator[str]:
    server = MCPServer("theirs")

    @server.tool()
    async def add(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b

    _ = add
    bound = socket.create_server(("127.0.0.1", 0))
    async with listening_on(bound, guarded(server.streamable_http_app())):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/mcp"


async def tools_of(desk: Desk, token: str) -> set[str]:
    async with desk.client(token) as client:
        items = (await client.get("/api/v1/tools")).json()["items"]
    return {tool["name"] for tool in items}


async def test_a_registered_server_s_tools_are_there_within_seconds_and_gone_again(
    desk: Desk, provider: ScriptedProvider, url: str
) -> None:
    _, token = await desk.add_user("Root", role="owner")
    async with desk.client(token) as client:
        made = await client.post(
            "/api/v1/mcp/servers", json={"name": "theirs", "url": url, "token": TOKEN}
        )
        assert (made.status_code, made.json()["has_credentials"]) == (201, True)
        tested = (await client.post("/api/v1/mcp/servers/theirs/test")).json()
        assert (tested["is_reached"], tested["tools"]) == (True, ["theirs__add"])

        async def is_there() -> bool:
            return "theirs__add" in await tools_of(desk, token)

        await eventually(is_there, timeout_s=20)
        listed = (await client.get("/api/v1/mcp/servers")).json()["items"]
        assert [(one["name"], one["status"], one["tools"]) for one in listed] == [
            ("theirs", "reached", 1)
        ]
        assert TOKEN not in str(listed)

        rule = {"target": "theirs__*", "verdict": "allow"}
        await client.put("/api/v1/tools/policy", json={"items": [rule]})
        key = (await client.post("/api/v1/keys", json={"name": "editor"})).json()["key"]
        call = {"name": "theirs__add", "arguments": {"a": 2, "b": 3}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
        async with desk.client(key) as editor:
            called: Any = (await editor.post("/mcp", json=body)).json()
        assert called["result"]["structuredContent"] == {"result": 5}
        assert called["result"]["_meta"]["sophia/untrusted"] is True

        provider.call("theirs__add", {"a": 20, "b": 22})
        provider.say("That is 42.")
        answer = await client.post("/api/v1/chat", json={"message": "Add them."})
        turn = await client.get(f"/api/v1/turns/{answer.json()['metadata']['turn_id']}")
        assert "42" in turn.json()["tool_calls"][0]["text"]

        assert (await client.delete("/api/v1/mcp/servers/theirs")).status_code == 204

        async def is_gone() -> bool:
            return "theirs__add" not in await tools_of(desk, token)

        await eventually(is_gone, timeout_s=20)
        await client.put("/api/v1/tools/policy", json={"items": []})


async def test_a_server_that_is_switched_off_offers_nothing(desk: Desk, url: str) -> None:
    _, token = await desk.add_user("Root", role="owner")
    async with desk.client(token) as client:
        await client.post("/api/v1/mcp/servers", json={"name": "off", "url": url, "token": TOKEN})
        changed = await client.patch("/api/v1/mcp/servers/off", json={"is_enabled": False})
        assert changed.json()["status"] == "disabled"
        assert "off__add" not in await tools_of(desk, token)
        await client.delete("/api/v1/mcp/servers/off")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "memory", "url": "http://127.0.0.1:1/mcp"}, 409),
        ({"name": "sophia", "url": "http://127.0.0.1:1/mcp"}, 409),
        ({"name": "a__b", "url": "http://127.0.0.1:1/mcp"}, 422),
        ({"name": "x", "url": "ftp://example.org"}, 422),
        ({"name": "x", "url": "http://me:secret@example.org/mcp"}, 422),
        ({"name": "x", "url": "http://["}, 422),
    ],
)
async def test_what_cannot_be_registered_is_refused(
    desk: Desk, body: dict[str, str], status: int
) -> None:
    _, token = await desk.add_user("Root", role="owner")
    async with desk.client(token) as client:
        assert (await client.post("/api/v1/mcp/servers", json=body)).status_code == status


async def test_a_name_is_given_once(desk: Desk, url: str) -> None:
    _, token = await desk.add_user("Root", role="owner")
    async with desk.client(token) as client:
        codes = [
            (await client.post("/api/v1/mcp/servers", json={"name": "one", "url": url})).status_code
            for _ in range(2)
        ]
        refused = (await client.post("/api/v1/mcp/servers/one/test")).json()
        await client.delete("/api/v1/mcp/servers/one")
        missing = await client.delete("/api/v1/mcp/servers/one")

    assert codes == [201, 409]
    assert (refused["is_reached"], bool(refused["error"])) == (False, True)
    assert missing.json()["code"] == "mcp.server_missing"


async def test_the_command_line_registers_tests_lists_and_removes(desk: Desk, url: str) -> None:
    added = await desk.command("mcp", "add", "cli", url, "--token", said=f"{TOKEN}\n")
    tested = await desk.command("mcp", "test", "cli")
    listed = await desk.command("mcp", "list", "--json")
    removed = await desk.command("mcp", "remove", "cli")
    again = await desk.command("mcp", "remove", "cli")

    assert "offers 1 tools" in added.out, added.err
    assert "cli__add" in tested.out
    rows = {row["name"]: row["credentials"] for row in json.loads(listed.out)}
    assert rows["cli"] == "yes"
    assert "GITHUB_TOKEN" in rows["github"]
    assert removed.code == 0
    assert again.code != 0
    assert "sophia mcp list" in again.err


@pytest.mark.parametrize(
    ("client", "member"),
    [("claude", "mcpServers"), ("cursor", "mcpServers"), ("vscode", "servers")],
)
async def test_a_client_s_configuration_is_printed(desk: Desk, client: str, member: str) -> None:
    done = await desk.command("mcp", "client-config", client)

    assert f'"{member}"' in done.out
    assert f'"{desk.url}/mcp"' in done.out
