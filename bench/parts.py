"""What the parts of the stack used: processor time, which a busy machine does not blur as it does
the clock on the wall, and memory.
"""

import contextlib
from collections.abc import Mapping
from typing import Any

import psutil


def cpu_s(told: Mapping[str, Any]) -> dict[str, float]:
    """Give the processor time of every part so far, its children's included."""
    used = {part["name"]: _of_tree(part["pid"]) for part in told["parts"]}
    used["supervisor"] = _own(psutil.Process(told["pid"]))
    return used


def memory_mb(told: Mapping[str, Any]) -> dict[str, float]:
    """Give the proportional set size of every part with its children, and of the supervisor."""
    held = {part["name"]: part["memory_bytes"] for part in told["parts"]}
    held["supervisor"] = psutil.Process(told["pid"]).memory_full_info().pss
    return {name: round(size_bytes / 2**20, 1) for name, size_bytes in held.items()}


def ms_a_turn(
    before: Mapping[str, float], after: Mapping[str, float], *, turns: int
) -> dict[str, float]:
    """Give what a turn took of the processor, by part."""
    return {name: round((after[name] - before[name]) * 1000 / turns, 3) for name in before}


def _of_tree(pid: int) -> float:
    root = psutil.Process(pid)
    total_s = 0.0
    for process in (root, *root.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended: its parent's figures say it
            spent = process.cpu_times()
            total_s += spent.user + spent.system + spent.children_user + spent.children_system
    return total_s


def _own(process: psutil.Process) -> float:
    spent = process.cpu_times()
    return spent.user + spent.system
