"""How the machines are, asked of their MCP server: it alone has the key and keeps the limits."""

import asyncio
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import ValidationError

from sophia.core.messages import ToolResult
from sophia.infrastructure import repository
from sophia.infrastructure.schemas import (
    HOURS_OF_MONTH,
    CostOfMachine,
    CostOfTime,
    CostsOut,
    Machine,
    MachinesAnswer,
    StatusOut,
)
from sophia.kit import log
from sophia.kit.clock import Clock
from sophia.store.database import Database
from sophia.toolbox.probe import ServerProbe

SERVER = "lambda-cli"
SAMPLE_EVERY = timedelta(minutes=5)
_KEEP_S = 60.0
# What went wrong is looked at again sooner.
_KEEP_TROUBLE_S = 5.0
_SAMPLE_H = SAMPLE_EVERY / timedelta(hours=1)
_LONGEST_BY_HOUR = 3
_NOTHING = MachinesAnswer(instances=[], total_hourly_usd=0)

_logger = log.get("infrastructure")


class Ask(Protocol):
    """Calls a tool of the MCP server that takes nothing."""

    async def __call__(self, tool: str) -> ToolResult:
        """Call it; its failure is a result too."""
        ...


class InfrastructureService:
    """Says how the machines are and what they cost, and keeps it."""

    def __init__(self, database: Database, ask: Ask, probe: ServerProbe, clock: Clock) -> None:
        """Take the database and the way to the MCP server."""
        self._database = database
        self._ask = ask
        self._probe = probe
        self._clock = clock
        self._asking = asyncio.Lock()
        self._kept: tuple[float, StatusOut] | None = None

    async def status(self) -> StatusOut:
        """Say how the machines are, asking at most once in a minute."""
        async with self._asking:
            if self._kept is None or self._clock.monotonic() >= self._kept[0]:
                found = await self._status()
                is_final = found.healthy or not found.configured
                keep_s = _KEEP_S if is_final else _KEEP_TROUBLE_S
                self._kept = self._clock.monotonic() + keep_s, found
            return self._kept[1]

    async def costs(self, *, days: int) -> CostsOut:
        """Say what the machines have cost, by hours or, over a longer time, by days."""
        since = self._clock.now() - timedelta(days=days)
        unit = "hour" if days <= _LONGEST_BY_HOUR else "day"
        async with self._database.reading() as reader:
            times = await repository.by_time(reader, unit=unit, since=since)
            machines = await repository.by_machine(reader, since=since)
        items = [
            CostOfTime(
                start=row["start"],
                cost_usd=_cost(row["hourly_usd"]),
                peak_hourly_usd=row["peak_hourly_usd"],
                most_machines=row["most_machines"],
                measured_hours=_hours(row["samples"]),
            )
            for row in times
        ]
        return CostsOut(
            unit=unit,
            total_usd=_cost(sum(row["hourly_usd"] for row in times)),
            items=items,
            machines=[
                CostOfMachine(
                    id=row["id"],
                    name=row["name"],
                    instance_type=row["instance_type"],
                    cost_usd=_cost(row["hourly_usd"]),
                    measured_hours=_hours(row["samples"]),
                )
                for row in machines
            ],
        )

    async def sample(self) -> None:
        """Look at the machines and keep what they cost. Safe to run anywhere, often."""
        if not (await self._probe.probe(SERVER)).configured:
            return
        seen = await self._machines()
        if isinstance(seen, str):
            _logger.warning("infrastructure.sample.failed", reason=seen)
            return
        async with self._database.transaction() as writer:
            await repository.add(
                writer,
                _slot(self._clock.now()),
                hourly_usd=seen.total_hourly_usd,
                machines=[one.model_dump() for one in seen.instances],
            )

    async def _status(self) -> StatusOut:
        seen = await self._machines()
        if isinstance(seen, MachinesAnswer):
            return _told(seen, fetched_at=self._clock.now(), healthy=True)
        server = await self._probe.probe(SERVER)
        if server.status == "degraded" and not server.configured:
            return _told(_NOTHING, note=seen, configured=False)
        async with self._database.reading() as reader:
            row = await repository.last(reader)
        if row is None:
            return _told(_NOTHING, note=seen)
        machines = [Machine.model_validate(one) for one in row["machines"]]
        last = MachinesAnswer(instances=machines, total_hourly_usd=row["hourly_usd"])
        return _told(last, fetched_at=row["at"], note=seen)

    async def _machines(self) -> MachinesAnswer | str:
        """Give the machines, or why they are not known."""
        result = await self._ask("list_instances")
        if result.is_error:
            return result.text
        try:
            return MachinesAnswer.model_validate(result.structured)
        except ValidationError:
            return f"The MCP server {SERVER} answered in an unknown form: update it with Sophia."


def _told(
    seen: MachinesAnswer,
    *,
    fetched_at: datetime | None = None,
    note: str | None = None,
    healthy: bool = False,
    configured: bool = True,
) -> StatusOut:
    hourly_usd = seen.total_hourly_usd
    return StatusOut(
        configured=configured,
        healthy=healthy,
        instances=seen.instances,
        total_cost_per_hour=f"${hourly_usd:,.2f}",
        total_cost_per_month=f"${hourly_usd * HOURS_OF_MONTH:,.2f}",
        source="api" if healthy else "static",
        fetched_at=fetched_at,
        note=note,
    )


def _slot(now: datetime) -> datetime:
    """Give the beginning of the five minutes: two that look at once keep one row."""
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % SAMPLE_EVERY


def _cost(hourly_usd: float) -> float:
    return round(hourly_usd * _SAMPLE_H, 2)


def _hours(samples: int) -> float:
    return round(samples * _SAMPLE_H, 2)
