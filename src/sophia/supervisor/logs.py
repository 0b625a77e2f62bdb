"""HOME/logs: one file per part, kept small."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from sophia.supervisor.errors import LogMissingError

_ROTATE_AT_START_BYTES = 2 * 2**20
_MOST_BYTES = 20 * 2**20
_TAIL_BYTES = 256 * 2**10
_LINE_LENGTH = 240


def path_of(home: Path, name: str) -> Path:
    """Give where a part's log lies."""
    return home / "logs" / f"{name}.log"


def existing(home: Path, name: str) -> Path:
    """Give a part's log; raises LogMissingError, which names those that there are."""
    path = path_of(home, name)
    if path.is_file() and path.parent == home / "logs":
        return path
    names = sorted(found.stem for found in (home / "logs").glob("*.log"))
    there = f"there are {', '.join(names)}." if names else "there is none yet: start `sophia up`."
    raise LogMissingError(f"There is no log of {name}: {there}", name=name)


def open_for(path: Path) -> int:
    """Open a log for a child to append to, readable by us alone."""
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def rotate_at_start(path: Path) -> None:
    """Set a log of some size aside: the one before that is dropped."""
    if path.is_file() and path.stat().st_size > _ROTATE_AT_START_BYTES:
        path.replace(_aside(path))


def keep_small(path: Path) -> None:
    """Copy a log that grew too large aside and empty it under its writer, who only appends.

    On a full disk there is no copy: emptying it makes room.
    """
    if path.is_file() and path.stat().st_size > _MOST_BYTES:
        try:
            shutil.copyfile(path, _aside(path))
        except OSError:
            with suppress(OSError):
                _aside(path).unlink()
        os.truncate(path, 0)


def tail(path: Path, *, lines: int, after: int = 0) -> list[str]:
    """Give the last lines written behind an offset."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            # A log emptied meanwhile is shorter than the offset: then all of it is after it.
            start = max(after if after <= size else 0, size - _TAIL_BYTES)
            file.seek(start)
            text = file.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:] if lines > 0 else []


def last_line(path: Path, *, after: int = 0) -> str:
    """Give the last line that says something, cut to a length that fits a table."""
    said = [line.strip() for line in tail(path, lines=50, after=after) if line.strip()]
    return said[-1][:_LINE_LENGTH] if said else ""


def _aside(path: Path) -> Path:
    return path.with_name(path.name + ".1")
