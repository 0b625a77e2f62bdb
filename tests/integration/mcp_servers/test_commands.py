"""MCP servers that are commands: a worker runs them, everybody reaches them."""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from sophia.core import registry
from tests.support import stdio_twin
from tests.support.desk import Desk
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(240)
TWIN = (sys.executable, stdio_twin.__file__)


@pytest.fixture(name="key")
async def _key(desk: Desk) -> AsyncGenerator[str]:
    """Give the key of an editor that may call the twin's tools."""
    _, token = await desk.add_user("Root", role="owner")
    rule = {"target": "twin__*", "verdict": "allow"}
    async with desk.client(token) as client:
        await client.put("/api/v1/tools/policy", json={"items": [rule]})
        yield (await client.post("/api/v1/keys", json={"name": "editor"})).json()["key"]
        await client.put("/api/v1/tools/policy", json={"items": []})
    await desk.command("mcp", "remove", "twin")


async def call(client: httpx2.AsyncClient, tool: str, **arguments: Any) -> Any:
    params = {"name": f"twin__{tool}", "arguments": arguments}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return (await client.post("/mcp", json=body)).json()


async def result_of(client: httpx2.AsyncClient, tool: str, **arguments: Any) -> Any:
    """Give what a tool answered, as soon as it does."""

    async def answered() -> Any:
        return (await call(client, tool, **arguments)).get("result")

    return (await eventually(answered, timeout_s=60))["structuredContent"]


async def test_a_command_is_registered_at_the_machine_and_called_through_the_gateway(
    desk: Desk, key: str
) -> None:
    added = await desk.command("mcp", "add", "twin", "--env", "THEIRS=here", "--", *TWIN)
    async with desk.client(key) as client:
        total = await result_of(client, "add", a=2, b=3)
        seen = await result_of(client, "environment")
        where = await result_of(client, "here")
    listed = await desk.command("mcp", "list", "--json")

    assert "tools" in added.out, added.err
    assert total == {"result": 5}
    assert "THEIRS=here" in seen["result"]
    assert not [one for one in seen["result"] if one.startswith("SOPHIA_")]
    assert desk.pid("worker") in {one.pid for one in psutil.Process(where["pid"]).parents()}
    assert "THEIRS" not in listed.out


async def test_a_killed_worker_takes_the_child_with_it_and_the_next_one_starts_another(
    desk: Desk, key: str
) -> None:
    await desk.command("mcp", "add", "twin", "--", *TWIN)
    async with desk.client(key) as client:
        first = (await result_of(client, "here"))["pid"]
        desk.kill("worker")

        async def is_gone() -> bool:
            with suppress(psutil.NoSuchProcess):
                return psutil.Process(first).status() == psutil.STATUS_ZOMBIE
            return True

        await eventually(is_gone, timeout_s=30)
        told = await call(client, "here")
        await desk.start("worker", timeout_s=60)
        second = (await result_of(client, "here"))["pid"]

    assert "twin" in str(told), told
    assert second != first


async def test_a_server_that_dies_or_takes_too_much_is_named_and_harms_nobody(
    desk: Desk, key: str
) -> None:
    await desk.command("mcp", "add", "twin", "--processes", "8", "--", *TWIN)
    async with desk.client(key) as client:
        await result_of(client, "add", a=1, b=1)
        died: Any = await call(client, "die", code=3)
        await result_of(client, "add", a=1, b=1)
        waited: Any = await call(client, "fork", count=50, stay_s=9)
        again = await result_of(client, "add", a=1, b=2)
        theirs = await client.post(
            "/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
        )

    assert "exit 3" in str(died)
    assert "twin" in str(died)
    assert "too many processes" in str(waited)
    assert again == {"result": 3}
    assert "memory__" in theirs.text


async def test_a_server_that_is_switched_off_has_no_process(desk: Desk, key: str) -> None:
    await desk.command("mcp", "add", "twin", "--", *TWIN)
    async with desk.client(key) as client:
        pid = (await result_of(client, "here"))["pid"]
        switched = await desk.command("mcp", "disable", "twin")

        async def is_gone() -> bool:
            return not psutil.pid_exists(pid)

        await eventually(is_gone, timeout_s=30)
        assert "disabled" in switched.out
        await desk.command("mcp", "enable", "twin")
        assert await result_of(client, "add", a=1, b=1) == {"result": 2}


async def test_the_worker_answers_only_to_tokens_for_the_server(desk: Desk, key: str) -> None:
    url = f"http://127.0.0.1:{desk.settings.port(registry.WORKER_PORT)}/mcp/twin"
    async with httpx2.AsyncClient(trust_env=False) as client:
        codes = [
            (await client.post(url, json={}, headers={"Authorization": told})).status_code
            for told in ("", "Bearer x", f"Bearer {key}")
        ]
    assert codes == [401, 401, 401]


async def test_a_command_that_is_not_there_is_refused_at_once(desk: Desk) -> None:
    done = await desk.command("mcp", "add", "twin", "--", "no-such-command")
    assert done.code == 64
    assert "no-such-command" in done.err


async def test_a_client_s_configuration_is_imported(desk: Desk, key: str, tmp_path: Path) -> None:
    command, *arguments = TWIN
    servers = {
        "Twin!": {"command": command, "args": arguments, "env": {"A": "${env:HOME}"}},
        "old": {"type": "sse", "url": "http://127.0.0.1:1/sse"},
        "asks": {"url": "http://127.0.0.1:1/mcp", "headers": {"X-Key": "${input:key}"}},
    }
    path = tmp_path / "mcp.json"
    path.write_text(f"// of an editor\n{json.dumps({'servers': servers})}")
    done = await desk.command("mcp", "import", str(path))
    again = await desk.command("mcp", "import", str(path))
    async with desk.client(key) as client:
        total = await result_of(client, "add", a=20, b=22)

    assert "registered" in done.out
    assert "SSE" in done.out
    assert "${input:key}" in done.out
    assert "registered" not in again.out
    assert total == {"result": 42}
