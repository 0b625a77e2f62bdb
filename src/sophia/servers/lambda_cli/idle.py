"""Which machines do nothing: what Prometheus has of their GPUs."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.raw import RawMachine
from sophia.servers.lambda_cli.schemas import HOURS_OF_MONTH, MachineOut, hourly_of, machine_of
from sophia.servers.vendor.client import VendorClient
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import Raw, read_one

_HOW = (
    "The operator sets SOPHIA_LAMBDA_PROMETHEUS_URL to a Prometheus that scrapes NVIDIA's DCGM"
    " exporter on the machines."
)


class IdleSince(Asked):
    """For how long, and below what."""

    minutes: Annotated[int, Field(ge=5, le=10_080)] = 60
    below_percent: Annotated[float, Field(gt=0, le=100)] = 5


class Observed(MachineOut):
    """A machine, and how busy its busiest GPU was at most."""

    peak_gpu_percent: float | None = Field(description="null: nothing measures it.")


class IdleMachines(BaseModel):
    """Which machines do nothing, and what they cost."""

    idle: list[Observed]
    busy: list[Observed]
    unknown: list[Observed]
    minutes: int
    idle_hourly_usd: float
    idle_monthly_usd: float
    how: str | None = Field(description="What to do so that more is known.")


class RawSeries(Raw):
    """A series and its value."""

    metric: Mapping[str, str]
    value: tuple[float, float]


class RawVector(Raw):
    """Several series."""

    result: list[RawSeries]


class RawQuery(Raw):
    """What Prometheus answers."""

    status: Literal["success"]
    data: RawVector


class IdleTools:
    """Looks which machines do nothing."""

    def __init__(self, vendor: Lambda, prometheus: VendorClient | None) -> None:
        """Take Lambda, and the Prometheus that watches its machines, if there is one."""
        self._vendor = vendor
        self._prometheus = prometheus

    async def find_idle_instances(self, asked: IdleSince, _call: Call) -> IdleMachines:
        """List the machines by whether they do something."""
        machines = [one for one in await self._vendor.machines() if one.status == "active"]
        peaks = await self._peaks(asked.minutes)
        seen = [(one, _peak(one, peaks)) for one in machines]
        idle = [one for one, peak in seen if peak is not None and peak < asked.below_percent]
        unknown = [one for one, peak in seen if peak is None]
        busy = [one for one, peak in seen if peak is not None and peak >= asked.below_percent]
        hourly_usd = hourly_of(idle)
        return IdleMachines(
            idle=_observed(idle, peaks),
            busy=_observed(busy, peaks),
            unknown=_observed(unknown, peaks),
            minutes=asked.minutes,
            idle_hourly_usd=hourly_usd,
            idle_monthly_usd=round(hourly_usd * HOURS_OF_MONTH, 2),
            how=_HOW if unknown else None,
        )

    async def _peaks(self, minutes: int) -> dict[str, float]:
        """Give the highest percentage of a GPU in that time, by the machine's address or name."""
        if self._prometheus is None:
            return {}
        query = f"max by (instance) (max_over_time(DCGM_FI_DEV_GPU_UTIL[{minutes}m]))"
        raw = read_one(RawQuery, await self._prometheus.get("/api/v1/query", {"query": query}))
        return {
            one.metric.get("instance", "").rpartition(":")[0]: one.value[1]
            for one in raw.data.result
        }


def _peak(machine: RawMachine, peaks: Mapping[str, float]) -> float | None:
    known_as = (machine.ip, machine.private_ip, machine.hostname, machine.name)
    found = (peaks[one] for one in known_as if one is not None and one in peaks)
    return next(found, None)


def _observed(machines: Sequence[RawMachine], peaks: Mapping[str, float]) -> list[Observed]:
    return [
        Observed(**machine_of(one).model_dump(), peak_gpu_percent=_peak(one, peaks))
        for one in machines
    ]
