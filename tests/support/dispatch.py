"""In-memory twins of the turn queue and of the leases."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sophia.dispatch.port import Claim
from sophia.kit.ids import TurnId


class InMemoryTurnQueue:
    def __init__(self) -> None:
        self._offered: asyncio.Queue[TurnId] = asyncio.Queue()

    async def offer(self, turn_id: TurnId) -> None:
        self._offered.put_nowait(turn_id)

    async def take(self, *, count: int) -> Sequence[TurnId]:
        taken = [await self._offered.get()]
        while len(taken) < count and not self._offered.empty():
            taken.append(self._offered.get_nowait())
        return taken


@dataclass(slots=True)
class Lease:
    worker: str | None = None
    attempt: int = 0


class InMemoryLeases:
    """Leases that end only when `expire` says so."""

    def __init__(self) -> None:
        self.leases: dict[TurnId, Lease] = {}
        self.renewed: list[TurnId] = []
        self.to_stop: set[TurnId] = set()

    def add(self, turn_id: TurnId) -> None:
        self.leases[turn_id] = Lease()

    def expire(self, turn_id: TurnId) -> None:
        self.leases[turn_id].worker = None

    async def claim(self, turn_id: TurnId, *, worker: str) -> Claim | None:
        lease = self.leases.get(turn_id)
        if lease is None or lease.worker is not None:
            return None
        lease.worker = worker
        lease.attempt += 1
        return Claim(turn_id, lease.attempt, worker)

    async def renew(self, turn_ids: Sequence[TurnId], *, worker: str) -> Mapping[TurnId, bool]:
        self.renewed.extend(turn_ids)
        return {
            turn_id: turn_id in self.to_stop
            for turn_id in turn_ids
            if turn_id in self.leases and self.leases[turn_id].worker == worker
        }

    async def release(self, turn_ids: Sequence[TurnId], *, worker: str) -> None:
        for turn_id in turn_ids:
            if self.leases[turn_id].worker == worker:
                self.leases[turn_id].worker = None

    async def sweep(self) -> Sequence[TurnId]:
        return [turn_id for turn_id, lease in self.leases.items() if lease.worker is None]
