"""Launching a machine: within the operator's caps, once, and again only where nothing is free."""

from typing import Annotated

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.errors import (
    CapacityLackingError,
    NotConfirmedError,
    OverCapError,
)
from sophia.servers.lambda_cli.machines import MAX_WAIT_S, MachineTools
from sophia.servers.lambda_cli.raw import RawMachine
from sophia.servers.lambda_cli.schemas import (
    MachineDetails,
    RegionName,
    TypeName,
    TypeOut,
    details_of,
    hourly_of,
    type_of,
)
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.errors import HandleError, VendorConflictError
from sophia.servers.vendor.offering import Asked

MAX_ATTEMPTS = 20
# The first attempt is told when to come again rather than made to wait; the others have the time.
_FIRST_WITHIN_S, _LATER_WITHIN_S = 4.0, 60.0

MachineName = Annotated[
    str, Field(min_length=1, max_length=64, pattern=r"^\S(.*\S)?$", description="Of a machine.")
]


class Launch(Asked):
    """A machine to be launched."""

    instance_type: TypeName
    region: RegionName | None = Field(
        default=None, description="Leave out for one in which such a machine is free."
    )
    name: MachineName | None = Field(
        default=None, description="No other machine may have it. Only a dry_run goes without."
    )
    confirm_name: str | None = Field(
        default=None, max_length=64, description="The name once more; not for a dry_run."
    )
    ssh_key: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="The name of a key; leave out where there is only one."
    )
    filesystems: list[Annotated[str, Field(max_length=60)]] = Field(
        default_factory=list, max_length=10, description="Names; they must be in the region."
    )
    image_family: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="See list_images; leave out for Lambda's own choice."
    )
    max_hourly_usd: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Refuse what costs more; the operator's cap holds besides."
    )
    attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] = Field(
        default=1,
        description="How often to try where none is free: every 12 s. Within a chat leave it at 1.",
    )
    wait_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = Field(
        default=0,
        description="How long to wait until it is active. Within a chat leave it at 0, and ask"
        " wait_for_instance.",
    )
    dry_run: bool = Field(default=False, description="Only say what would be launched.")


class Plan(BaseModel):
    """What is to be launched, and what it costs."""

    instance_type: str
    region: str
    ssh_key: str
    hourly_usd: float
    daily_usd_of_all: float = Field(description="What all machines cost in a day with this one.")
    daily_cap_usd: float


class Launched(BaseModel):
    """What was launched, or would be."""

    is_launched: bool
    instance_id: str | None
    attempts: int
    plan: Plan
    instance: MachineDetails | None = Field(description="Where its coming up was waited for.")


