"""What else the stand-in's account has: keys, disks, images, rules, and its audit log."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
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

_PAGE = 50


async def list_regions(request: Request) -> Response:
    """List the regions."""
    return answer(list(cloud_of(request).regions.values()))


async def list_images(request: Request) -> Response:
    """List the images."""
    return answer(cloud_of(request).images)


async def list_keys(request: Request) -> Response:
    """List the SSH keys."""
    return answer(cloud_of(request).keys)


async def add_key(request: Request) -> Response:
    """Add an SSH key; one that must be made here is made."""
    cloud, body = cloud_of(request), await given(request, "name")
    if any(one["name"] == body["name"] for one in cloud.keys):
        raise invalid("name: already in use")
    made = {"id": cloud.id(), "name": body["name"]}
    if "public_key" not in body:
        return answer({**made, "public_key": "ssh-rsa AAAA", "private_key": "-----BEGIN-----"})
    cloud.keys.append({**made, "public_key": body["public_key"]})
    return answer(cloud.keys[-1])


async def delete_key(request: Request) -> Response:
    """Delete an SSH key."""
    cloud = cloud_of(request)
    cloud.keys.remove(_found(cloud.keys, request.path_params["id"], "SSH key"))
    return answer({})


async def list_filesystems(request: Request) -> Response:
    """List the filesystems."""
    cloud = cloud_of(request)
    cloud.settle()
    mounted = {name for one in cloud.machines for name in one.facts["file_system_names"]}
    return answer([{**one, "is_in_use": one["name"] in mounted} for one in cloud.filesystems])


async def create_filesystem(request: Request) -> Response:
    """Make a filesystem."""
    cloud, body = cloud_of(request), await given(request, "name", "region")
    name, region = body["name"], body["region"]
    if region not in cloud.regions:
        raise invalid("region: unknown")
    if any(one["name"] == name for one in cloud.filesystems):
        raise Refusal(400, "global/duplicate", f"There is a filesystem {name}.")
    made = {
        **cloud.filesystems[0],
        "id": cloud.id(),
        "name": name,
        "mount_point": f"/lambda/nfs/{name}",
        "created": cloud.now().isoformat(),
        "is_in_use": False,
        "region": cloud.regions[region],
        "bytes_used": 0,
    }
    cloud.filesystems.append(made)
    return answer(made)


async def delete_filesystem(request: Request) -> Response:
    """Delete a filesystem that no machine uses."""
    cloud = cloud_of(request)
    found = _found(cloud.filesystems, request.path_params["id"], "Filesystem")
    if any(found["name"] in one.facts["file_system_names"] for one in cloud.machines):
        raise Refusal(400, "filesystems/filesystem-in-use", "The filesystem is in use.")
    cloud.filesystems.remove(found)
    return answer({"deleted_ids": [found["id"]]})


async def list_rules(request: Request) -> Response:
    """List the rules for all machines."""
    return answer(cloud_of(request).rules)


async def set_rules(request: Request) -> Response:
    """Put others in place of the rules for all machines."""
    cloud, body = cloud_of(request), await given(request, "data")
    for rule in body["data"]:
        if ("port_range" in rule) == (rule["protocol"] == "icmp"):
            raise invalid("port_range: for all protocols but icmp")
    cloud.rules = body["data"]
    return answer(cloud.rules)


async def list_rulesets(request: Request) -> Response:
    """List the rules that machines may share."""
    return answer(cloud_of(request).rulesets)


async def list_events(request: Request) -> Response:
    """List what was done, the oldest first."""
    cloud, asked = cloud_of(request), request.query_params
    kind = asked.get("resource_type")
    found = [
        one
        for one in cloud.events
        if asked.get("start", "") <= one["event_time"] <= asked.get("end", "9")
        and kind in {None, f"{one['service_name']}.{one['resource_name']}"}
    ]
    start = int(asked.get("page_token", "0"))
    end = start + _PAGE
    token = str(end) if end < len(found) else None
    return JSONResponse({"data": found[start:end], "page_token": token})


def _found(things: list[Json], thing_id: str, what: str) -> Json:
    for one in things:
        if one["id"] == thing_id:
            return one
    raise missing(f"{what} was not found.")


ROUTES = [
    Route("/regions", list_regions),
    Route("/images", list_images),
    Route("/ssh-keys", list_keys, methods=["GET"]),
    Route("/ssh-keys", add_key, methods=["POST"]),
    Route("/ssh-keys/{id}", delete_key, methods=["DELETE"]),
    Route("/file-systems", list_filesystems),
    Route("/filesystems", create_filesystem, methods=["POST"]),
    Route("/filesystems/{id}", delete_filesystem, methods=["DELETE"]),
    Route("/firewall-rules", list_rules, methods=["GET"]),
    Route("/firewall-rules", set_rules, methods=["PUT"]),
    Route("/firewall-rulesets", list_rulesets),
    Route("/audit-events", list_events),
]
