"""How a server is to be started, and as whom."""

import os
import pwd
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from sophia.embedded.errors import DiskFullError, HomeUnusableError

_UNPRIVILEGED = "nobody"
_OTHERS_MAY_ENTER = 0o001


@dataclass(frozen=True, slots=True)
class Launch:
    """A server's command. `uid` and `gid` are set when it must not run as we do (as root)."""

    argv: tuple[str, ...]
    cwd: Path
    uid: int | None
    gid: int | None
    stop_signal: signal.Signals


def unprivileged_ids() -> tuple[int, int] | None:
    """Give whom a server runs as when we are root, which PostgreSQL refuses to be."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(_UNPRIVILEGED)
    return entry.pw_uid, entry.pw_gid


def is_open(folder: Path) -> bool:
    """Say whether anybody may enter a folder: each one above it lets others through."""
    resolved = folder.resolve()
    return all(
        above.stat().st_mode & _OTHERS_MAY_ENTER
        for above in (resolved, *resolved.parents)
        if above.exists()
    )


def require_space(folder: Path, *, needed_bytes: int) -> None:
    """Raise DiskFullError unless a folder's disk has room."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise DiskFullError(
            f"The disk of {folder} has {free_bytes // 2**20} MB left and "
            f"{needed_bytes // 2**20} MB are needed: free some space, then start again.",
            free_bytes=free_bytes,
        )


def make_private(folder: Path) -> None:
    """Make a folder that only we may enter; raises HomeUnusableError, DiskFullError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusableError(
            f"{folder} cannot be made ({error.strerror}): set SOPHIA_HOME to a folder "
            "that you may write."
        ) from error
