"""An account at Lambda: its machines, and what belongs to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sophia.kit.clock import Clock

type Json = dict[str, Any]

BOOT_S, END_S = 90, 30
_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_BUSY = {"available": False, "reason_code": "vm-action-in-progress"}
_ALL = ("migrate", "rebuild", "restart", "cold_reboot", "terminate")
_NEVER = {"migrate", "rebuild"}


@dataclass
class Machine:
    """A machine; what it does next comes with the time."""

    facts: Json
    status: str
    launched_at: datetime
    # Its GPUs' percentage over the last hours; None: nothing measures it.
    gpu_percent: float | None
    changes_at: datetime | None = None


@dataclass
class Cloud:
    """All that the account has. `full_launches` of those to come find no capacity."""

    clock: Clock
    types: dict[str, Json]
    regions: dict[str, Json]
    machines: list[Machine] = field(default_factory=list[Machine])
    keys: list[Json] = field(default_factory=list[Json])
    filesystems: list[Json] = field(default_factory=list[Json])
    images: list[Json] = field(default_factory=list[Json])
    rules: list[Json] = field(default_factory=list[Json])
    rulesets: list[Json] = field(default_factory=list[Json])
    events: list[Json] = field(default_factory=list[Json])
    full_launches: int = 0
    # What launched machines come to be after booting.
    boots_into: str = "active"
    _number: int = 0

    def id(self) -> str:
        """Give the next id."""
        self._number += 1
        return f"{self._number:032x}"

    def now(self) -> datetime:
        """Give the time."""
        return self.clock.now()

    def settle(self) -> None:
        """Let the time do its work: machines come up and go away."""
        for machine in list(self.machines):
            if machine.changes_at is None or self.now() < machine.changes_at:
                continue
            machine.changes_at = None
            if machine.status == "booting":
                machine.status = self.boots_into
            else:
                self.machines.remove(machine)

    def machine(self, machine_id: str) -> Machine | None:
        """Find a machine."""
        self.settle()
        found = (one for one in self.machines if one.facts["id"] == machine_id)
        return next(found, None)

    def launch(self, name: str | None, kind: str, region: str, **facts: Any) -> Machine:
        """Make a machine that begins to boot."""
        number = len(self.events) + 10
        made: Json = {
            "id": self.id(),
            "ip": f"198.51.100.{number}",
            "private_ip": f"10.19.0.{number}",
            "ssh_key_names": [],
            "file_system_names": [],
            "file_system_mounts": [],
            "region": self.regions[region],
            "instance_type": self.types[kind]["instance_type"],
            "hostname": f"198-51-100-{number}",
            "jupyter_token": f"{number:032x}",
            "jupyter_url": f"https://jupyter-{number}.lambdaspaces.example/?token={number:032x}",
            "tags": [],
            "firewall_rulesets": [],
            **facts,
        }
        if name:
            made["name"] = name
        boots_at = self.now() + timedelta(seconds=BOOT_S)
        machine = Machine(made, "booting", self.now(), None, boots_at)
        self.machines.append(machine)
        self.note("launched", machine)
        return machine

    def terminate(self, machine: Machine) -> None:
        """Let a machine go; it is listed for a little while."""
        machine.status = "terminating"
        machine.changes_at = self.now() + timedelta(seconds=END_S)
        self.note("terminated", machine)

    def note(self, action: str, machine: Machine, *, at: datetime | None = None) -> None:
        """Write into the audit log."""
        lrn = f"lrn:cloud:instance:{machine.facts['id']}"
        self.events.append(
            {
                "service_name": "cloud",
                "resource_name": "instance",
                "action": action,
                "catalog_version": "2025-09-06",
                "event_id": self.id(),
                "event_time": (at or self.now()).strftime(_TIME),
                "actor_lrn": "lrn:cloud:identity:00112233445566778899aabbccddeeff",
                "resource_lrns": [lrn],
                "resource_owner_lrn": "lrn:cloud:account:fedcba9876543210fedcba9876543210",
                "request_api_key_lrn": None,
                "additional_details": {
                    "instance_lrn": lrn,
                    "instance_type": machine.facts["instance_type"]["name"],
                    "region": machine.facts["region"]["name"],
                },
            }
        )

    def shown(self, machine: Machine) -> Json:
        """Give a machine as it is now."""
        is_free = machine.status == "active"
        rights: Json = {
            name: {"available": True} if is_free and name not in _NEVER else dict(_BUSY)
            for name in _ALL
        }
        if machine.status in {"booting", "unhealthy"}:
            rights["terminate"] = {"available": True}
        return {**machine.facts, "status": machine.status, "actions": rights}
