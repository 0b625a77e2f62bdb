"""Real children, well-behaved and not."""

import asyncio
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from mcp import MCPError
from mcp.client import Client

from sophia.stdio_servers.child import Child
from sophia.stdio_servers.command import Command, Limits
from sophia.stdio_servers.errors import (
    CommandUnknownError,
    ServerEndedError,
    ServerExcessiveError,
)
from tests.support import stdio_twin
from tests.support.serving import ERAS
from tests.support.waiting import eventually

LIMITS = Limits(
    memory_bytes=400 * 1024 * 1024,
    processes=8,
    open_files=64,
    message_bytes=1024 * 1024,
    look_every_s=0.1,
    stop_timeout_s=1,
)


def twin(home: Path, *arguments: str, **environment: str) -> Command:
    return Command(
        name="twin",
        command=sys.executable,
        arguments=(stdio_twin.__file__, *arguments),
        environment=environment,
        home=home / "twin",
    )


@asynccontextmanager
async def talking_to(child: Child, era: str = "auto") -> AsyncGenerator[Client]:
    async with Client(child, mode=era, read_timeout_seconds=20) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> Any:
    answer = await client.call_tool(tool, arguments)
    assert not answer.is_error, answer
    found: Any = answer.structured_content
    return found.get("result", found)


async def gone(*pids: int) -> bool:
    alive = [pid for pid in pids if psutil.pid_exists(pid)]
    return (
        all(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE for pid in alive)
        if alive
        else True
    )


def no_twin_of(home: Path) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        for one in psutil.process_iter():
            with suppress(psutil.Error):
                if one.status() != psutil.STATUS_ZOMBIE and one.cwd().startswith(str(home)):
                    return False
        return True

    return check


def wardens() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "warden.py" in " ".join(one.cmdline())]


@pytest.fixture(autouse=True)
async def _nothing_is_left() -> AsyncGenerator[None]:
    descriptors = psutil.Process().num_fds()
    yield

    async def is_clean() -> bool:
        return not wardens() and psutil.Process().num_fds() <= descriptors

    assert await eventually(is_clean, timeout_s=10)


@pytest.mark.parametrize("era", ERAS)
async def test_mcps_own_client_talks_to_a_command(tmp_path: Path, era: str) -> None:
    async with talking_to(Child(twin(tmp_path), limits=LIMITS), era) as client:
        assert await call(client, "add", a=2, b=3) == 5


async def test_nothing_of_our_environment_reaches_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOPHIA_SECRET", "ours")
    async with talking_to(Child(twin(tmp_path, TOKEN="theirs"), limits=LIMITS)) as client:
        seen = dict(line.split("=", 1) for line in await call(client, "environment"))
    assert seen.pop("TOKEN") == "theirs"
    assert seen.keys() <= {"PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE"}
    assert seen["HOME"] == str(tmp_path / "twin")


async def test_a_server_has_a_session_and_descriptors_of_its_own(tmp_path: Path) -> None:
    async with talking_to(Child(twin(tmp_path), limits=LIMITS)) as client:
        seen = await call(client, "here")
    assert seen["session"] == seen["pid"]
    assert seen["descriptors"] < 12
    assert await eventually(lambda: gone(seen["pid"]))


async def test_whatever_a_server_forked_ends_with_it(tmp_path: Path) -> None:
    async with talking_to(Child(twin(tmp_path), limits=LIMITS)) as client:
        pids = await call(client, "fork", count=4)
        assert not await gone(*pids)
    assert await eventually(lambda: gone(*pids))


async def test_a_server_that_forks_too_much_is_ended(tmp_path: Path) -> None:
    child = Child(twin(tmp_path), limits=LIMITS)
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child) as client:
            await call(client, "fork", count=50)
            await asyncio.wait_for(child.has_ended.wait(), 20)
            await call(client, "add", a=1, b=1)
    assert isinstance(child.failure(), ServerExcessiveError)
    assert "processes" in child.failure().message
    assert await eventually(no_twin_of(tmp_path), timeout_s=10)


async def test_a_server_that_eats_memory_cannot_have_it(tmp_path: Path) -> None:
    async with talking_to(Child(twin(tmp_path), limits=LIMITS)) as client:
        answer = await client.call_tool("eat", {"megabytes": 1000})
        assert answer.is_error
        assert await call(client, "add", a=2, b=3) == 5


