"""Servers of others at which everybody logs in: each call goes in the name of whoever made it."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx2
import pytest
from mcp.server.mcpserver import Context, MCPServer

from tests.support.desk import Desk
from tests.support.upstream import ScriptedLogin, scripted_login
from tests.support.waiting import eventually


@pytest.fixture(name="login")
async def _login() -> AsyncGenerator[ScriptedLogin]:
    server = MCPServer("notes")

    @server.tool(annotations={"readOnlyHint": True})  # pyright: ignore[reportArgumentType]  # a dict does
    async def whoami(ctx: Context[Any]) -> str:
        """Say with which token the call came."""
        return str((ctx.headers or {}).get("authorization"))

    _ = whoami
    async with scripted_login(behind=server.streamable_http_app()) as login:
        yield login


async def log_in(client: httpx2.AsyncClient, login: ScriptedLogin) -> httpx2.Response:
    started = await client.post("/api/v1/mcp/servers/notes/login")
    answer = login.agree(started.json()["url"])
    answer["iss"] = answer.pop("issuer")
    return await client.post("/api/v1/mcp/logins", json=answer)


async def see_the_tool(client: httpx2.AsyncClient, *, is_there: bool = True) -> None:
    async def is_so() -> bool:
        return ("notes__whoami" in (await client.get("/api/v1/tools")).text) == is_there

    await eventually(is_so, timeout_s=30)


async def call(desk: Desk, token: str) -> Any:
    params: Any = {"name": "notes__whoami", "arguments": {}}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    async with desk.client(token) as client:
        key = (await client.post("/api/v1/keys", json={"name": "editor"})).json()["key"]
    async with desk.client(key) as client:
        return (await client.post("/mcp", json=body)).json()


@pytest.fixture(name="people")
async def _people(desk: Desk, login: ScriptedLogin) -> AsyncGenerator[tuple[str, str]]:
    """Register the server; gives the tokens of two people."""
    _, root = await desk.add_user("Root", role="owner")
    _, ada = await desk.add_user("Ada")
    _, bob = await desk.add_user("Bob")
    wanted = {"name": "notes", "url": login.url, "wants_login": True}
    rule = {"target": "notes__*", "verdict": "allow"}
    async with desk.client(root) as client:
        await client.post("/api/v1/mcp/servers", json=wanted)
        await client.put("/api/v1/tools/policy", json={"items": [rule]})
        before = (await client.post("/api/v1/mcp/servers/notes/test")).json()
        yield ada, bob
        await client.delete("/api/v1/mcp/servers/notes")
        await client.put("/api/v1/tools/policy", json={"items": []})
        await see_the_tool(client, is_there=False)
    assert (before["is_reached"], "Nobody has logged in" in before["error"]) == (False, True)


async def test_everybody_logs_in_and_calls_in_their_own_name(
    desk: Desk, login: ScriptedLogin, people: tuple[str, str]
) -> None:
    ada, bob = people
    async with desk.client(ada) as client, desk.client(bob) as other:
        listed = (await client.get("/api/v1/mcp/logins")).json()["items"]
        done = await log_in(client, login)
        await see_the_tool(client)
        adas, nobodys = await call(desk, ada), await call(desk, bob)
        await log_in(other, login)
        bobs = await call(desk, bob)
        now = (await client.get("/api/v1/mcp/logins")).json()["items"]

    assert [(one["server"], one["is_logged_in"]) for one in listed] == [("notes", False)]
    assert done.json() == {"server": "notes"}
    tokens = {str(told["result"]["content"][0]["text"]) for told in (adas, bobs)}
    assert len(tokens) == 2
    assert all(token.removeprefix("Bearer ") in login.access for token in tokens)
    assert "wants to know who you are" in str(nobodys)
    assert [one["is_logged_in"] for one in now] == [True]


async def test_a_login_that_is_forgotten_ends_for_one_person_alone(
    desk: Desk, login: ScriptedLogin, people: tuple[str, str]
) -> None:
    ada, bob = people
    async with desk.client(ada) as client, desk.client(bob) as other:
        await log_in(client, login)
        await log_in(other, login)
        await see_the_tool(client)
        ended = await client.delete("/api/v1/mcp/logins/notes")
        again = await client.delete("/api/v1/mcp/logins/notes")
        replayed = await client.post("/api/v1/mcp/logins", json={"state": "x", "code": "y"})
    # More than the breaker would bear, were it a failure of the server.
    adas = [await call(desk, ada) for _ in range(8)]
    bobs = await call(desk, bob)

    assert (ended.status_code, again.json()["code"]) == (204, "upstream.login_missing")
    assert replayed.json()["code"] == "upstream.attempt_unknown"
    assert all("wants to know who you are" in str(told) for told in adas)
    assert not bobs["result"].get("isError"), bobs


async def test_nobody_logs_in_where_no_login_is_wanted(desk: Desk) -> None:
    _, root = await desk.add_user("Root", role="owner")
    async with desk.client(root) as client:
        wanted = {"name": "plain", "url": "http://127.0.0.1:1/mcp"}
        await client.post("/api/v1/mcp/servers", json=wanted)
        refused = await client.post("/api/v1/mcp/servers/plain/login")
        missing = await client.post("/api/v1/mcp/servers/missing/login")
        await client.delete("/api/v1/mcp/servers/plain")
    assert refused.json()["code"] == "mcp.login_not_wanted"
    assert missing.json()["code"] == "mcp.server_missing"


async def test_who_sophia_is_at_logins_is_published(desk: Desk) -> None:
    async with desk.client(None) as client:
        told = (await client.get("/oauth/client.json")).json()
    assert told["redirect_uris"] == [f"{desk.settings.console_url.rstrip('/')}/connected"]
