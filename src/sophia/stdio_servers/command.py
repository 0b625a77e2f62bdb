"""What to run, with what, and how much of the machine it may take."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sophia.stdio_servers import warden

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A server as its operator registered it. Nothing of our own environment reaches it."""

    name: str
    command: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    home: Path  # its own folder: HOME, TMPDIR and where it runs

    def whole_environment(self) -> dict[str, str]:
        """Give all the variables that it sees."""
        home = str(self.home)
        minimal = {"PATH": SYSTEM_PATH, "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8"}
        return minimal | dict(self.environment)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one server may take. Memory and processes count for it and all its descendants."""

    memory_bytes: int = 1024**3
    processes: int = 64
    open_files: int = 1024
    cpu_s: int = 24 * 3600
    file_bytes: int = 1024**3
    message_bytes: int = 8 * 1024 * 1024
    look_every_s: float = 1.0
    stop_timeout_s: float = 3.0
    # Without: where kernel and container allow it; nothing else can be promised everywhere.
    has_network: bool = True


def under_warden(command: Command, limits: Limits, *, report: int) -> list[str]:
    """Give the whole command line; `report` is the descriptor that is told how it ended."""
    return [
        sys.executable,
        *("-I", "-S", str(Path(warden.__file__)), str(os.getpid()), str(report)),
        json.dumps(asdict(limits)),
        command.command,
        *command.arguments,
    ]
