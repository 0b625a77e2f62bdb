"""HOME/run/state.json: what runs, for `sophia status`, `sophia down` and the next start."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from sophia.supervisor import lock
from sophia.supervisor.part import State

_CREATED_TOLERANCE_S = 0.1


@dataclass(frozen=True, slots=True)
class PartView:
    """A part as it was at the last change. `created` and `pid` name a process without doubt."""

    name: str
    state: State
    port: int
    pid: int | None
    created: float | None
    restarts: int
    detail: str


@dataclass(frozen=True, slots=True)
class StackView:
    """The supervisor and its parts; none while it prepares them."""

    pid: int
    created: float
    parts: tuple[PartView, ...]

    @property
    def is_ready(self) -> bool:
        """Say whether every part is ready."""
        return bool(self.parts) and all(part.state is State.READY for part in self.parts)


def view_of(parts: Sequence[PartView]) -> StackView:
    """Give the view of this very process as the supervisor."""
    me = psutil.Process()
    return StackView(pid=me.pid, created=me.create_time(), parts=tuple(parts))


def same_process(pid: int | None, created: float | None) -> psutil.Process | None:
    """Give the process of that pid, if it is still the one created then."""
    if pid is None or created is None:
        return None
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - created) < _CREATED_TOLERANCE_S
        return process if is_same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def path_of(home: Path) -> Path:
    """Give where the state lies."""
    return home / "run" / "state.json"


def write(home: Path, view: StackView) -> None:
    """Replace the state, whole or not at all."""
    path = path_of(home)
    draft = path.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(view)))
    os.replace(draft, path)  # noqa: PTH105 - the one call that is atomic by its name


def running(home: Path) -> StackView | None:
    """Give the state of the supervisor that runs on a home now; none when none does."""
    view = read(home)
    return view if view is not None and view.pid == lock.holder(home) else None


def read(home: Path) -> StackView | None:
    """Give the state last written; none when there is none or it is not ours."""
    try:
        found: dict[str, Any] = json.loads(path_of(home).read_text())
        parts = tuple(_part(part) for part in found["parts"])
        return StackView(pid=found["pid"], created=found["created"], parts=parts)
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _part(found: dict[str, Any]) -> PartView:
    found["state"] = State(found["state"])
    return PartView(**found)
