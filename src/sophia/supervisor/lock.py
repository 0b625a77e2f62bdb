"""One supervisor per home: the lock that it holds while it lives, and who holds it."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil

from sophia.supervisor.errors import AlreadyRunningError


@contextmanager
def sole(home: Path) -> Generator[None]:
    """Hold the home's lock; raises AlreadyRunningError, which names the process that holds it."""
    path = _path(home)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise already_running(home, pid=_written(path)) from error
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
        os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(home: Path) -> int | None:
    """Give the process that runs Sophia on a home; none when nobody does.

    The system lets go of the lock when its holder ends, however it ends.
    """
    path = _path(home)
    # The lock is only tried when somebody may hold it: trying holds it for a moment, too.
    pid = _written(path)
    if pid is None or not psutil.pid_exists(pid):
        return None
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(path)
    finally:
        os.close(descriptor)
    return None


def already_running(home: Path, *, pid: int | None) -> AlreadyRunningError:
    """Say that, and how to stop it."""
    return AlreadyRunningError(
        f"Sophia already runs on {home} (process {pid or 'unknown'}): stop it with `sophia down`,"
        " or set another SOPHIA_HOME.",
        pid=pid,
    )


def _path(home: Path) -> Path:
    return home / "run" / "lock"


def _written(path: Path) -> int | None:
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdecimal() else None
