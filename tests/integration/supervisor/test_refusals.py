"""What keeps `sophia up` from starting is said in one line, with what to do; nothing is damaged."""

import os
import shutil
import socket
import subprocess
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from sophia.core import registry
from sophia.embedded import home
from tests.support.stack import Stack

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def stack(worker_number: int, tmp_path: Path) -> Stack:
    return Stack(tmp_path / "home", number=worker_number + 16)


async def refusal(stack: Stack) -> str:
    """Give the one line with which a start is refused."""
    done = await stack.attempt("up")
    assert done.code != 0
    (line,) = done.err.strip().splitlines()
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Generator[Path]:
    """A disk of 30 MB; only root may make one."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root may mount a small disk")
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=30m,mode=755", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


async def test_a_full_disk_is_named(small_disk: Path, worker_number: int) -> None:
    stack = Stack(small_disk / "home", number=worker_number + 16)
    line = await refusal(stack)
    assert "disk" in line.lower()
    assert "free" in line.lower()
