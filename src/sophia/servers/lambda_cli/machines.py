"""Which machines there are, which could be had, and what they would cost."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from sophia.kit.clock import Clock
from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.errors import MachineBrokenError
from sophia.servers.lambda_cli.raw import RawMachine
from sophia.servers.lambda_cli.schemas import (
    HOURS_OF_MONTH,
    MachineDetails,
    Machines,
    OneMachine,
    RegionName,
    TypeName,
    TypeOut,
    Types,
    details_of,
    type_of,
)
from sophia.servers.parts import NoArguments, Tool
from sophia.servers.vendor.errors import VendorMissingError
from sophia.servers.vendor.offering import Asked, reads

# How often a machine that is coming up is looked at: each look is one of the few requests.
_LOOK_S = 5.0
MAX_WAIT_S = 1800
# Lambda's own words and prices: nobody else can write there.
_PLAIN: dict[str, Any] = {**reads("machines"), "is_untrusted": False}


class WhichTypes(Asked):
    """Which kinds of machines are wanted."""

    available_only: bool = Field(default=False, description="Only those of which one is free now.")


class Cheapest(Asked):
    """What a machine must have."""

    gpu: Annotated[str, Field(max_length=60)] | None = Field(
        default=None, description="A part of the GPU's name, as in A100 or H100."
    )
    min_gpus: Annotated[int, Field(ge=0, le=64)] = 1
    min_gpu_memory_gb: Annotated[int, Field(ge=0, le=10_000)] = Field(
        default=0, description="Of each GPU."
    )
    min_memory_gib: Annotated[int, Field(ge=0, le=100_000)] = 0
    region: RegionName | None = None
    max_hourly_usd: Annotated[float, Field(gt=0, le=100_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class Estimate(Asked):
    """A kind of machine, and for how long."""

    instance_type: TypeName
    hours: Annotated[float, Field(gt=0, le=100_000)] = 24


class EstimateOut(BaseModel):
    """What a machine would cost at the price of now."""

    instance_type: str
    hours: float
    hourly_usd: float
    cost_usd: float
    monthly_usd: float = Field(description=f"Of {HOURS_OF_MONTH} hours.")


class WaitFor(OneMachine):
    """A machine, and how long to wait for it."""

    timeout_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = Field(
        default=8, description="Within a chat more than 8 is too long: ask again instead."
    )


class Waited(BaseModel):
    """How a machine is after waiting."""

    is_ready: bool
    waited_s: float
    instance: MachineDetails


class MachineTools:
    """Reads; changes nothing."""

    def __init__(self, vendor: Lambda, clock: Clock) -> None:
        """Take Lambda."""
        self._vendor = vendor
        self._clock = clock

    async def list_instances(self, _asked: NoArguments, _call: Call) -> Machines:
        """List the machines that there are."""
        return Machines.of(await self._vendor.machines())

    async def get_instance_details(self, asked: OneMachine, _call: Call) -> MachineDetails:
        """Give a machine."""
        return details_of(await self._vendor.find(asked.instance_id))

    async def get_instance_types(self, asked: WhichTypes, _call: Call) -> Types:
        """List the kinds of machines."""
        there = await self._by_price()
        return Types(
            instance_types=[one for one in there if one.regions or not asked.available_only]
        )

    async def find_cheapest(self, asked: Cheapest, _call: Call) -> Types:
        """List what is free and fits, the cheapest first."""
        found = [one for one in await self._by_price() if _fits(one, asked)]
        return Types(instance_types=found[: asked.limit])

    async def estimate_costs(self, asked: Estimate, _call: Call) -> EstimateOut:
        """Say what a machine would cost."""
        kind = type_of(await self._vendor.offer(asked.instance_type))
        return EstimateOut(
            instance_type=kind.name,
            hours=asked.hours,
            hourly_usd=kind.hourly_usd,
            cost_usd=round(kind.hourly_usd * asked.hours, 2),
            monthly_usd=round(kind.hourly_usd * HOURS_OF_MONTH, 2),
        )

    async def wait_for_instance(self, asked: WaitFor, call: Call) -> Waited:
        """Wait until a machine is active; raises MachineBrokenError."""
        machine = await self._vendor.find(asked.instance_id)
        began_s = self._clock.monotonic()
        machine = await self.until_active(machine, call, timeout_s=asked.timeout_s)
        return Waited(
            is_ready=machine.status == "active",
            waited_s=round(self._clock.monotonic() - began_s, 1),
            instance=details_of(machine),
        )

    async def until_active(
        self, machine: RawMachine, call: Call, *, timeout_s: float
    ) -> RawMachine:
        """Look at a machine until it is active or the time is over; raises MachineBrokenError."""
        began_s = self._clock.monotonic()
        while machine.status == "booting":
            passed_s = self._clock.monotonic() - began_s
            if passed_s + _LOOK_S > timeout_s:
                return machine
            await call.progress(passed_s, timeout_s, f"{machine.name or machine.id} is booting.")
            await self._clock.sleep(_LOOK_S)
            machine = await self._looked_at(machine)
        if machine.status != "active":
            raise MachineBrokenError(
                f"{machine.name or 'The machine'} ({machine.id}) is {machine.status}: look at it"
                " at Lambda; it costs until terminate_instance ends it."
            )
        return machine

    async def _looked_at(self, machine: RawMachine) -> RawMachine:
        try:
            return await self._vendor.machine(machine.id)
        except VendorMissingError as error:
            raise MachineBrokenError(
                f"{machine.name or 'The machine'} ({machine.id}) is no longer there: it was"
                " terminated meanwhile, or Lambda took it back. Launch another one."
            ) from error

    async def _by_price(self) -> list[TypeOut]:
        kinds = [type_of(one) for one in (await self._vendor.offers()).values()]
        return sorted(kinds, key=lambda one: (one.hourly_usd, one.name))


def _fits(kind: TypeOut, asked: Cheapest) -> bool:
    return (
        (asked.gpu or "").casefold() in kind.gpu.casefold()
        and kind.gpus >= asked.min_gpus
        and (kind.gpu_memory_gb or 0) >= asked.min_gpu_memory_gb
        and kind.memory_gib >= asked.min_memory_gib
        and (asked.max_hourly_usd is None or kind.hourly_usd <= asked.max_hourly_usd)
        and (asked.region in kind.regions if asked.region else bool(kind.regions))
    )


def machine_tools(deeds: MachineTools) -> list[Tool[Any, Any]]:
    """List the tools."""
    return [
        Tool(
            name="list_instances",
            title="List GPU machines",
            description="List the GPU machines at Lambda that there are, with what they cost.",
            arguments=NoArguments,
            result=Machines,
            run=deeds.list_instances,
            **reads("machines"),
        ),
        Tool(
            name="get_instance_details",
            title="Read a GPU machine",
            description="Give a machine: its state, address, disks, keys, and what it costs.",
            arguments=OneMachine,
            result=MachineDetails,
            run=deeds.get_instance_details,
            **reads("machines"),
        ),
        Tool(
            name="wait_for_instance",
            title="Wait for a GPU machine",
            description="Wait until a machine that boots is active, and say how it is.",
            arguments=WaitFor,
            result=Waited,
            run=deeds.wait_for_instance,
            timeout_s=MAX_WAIT_S + 60,
            **reads("machines"),
        ),
        Tool(
            name="get_instance_types",
            title="List kinds of GPU machines",
            description="List the kinds of GPU machines with prices, and where one is free now.",
            arguments=WhichTypes,
            result=Types,
            run=deeds.get_instance_types,
            **_PLAIN,
        ),
        Tool(
            name="find_cheapest",
            title="Find the cheapest GPU machine",
            description="List the kinds of machines that are free now and have what is needed: by"
            " GPU, memory, region and price; the cheapest first.",
            arguments=Cheapest,
            result=Types,
            run=deeds.find_cheapest,
            **_PLAIN,
        ),
        Tool(
            name="estimate_costs",
            title="Estimate what a machine costs",
            description="Say what a kind of machine costs for some hours, at the price of now.",
            arguments=Estimate,
            result=EstimateOut,
            run=deeds.estimate_costs,
            **_PLAIN,
        ),
    ]
