"""Who may use the gateway, and under which names it answers."""

from typing import Annotated

from fastapi import Depends, Security
from starlette.requests import Request

from sophia.gateway.errors import HostRefusedError
from sophia.identity.errors import OriginUnknownError
from sophia.identity.guard import recognise
from sophia.identity.schemas import Scope, Viewer

type McpCaller = Annotated[Viewer, Security(recognise, scopes=[Scope.TOOLS_CALL])]


async def require_own_name(request: Request) -> None:
    """Refuse a page that reaches us by another name (DNS rebinding) or from another site.

    Raises HostRefusedError, OriginUnknownError.
    """
    hosts: frozenset[str] = request.app.state.gateway_hosts
    host = request.headers.get("host", "").lower()
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    if name not in hosts and "*" not in hosts:
        raise HostRefusedError
    origin = request.headers.get("origin")
    if origin is not None and not _is_own(origin, hosts):
        raise OriginUnknownError


def _is_own(origin: str, hosts: frozenset[str]) -> bool:
    scheme, separator, host = origin.partition("://")
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    return bool(separator) and scheme in {"http", "https"} and name.lower() in hosts


KnownByName = Depends(require_own_name)
