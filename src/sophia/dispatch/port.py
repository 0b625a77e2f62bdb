"""What the turn queue needs of the outside. Its twins are in tests/support."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sophia.kit.ids import TurnId


@dataclass(frozen=True, slots=True)
class Claim:
    """A turn that this worker alone may run, until its lease ends."""

    turn_id: TurnId
    attempt: int
    worker: str


class TurnQueue(Protocol):
    """Hands the ids of turns to workers, fast. May forget: the sweep offers again."""

    async def offer(self, turn_id: TurnId) -> None:
        """Let a worker know of a turn; never fails."""
        ...

    async def take(self, *, count: int) -> Sequence[TurnId]:
        """Wait a while for turns; gives none when there are none."""
        ...


class Leases(Protocol):
    """Who may run which turn, and until when."""

    async def claim(self, turn_id: TurnId, *, worker: str) -> Claim | None:
        """Take a turn that nobody runs, or nothing."""
        ...

    async def renew(self, turn_ids: Sequence[TurnId], *, worker: str) -> Mapping[TurnId, bool]:
        """Extend leases; gives the turns still this worker's, and whether each is to stop."""
        ...

    async def release(self, turn_ids: Sequence[TurnId], *, worker: str) -> None:
        """Give turns back to the queue."""
        ...

    async def sweep(self) -> Sequence[TurnId]:
        """Give the turns that wait unclaimed or whose worker is gone."""
        ...
