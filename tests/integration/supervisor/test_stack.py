"""`sophia up` on a home of its own: what runs, what is refused, and that nothing is left."""

import asyncio
import os
import signal
import stat
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx2
import psutil
import pytest
import pytest_asyncio

from sophia.core import registry
from sophia.supervisor import state
from tests.support import servers
from tests.support.stack import Part, Stack, living, running_stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(150)

_PARTS = ("postgres", "redis", "api", "worker", "mcp")
_WAIT_S = 60


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(scope="module")
def closed_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a home of mode 700 is."""
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(worker_number: int, closed_folder: Path) -> AsyncGenerator[Stack]:
    """A stack in a folder that only we may enter, of an odd name, by whom makes files for none."""
    modes = {folder: mode_of(folder) for folder in (closed_folder, *closed_folder.parents)}
    before = os.umask(0o077)
    try:
        home = closed_folder / 'my "own" home'
        async with running_stack(home, "--sandbox", number=worker_number) as stack:
            yield stack
    finally:
        os.umask(before)
    assert modes == {folder: mode_of(folder) for folder in modes}


async def test_every_part_is_ready_and_shown_with_port_and_memory(stack: Stack) -> None:
    told = await stack.status()
    assert told["is_running"]
    assert told["is_ready"]
    assert sorted(part["name"] for part in told["parts"]) == sorted(_PARTS)
    for part in told["parts"]:
        assert part["state"] == "ready"
        assert part["memory_bytes"] > 2**20
        assert not servers.is_free(part["port"])
    assert told["memory_bytes"] > sum(part["memory_bytes"] for part in told["parts"])
    shown = await stack.run("status")
    assert all(name in shown for name in _PARTS)


async def test_the_sandbox_needs_no_account(stack: Stack) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        for name in ("github", "linear", "asana", "codacy"):
            port = stack.settings.port(registry.MCP_SERVERS[name].port)
            health = (await client.get(f"http://127.0.0.1:{port}/health")).json()
            assert (health["status"], health["configured"]) == ("healthy", True), health


async def test_nothing_listens_beyond_loopback(stack: Stack) -> None:
    listening = [
        connection.laddr
        for pid in await stack.pids()
        for connection in psutil.Process(pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert len(listening) >= len(_PARTS)
    assert {address.ip for address in listening} == {"127.0.0.1"}


async def test_secrets_are_for_their_owner_alone(stack: Stack) -> None:
    folder = stack.home / "secrets"
    assert mode_of(folder) == 0o700
    modes = {path.name: mode_of(path) for path in folder.iterdir()}
    assert len(modes) > len(_PARTS)
    assert set(modes.values()) == {0o600}


async def test_a_second_start_on_the_same_home_is_refused_and_harms_nothing(stack: Stack) -> None:
    before = await stack.roots()
    for arguments in (("up", "--detach"), ("up",)):
        done = await stack.attempt(*arguments)
        assert done.code != 0
        last = (done.err or done.out).strip().splitlines()[-1]
        assert "already runs" in last
        assert "sophia down" in last
    assert await stack.roots() == before
    assert await stack.is_ready()


async def test_the_logs_of_a_part_are_shown_and_an_unknown_part_is_named(stack: Stack) -> None:
    assert "listening" in (await stack.run("logs", "postgres", "--lines", "500"))
    unknown = await stack.attempt("logs", "postgress")
    assert unknown.code == 66
    assert unknown.err.count("\n") == 1


async def test_health_is_really_probed(stack: Stack) -> None:
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as client:
        health = (await client.get("/health")).json()
        assert health["status"] == "healthy"
        assert health["services"]["database"] == "healthy"
        mcp = await stack.part("mcp")
        stack.signal(mcp, signal.SIGSTOP)
        try:
            stopped = (await client.get("/health")).json()
        finally:
            stack.signal(mcp, signal.SIGCONT)
        assert stopped["services"]["mcp_servers"]["memory"] == "unhealthy"
        assert stopped["status"] == "degraded"


async def test_killed_parts_are_started_again(stack: Stack) -> None:
    before = {name: await stack.part(name) for name in _PARTS}
    for part in before.values():
        stack.signal(part, signal.SIGKILL)
    await eventually(lambda: _are_again(stack, before), timeout_s=_WAIT_S)
    for name, part in before.items():
        assert (await stack.part(name)).restarts >= part.restarts + 1
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as client:
        assert (await client.get("/health")).json()["status"] == "healthy"


async def _are_again(stack: Stack, before: dict[str, Part]) -> bool:
    view = state.running(stack.home)
    return (
        view is not None
        and view.is_ready
        and all(part.pid != before[part.name].pid for part in view.parts)
    )


async def test_a_killed_supervisor_leaves_nothing_that_stops_the_next_start(stack: Stack) -> None:
    before = await stack.pids()
    supervisor = (await stack.status())["pid"]
    assert len(stack.processes()) >= len(before)
    os.kill(supervisor, signal.SIGKILL)
    await stack.run("up", "--detach")
    after = await stack.pids()
    assert await stack.is_ready()
    assert not set(before) & set(after)
    assert living(before) == []


async def test_down_leaves_no_process_and_can_be_repeated(stack: Stack) -> None:
    await stack.attempt("up", "--detach")
    before = await stack.pids()
    assert await stack.run("down") == "Sophia is stopped."
    assert living(before) == []
    assert stack.processes() == []
    assert await stack.run("down") == "Sophia is not running."


async def test_of_two_starts_at_once_one_runs_and_the_other_says_so(stack: Stack) -> None:
    one, other = await asyncio.gather(
        stack.attempt("up", "--detach"), stack.attempt("up", "--detach")
    )
    won, lost = sorted((one, other), key=lambda done: done.code)
    assert (won.code, won.err) == (0, "")
    assert lost.code != 0
    assert "already runs" in lost.err
    assert lost.err.count("\n") == 1
    assert await stack.is_ready()
