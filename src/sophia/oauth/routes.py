"""The authorization server over HTTP: its metadata, its endpoints, a person's applications."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends, Path, Request, Response, status
from pydantic import BaseModel, ValidationError

from sophia.idempotency.requests import FreshId
from sophia.identity.guard import AccountReader, AccountWriter
from sophia.kit.errors import Kind
from sophia.kit.invalid import findings
from sophia.oauth import redirects, requests
from sophia.oauth.errors import (
    ClientUnfitError,
    OAuthError,
    RedirectUnfitError,
    RequestInvalidError,
)
from sophia.oauth.resources import (
    METADATA_PATH,
    REGISTER_PATH,
    REVOKE_PATH,
    SERVER_PATTERN,
    TOKEN_PATH,
)
from sophia.oauth.schemas import (
    SCOPES,
    ApplicationOut,
    ApplicationsOut,
    AskedScopeOut,
    AuthorizationServerOut,
    ConsentIn,
    DecidedOut,
    ProtectedResourceOut,
    RefusalOut,
    RegisteredOut,
    RegistrationIn,
    ReviewIn,
    ReviewOut,
    TokensOut,
)
from sophia.oauth.service import OAuthService

router = APIRouter(tags=["oauth"])

_AUTHORIZATION_PATH = "/.well-known/oauth-authorization-server"
_FORM_TYPE = "application/x-www-form-urlencoded"
# Nothing here is told by cookie, so that pages of other sites may ask as programs do.
_OPEN = {"Access-Control-Allow-Origin": "*"}
_UNKEPT = {**_OPEN, "Cache-Control": "no-store", "Pragma": "no-cache"}
_KEPT = {**_OPEN, "Cache-Control": "public, max-age=300"}
_PREFLIGHT = {
    **_OPEN,
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, MCP-Protocol-Version",
    "Access-Control-Max-Age": "600",
}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {
        "description": "A refusal (RFC 6749), or a problem (RFC 9457).",
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/RefusalOut"}},
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}},
        },
    }
}


def oauth_service(request: Request) -> OAuthService:
    """Give the service of this process."""
    service: OAuthService = request.app.state.oauth
    return service


type OAuth = Annotated[OAuthService, Depends(oauth_service)]
type Server = Annotated[str, Path(pattern=SERVER_PATTERN)]


def _form_of(*required: str, **optional: str) -> dict[str, Any]:
    names = {name: {"type": "string"} for name in (*required, *optional)}
    schema = {"type": "object", "properties": names, "required": list(required)}
    return {"requestBody": {"required": True, "content": {_FORM_TYPE: {"schema": schema}}}}


@router.get(METADATA_PATH)
async def describe_gateway(
    oauth: OAuth, request: Request, response: Response
) -> ProtectedResourceOut:
    """Say where tokens for the gateway are had (RFC 9728)."""
    response.headers.update(_KEPT)
    return oauth.resources.protected(oauth.resources.at(request))


@router.get(f"{METADATA_PATH}/mcp")
async def describe_gateway_by_path(
    oauth: OAuth, request: Request, response: Response
) -> ProtectedResourceOut:
    """Say where tokens for the gateway are had (RFC 9728)."""
    response.headers.update(_KEPT)
    return oauth.resources.protected(oauth.resources.at(request))


@router.get(f"{METADATA_PATH}/mcp/{{server}}")
async def describe_server(
    oauth: OAuth, request: Request, response: Response, server: Server
) -> ProtectedResourceOut:
    """Say where tokens for one server behind the gateway are had (RFC 9728)."""
    response.headers.update(_KEPT)
    return oauth.resources.protected(oauth.resources.at(request, server))


@router.get(_AUTHORIZATION_PATH)
async def describe_authorization(oauth: OAuth, response: Response) -> AuthorizationServerOut:
    """Say how tokens are had (RFC 8414)."""
    response.headers.update(_KEPT)
    return oauth.resources.authorization_server()


@router.post(
    REGISTER_PATH,
    status_code=status.HTTP_201_CREATED,
    response_model=RegisteredOut,
    responses=_REFUSED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": RegistrationIn.model_json_schema()}},
        }
    },
)
async def register_application(oauth: OAuth, request: Request) -> Response:
    """Register an application (RFC 7591). It gets no secret, and is forgotten if nobody uses it."""
    address = request.client.host if request.client else "unknown"
    try:
        wanted = _registration(await request.body())
    except OAuthError as error:
        return _refusal(error)
    return _told(await oauth.clients.register(wanted, address=address), 201)


@router.post(
    TOKEN_PATH,
    response_model=TokensOut,
    responses=_REFUSED,
    openapi_extra=_form_of(
        *("grant_type", "client_id"),
        **dict.fromkeys(
            ("code", "redirect_uri", "code_verifier", "refresh_token", "resource", "scope"), ""
        ),
    ),
)
async def give_tokens(oauth: OAuth, request: Request) -> Response:
    """Give an application tokens for a code or a refresh token."""
    try:
        return _told(await oauth.exchange(await _form(request)), 200)
    except OAuthError as error:
        return _refusal(error)


@router.post(
    REVOKE_PATH,
    response_class=Response,
    responses={**_REFUSED, 200: {"description": "It is good no more, if it ever was."}},
    openapi_extra=_form_of("token", "client_id", token_type_hint=""),
)
async def revoke_token(oauth: OAuth, request: Request) -> Response:
    """End what a refresh token stands for (RFC 7009)."""
    try:
        await oauth.revoke(await _form(request))
    except OAuthError as error:
        return _refusal(error)
    return Response(status_code=200, headers=_UNKEPT)


@router.options(TOKEN_PATH, include_in_schema=False)
@router.options(REGISTER_PATH, include_in_schema=False)
@router.options(REVOKE_PATH, include_in_schema=False)
@router.options(_AUTHORIZATION_PATH, include_in_schema=False)
@router.options(METADATA_PATH, include_in_schema=False)
@router.options(f"{METADATA_PATH}/mcp", include_in_schema=False)
@router.options(f"{METADATA_PATH}/mcp/{{server}}", include_in_schema=False)
async def allow_pages() -> Response:
    """Let pages of other sites ask: there is nothing here that a browser would add by itself."""
    return Response(status_code=204, headers=_PREFLIGHT)


@router.post("/api/v1/auth/consent/review")
async def review_application(viewer: AccountWriter, oauth: OAuth, body: ReviewIn) -> ReviewOut:
    """Say what an application asks of you; you have to be signed in."""
    review = await oauth.review(viewer, body.query)
    uri = review.asked["redirect_uri"]
    return ReviewOut(
        client_name=review.client.name,
        client_host=review.client.host,
        returns_to=redirects.shown(uri),
        is_local=redirects.is_local(uri),
        resource=review.asked["resource"],
        scopes=[AskedScopeOut(scope=scope, says=SCOPES[scope]) for scope in review.scopes],
    )


@router.post("/api/v1/auth/consent", status_code=status.HTTP_201_CREATED)
async def connect_application(
    viewer: AccountWriter, oauth: OAuth, id_: FreshId, body: ConsentIn
) -> DecidedOut:
    """Connect an application, or say no; you have to be signed in. The answer goes back to it."""
    return DecidedOut(redirect_to=await oauth.decide(viewer, body, id_=id_))


@router.get("/api/v1/auth/applications")
async def list_applications(viewer: AccountReader, oauth: OAuth) -> ApplicationsOut:
    """List the applications that you have connected."""
    return ApplicationsOut(
        items=[
            ApplicationOut(
                grant_id=row["id"],
                client_name=row["client_name"],
                client_host=row["client_host"],
                returns_to=redirects.shown(row["redirect_uri"]),
                resource=row["resource"],
                scopes=row["scopes"],
                created_at=row["created_at"],
                last_used_at=row["last_used_at"],
            )
            for row in await oauth.applications(viewer)
        ]
    )


@router.delete("/api/v1/auth/applications/{grant_id}", status_code=status.HTTP_204_NO_CONTENT)
async def disconnect_application(viewer: AccountWriter, oauth: OAuth, grant_id: UUID) -> None:
    """Disconnect an application: its tokens end, everywhere within five seconds."""
    await oauth.disconnect(viewer, grant_id)


def _registration(body: bytes) -> RegistrationIn:
    """Read what an application says of itself; raises RedirectUnfitError, ClientUnfitError."""
    try:
        return RegistrationIn.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise ClientUnfitError("The body is no JSON: send the application's metadata.") from error
    except ValidationError as error:
        (first, *_) = findings(error.errors())
        refused = RedirectUnfitError if "redirect_uris" in first["where"] else ClientUnfitError
        raise refused(f"{first['where']}: {first['what']}") from error


async def _form(request: Request) -> Mapping[str, str]:
    """Read the parameters of a request; raises RequestInvalidError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _FORM_TYPE:
        raise RequestInvalidError(f"The body is taken as {_FORM_TYPE} only.")
    return requests.read_form((await request.body()).decode(errors="replace"))


def _told(answer: BaseModel, code: int) -> Response:
    return Response(answer.model_dump_json(), code, headers=_UNKEPT, media_type="application/json")


def _refusal(error: OAuthError) -> Response:
    """Shape a refusal as RFC 6749 and 7591 have it."""
    body = RefusalOut(error=error.error, error_description=error.message, code=error.code)
    return _told(body, 503 if error.kind is Kind.UNAVAILABLE else 400)
