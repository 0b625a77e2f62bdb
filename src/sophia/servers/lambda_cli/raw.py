"""What we read of Lambda's answers. Login tokens of machines are left out, and so never shown."""

from datetime import datetime
from typing import Any

from pydantic import Field

from sophia.servers.vendor.reading import Raw


class RawRegion(Raw):
    """Where machines stand."""

    name: str
    description: str = ""


class RawSpecs(Raw):
    """What a machine has."""

    vcpus: int
    memory_gib: int
    storage_gib: int
    gpus: int


class RawType(Raw):
    """A kind of machine."""

    name: str
    description: str
    gpu_description: str
    price_cents_per_hour: int
    specs: RawSpecs


class RawOffer(Raw):
    """A kind of machine, and where one is free."""

    instance_type: RawType
    regions_with_capacity_available: list[RawRegion]


class RawRight(Raw):
    """Whether something can be done to a machine now, and else why not."""

    available: bool
    reason_description: str | None = None


class RawActions(Raw):
    """What can be done to a machine now."""

    restart: RawRight
    terminate: RawRight


class RawTag(Raw):
    """A label of a machine."""

    key: str
    value: str


class RawMount(Raw):
    """A filesystem on a machine."""

    mount_point: str
    file_system_id: str


class RawMachine(Raw):
    """A machine. Its status is one of booting, active, unhealthy, terminating and others."""

    id: str
    name: str | None = None
    ip: str | None = None
    private_ip: str | None = None
    hostname: str | None = None
    status: str
    ssh_key_names: list[str]
    file_system_names: list[str]
    file_system_mounts: list[RawMount] = Field(default_factory=list[RawMount])
    region: RawRegion
    instance_type: RawType
    actions: RawActions
    tags: list[RawTag] = Field(default_factory=list[RawTag])


class RawLaunched(Raw):
    """What became of a launch."""

    instance_ids: list[str]


class RawKey(Raw):
    """An SSH key."""

    id: str
    name: str
    public_key: str


class RawUser(Raw):
    """Somebody of the account."""

    email: str


class RawFilesystem(Raw):
    """A filesystem that outlives machines."""

    id: str
    name: str
    mount_point: str
    created: datetime
    created_by: RawUser
    is_in_use: bool
    region: RawRegion
    bytes_used: int | None = None


class RawImage(Raw):
    """What a machine starts with."""

    id: str
    name: str
    description: str
    family: str
    version: str
    architecture: str
    region: RawRegion
    updated_time: datetime


class RawRule(Raw):
    """A rule that lets traffic in."""

    protocol: str
    port_range: list[int] | None = None
    source_network: str
    description: str


class RawRuleset(Raw):
    """Rules that machines of a region may share."""

    id: str
    name: str
    region: RawRegion | None = None
    rules: list[RawRule]
    instance_ids: list[str] = Field(default_factory=list[str])


class RawEvent(Raw):
    """An entry of the account's audit log."""

    event_id: str
    event_time: datetime
    service_name: str
    resource_name: str
    action: str
    actor_lrn: str | None
    resource_lrns: list[str]
    additional_details: dict[str, Any]


class RawEvents(Raw):
    """A page of the audit log."""

    data: list[RawEvent]
    page_token: str | None
