"""Standard output that may go away: its reader leaves, its terminal is closed."""

import io
import sys
from collections.abc import Buffer
from typing import override

from rich.console import Console


class SteadyOutput(io.FileIO):
    """Writes to standard output; what nobody takes any more is let go."""

    def __init__(self) -> None:
        """Share the descriptor of standard output."""
        super().__init__(sys.stdout.fileno(), "w", closefd=False)

    @override
    def write(self, data: Buffer, /) -> int:
        """Write what can be written."""
        try:
            return super().write(data)
        except OSError:
            return memoryview(data).nbytes


def console() -> Console:
    """Give a console on an output that may go away."""
    buffer = io.BufferedWriter(SteadyOutput())
    text = io.TextIOWrapper(buffer, encoding=sys.stdout.encoding, errors="replace")
    return Console(file=text, highlight=False)