async def test_memory_counts_for_a_server_and_its_children_together(tmp_path: Path) -> None:
    tight = Limits(memory_bytes=150 * 1024 * 1024, look_every_s=0.1, stop_timeout_s=1)
    child = Child(twin(tmp_path), limits=tight)
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child) as client:
            await call(client, "fork", count=6)
            await call(client, "eat", megabytes=60)
            await call(client, "fork", count=6)
            await asyncio.wait_for(child.has_ended.wait(), 20)
            await call(client, "add", a=1, b=1)
    assert "memory" in child.failure().message


async def test_open_files_are_limited(tmp_path: Path) -> None:
    async with talking_to(Child(twin(tmp_path), limits=LIMITS)) as client:
        assert 40 < await call(client, "open_files", count=100) < 64


async def test_a_server_that_ignores_requests_to_end_is_ended_by_force(tmp_path: Path) -> None:
    async with talking_to(Child(twin(tmp_path, "--stays"), limits=LIMITS)) as client:
        pid = await call(client, "ignore")
    assert await eventually(lambda: gone(pid))


async def test_an_endless_line_ends_the_server_and_fills_no_memory(tmp_path: Path) -> None:
    child = Child(twin(tmp_path), limits=LIMITS)
    before = psutil.Process().memory_info().rss
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child) as client:
            await call(client, "pour", megabytes=100)
    assert isinstance(child.failure(), ServerExcessiveError)
    assert "message" in child.failure().message
    assert psutil.Process().memory_info().rss - before < 50 * 1024 * 1024


async def test_lines_that_are_no_messages_are_kept_beside_until_they_are_too_many(
    tmp_path: Path,
) -> None:
    child = Child(twin(tmp_path), limits=LIMITS)
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child) as client:
            assert await call(client, "babble", lines=10) == 10
            assert child.tail.lines.count("this is no message") == 10
            await call(client, "babble", lines=2000)
    assert "JSON-RPC" in child.failure().message


async def test_what_a_server_says_beside_is_bounded_and_plain(tmp_path: Path) -> None:
    child = Child(twin(tmp_path), limits=LIMITS)
    async with talking_to(child) as client:
        await call(client, "shout", text="line\n" * 10_000 + "\x1b[31m" + "y" * 100_000 + "\nend\n")

        async def has_all() -> bool:
            return child.tail.lines[-1:] == ["end"]

        assert await eventually(has_all)
    assert len(child.tail.lines) <= 201
    assert max(map(len, child.tail.lines)) <= 500
    assert "\x1b" not in "".join(child.tail.lines)


async def test_a_server_that_dies_in_a_call_is_an_error_at_once(tmp_path: Path) -> None:
    child = Child(twin(tmp_path), limits=LIMITS)
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child) as client:
            await call(client, "die", code=3)
    assert isinstance(child.failure(), ServerEndedError)
    assert "exit 3" in child.failure().message


async def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    child = Child(Command(name="x", command="no-such-command", home=tmp_path), limits=LIMITS)
    with pytest.RaisesGroup(MCPError, flatten_subgroups=True):
        async with talking_to(child):
            pass
    assert isinstance(child.failure(), CommandUnknownError)
    assert "no-such-command" in child.failure().message


async def test_a_tree_ends_when_its_worker_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio, os, signal, sys
from pathlib import Path
from mcp.client import Client
from sophia.stdio_servers.child import Child
from sophia.stdio_servers.command import Command, Limits

async def main():
    command = Command(name="twin", command=sys.executable, arguments=({stdio_twin.__file__!r},),
                      home=Path({str(tmp_path)!r}))
    async with Client(Child(command, limits=Limits(stop_timeout_s=0.5))) as client:
        answer = await client.call_tool("fork", {{"count": 3}})
        here = await client.call_tool("here", {{}})
        pids = answer.structured_content["result"] + [here.structured_content["pid"]]
        Path({str(tmp_path / "pids")!r}).write_text(" ".join(map(str, pids)))
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
    worker = psutil.Popen([sys.executable, "-c", program])
    assert worker.wait(25) == -signal.SIGKILL
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 4
    assert await eventually(lambda: gone(*pids), timeout_s=10)
