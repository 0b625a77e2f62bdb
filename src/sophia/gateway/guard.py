"""Who may use the gateway, and under which names it answers."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import SecurityScopes
from starlette.requests import Request

from sophia.gateway.errors import HostRefusedError
from sophia.identity.errors import CredentialsMissingError, OriginUnknownError, ScopeMissingError
from sophia.identity.guard import CHALLENGE, bearer_of, require_scope
from sophia.identity.schemas import Scope, Viewer
from sophia.kit.errors import SophiaError
from sophia.oauth.resources import challenge
from sophia.oauth.schemas import SCOPES
from sophia.oauth.service import OAuthService


async def oauth_service(request: Request) -> OAuthService:
    """Give the service that the process was wired with."""
    oauth: OAuthService = request.app.state.oauth
    return oauth


async def recognise(
    request: Request,
    scopes: SecurityScopes,
    oauth: Annotated[OAuthService, Depends(oauth_service)],
) -> Viewer:
    """Say whose client is asking and check that it may; the route counts what it asks for.

    A bearer is an API key, or a token that a person granted for this very address. A refusal says
    where a client gets one. Raises CredentialsMissingError, KeyInvalidError, TokenInvalidError,
    GrantEndedError, ScopeMissingError.
    """
    resource = oauth.resources.at(request, request.path_params.get("server"))
    try:
        viewer = await oauth.authenticate(bearer_of(request), resource=resource)
        for scope in scopes.scopes:
            require_scope(viewer, scope)
    except SophiaError as error:
        told = None if isinstance(error, CredentialsMissingError) else error
        request.scope[CHALLENGE] = challenge(resource, scopes=SCOPES, error=told)
        raise
    if Scope.TOOLS_CALL not in viewer.scopes:
        # Should it come to a tool that changes something, its client is told what to ask for.
        held = [scope for scope in SCOPES if scope in viewer.scopes]
        request.scope[CHALLENGE] = challenge(
            resource, scopes=[*held, Scope.TOOLS_CALL], error=ScopeMissingError()
        )
    return viewer


type ToolsReader = Annotated[Viewer, Security(recognise, scopes=[Scope.TOOLS_READ])]


async def require_own_name(request: Request) -> None:
    """Refuse a page that reaches us by another name (DNS rebinding) or from another site.

    Raises HostRefusedError, OriginUnknownError.
    """
    hosts: frozenset[str] = request.app.state.gateway_hosts
    if _without_port(request.headers.get("host", "")) not in hosts:
        raise HostRefusedError
    origin = request.headers.get("origin")
    if origin is not None:
        scheme, _, host = origin.partition("://")
        if scheme not in {"http", "https"} or _without_port(host) not in hosts:
            raise OriginUnknownError


def _without_port(host: str) -> str:
    name, _, port = host.lower().rpartition(":")
    return name if port.isdecimal() else host.lower()


KnownByName = Depends(require_own_name)
