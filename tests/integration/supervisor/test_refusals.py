"""What keeps `sophia up` from starting is said in one line, with what to do; nothing is damaged."""

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from sophia.core import registry
from sophia.embedded import home
from sophia.embedded.errors import DiskFullError
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def stack(worker_number: int, tmp_path: Path) -> Stack:
    return Stack(tmp_path / "home", number=worker_number + 16)


async def refusal(stack: Stack) -> str:
    """Give the one line with which a start is refused, in the foreground as in the background."""
    done = await stack.attempt("up")
    assert done.code != 0
    assert done.out == ""
    (line,) = done.err.strip().splitlines()
    detached = await stack.attempt("up", "--detach")
    assert detached.code != 0
    assert (detached.out, detached.err) == ("", done.err)
    assert stack.processes() == []
    return line


async def test_a_taken_port_is_named(stack: Stack) -> None:
    port = stack.settings.port(registry.API_PORT)
    with closing(socket.create_server(("127.0.0.1", port))):
        line = await refusal(stack)
    assert line.startswith(f"Port {port}, which api needs, is taken")
    assert "SOPHIA_PORT_BASE" in line


async def test_data_of_another_version_are_left_as_they_are(stack: Stack) -> None:
    home.prepare(stack.home)
    data = home.data_folder(stack.home, "postgres") / "data"
    data.mkdir()
    version = data / "PG_VERSION"
    version.write_text("15\n")
    line = await refusal(stack)
    assert "15" in line
    assert "SOPHIA_HOME" in line
    assert version.read_text() == "15\n"
    assert list(data.iterdir()) == [version]
    await stack.remove()


async def test_a_home_that_is_a_file_is_refused(stack: Stack) -> None:
    stack.home.write_text("not a folder")
    line = await refusal(stack)
    assert str(stack.home) in line
    assert stack.home.read_text() == "not a folder"


async def test_data_of_another_user_are_left_as_they_are(stack: Stack) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give a folder away")
    home.prepare(stack.home)
    folder = home.data_folder(stack.home, "postgres")
    os.chown(folder, 12345, 12345)
    assert "belongs to user 12345" in await refusal(stack)
    assert folder.stat().st_uid == 12345
    await stack.remove()


def mount(place: Path, options: str) -> None:
    """Mount a disk; only root may."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")


def make_read_only(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Generator[Path]:
    """A disk of 30 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount(place, "size=30m,mode=755")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_is_named(disk: Path, worker_number: int) -> None:
    stack = Stack(disk / "home", number=worker_number + 16)
    line = await refusal(stack)
    assert "disk" in line.lower()
    assert "free" in line.lower()


@pytest.mark.parametrize("is_used", [False, True])
async def test_a_home_that_cannot_be_written_is_named(
    is_used: bool,  # noqa: FBT001 - a parameter of the test
    disk: Path,
    worker_number: int,
) -> None:
    stack = Stack(disk / "home", number=worker_number + 16)
    if is_used:
        with suppress(DiskFullError):
            home.prepare(stack.home)
    make_read_only(disk)
    line = await refusal(stack)
    assert str(stack.home) in line
    assert "SOPHIA_HOME" in line


async def test_an_ordinary_user_is_told_what_may_not_be_written(
    stack: Stack, ordinary_user: tuple[str, ...], worker_number: int
) -> None:
    stack.home.mkdir(mode=0o755)
    theirs = Stack(stack.home, number=worker_number + 16, prefix=ordinary_user)
    line = await refusal(theirs)
    assert str(stack.home) in line
    assert "SOPHIA_HOME" in line
    assert list(stack.home.iterdir()) == []
