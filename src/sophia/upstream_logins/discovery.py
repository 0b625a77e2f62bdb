"""Finding out where one logs in for an MCP server: RFC 9728, then RFC 8414."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
from mcp.client.auth.exceptions import OAuthFlowError
from mcp.client.auth.utils import (
    build_oauth_authorization_server_metadata_discovery_urls,
    build_protected_resource_metadata_discovery_urls,
    create_oauth_metadata_request,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
    get_client_metadata_scopes,
    handle_auth_metadata_response,
    handle_protected_resource_response,
    issuers_match,
)
from mcp.shared.auth import OAuthMetadata, ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url

from sophia.outgoing.client import fetch
from sophia.outgoing.errors import OutgoingError
from sophia.toolbox.exchange import OWN_META, PROTOCOL_VERSION
from sophia.upstream_logins.errors import ProviderAwayError, ProviderUnfitError
from sophia.upstream_logins.schemas import Provider

GRANTS = ("authorization_code", "refresh_token")
_LISTING = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": OWN_META}}
_HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": PROTOCOL_VERSION,
    "Mcp-Method": "tools/list",
}
_UNAUTHORIZED = 401
_SERVER_ERRORS = 500


@asynccontextmanager
async def talking() -> AsyncGenerator[None]:
    """Say in our own errors what fails while a login's server is asked."""
    try:
        yield
    except OutgoingError as error:
        raise ProviderAwayError(f"The MCP server's login: {error.message}") from error
    except OAuthFlowError as error:
        raise ProviderUnfitError from error


async def discover(http: httpx2.AsyncClient, url: str, *, scope: str | None = None) -> Provider:
    """Find a server's login; raises ProviderAwayError, ProviderUnfitError."""
    async with talking():
        challenge = await _challenge(http, url)
        resource = await _resource(http, url, challenge)
        metadata = await _metadata(http, url, resource)
    _check(metadata, url)
    wanted = scope or extract_scope_from_www_auth(challenge)
    return Provider(
        metadata=metadata,
        resource=resource_url_from_server_url(url) if resource is None else str(resource.resource),
        scope=get_client_metadata_scopes(wanted, resource, metadata, [*GRANTS]),
    )


async def _challenge(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    """Give how a server refuses whoever says nothing; its body, which may not end, is not read."""
    # Some let nobody but requests that do something be refused, some know no other verb.
    answer = await _refusal(http, http.build_request("POST", url, json=_LISTING, headers=_HEADERS))
    if answer.status_code == _UNAUTHORIZED:
        return answer
    accept = {"Accept": "text/event-stream"}
    return await _refusal(http, http.build_request("GET", url, headers=accept))


async def _refusal(http: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response:
    answer = await http.send(request, stream=True, auth=None)
    await answer.aclose()
    return answer


async def _resource(
    http: httpx2.AsyncClient, url: str, challenge: httpx2.Response
) -> ProtectedResourceMetadata | None:
    is_told = challenge.status_code == _UNAUTHORIZED
    told = extract_resource_metadata_from_www_auth(challenge) if is_told else None
    for place in build_protected_resource_metadata_discovery_urls(told, url):
        answer = await _get(http, place)
        found = await handle_protected_resource_response(answer)
        if found is not None:
            own = resource_url_from_server_url(url)
            # Else a server could have tokens asked for that are good at another one.
            if not check_resource_allowed(own, str(found.resource)):
                raise ProviderUnfitError("The MCP server names another as itself: ask who runs it.")
            return found
        if answer.status_code >= _SERVER_ERRORS:
            raise ProviderAwayError
    return None


async def _metadata(
    http: httpx2.AsyncClient, url: str, resource: ProtectedResourceMetadata | None
) -> OAuthMetadata:
    server = None if resource is None else str(resource.authorization_servers[0])
    parts = urlsplit(url)
    expected = server or f"{parts.scheme}://{parts.netloc}"
    for place in build_oauth_authorization_server_metadata_discovery_urls(server, url):
        is_to_go_on, found = await handle_auth_metadata_response(await _get(http, place))
        if found is not None:
            if not issuers_match(str(found.issuer), expected):
                raise ProviderUnfitError("The login is another's than was asked: ask who runs it.")
            return found
        if not is_to_go_on:
            raise ProviderAwayError
    raise ProviderUnfitError("The MCP server says nowhere how one logs in: ask who runs it.")


def _check(metadata: OAuthMetadata, url: str) -> None:
    endpoints = (
        metadata.authorization_endpoint,
        metadata.token_endpoint,
        metadata.registration_endpoint or metadata.token_endpoint,
    )
    schemes = {"https", urlsplit(url).scheme}  # a server on plain http may log in there as well
    if not {endpoint.scheme for endpoint in endpoints} <= schemes:
        raise ProviderUnfitError("The login is asked without encryption: ask who runs it.")
    if "S256" not in (metadata.code_challenge_methods_supported or []):
        raise ProviderUnfitError("The login does not know PKCE with S256: ask who runs it.")


async def _get(http: httpx2.AsyncClient, url: str) -> httpx2.Response:
    request = create_oauth_metadata_request(url)
    return await fetch(http, url, headers=dict(request.headers))
