"""The gateway's addresses, what is said at them, and how whoever lacks a token is told."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from sophia.kit.errors import Kind, SophiaError
from sophia.oauth.schemas import SCOPES, AuthorizationServerOut, ProtectedResourceOut

AUTHORIZE_PATH = "/oauth/authorize"
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
REGISTER_PATH = "/oauth/register"
REVOKE_PATH = "/oauth/revoke"
METADATA_PATH = "/.well-known/oauth-protected-resource"
SERVER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
_GATEWAY_PATH = "/mcp"
_PATHS = re.compile(r"/mcp(/[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Resources:
    """Under which origins the gateway is reached; at each, it and every server are a resource."""

    issuer: str
    origins: frozenset[str]
    takes_documents: bool

    def at(self, connection: HTTPConnection, server: str | None = None) -> str:
        """Give the resource that a request is for; a host that is not ours counts as the issuer."""
        # Not from the URL: a Host header may hold what no URL can.
        named = f"{connection.scope['scheme']}://{connection.headers.get('host', '').lower()}"
        origin = named if named in self.origins else self.issuer
        return origin + _GATEWAY_PATH + (f"/{server}" if server else "")

    def is_known(self, resource: str) -> bool:
        """Say whether a token may be for this."""
        try:
            parts = urlsplit(resource)
        except ValueError:
            return False
        origin = f"{parts.scheme}://{parts.netloc}"
        is_whole = resource == origin + parts.path
        return is_whole and origin in self.origins and _PATHS.fullmatch(parts.path) is not None

    def protected(self, resource: str) -> ProtectedResourceOut:
        """Give what a resource says of itself."""
        return ProtectedResourceOut(
            resource=resource,
            resource_name="Sophia",
            authorization_servers=[self.issuer],
            scopes_supported=list(SCOPES),
            bearer_methods_supported=["header"],
        )

    def authorization_server(self) -> AuthorizationServerOut:
        """Give what the authorization server says of itself."""
        return AuthorizationServerOut(
            issuer=self.issuer,
            authorization_endpoint=self.issuer + AUTHORIZE_PATH,
            token_endpoint=self.issuer + TOKEN_PATH,
            registration_endpoint=self.issuer + REGISTER_PATH,
            revocation_endpoint=self.issuer + REVOKE_PATH,
            scopes_supported=list(SCOPES),
            response_types_supported=["code"],
            response_modes_supported=["query"],
            grant_types_supported=["authorization_code", "refresh_token"],
            token_endpoint_auth_methods_supported=["none"],
            revocation_endpoint_auth_methods_supported=["none"],
            code_challenge_methods_supported=["S256"],
            client_id_metadata_document_supported=self.takes_documents,
            authorization_response_iss_parameter_supported=True,
        )


def challenge(resource: str, *, scopes: Iterable[str], error: SophiaError | None = None) -> str:
    """Give the WWW-Authenticate of a refusal (RFC 6750, RFC 9728): where to ask, and for what.

    Without an error nobody said who they are. For a scope that lacks, `scopes` are those that the
    application should come back with: what it has, and what was missing.
    """
    parts = urlsplit(resource)
    metadata = f"{parts.scheme}://{parts.netloc}{METADATA_PATH}{parts.path}"
    told = [f'resource_metadata="{metadata}"', f'scope="{" ".join(scopes)}"']
    if error is not None:
        is_scope = error.kind is Kind.FORBIDDEN
        told.insert(0, f'error="{"insufficient_scope" if is_scope else "invalid_token"}"')
    return f"Bearer {', '.join(told)}"
