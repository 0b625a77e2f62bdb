"""Standard output that may go away or stand still: neither may hold up who writes to it."""

import io
import os
import select
import stat
import sys
from collections.abc import Buffer
from contextlib import suppress
from typing import override

from rich.console import Console

_PATIENCE_S = 1.0


class SteadyOutput(io.RawIOBase):
    """Writes to standard output; what nobody takes, or not in time, is let go."""

    def __init__(self) -> None:
        """Open standard output once more, so that others who write to it may still wait."""
        self._descriptor = _open_again(sys.stdout.fileno())
        self._is_stuck = False

    @override
    def fileno(self) -> int:
        """Give its descriptor."""
        return self._descriptor

    @override
    def isatty(self) -> bool:
        """Say whether people look at it."""
        return os.isatty(self._descriptor)

    @override
    def writable(self) -> bool:
        """Say that it takes text."""
        return True

    @override
    def write(self, data: Buffer, /) -> int:
        """Write what is taken; wait only for an output that was not found stuck before."""
        left = memoryview(data)
        with suppress(OSError):
            while left and self._can_write():
                left = left[os.write(self._descriptor, left) :]
        return memoryview(data).nbytes

    def _can_write(self) -> bool:
        patience_s = 0 if self._is_stuck else _PATIENCE_S
        _, writable, _ = select.select([], [self._descriptor], [], patience_s)
        self._is_stuck = not writable
        return not self._is_stuck


def console() -> Console:
    """Give a console on an output that may go away."""
    buffer = io.BufferedWriter(SteadyOutput())
    text = io.TextIOWrapper(buffer, encoding=sys.stdout.encoding, errors="replace")
    return Console(file=text, highlight=False)


def _open_again(descriptor: int) -> int:
    """Give a descriptor of the same terminal or pipe that does not wait.

    Anything else stays as it is: a file, which would be written at two places, never stands still.
    """
    is_terminal = os.isatty(descriptor)
    if not is_terminal and not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return descriptor
    try:
        path = os.ttyname(descriptor) if is_terminal else f"/proc/self/fd/{descriptor}"
        return os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
    except OSError:
        return descriptor
