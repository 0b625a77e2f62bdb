"""What `sophia up` and `sophia status` show: a table that lives on a terminal, lines elsewhere."""

import time
from dataclasses import asdict
from typing import Any, Self

import psutil
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sophia.supervisor import state
from sophia.supervisor.part import State
from sophia.supervisor.state import PartView, StackView

_COLOURS = {
    State.STARTING: "yellow",
    State.READY: "green",
    State.RESTARTING: "yellow",
    State.FAILED: "bold red",
    State.STOPPED: "dim",
}
_MEGABYTE = 2**20
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86_400


class Screen:
    """Shows a stack as it changes."""

    def __init__(self, console: Console) -> None:
        """Take where to show it."""
        self._console = console
        self._live: Live | None = None
        self._last: dict[str, tuple[State, str]] = {}

    def __enter__(self) -> Self:
        """Start the table, on a terminal."""
        if self._console.is_terminal:
            self._live = Live(console=self._console, auto_refresh=False, transient=False)
            self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Leave the table as it is last."""
        if self._live is not None:
            self._live.stop()

    def changed(self, view: StackView) -> None:
        """Show a change: at once in the table, or as a line of its own."""
        if self._live is not None:
            self.refresh(view)
            return
        for part in view.parts:
            now = (part.state, part.detail)
            if self._last.get(part.name) != now:
                self._last[part.name] = now
                detail = f" ({part.detail})" if part.detail else ""
                self.say(f"{part.name}: {part.state}{detail}")

    def refresh(self, view: StackView) -> None:
        """Show the table again, with the memory and the ages as they are now."""
        if self._live is not None:
            self._live.update(table(view), refresh=True)

    def say(self, line: str) -> None:
        """Print a line above the table."""
        self._console.print(Text(line), soft_wrap=True)


def table(view: StackView) -> Table:
    """Draw the stack."""
    told = [Text(f"{part.name}: {part.detail}") for part in view.parts if part.detail]
    drawn = Table(show_footer=True, caption=Text("\n").join(told), caption_justify="left")
    total_bytes = 0
    rows: list[tuple[Text | str, ...]] = []
    for part in view.parts:
        used_bytes = memory_bytes(part.pid, part.created)
        total_bytes += used_bytes
        rows.append(
            (
                part.name,
                Text(part.state, style=_COLOURS[part.state]),
                str(part.port),
                str(part.pid or ""),
                megabytes(used_bytes),
                age(part),
                str(part.restarts),
            )
        )
    own_bytes = memory_bytes(view.pid, view.created, has_children=False)
    total_bytes += own_bytes
    rows.append(("supervisor", "", "", str(view.pid), megabytes(own_bytes), "", ""))
    drawn.add_column("part", footer="all")
    drawn.add_column("state")
    drawn.add_column("port", justify="right")
    drawn.add_column("pid", justify="right")
    drawn.add_column("memory", justify="right", footer=megabytes(total_bytes))
    drawn.add_column("up", justify="right")
    drawn.add_column("restarts", justify="right")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def told(view: StackView | None) -> dict[str, Any]:
    """Give the stack as JSON; `memory_bytes` counts the supervisor as well."""
    if view is None:
        return {
            "is_running": False,
            "is_ready": False,
            "pid": None,
            "memory_bytes": 0,
            "parts": [],
        }
    parts = [
        asdict(part) | {"memory_bytes": memory_bytes(part.pid, part.created)} for part in view.parts
    ]
    own_bytes = memory_bytes(view.pid, view.created, has_children=False)
    return {
        "is_running": True,
        "is_ready": view.is_ready,
        "pid": view.pid,
        "memory_bytes": own_bytes + sum(part["memory_bytes"] for part in parts),
        "parts": parts,
    }


def memory_bytes(pid: int | None, created: float | None, *, has_children: bool = True) -> int:
    """Give what a process and its children hold, shared pages shared out (PSS on Linux)."""
    process = state.same_process(pid, created)
    if process is None:
        return 0
    try:
        family = [process, *(process.children(recursive=True) if has_children else ())]
        return sum(_held_bytes(member) for member in family)
    except psutil.Error:
        return 0


def megabytes(size_bytes: int) -> str:
    """Write a size; nothing for none."""
    return f"{size_bytes / _MEGABYTE:.0f} MB" if size_bytes else ""


def age(part: PartView) -> str:
    """Write how long a part has been running."""
    if part.created is None:
        return ""
    age_s = max(0, int(time.time() - part.created))
    if age_s < _MINUTE_S:
        return f"{age_s} s"
    if age_s < _HOUR_S:
        return f"{age_s // _MINUTE_S} min"
    return f"{age_s // _HOUR_S} h" if age_s < _DAY_S else f"{age_s // _DAY_S} d"


def _held_bytes(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
    except psutil.AccessDenied:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
    return int(getattr(full, "pss", 0) or full.uss)
