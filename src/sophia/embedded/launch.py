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
_OWNER_MAY_RUN = 0o100
_PASSABLE = 0o711
_RUNNABLE = 0o755
_READABLE = 0o644


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


def require_writable(folder: Path) -> None:
    """Raise HomeUnusableError unless we may write in a folder, on a disk that can be written."""
    # As whom we act, where the system can tell that from who started us.
    is_effective = os.access in os.supports_effective_ids
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK, effective_ids=is_effective):
        raise HomeUnusableError(
            f"{folder} cannot be written: set SOPHIA_HOME to a folder that you may write."
        )


def make_passable(folder: Path) -> None:
    """Make a folder of ours that anybody may enter, whatever the umask; those above stay as is."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir()
    for one in (*missing, folder):
        one.chmod(_PASSABLE)


def make_readable(folder: Path) -> None:
    """Let anybody read, and run, what lies in a folder of ours; links stay as they are."""
    for where, _, names in os.walk(folder):
        Path(where).chmod(_RUNNABLE)
        for path in (Path(where, name) for name in names):
            if not path.is_symlink():
                is_program = path.stat().st_mode & _OWNER_MAY_RUN
                path.chmod(_RUNNABLE if is_program else _READABLE)


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
    """Make a folder that only we may enter, and write; raises HomeUnusableError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise HomeUnusableError(
            f"{folder} cannot be made ({error.strerror}): set SOPHIA_HOME to a folder "
            "that you may write."
        ) from error
    require_writable(folder)
