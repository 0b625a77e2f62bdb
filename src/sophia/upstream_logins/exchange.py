"""What is asked at a login itself: to be known there, and tokens."""

import base64
from urllib.parse import quote, urlencode

import httpx2
from mcp.client.auth.oauth2 import check_registration_usable
from mcp.client.auth.utils import (
    create_client_info_from_metadata_url,
    create_client_registration_request,
    handle_registration_response,
    should_use_client_metadata_url,
)
from mcp.shared.auth import (
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthMetadata,
    OAuthToken,
)
from pydantic import AnyUrl, BaseModel, ValidationError

from sophia.upstream_logins.discovery import GRANTS, talking
from sophia.upstream_logins.errors import (
    ClientNeededError,
    ClientUnknownError,
    LoginRefusedError,
    ProviderAwayError,
    ProviderUnfitError,
)
from sophia.upstream_logins.schemas import Attempt, Grant, OwnClient, Upstream

_OK = frozenset({200, 201})
_SERVER_ERRORS = 500
_TOO_MANY = 429
_CLIENT_GONE = "invalid_client"


class _Refusal(BaseModel):
    error: str = ""


def own_metadata(own: OwnClient) -> OAuthClientMetadata:
    """Say who we are, as a registration or a client id metadata document has it."""
    is_local = own.redirect_uri.startswith("http:")
    return OAuthClientMetadata(
        client_name=own.name,
        redirect_uris=[AnyUrl(own.redirect_uri)],
        grant_types=[*GRANTS],
        response_types=["code"],
        token_endpoint_auth_method="none",  # noqa: S106 - a method's name
        application_type="native" if is_local else "web",
    )


def known_client(
    upstream: Upstream, own: OwnClient, metadata: OAuthMetadata
) -> OAuthClientInformationFull | None:
    """Give who we are at a login without registering: by hand, or by our document's URL."""
    if upstream.client_id is not None:
        methods = metadata.token_endpoint_auth_methods_supported or ["client_secret_basic"]
        secretly = "client_secret_basic"
        if secretly not in methods:
            secretly = "client_secret_post"
        return OAuthClientInformationFull(
            client_id=upstream.client_id,
            client_secret=upstream.client_secret,
            token_endpoint_auth_method=secretly if upstream.client_secret else "none",
            redirect_uris=[AnyUrl(own.redirect_uri)],
        )
    if own.document_url and should_use_client_metadata_url(metadata, own.document_url):
        return create_client_info_from_metadata_url(
            own.document_url, redirect_uris=[AnyUrl(own.redirect_uri)]
        )
    return None


async def register(
    http: httpx2.AsyncClient, own: OwnClient, metadata: OAuthMetadata
) -> OAuthClientInformationFull:
    """Register at a login that lets anybody (RFC 7591); raises ClientNeededError and others."""
    if metadata.registration_endpoint is None:
        raise ClientNeededError
    request = create_client_registration_request(metadata, own_metadata(own), str(metadata.issuer))
    async with talking():
        answer = await http.send(request, auth=None, follow_redirects=False)
        found = await handle_registration_response(answer)
        check_registration_usable(found)
    return found


def authorization_url(attempt: Attempt, *, state: str, challenge: str, redirect_uri: str) -> str:
    """Give where the browser goes."""
    provider = attempt.provider
    query = {
        "response_type": "code",
        "client_id": attempt.client.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "resource": provider.resource,
    }
    if provider.scope:
        query["scope"] = provider.scope
        if "offline_access" in provider.scope.split():
            query["prompt"] = "consent"
    endpoint = str(provider.metadata.authorization_endpoint)
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"


async def redeem(
    http: httpx2.AsyncClient, attempt: Attempt, *, code: str, redirect_uri: str
) -> Grant:
    """Exchange a code for tokens; raises LoginRefusedError and others."""
    grant = Grant(
        url=attempt.url,
        resource=attempt.provider.resource,
        token_endpoint=str(attempt.provider.metadata.token_endpoint),
        client=attempt.client,
        token=OAuthToken(access_token="", scope=attempt.provider.scope),
    )
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": attempt.verifier,
    }
    return await _asked(http, grant, form)


async def refresh(http: httpx2.AsyncClient, grant: Grant) -> Grant:
    """Exchange a refresh token for new tokens; raises LoginRefusedError and others."""
    token = grant.token.refresh_token or ""
    return await _asked(http, grant, {"grant_type": "refresh_token", "refresh_token": token})


async def _asked(http: httpx2.AsyncClient, grant: Grant, form: dict[str, str]) -> Grant:
    client, headers = grant.client, {"Accept": "application/json"}
    form |= {"client_id": client.client_id, "resource": grant.resource}
    match client.token_endpoint_auth_method, client.client_secret:
        case "client_secret_post", str(secret):
            form["client_secret"] = secret
        case "client_secret_basic", str(secret):
            pair = f"{quote(client.client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        case _:
            pass
    async with talking():
        request = http.build_request("POST", grant.token_endpoint, data=form, headers=headers)
        answer = await http.send(request, auth=None, follow_redirects=False)
    if answer.status_code >= _SERVER_ERRORS or answer.status_code == _TOO_MANY:
        raise ProviderAwayError
    if answer.status_code not in _OK:
        raise _refusal(answer)
    try:
        token = OAuthToken.model_validate_json(answer.content)
    except ValidationError as error:
        raise ProviderUnfitError from error
    # What is left out stays as it was (RFC 6749, sections 5.1 and 6).
    kept = {
        "scope": token.scope or grant.token.scope,
        "refresh_token": token.refresh_token or grant.token.refresh_token,
    }
    return grant.model_copy(update={"token": token.model_copy(update=kept)})


def _refusal(answer: httpx2.Response) -> LoginRefusedError:
    try:
        said = _Refusal.model_validate_json(answer.content).error
    except ValidationError:
        said = ""
    return ClientUnknownError() if said == _CLIENT_GONE else LoginRefusedError()
