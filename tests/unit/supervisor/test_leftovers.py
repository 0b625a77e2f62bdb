"""What a killed supervisor left is ended, and nothing else; the lock says who runs."""

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from sophia.supervisor import leftovers, lock, state
from sophia.supervisor.errors import AlreadyRunningError, PortTakenError
from sophia.supervisor.part import State
from sophia.supervisor.state import PartView, StackView

_HOLD = """
import sys
from pathlib import Path
from sophia.supervisor import lock
with lock.sole(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.fixture
def process() -> Generator[psutil.Process]:
    """A process that runs until it is told to end."""
    with subprocess.Popen(["tail", "-f", "/dev/null"]) as started:
        yield psutil.Process(started.pid)
        started.kill()


def record(home: Path, *, pid: int, created: float) -> None:
    """Write a state as a killed supervisor leaves it."""
    part = PartView("api", State.READY, 1, pid, created, restarts=0, detail="")
    state.write(home, StackView(pid=2**22, created=1.0, parts=(part,)))


def test_a_part_that_was_left_is_ended(home: Path, process: psutil.Process) -> None:
    record(home, pid=process.pid, created=process.create_time())
    assert leftovers.end(home) == 1
    assert state.same_process(process.pid, process.create_time()) is None


def test_a_stranger_who_got_the_pid_of_a_part_is_left_alone(
    home: Path, process: psutil.Process
) -> None:
    record(home, pid=process.pid, created=process.create_time() - 60)
    assert leftovers.end(home) == 0
    assert process.is_running()
    assert process.status() != psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "parts": [{}]}'])
def test_a_state_that_cannot_be_read_stops_nothing(home: Path, text: str) -> None:
    state.path_of(home).write_text(text)
    assert state.read(home) is None
    assert leftovers.end(home) == 0


def test_a_state_is_read_as_it_was_written(home: Path) -> None:
    part = PartView("api", State.FAILED, 1, None, None, restarts=3, detail="no luck")
    view = StackView(pid=5, created=1.5, parts=(part,))
    state.write(home, view)
    assert state.read(home) == view
    assert state.path_of(home).stat().st_mode & 0o777 == 0o600


def test_the_holder_of_the_lock_is_known_until_it_is_killed(home: Path) -> None:
    assert lock.holder(home) is None
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert lock.holder(home) == other.pid
        with pytest.raises(AlreadyRunningError) as refused, lock.sole(home):
            pass
        assert refused.value.facts["pid"] == other.pid
        other.kill()
    assert lock.holder(home) is None
    with lock.sole(home):
        pass
    assert lock.holder(home) is None


def test_a_pid_without_a_lock_holds_nothing(home: Path, process: psutil.Process) -> None:
    (home / "run" / "lock").write_text(str(process.pid))
    assert lock.holder(home) is None


def test_a_view_of_a_supervisor_that_is_gone_is_not_shown_as_running(home: Path) -> None:
    record(home, pid=1, created=1.0)
    assert state.running(home) is None


def test_a_view_without_parts_is_not_ready(home: Path) -> None:
    with lock.sole(home):
        # Another process asks; here the lock is tried by a descriptor of its own.
        state.write(home, state.view_of(()))
        descriptor = os.open(home / "run" / "lock", os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        os.close(descriptor)
        found = state.running(home)
    assert found is not None
    assert not found.is_ready


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_somebody_listens_on_is_named(address: str) -> None:
    with closing(socket.create_server((address, 0))) as taken:
        port: int = taken.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"Port {port}, which api needs, is taken"):
            leftovers.require_free_ports([("api", port)])
    leftovers.require_free_ports([("api", port)])
