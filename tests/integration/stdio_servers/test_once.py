"""Commands that are run once."""

import asyncio
import socket
import sys
from pathlib import Path

import psutil
import pytest

from sophia.stdio_servers.command import Command, Limits
from sophia.stdio_servers.once import LATE, run_once
from tests.support.waiting import eventually

LIMITS = Limits(stop_timeout_s=0.2, look_every_s=0.1, has_network=False)
OURS = str(Path("/proc/self/ns/net").readlink())
# Says in which network it is, and if it reaches the port that it is given.
REACH = """
import os, socket, sys
print(os.readlink("/proc/self/ns/net"))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=5)
    print("reached")
except OSError:
    print("refused")
"""


def is_alive(pid: int) -> bool:
    """Say if a process is more than an entry that whoever adopted it has yet to remove."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def shell(home: Path, script: str) -> Command:
    return Command(name="it", command="sh", arguments=("-c", script), home=home)


async def test_what_a_command_writes_and_how_it_ends_is_given(tmp_path: Path) -> None:
    ended = await run_once(
        shell(tmp_path, "echo out; echo err >&2; pwd; exit 3"), limits=LIMITS, timeout_s=20
    )
    assert ended.output.decode() == f"out\n{tmp_path}\n"
    assert (ended.errors, ended.ending, ended.is_cut) == (b"err\n", "exit 3", False)
    unknown = Command(name="it", command="no-such-command", home=tmp_path)
    assert (await run_once(unknown, limits=LIMITS, timeout_s=20)).ending == "unknown"


async def test_of_too_much_output_the_beginning_is_kept(tmp_path: Path) -> None:
    ended = await run_once(
        shell(tmp_path, "head -c 3000000 /dev/zero"), limits=LIMITS, timeout_s=20, max_bytes=1000
    )
    assert (len(ended.output), ended.is_cut, ended.ending) == (1000, True, "exit 0")


@pytest.mark.parametrize("how", ["late", "cancelled"])
async def test_a_command_that_is_ended_leaves_nothing_behind(tmp_path: Path, how: str) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 300 & setsid sleep 300 & echo $$ $! > {pids}.part; mv {pids}.part {pids}; wait"
    task = asyncio.create_task(
        run_once(shell(tmp_path, script), limits=LIMITS, timeout_s=5 if how == "late" else 60)
    )

    async def has_begun() -> bool:
        return pids.exists()

    await eventually(has_begun, timeout_s=20)
    if how == "late":
        assert (await task).ending == LATE
    else:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    left = [int(pid) for pid in pids.read_text().split()]

    async def are_gone() -> bool:
        return not any(map(is_alive, left))

    await eventually(are_gone, timeout_s=20)


async def test_a_command_without_a_network_reaches_nobody(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        command = Command(
            name="it", command=sys.executable, arguments=("-c", REACH, port), home=tmp_path
        )
        ended = await run_once(command, limits=LIMITS, timeout_s=20)
        network, reached = ended.output.decode().split()
        if network == OURS:
            pytest.skip("the kernel lets nobody leave the network here")
        assert reached == "refused"
        connected = await run_once(command, limits=Limits(), timeout_s=20)
        assert connected.output.decode().split()[1] == "reached"
