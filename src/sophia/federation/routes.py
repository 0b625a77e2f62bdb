"""Signing in through an OpenID provider, over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response, status
from starlette.responses import RedirectResponse

from sophia.federation.errors import (
    FederationError,
    NotConfiguredError,
    ProviderAwayError,
    ProviderUnfitError,
)
from sophia.federation.schemas import (
    PROBLEMS,
    ExternalIdentitiesOut,
    ExternalIdentityOut,
    LinkStartOut,
    MethodsOut,
    ProviderOut,
)
from sophia.federation.sealed import TTL_S
from sophia.federation.service import Answer, FederationService
from sophia.identity.guard import AccountReader, AccountWriter
from sophia.identity.routes import keep_signed_in

router = APIRouter(prefix="/api/v1", tags=["identity"])

_PATH = "/api/v1/auth/oidc"


def federation_service(request: Request) -> FederationService:
    """Give the service of this process."""
    service: FederationService = request.app.state.federation
    return service


type Federation = Annotated[FederationService, Depends(federation_service)]
type Text = Annotated[str | None, Query(max_length=4096)]


@router.get("/auth/methods")
async def sign_in_methods(
    federation: Federation, problem: Annotated[str | None, Query(max_length=100)] = None
) -> MethodsOut:
    """Say how people may sign in, and in words what a problem's code means."""
    config = federation.config
    return MethodsOut(
        oidc=None if config is None else ProviderOut(name=config.name),
        problem=PROBLEMS.get(problem) if problem else None,
    )


@router.get(
    "/auth/oidc/start",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
)
async def start_sign_in(
    federation: Federation,
    return_to: Annotated[str, Query(max_length=100, description="A page of the console.")] = "/",
) -> Response:
    """Go to the provider to sign in."""
    try:
        begun = await federation.begin(return_to)
    except (ProviderAwayError, ProviderUnfitError) as failure:
        return _keep(_go(f"/sign-in?problem={failure.code}"), None, federation)
    return _keep(_go(begun.url), begun.cookie, federation)


@router.get(
    "/auth/oidc/callback",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
)
async def finish_sign_in(
    federation: Federation,
    request: Request,
    state: Text = None,
    code: Text = None,
    iss: Text = None,
    error: Text = None,
) -> Response:
    """Come back from the provider, signed in."""
    answer = Answer(
        cookie=request.cookies.get(_cookie_name(federation)),
        state=state,
        code=code,
        issuer=iss,
        error=error,
        user_agent=request.headers.get("user-agent", ""),
    )
    try:
        arrived = await federation.finish(answer)
    except NotConfiguredError:
        raise
    except FederationError as failure:
        return _keep(_go(f"/sign-in?problem={failure.code}"), None, federation)
    response = _go(arrived.path)
    if arrived.signed_in is not None:
        keep_signed_in(arrived.signed_in, request, response)
    return _keep(response, None, federation)


@router.get("/me/identities")
async def list_identities(viewer: AccountReader, federation: Federation) -> ExternalIdentitiesOut:
    """List your accounts at the provider that sign you in here."""
    return ExternalIdentitiesOut(
        items=[
            ExternalIdentityOut(
                identity_id=row["id"],
                issuer=row["issuer"],
                email=row["email"],
                linked_at=row["linked_at"],
            )
            for row in await federation.identities(viewer)
        ]
    )


@router.post("/me/identities/oidc")
async def link_identity(
    viewer: AccountWriter, federation: Federation, response: Response
) -> LinkStartOut:
    """Begin to link an account of the provider; needs a sign-in of the last quarter hour."""
    begun = await federation.begin("/account", viewer=viewer)
    _keep(response, begun.cookie, federation)
    return LinkStartOut(url=begun.url)


@router.delete("/me/identities/{identity_id}", status_code=status.HTTP_204_NO_CONTENT)
async def unlink_identity(viewer: AccountWriter, federation: Federation, identity_id: UUID) -> None:
    """Unlink an account of the provider; needs a sign-in of the last quarter hour."""
    await federation.unlink(viewer, identity_id)


def _go(url: str) -> Response:
    return RedirectResponse(url, status.HTTP_303_SEE_OTHER)


def _keep(response: Response, cookie: str | None, federation: FederationService) -> Response:
    """Set the cookie of a sign-in under way, or take it away; no cache keeps the answer."""
    response.set_cookie(
        _cookie_name(federation),
        cookie or "",
        max_age=TTL_S if cookie else 0,
        path=_PATH,
        secure=_is_secure(federation),
        httponly=True,
        # The browser comes back from another site, which a strict cookie would not survive.
        samesite="lax",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _cookie_name(federation: FederationService) -> str:
    return "__Secure-sophia_oidc" if _is_secure(federation) else "sophia_oidc"


def _is_secure(federation: FederationService) -> bool:
    config = federation.config
    return config is not None and config.redirect_uri.startswith("https:")
