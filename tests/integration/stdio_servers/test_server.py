"""A kept server: one child for all calls, started again, stopped when idle."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from mcp.client.client import Client

from sophia.kit.clock import SystemClock
from sophia.stdio_servers.command import Command, Limits
from sophia.stdio_servers.errors import (
    CommandUnknownError,
    ServerEndedError,
    ServerSilentError,
)
from sophia.stdio_servers.server import Patience, StdioServer
from tests.support import stdio_twin
from tests.support.waiting import eventually

QUICK = Patience(start_timeout_s=20, idle_timeout_s=60, first_delay_s=0.1, max_delay_s=0.4)
LIMITS = Limits(stop_timeout_s=1, look_every_s=0.2)


@asynccontextmanager
async def kept(
    home: Path, *command: str, patience: Patience = QUICK
) -> AsyncGenerator[StdioServer[Client]]:
    program, *arguments = command or (sys.executable, stdio_twin.__file__)
    server = StdioServer(
        Command(name="twin", command=program, arguments=tuple(arguments), home=home),
        lambda transport: Client(transport, read_timeout_seconds=20),
        clock=SystemClock(),
        limits=LIMITS,
        patience=patience,
    )
    running = asyncio.create_task(server.run())
    try:
        yield server
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def pid_of(server: StdioServer[Client]) -> int:
    async with server.session() as client:
        answer = await client.call_tool("here", {})
    found: dict[str, int] = answer.structured_content or {}
    return found["pid"]


async def is_stopped(server: StdioServer[Client]) -> bool:
    return not server.is_running


async def test_all_calls_share_one_child(tmp_path: Path) -> None:
    async with kept(tmp_path) as server:
        assert not server.is_running
        pids = await asyncio.gather(*(pid_of(server) for _ in range(5)))
        assert len(set(pids)) == 1
        assert server.is_running


async def test_a_server_that_died_is_started_again_after_a_rest(tmp_path: Path) -> None:
    async with kept(tmp_path) as server:
        first = await pid_of(server)
        with pytest.raises(ServerEndedError, match="exit 3"):
            async with server.session() as client:
                await client.call_tool("die", {"code": 3})
        with pytest.raises(ServerEndedError, match="exit 3"):
            await pid_of(server)

        async def second() -> int:
            with suppress(ServerEndedError):
                return await pid_of(server)
            return 0

        assert await eventually(second, timeout_s=20) != first


async def test_others_calls_under_way_end_with_the_server_at_once(tmp_path: Path) -> None:
    async with kept(tmp_path) as server:
        async with server.session() as client:
            waiting = asyncio.create_task(client.call_tool("wait", {}))
            with pytest.raises(ServerEndedError):
                async with server.session() as other:
                    await other.call_tool("die", {"code": 4})
            async with asyncio.timeout(60):
                await asyncio.wait([waiting])
        assert waiting.exception() is not None


async def test_a_server_that_nobody_uses_is_stopped_and_comes_back(tmp_path: Path) -> None:
    hasty = Patience(start_timeout_s=20, idle_timeout_s=0.3)
    async with kept(tmp_path, patience=hasty) as server:
        first = await pid_of(server)
        assert await eventually(lambda: is_stopped(server), timeout_s=10)
        assert await pid_of(server) != first


async def test_a_server_that_is_used_is_not_idle(tmp_path: Path) -> None:
    hasty = Patience(start_timeout_s=20, idle_timeout_s=0.2)
    async with kept(tmp_path, patience=hasty) as server, server.session() as client:
        answer = await client.call_tool("wait", {"seconds": 1})
        assert not answer.is_error
        assert server.is_running


async def test_a_command_that_is_not_there_is_said_and_not_tried_at_every_call(
    tmp_path: Path,
) -> None:
    patient = Patience(first_delay_s=60)
    async with kept(tmp_path, "no-such-command", patience=patient) as server:
        for _ in range(2):
            with pytest.raises(CommandUnknownError, match="no-such-command"):
                await pid_of(server)


async def test_a_server_that_never_speaks_is_given_up_and_its_words_kept(tmp_path: Path) -> None:
    short = Patience(start_timeout_s=1, first_delay_s=60)
    mute = "import sys,time; print('hello', file=sys.stderr, flush=True); sys.stdin.read()"
    async with kept(tmp_path, sys.executable, "-c", mute, patience=short) as server:
        with pytest.raises(ServerSilentError, match="twin"):
            await pid_of(server)
        assert server.last_words == ["hello"]


async def test_a_server_that_is_let_go_of_leaves_nobody_waiting(tmp_path: Path) -> None:
    mute = "import sys; sys.stdin.read()"
    async with kept(tmp_path, sys.executable, "-c", mute) as server:
        waiting = asyncio.create_task(pid_of(server))
        assert await eventually(lambda: _is_starting(server))
    with pytest.raises(ServerEndedError):
        async with asyncio.timeout(60):
            await waiting


async def _is_starting(server: StdioServer[Client]) -> bool:
    return server.is_starting