class LaunchTools:
    """Launches machines."""

    def __init__(
        self,
        vendor: Lambda,
        machines: MachineTools,
        *,
        max_hourly_usd: float,
        daily_cap_usd: float,
    ) -> None:
        """Take Lambda and the operator's caps."""
        self._vendor = vendor
        self._machines = machines
        self._max_hourly_usd = max_hourly_usd
        self._daily_cap_usd = daily_cap_usd

    async def launch_instance(self, asked: Launch, call: Call) -> Launched:
        """Launch a machine, or say what would be launched; raises a VendorError."""
        if not asked.dry_run and (asked.name is None or asked.confirm_name != asked.name):
            raise NotConfirmedError(
                "A machine costs from its launch until it is terminated: give its name, and type"
                " it once more in confirm_name; or look at the price by dry_run."
            )
        if asked.dry_run:
            plan = await self._plan(asked)
            return Launched(
                is_launched=False, instance_id=None, attempts=0, plan=plan, instance=None
            )
        attempt = 1
        while True:
            try:
                plan, machine_id = await self._tried(asked, is_first=attempt == 1)
                break
            except CapacityLackingError as error:
                if attempt == asked.attempts:
                    raise
                await call.progress(attempt, asked.attempts, error.message)
            attempt += 1
        machine = await self._waited(machine_id, asked, call)
        return Launched(
            is_launched=True,
            instance_id=machine_id,
            attempts=attempt,
            plan=plan,
            instance=details_of(machine) if machine else None,
        )

    async def _tried(self, asked: Launch, *, is_first: bool) -> tuple[Plan, str]:
        """Launch, once; gives the machine's id. Raises CapacityLackingError, among others."""
        if is_first:
            plan = await self._plan(asked)  # what is wrong is told before a turn is used up
            await self._vendor.launch_turn(within_s=_FIRST_WITHIN_S)
            # What another one launched meanwhile counts too.
            self._check_room(await self._vendor.machines(), asked, plan.hourly_usd)
        else:
            await self._vendor.launch_turn(within_s=_LATER_WITHIN_S)
            self._vendor.forget()  # one may be free elsewhere now
            plan = await self._plan(asked)
        return plan, await self._vendor.launch(_body(asked, plan))

    async def _waited(self, machine_id: str, asked: Launch, call: Call) -> RawMachine | None:
        if asked.wait_s == 0:
            return None
        machine = await self._vendor.machine(machine_id)
        return await self._machines.until_active(machine, call, timeout_s=asked.wait_s)

    async def _plan(self, asked: Launch) -> Plan:
        kind = type_of(await self._vendor.offer(asked.instance_type))
        caps = [self._max_hourly_usd, *([asked.max_hourly_usd] if asked.max_hourly_usd else [])]
        if kind.hourly_usd > min(caps):
            raise OverCapError(
                f"{kind.name} costs ${kind.hourly_usd:.2f} an hour, more than the cap of"
                f" ${min(caps):.2f}: take another type (find_cheapest), or have the cap raised"
                " (max_hourly_usd; the operator's is SOPHIA_LAMBDA_MAX_HOURLY_USD)."
            )
        region = _region(asked, kind)
        machines = await self._vendor.machines()
        daily_usd = self._check_room(machines, asked, kind.hourly_usd)
        if asked.filesystems:
            await self._check_filesystems(asked, region)
        return Plan(
            instance_type=kind.name,
            region=region,
            ssh_key=await self._key(asked.ssh_key),
            hourly_usd=kind.hourly_usd,
            daily_usd_of_all=daily_usd,
            daily_cap_usd=self._daily_cap_usd,
        )

    def _check_room(self, machines: list[RawMachine], asked: Launch, hourly_usd: float) -> float:
        """Give what all machines cost in a day with a new one; raises what forbids it."""
        if asked.name is not None and any(one.name == asked.name for one in machines):
            raise VendorConflictError(
                f"There is a machine {asked.name} already: look at it by get_instance_details, or"
                " choose another name."
            )
        daily_usd = round(24 * (hourly_of(machines) + hourly_usd), 2)
        if daily_usd > self._daily_cap_usd:
            raise OverCapError(
                f"With it all machines cost ${daily_usd:,.2f} a day, more than the cap of"
                f" ${self._daily_cap_usd:,.2f}: terminate one (find_idle_instances), or have the"
                " operator raise SOPHIA_LAMBDA_DAILY_CAP_USD."
            )
        return daily_usd

    async def _key(self, wanted: str | None) -> str:
        names = [one.name for one in await self._vendor.keys()]
        if wanted is None and len(names) == 1:
            return names[0]
        if wanted not in names:
            listed = ", ".join(names) or "none: add one by add_ssh_key"
            raise HandleError(f"Name one SSH key as ssh_key; there are {listed}.")
        return wanted

    async def _check_filesystems(self, asked: Launch, region: str) -> None:
        there = {one.name: one.region.name for one in await self._vendor.filesystems()}
        wrong = [name for name in asked.filesystems if there.get(name) != region]
        if wrong:
            listed = ", ".join(f"{name} in {place}" for name, place in there.items()) or "none"
            raise HandleError(f"{region} has no filesystem {', '.join(wrong)}; there are {listed}.")


def _region(asked: Launch, kind: TypeOut) -> str:
    # Listed capacity is no reservation, and what is not listed may be free at the next attempt.
    if asked.region is not None:
        return asked.region
    if not kind.regions:
        raise CapacityLackingError(
            f"No {kind.name} is free in any region now: find_cheapest lists what is, or name a"
            " region and let attempts try again."
        )
    return kind.regions[0]


def _body(asked: Launch, plan: Plan) -> Json:
    body: Json = {
        "region_name": plan.region,
        "instance_type_name": plan.instance_type,
        "ssh_key_names": [plan.ssh_key],
        "name": asked.name,
    }
    if asked.filesystems:
        body["file_system_names"] = asked.filesystems
    if asked.image_family:
        body["image"] = {"family": asked.image_family}
    return body
