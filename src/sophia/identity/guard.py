"""Who may call a route: annotated dependencies, so that a signature shows the scope it needs."""

import hmac
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Security
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPBearer, SecurityScopes
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from sophia.idempotency import requests as idempotency
from sophia.identity.admission import Admission
from sophia.identity.errors import (
    CredentialsMissingError,
    KeyInvalidError,
    OriginUnknownError,
    ScopeMissingError,
    SessionEndedError,
)
from sophia.identity.schemas import Scope, Viewer
from sophia.identity.service import IdentityService
from sophia.kit import metrics
from sophia.kit.ids import UserId
from sophia.kit.tokens import TokenInvalidError

# The key under which a request's scope holds its WWW-Authenticate, should it be refused.
CHALLENGE = "sophia.challenge"
_SUBPROTOCOL = "bearer."
_NOBODY = UserId(UUID(int=0))


class _Bearer(HTTPBearer):
    """Documents the scheme; the credentials themselves are read below, for WebSockets too."""

    async def __call__(self, request: HTTPConnection) -> None:
        """Leave the reading to `authenticate`."""


_scheme = _Bearer(auto_error=False, description="An access token, or an API key (sophia_live_…).")


async def identity_service(connection: HTTPConnection) -> IdentityService:
    """Give the service that the process was wired with."""
    service: IdentityService = connection.app.state.identity
    return service


async def authenticate(
    connection: HTTPConnection,
    scopes: SecurityScopes,
    identity: Annotated[IdentityService, Depends(identity_service)],
    _: Annotated[None, Security(_scheme)],
) -> Viewer:
    """Say who is asking and check that they may.

    Raises CredentialsMissingError, TokenInvalidError, KeyInvalidError, SessionEndedError,
    ScopeMissingError, LimitReachedError, what an Idempotency-Key leads to and, for a WebSocket from
    another site, OriginUnknownError.
    """
    if connection.scope["type"] == "websocket":
        require_same_site(connection)
    bearer = bearer_of(connection)
    metrics_token: str = connection.app.state.metrics_token
    if hmac.compare_digest(bearer.encode(errors="replace"), metrics_token.encode()):
        viewer = Viewer(_NOBODY, "metrics", "metrics", frozenset({Scope.METRICS_READ}))
    else:
        try:
            viewer = await identity.authenticate(bearer)
        except (TokenInvalidError, SessionEndedError) as error:
            metrics.auth_failures.labels("jwt", error.code).inc()
            raise
        except KeyInvalidError as error:
            metrics.auth_failures.labels("api_key", error.code).inc()
            raise
    for scope in scopes.scopes:
        require_scope(viewer, scope)
    admission: Admission = connection.app.state.admission
    await admission.charge(connection, viewer)
    principal = viewer.api_key_id or viewer.user_id
    await idempotency.begin(connection, principal=principal, user_id=viewer.user_id)
    return viewer


def require_scope(viewer: Viewer, scope: str) -> None:
    """Refuse whoever lacks a scope; raises ScopeMissingError."""
    if scope not in viewer.scopes:
        raise ScopeMissingError(f"This needs the scope {scope}.", scope=scope)


def is_guarded(route: object) -> bool:
    """Say whether a route asks who is there before it does anything."""
    dependant: Dependant | None = getattr(route, "dependant", None)
    return dependant is not None and any(one.own_oauth_scopes for one in dependant.dependencies)


def require_same_site(connection: HTTPConnection) -> None:
    """Refuse a browser that shows another site's page; raises OriginUnknownError."""
    origin = connection.headers.get("origin")
    if origin is not None and origin not in connection.app.state.allowed_origins:
        raise OriginUnknownError


def bearer_of(connection: HTTPConnection) -> str:
    """Read the credentials: the header, or for browsers' WebSockets a subprotocol `bearer.…`.

    Raises CredentialsMissingError.
    """
    scheme, _, value = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and (token := value.strip()):
        return token
    if isinstance(connection, WebSocket):
        for protocol in connection.scope["subprotocols"]:
            if protocol.startswith(_SUBPROTOCOL):
                return protocol.removeprefix(_SUBPROTOCOL)
    raise CredentialsMissingError


type ChatReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.CHAT_READ])]
type ChatWriter = Annotated[Viewer, Security(authenticate, scopes=[Scope.CHAT_WRITE])]
type ToolsReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.TOOLS_READ])]
type ToolsApprover = Annotated[Viewer, Security(authenticate, scopes=[Scope.TOOLS_APPROVE])]
type ToolsWriter = Annotated[Viewer, Security(authenticate, scopes=[Scope.TOOLS_WRITE])]
type AccountReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.ACCOUNT_READ])]
type AccountWriter = Annotated[Viewer, Security(authenticate, scopes=[Scope.ACCOUNT_WRITE])]
type SystemReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.SYSTEM_READ])]
type AuditReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.AUDIT_READ])]
type UsersReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.USERS_READ])]
type UsersWriter = Annotated[Viewer, Security(authenticate, scopes=[Scope.USERS_WRITE])]
type MemoryReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.MEMORY_READ])]
type MemoryWriter = Annotated[Viewer, Security(authenticate, scopes=[Scope.MEMORY_WRITE])]
type MetricsReader = Annotated[Viewer, Security(authenticate, scopes=[Scope.METRICS_READ])]
