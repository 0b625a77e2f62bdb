"""What the supervisor keeps running: parts, and the order in which they start and stop."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sophia.embedded.launch import Launch

type Probe = Callable[[], Awaitable[bool]]


class State(StrEnum):
    """What a part is doing."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Part:
    """One child process. `environment` replaces ours where it is given."""

    name: str
    port: int
    launch: Launch
    probe: Probe
    environment: Mapping[str, str] | None = None
    start_timeout_s: float = 90
    stop_timeout_s: float = 35


@dataclass(frozen=True, slots=True)
class Stack:
    """All parts: the servers start first and stop last, together; the processes stop in order."""

    servers: tuple[Part, ...]
    upgrade: Launch | None
    processes: tuple[Part, ...]
    environment: Mapping[str, str] | None = None  # the upgrade's

    @property
    def parts(self) -> tuple[Part, ...]:
        """Give all parts, in the order in which they are shown."""
        return (*self.servers, *self.processes)


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a part waits before it is started again."""

    first_s: float = 0.5
    most_s: float = 30
    healthy_s: float = 60
    rapid_failures: int = 5

    def delay_s(self, failures: int) -> float:
        """Give the wait after so many failures in a row: doubled each time, with jitter."""
        if self.is_hopeless(failures):
            return self.most_s
        doubled = self.first_s * 2 ** (failures - 1)
        jitter = random.uniform(1, 1.5)  # noqa: S311 - spreads restarts, guards nothing
        return min(self.most_s, doubled * jitter)

    def is_hopeless(self, failures: int) -> bool:
        """Say whether so many failures in a row are to be shown as failed."""
        return failures >= self.rapid_failures
