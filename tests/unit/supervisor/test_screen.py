"""What is shown: a table on a terminal, lines elsewhere, and nothing where nobody listens."""

import io
import os
import subprocess
import sys
from pathlib import Path

import psutil
from rich.console import Console

from sophia.supervisor import screen
from sophia.supervisor.part import State
from sophia.supervisor.screen import Screen
from sophia.supervisor.state import PartView, StackView

_TALK = """
import sys
from sophia.supervisor import output
console = output.console()
sys.stdin.read()
for number in range(1000):
    console.print("line", number)
"""


def view(*states: State) -> StackView:
    """Give a stack of which every part is this very process."""
    me = psutil.Process()
    parts = tuple(
        PartView(f"part{number}", one, 8000 + number, me.pid, me.create_time(), number, "why")
        for number, one in enumerate(states)
    )
    return StackView(pid=me.pid, created=me.create_time(), parts=parts)


def shown(*views: StackView, is_terminal: bool) -> str:
    text = io.StringIO()
    console = Console(file=text, force_terminal=is_terminal, width=120)
    with Screen(console) as shows:
        for one in views:
            shows.changed(one)
    return text.getvalue()


def test_a_terminal_shows_state_port_pid_and_memory_of_every_part() -> None:
    text = shown(view(State.STARTING, State.READY, State.FAILED), is_terminal=True)
    for expected in ("part0", "starting", "8000", "ready", "8001", "failed", "8002", " MB", "why"):
        assert expected in text
    assert str(os.getpid()) in text


def test_elsewhere_only_changes_are_lines() -> None:
    text = shown(
        view(State.STARTING, State.STARTING),
        view(State.READY, State.STARTING),
        view(State.READY, State.STARTING),
        is_terminal=False,
    )
    assert text.splitlines() == [
        "part0: starting (why)",
        "part1: starting (why)",
        "part0: ready (why)",
    ]


def test_the_memory_of_all_counts_each_part_and_the_supervisor() -> None:
    told = screen.told(view(State.READY, State.READY))
    assert told["is_ready"]
    each = [part["memory_bytes"] for part in told["parts"]]
    assert min(each) > 2**20
    assert told["memory_bytes"] > sum(each)


def test_nothing_runs_is_told_in_the_same_form() -> None:
    told = screen.told(None)
    assert told == {
        "is_running": False,
        "is_ready": False,
        "pid": None,
        "memory_bytes": 0,
        "parts": [],
    }


def test_what_others_write_to_the_same_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as out:
        for _ in range(2):
            out.write(b"mine\n")
            out.flush()
            subprocess.run(
                [sys.executable, "-c", _TALK], stdin=subprocess.DEVNULL, stdout=out, check=True
            )
        out.seek(0, os.SEEK_END)
    lines = path.read_text().splitlines()
    assert len(lines) == 2002
    assert lines.count("mine") == 2


def test_a_reader_who_leaves_harms_nothing() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _TALK],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as talker:
        assert talker.stdout is not None
        talker.stdout.close()
        talker.stdout = None
        _, said = talker.communicate(b"", timeout=20)
    assert (talker.returncode, said) == (0, b"")
