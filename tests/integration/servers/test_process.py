"""The process of the MCP servers, as an operator starts and stops it."""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from mcp.shared.exceptions import MCPError

from sophia.core import registry
from tests.support import servers
from tests.support.serving import METRICS_TOKEN, SIGNER, STATE_KEY, STATIC_TOKEN, Served, connected

MAIN = """
import sys
from sophia.kit.errors import SophiaError
from sophia.servers.main import run
from sophia.settings import Settings
try:
    run(Settings(), sys.argv[1:])
except SophiaError as error:
    sys.exit(error.message)
"""


@pytest.fixture(name="port_base")
def _port_base(worker_number: int) -> int:
    """Give a port base of which all ports are free."""
    return servers.free_port_base(worker_number + 12)


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "signing_key_public").write_text(SIGNER.public_pem)
    for name in registry.MCP_SERVERS:
        (secrets / f"mcp_token_{name}").write_text(STATIC_TOKEN)
    (secrets / "metrics_token").write_text(METRICS_TOKEN)
    (secrets / "mcp_state_key").write_text(STATE_KEY)
    return tmp_path


def environment(home: Path, database_url: str, port_base: int) -> dict[str, str]:
    return {
        "SOPHIA_HOME": str(home),
        "SOPHIA_SECRETS_DIR": str(home / "secrets"),
        "SOPHIA_PORT_BASE": str(port_base),
        "DATABASE_URL": database_url,
    }


@asynccontextmanager
async def process(
    *names: str, env: Mapping[str, str]
) -> AsyncGenerator[asyncio.subprocess.Process]:
    started = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        MAIN,
        *names,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        with contextlib.suppress(ProcessLookupError):
            started.kill()
        await started.communicate()


async def until_listening(started: asyncio.subprocess.Process) -> None:
    assert started.stderr is not None
    async with asyncio.timeout(60):
        while b"servers.port.listening" not in (line := await started.stderr.readline()):
            assert line, "it ended before it listened"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_serves_until_it_is_told_to_stop(
    migrated_url: str, home: Path, number: signal.Signals, port_base: int
) -> None:
    served = Served(
        "memory", registry.shifted(registry.MCP_SERVERS["memory"].port, port_base=port_base)
    )
    async with process("all", env=environment(home, migrated_url, port_base)) as started:
        await until_listening(started)
        async with aiohttp.ClientSession() as http, http.get(f"{served.origin}/health") as response:
            assert response.status == 200
        async with connected(served) as client:
            assert (await client.call_tool("get_memory_stats", {})).is_error is False
        started.send_signal(number)
        async with asyncio.timeout(60):
            assert await started.wait() == 0


async def test_read_only_servers_offer_what_changes_nothing(
    migrated_url: str, home: Path, port_base: int
) -> None:
    served = Served(
        "memory", registry.shifted(registry.MCP_SERVERS["memory"].port, port_base=port_base)
    )
    env = environment(home, migrated_url, port_base) | {"SOPHIA_MCP_READ_ONLY": "true"}
    async with process("memory", env=env) as started:
        await until_listening(started)
        async with connected(served) as client:
            names = {tool.name for tool in (await client.list_tools()).tools}
            with pytest.raises(MCPError, match="SOPHIA_MCP_READ_ONLY"):
                await client.call_tool("store_memory", {"content": "x"})

    assert "search_memories" in names
    assert "store_memory" not in names


async def test_a_toolset_that_is_not_there_is_told_in_one_line(
    migrated_url: str, home: Path, port_base: int
) -> None:
    env = environment(home, migrated_url, port_base)
    env |= {"SOPHIA_MCP_TOOLSETS": "memory:isues"}
    async with process("memory", env=env) as started:
        _, told = await asyncio.wait_for(started.communicate(), 20)

    assert started.returncode == 1
    (line,) = told.decode().splitlines()
    assert (
        line
        == "SOPHIA_MCP_TOOLSETS: memory has no isues; it has documents, graph, memories, upkeep."
    )


async def test_a_taken_port_is_told_in_one_line(migrated_url: str, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        taken: int = bound.getsockname()[1]
        port_base = taken - registry.MCP_SERVERS["memory"].port + registry.API_PORT
        async with process("memory", env=environment(home, migrated_url, port_base)) as started:
            _, told = await asyncio.wait_for(started.communicate(), 10)

    assert started.returncode == 1
    (line,) = told.decode().splitlines()
    assert line.startswith(f"Port {taken} (AI Memory) is taken: stop what listens there,")


async def test_a_server_that_is_not_served_is_told(
    migrated_url: str, home: Path, port_base: int
) -> None:
    env = environment(home, migrated_url, port_base)
    async with process("lambda-serverless", env=env) as started:
        _, told = await asyncio.wait_for(started.communicate(), 10)

    assert started.returncode == 1
    assert b"Not served: lambda-serverless. Name one of: memory, uiux, codacy, " in told


async def test_a_missing_secret_is_told(migrated_url: str, home: Path, port_base: int) -> None:
    (home / "secrets" / "mcp_token_memory").unlink()
    env = environment(home, migrated_url, port_base)
    async with process("memory", env=env) as started:
        _, told = await asyncio.wait_for(started.communicate(), 10)

    assert started.returncode == 1
    assert b"mcp_token_memory is missing" in told
