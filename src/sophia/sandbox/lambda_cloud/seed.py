"""The account of the small team: two machines at work, and one that nobody uses."""

from datetime import timedelta
from typing import Any

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.lambda_cloud.state import Cloud, Json, Machine

TRAINING, SERVING, IDLE = "ferry-train", "ferry-serve", "ines-notebook"
KEY, FILESYSTEM = "mara-laptop", "ferry-data"
HOME, ELSEWHERE, WEST = "us-east-3", "us-south-1", "us-west-1"
SMALL, SERVER, LARGE = "gpu_1x_a10", "gpu_1x_gh200", "gpu_8x_a100_80gb_sxm4"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJk0YGvLGgZzJ6GmC5Z9w7Vb2cD1eF3hKqLmNoPqRsTu"

_PLACES = {HOME: "Washington, DC, USA", ELSEWHERE: "Texas, USA", WEST: "California, USA"}
# Name, GPU, GPUs, processors, memory, disk, cents in an hour, and where one is free.
_KINDS: tuple[tuple[str, str, int, int, int, int, int, tuple[str, ...]], ...] = (
    (SMALL, "A10 (24 GB PCIe)", 1, 30, 200, 1400, 75, (WEST, ELSEWHERE)),
    ("gpu_1x_a100_sxm4", "A100 (40 GB SXM4)", 1, 30, 200, 512, 129, (HOME,)),
    (SERVER, "GH200 (96 GB)", 1, 64, 432, 4096, 229, (HOME,)),
    ("gpu_1x_h100_pcie", "H100 (80 GB PCIe)", 1, 26, 200, 1024, 249, ()),
    (LARGE, "A100 (80 GB SXM4)", 8, 240, 1800, 20480, 1432, (ELSEWHERE,)),
)


def seeded(clock: Clock) -> Cloud:
    """Give the account as it is at first."""
    regions = {name: {"name": name, "description": said} for name, said in _PLACES.items()}
    cloud = Cloud(clock, {kind[0]: _kind(kind, regions) for kind in _KINDS}, regions)
    cloud.keys.append(
        {"id": cloud.id(), "name": KEY, "public_key": f"{PUBLIC_KEY} {team.ME.login}"}
    )
    _add_filesystem(cloud)
    _add_images(cloud)
    cloud.rules.append(
        {
            "protocol": "tcp",
            "port_range": [22, 22],
            "source_network": "0.0.0.0/0",
            "description": "SSH",
        }
    )
    cloud.rulesets.append(
        {
            "id": cloud.id(),
            "name": "monitoring",
            "region": regions[HOME],
            "rules": [
                {
                    "protocol": "tcp",
                    "port_range": [9400, 9400],
                    "source_network": "203.0.113.7/32",
                    "description": "GPU figures for Prometheus",
                }
            ],
            "created": _before(cloud, days=200),
            "instance_ids": [],
        }
    )
    _run(cloud, TRAINING, LARGE, ELSEWHERE, days=2, gpu_percent=91)
    data = cloud.filesystems[0]
    mount = {"mount_point": data["mount_point"], "file_system_id": data["id"]}
    mounts: Json = {"file_system_names": [FILESYSTEM], "file_system_mounts": [mount]}
    _run(cloud, SERVING, SERVER, HOME, days=40, gpu_percent=38, **mounts)
    _run(cloud, IDLE, SMALL, WEST, days=9, gpu_percent=0)
    ended = _run(cloud, "tomas-experiment", SMALL, WEST, days=15, gpu_percent=None)
    cloud.machines.remove(ended)
    cloud.note("terminated", ended, at=clock.now() - timedelta(days=14))
    cloud.events.sort(key=lambda one: one["event_time"])
    return cloud


def _kind(kind: tuple[Any, ...], regions: dict[str, Json]) -> Json:
    name, gpu, gpus, vcpus, memory, storage, cents, places = kind
    return {
        "instance_type": {
            "name": name,
            "description": f"{gpus}x {gpu}",
            "gpu_description": gpu,
            "price_cents_per_hour": cents,
            "specs": {
                "vcpus": vcpus,
                "memory_gib": memory,
                "storage_gib": storage,
                "gpus": gpus,
            },
        },
        "regions_with_capacity_available": [regions[one] for one in places],
    }


def _run(
    cloud: Cloud,
    name: str,
    kind: str,
    region: str,
    *,
    days: float,
    gpu_percent: float | None,
    **facts: Any,
) -> Machine:
    machine = cloud.launch(name, kind, region, ssh_key_names=[KEY], **facts)
    cloud.events.pop()
    machine.status, machine.changes_at = "active", None
    machine.launched_at = cloud.now() - timedelta(days=days)
    machine.gpu_percent = gpu_percent
    cloud.note("launched", machine, at=machine.launched_at)
    return machine


def _add_filesystem(cloud: Cloud) -> None:
    cloud.filesystems.append(
        {
            "id": cloud.id(),
            "name": FILESYSTEM,
            "mount_point": f"/lambda/nfs/{FILESYSTEM}",
            "created": _before(cloud, days=300),
            "created_by": {"id": cloud.id(), "email": team.ME.email, "status": "active"},
            "is_in_use": True,
            "region": cloud.regions[HOME],
            "bytes_used": 412_316_860_416,
        }
    )


def _add_images(cloud: Cloud) -> None:
    for name, version, architecture in (
        ("lambda-stack-22-04", "22.4.7", "x86_64"),
        ("lambda-stack-24-04", "24.4.1", "arm64"),
    ):
        for region in cloud.regions.values():
            cloud.images.append(
                {
                    "id": cloud.id(),
                    "created_time": _before(cloud, days=90),
                    "updated_time": _before(cloud, days=20),
                    "name": f"{name}.{version}",
                    "description": "Ubuntu with drivers, CUDA and frameworks",
                    "family": name,
                    "version": version,
                    "architecture": architecture,
                    "region": region,
                }
            )


def _before(cloud: Cloud, *, days: int) -> str:
    return (cloud.now() - timedelta(days=days)).isoformat()
