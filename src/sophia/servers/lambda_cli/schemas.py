"""Machines as the tools give them."""

import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import BaseModel, Field

from sophia.servers.lambda_cli.raw import RawMachine, RawOffer
from sophia.servers.vendor.offering import Asked

# As the vendor's bills have it.
HOURS_OF_MONTH = 730
_GIGABYTES = re.compile(r"([0-9]+) ?GB")

InstanceId = Annotated[
    str, Field(min_length=1, max_length=100, description="A machine's id, name or IP address.")
]
TypeName = Annotated[
    str, Field(min_length=1, max_length=100, description="As in gpu_1x_a100; get_instance_types.")
]
RegionName = Annotated[str, Field(min_length=1, max_length=60, description="As in us-east-1.")]


class OneMachine(Asked):
    """A machine."""

    instance_id: InstanceId


class MachineOut(BaseModel):
    """A machine, in short."""

    id: str
    name: str | None
    ip: str | None
    status: str
    instance_type: str
    gpu: str
    region: str
    hourly_usd: float


class Machines(BaseModel):
    """The machines that there are; each costs until it is terminated."""

    instances: list[MachineOut]
    total_hourly_usd: float
    total_monthly_usd: float = Field(description=f"Of {HOURS_OF_MONTH} hours.")

    @classmethod
    def of(cls, machines: Sequence[RawMachine]) -> Self:
        """Add up what they cost."""
        hourly_usd = hourly_of(machines)
        return cls(
            instances=[machine_of(one) for one in machines],
            total_hourly_usd=hourly_usd,
            total_monthly_usd=round(hourly_usd * HOURS_OF_MONTH, 2),
        )


class MachineDetails(MachineOut):
    """A machine, with all that concerns whoever uses it."""

    description: str
    gpus: int
    vcpus: int
    memory_gib: int
    storage_gib: int
    private_ip: str | None
    hostname: str | None
    ssh_keys: list[str]
    filesystems: list[str] = Field(description="They stay when the machine is terminated.")
    tags: dict[str, str]
    cannot_restart: str | None = Field(description="Why not, if so.")
    cannot_terminate: str | None = Field(description="Why not, if so.")


class TypeOut(BaseModel):
    """A kind of machine, what it costs now, and where one is free."""

    name: str
    description: str
    gpu: str
    gpus: int
    gpu_memory_gb: int | None = Field(description="Of each GPU.")
    vcpus: int
    memory_gib: int
    storage_gib: int
    hourly_usd: float
    regions: list[str] = Field(description="Where one is free now; no promise that it stays so.")


class Types(BaseModel):
    """The kinds of machines, the cheapest first."""

    instance_types: list[TypeOut]


def counts(machine: RawMachine) -> bool:
    """Say whether a machine is being paid for."""
    return machine.status not in {"terminated", "preempted"}


def hourly_of(machines: Sequence[RawMachine]) -> float:
    """Give what machines cost together in an hour."""
    cents = sum(one.instance_type.price_cents_per_hour for one in machines if counts(one))
    return cents / 100


def machine_of(raw: RawMachine) -> MachineOut:
    """Give a machine in short."""
    kind = raw.instance_type
    return MachineOut(
        id=raw.id,
        name=raw.name or None,
        ip=raw.ip,
        status=raw.status,
        instance_type=kind.name,
        gpu=kind.gpu_description,
        region=raw.region.name,
        hourly_usd=kind.price_cents_per_hour / 100,
    )


def details_of(raw: RawMachine) -> MachineDetails:
    """Give a machine with all that concerns whoever uses it."""
    specs, actions = raw.instance_type.specs, raw.actions
    return MachineDetails(
        **machine_of(raw).model_dump(),
        description=raw.instance_type.description,
        gpus=specs.gpus,
        vcpus=specs.vcpus,
        memory_gib=specs.memory_gib,
        storage_gib=specs.storage_gib,
        private_ip=raw.private_ip,
        hostname=raw.hostname,
        ssh_keys=raw.ssh_key_names,
        filesystems=raw.file_system_names,
        tags={tag.key: tag.value for tag in raw.tags},
        cannot_restart=_obstacle(
            is_free=actions.restart.available, why=actions.restart.reason_description
        ),
        cannot_terminate=_obstacle(
            is_free=actions.terminate.available, why=actions.terminate.reason_description
        ),
    )


def type_of(raw: RawOffer) -> TypeOut:
    """Give a kind of machine."""
    kind = raw.instance_type
    memory = _GIGABYTES.search(kind.gpu_description)
    return TypeOut(
        name=kind.name,
        description=kind.description,
        gpu=kind.gpu_description,
        gpus=kind.specs.gpus,
        gpu_memory_gb=int(memory.group(1)) if memory else None,
        vcpus=kind.specs.vcpus,
        memory_gib=kind.specs.memory_gib,
        storage_gib=kind.specs.storage_gib,
        hourly_usd=kind.price_cents_per_hour / 100,
        regions=[one.name for one in raw.regions_with_capacity_available],
    )


def _obstacle(*, is_free: bool, why: str | None) -> str | None:
    return None if is_free else why or "not in its present state"
