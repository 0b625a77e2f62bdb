"""The stand-in's machines: listing, launching, ending."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sophia.sandbox.lambda_cloud.replies import (
    Json,
    Refusal,
    answer,
    cloud_of,
    given,
    invalid,
    missing,
)
from sophia.sandbox.lambda_cloud.state import Cloud, Machine

_NO_MACHINE = "Specified instance does not exist."
_COPIED = ("hostname", "tags", "firewall_rulesets")


async def list_types(request: Request) -> Response:
    """List the kinds of machines."""
    return answer(cloud_of(request).types)


async def list_machines(request: Request) -> Response:
    """List the machines."""
    cloud = cloud_of(request)
    cloud.settle()
    return answer([cloud.shown(one) for one in cloud.machines])


async def show_machine(request: Request) -> Response:
    """Give a machine."""
    cloud = cloud_of(request)
    return answer(cloud.shown(_machine(cloud, request.path_params["id"])))


async def rename_machine(request: Request) -> Response:
    """Give a machine another name."""
    cloud, body = cloud_of(request), await given(request)
    machine = _machine(cloud, request.path_params["id"])
    machine.facts |= {name: body[name] for name in ("name",) if name in body}
    return answer(cloud.shown(machine))


async def launch(request: Request) -> Response:
    """Launch a machine."""
    cloud = cloud_of(request)
    body = await given(request, "region_name", "instance_type_name", "ssh_key_names")
    kind, region = body["instance_type_name"], body["region_name"]
    if kind not in cloud.types:
        raise missing("Instance type does not exist.", status=400)
    if region not in cloud.regions:
        raise missing("Region does not exist.", status=400)
    known = {one["name"] for one in cloud.keys}
    if len(body["ssh_key_names"]) != 1 or not known.issuperset(body["ssh_key_names"]):
        raise missing("Exactly one SSH key of the account is needed.", status=400)
    mounts = [_mount(cloud, name, region) for name in body.get("file_system_names", [])]
    free = [one["name"] for one in cloud.types[kind]["regions_with_capacity_available"]]
    if region not in free or cloud.full_launches > 0:
        cloud.full_launches = max(0, cloud.full_launches - 1)
        raise Refusal(
            400,
            "instance-operations/launch/insufficient-capacity",
            "Not enough capacity to fulfill launch request.",
        )
    facts = {name: body[name] for name in _COPIED if name in body}
    machine = cloud.launch(
        body.get("name"),
        kind,
        region,
        ssh_key_names=body["ssh_key_names"],
        file_system_names=body.get("file_system_names", []),
        file_system_mounts=mounts,
        **facts,
    )
    return answer({"instance_ids": [machine.facts["id"]]})


async def restart(request: Request) -> Response:
    """Restart machines."""
    cloud = cloud_of(request)
    machines = await _meant(request, cloud)
    if any(one.status != "active" for one in machines):
        raise Refusal(409, "global/conflict", "The instance cannot be restarted now.")
    return answer({"restarted_instances": [cloud.shown(one) for one in machines]})


async def terminate(request: Request) -> Response:
    """Terminate machines."""
    cloud = cloud_of(request)
    machines = await _meant(request, cloud)
    for one in machines:
        cloud.terminate(one)
    return answer({"terminated_instances": [cloud.shown(one) for one in machines]})


async def _meant(request: Request, cloud: Cloud) -> list[Machine]:
    body = await given(request, "instance_ids")
    if not body["instance_ids"]:
        raise invalid("instance_ids: at least one")
    return [_machine(cloud, one) for one in body["instance_ids"]]


def _machine(cloud: Cloud, machine_id: str) -> Machine:
    machine = cloud.machine(machine_id)
    if machine is None:
        raise missing(_NO_MACHINE)
    return machine


def _mount(cloud: Cloud, name: str, region: str) -> Json:
    found = next((one for one in cloud.filesystems if one["name"] == name), None)
    if found is None:
        raise missing(f"Filesystem {name} does not exist.", status=400)
    if found["region"]["name"] != region:
        raise Refusal(
            400,
            "instance-operations/launch/file-system-in-wrong-region",
            f"The filesystem {name} is in {found['region']['name']}.",
        )
    return {"mount_point": found["mount_point"], "file_system_id": found["id"]}


ROUTES = [
    Route("/instance-types", list_types),
    Route("/instances", list_machines),
    Route("/instances/{id}", show_machine, methods=["GET"]),
    Route("/instances/{id}", rename_machine, methods=["POST"]),
    Route("/instance-operations/launch", launch, methods=["POST"]),
    Route("/instance-operations/restart", restart, methods=["POST"]),
    Route("/instance-operations/terminate", terminate, methods=["POST"]),
]
