"""`sophia up` on a terminal: the live table; Ctrl-C, SIGTERM and a closed terminal stop all."""

import asyncio
import fcntl
import os
import pty
import signal
import struct
import termios
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.stack import Stack
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(150)

_PARTS = ("postgres", "redis", "api", "worker", "mcp")
_WAIT_S = 60


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack(
    worker_number: int, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Stack]:
    """A home on which nothing runs yet."""
    stack = Stack(tmp_path_factory.mktemp("foreground") / "home", number=worker_number + 8)
    try:
        yield stack
    finally:
        await stack.remove()


class Terminal:
    """A terminal on which a command runs, and what it showed."""

    def __init__(self) -> None:
        self._ours, self._theirs = pty.openpty()
        os.set_blocking(self._ours, False)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", 40, 100, 0, 0))
        self._text = b""

    async def begin(self, stack: Stack, *arguments: str) -> Process:
        process = await stack.begin(*arguments, terminal=self._theirs)
        os.close(self._theirs)
        return process

    def text(self) -> str:
        """Give all that was shown, and make room for more."""
        with suppress(OSError):
            while chunk := os.read(self._ours, 65536):
                self._text += chunk
        return self._text.decode(errors="replace")

    async def shows(self, *words: str) -> bool:
        return all(word in self.text() for word in words)

    def press_ctrl_c(self) -> None:
        os.write(self._ours, b"\x03")

    def close(self) -> None:
        os.close(self._ours)


async def ended(process: Process) -> int:
    async with asyncio.timeout(_WAIT_S):
        return await process.wait()


async def test_the_table_shows_each_part_and_ctrl_c_stops_all(stack: Stack) -> None:
    terminal = Terminal()
    process = await terminal.begin(stack, "up")
    await eventually(lambda: terminal.shows("Sophia is ready after"), timeout_s=_WAIT_S)
    await eventually(lambda: terminal.shows("/sign-in#"), timeout_s=_WAIT_S)
    ports = [str(part["port"]) for part in (await stack.status())["parts"]]
    assert await terminal.shows(*_PARTS, *ports, "starting", "ready", " MB")
    await stack.kill("mcp")
    await eventually(
        lambda: terminal.shows("restarting", "mcp: ended by signal 9"), timeout_s=_WAIT_S
    )
    await eventually(lambda: has_come_back(stack, terminal), timeout_s=_WAIT_S)
    terminal.press_ctrl_c()
    await eventually(lambda: terminal.shows("stopped", "Sophia is stopped."), timeout_s=_WAIT_S)
    assert await ended(process) == 0
    assert stack.processes() == []
    terminal.close()


async def has_come_back(stack: Stack, terminal: Terminal) -> bool:
    terminal.text()
    return await stack.is_ready()


async def test_a_terminal_that_is_closed_stops_all(stack: Stack) -> None:
    terminal = Terminal()
    process = await terminal.begin(stack, "up")
    await eventually(lambda: has_come_back(stack, terminal), timeout_s=_WAIT_S)
    terminal.close()
    assert await ended(process) == 0
    assert stack.processes() == []


async def test_a_terminal_that_stands_still_keeps_nothing_from_stopping(stack: Stack) -> None:
    terminal = Terminal()
    process = await terminal.begin(stack, "up")
    await eventually(lambda: terminal.shows(*_PARTS), timeout_s=_WAIT_S)
    await eventually(stack.is_ready, timeout_s=_WAIT_S)  # nobody reads what is shown meanwhile
    process.terminate()
    assert await ended(process) == 0
    assert stack.processes() == []
    terminal.close()


async def test_lines_whose_reader_has_left_harm_nothing(stack: Stack) -> None:
    ours, theirs = os.pipe()
    process = await stack.begin("up", out=theirs)
    os.close(theirs)
    assert os.read(ours, 65536)
    os.close(ours)
    await eventually(stack.is_ready, timeout_s=_WAIT_S)
    process.terminate()
    assert await ended(process) == 0
    assert stack.processes() == []


def is_preparing(stack: Stack) -> bool:
    """Say whether PostgreSQL's data folder is being made."""
    return any("initdb" in process for process in stack.processes())


def is_starting(stack: Stack) -> bool:
    """Say whether the database's schema is being made."""
    return (stack.home / "logs" / "upgrade.log").exists()


@pytest.mark.parametrize("has_come", [is_preparing, is_starting])
@pytest.mark.parametrize("way", ["SIGINT", "SIGTERM", "down"])
async def test_a_start_is_stopped_before_it_is_ready(
    way: str, has_come: Callable[[Stack], bool], worker_number: int, tmp_path: Path
) -> None:
    stack = Stack(tmp_path / "home", number=worker_number + 8)

    async def check() -> bool:
        return has_come(stack)

    process = await stack.begin("up")
    await eventually(check, timeout_s=_WAIT_S)
    if way == "down":
        assert await stack.run("down") == "Sophia is stopped."
    else:
        process.send_signal(signal.Signals[way])
    out, err = await asyncio.wait_for(process.communicate(), _WAIT_S)
    assert (process.returncode, err) == (0, b"")
    assert out.endswith(b"Sophia is stopped.\n")
    assert stack.processes() == []
    drafts = [path for folder in stack.folders() for path in folder.glob("postgres/draft-*")]
    assert drafts == []
    await stack.remove()
