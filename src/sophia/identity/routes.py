"""Signing in, one's account, sessions and API keys over HTTP."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status
from sqlalchemy import RowMapping

from sophia.idempotency.requests import FreshId
from sophia.identity.access_tokens import ACCESS_TTL_S
from sophia.identity.errors import CrossSiteError, SessionEndedError
from sophia.identity.guard import (
    AccountReader,
    AccountWriter,
    identity_service,
    require_same_site,
)
from sophia.identity.schemas import (
    ROLE_SCOPES,
    KeyIn,
    KeyMadeOut,
    KeyOut,
    KeysOut,
    LinkIn,
    LoginIn,
    PasswordIn,
    ProfileIn,
    RefreshIn,
    RotationIn,
    SessionOut,
    SessionsOut,
    SignedInOut,
    UserOut,
)
from sophia.identity.service import IdentityService, SignedIn
from sophia.kit.ids import ApiKeyId, SessionId

router = APIRouter(prefix="/api/v1", tags=["identity"])

_PATH = "/api/v1/auth"
_COOKIE_AGE_S = 30 * 24 * 3600

type Identity = Annotated[IdentityService, Depends(identity_service)]


@router.post("/auth/link")
async def sign_in_with_link(
    identity: Identity, request: Request, response: Response, body: LinkIn
) -> SignedInOut:
    """Sign in by a one-time link."""
    require_same_site(request)
    signed_in = await identity.sign_in_with_link(body.token, user_agent=_user_agent(request))
    return signed_in_out(signed_in, request, response)


@router.post("/auth/login")
async def login(
    identity: Identity, request: Request, response: Response, body: LoginIn
) -> SignedInOut:
    """Sign in by e-mail address and password."""
    require_same_site(request)
    address = request.client.host if request.client else "unknown"
    signed_in = await identity.login(
        body.email, body.password, address=address, user_agent=_user_agent(request)
    )
    return signed_in_out(signed_in, request, response)


@router.post("/auth/refresh")
async def refresh(
    identity: Identity, request: Request, response: Response, body: RefreshIn | None = None
) -> SignedInOut:
    """Exchange the refresh token, from the cookie or from the body, for new tokens."""
    given = body.refresh_token if body else None
    token = given or _cookie(request)
    if token is None:
        raise SessionEndedError
    signed_in = await identity.refresh(token)
    answer = signed_in_out(signed_in, request, response)
    if given:
        answer.refresh_token = signed_in.refresh_token
    return answer


@router.post("/auth/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(
    identity: Identity, request: Request, response: Response, body: RefreshIn | None = None
) -> None:
    """End the session of the refresh token, from the cookie or from the body."""
    given = body.refresh_token if body else None
    token = given or _cookie(request)
    if token is not None:
        await identity.logout(token)
    # Browsers let go of a `__Secure-` cookie only by one that is secure itself.
    response.delete_cookie(
        _cookie_name(request),
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


@router.get("/me")
async def read_me(viewer: AccountReader, identity: Identity) -> UserOut:
    """Say who you are."""
    return _user(await identity.user(viewer.user_id))


@router.patch("/me")
async def change_me(viewer: AccountWriter, identity: Identity, body: ProfileIn) -> UserOut:
    """Change your name or e-mail address."""
    return _user(await identity.change_profile(viewer, body.model_dump(exclude_none=True)))


@router.put("/me/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(viewer: AccountWriter, identity: Identity, body: PasswordIn) -> None:
    """Set your password."""
    await identity.change_password(viewer, chosen=body.new_password, current=body.current_password)


@router.get("/sessions")
async def list_sessions(viewer: AccountReader, identity: Identity) -> SessionsOut:
    """List where you are signed in."""
    return SessionsOut(
        items=[
            SessionOut(
                session_id=row["id"],
                user_agent=row["user_agent"],
                created_at=row["created_at"],
                last_used_at=row["last_used_at"],
                expires_at=row["expires_at"],
                is_current=row["id"] == viewer.session_id,
            )
            for row in await identity.sessions(viewer)
        ]
    )


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_session(viewer: AccountWriter, identity: Identity, session_id: UUID) -> None:
    """Sign out somewhere."""
    await identity.revoke_session(viewer, SessionId(session_id))


@router.get("/keys")
async def list_keys(viewer: AccountReader, identity: Identity) -> KeysOut:
    """List your API keys."""
    return KeysOut(items=[KeyOut(**_key(row)) for row in await identity.keys.all_of(viewer)])


@router.post("/keys", status_code=status.HTTP_201_CREATED)
async def create_key(
    viewer: AccountWriter, identity: Identity, id_: FreshId, body: KeyIn
) -> KeyMadeOut:
    """Make an API key. It is shown this once."""
    key, row = await identity.keys.create(viewer, body, id_=ApiKeyId(id_))
    return KeyMadeOut(**_key(row), key=key)


@router.post("/keys/{key_id}/rotate", status_code=status.HTTP_201_CREATED)
async def rotate_key(
    viewer: AccountWriter, identity: Identity, id_: FreshId, key_id: UUID, body: RotationIn
) -> KeyMadeOut:
    """Put another key in a key's place; the old one stays good for a while."""
    overlap = timedelta(hours=body.overlap_hours)
    key, row = await identity.keys.rotate(viewer, key_id, overlap=overlap, id_=ApiKeyId(id_))
    return KeyMadeOut(**_key(row), key=key)


@router.delete("/keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_key(viewer: AccountWriter, identity: Identity, key_id: UUID) -> None:
    """End an API key."""
    await identity.keys.revoke(viewer, key_id)


def keep_signed_in(signed_in: SignedIn, request: Request, response: Response) -> None:
    """Give a browser the cookie of its session."""
    response.set_cookie(
        _cookie_name(request),
        signed_in.refresh_token,
        max_age=_COOKIE_AGE_S,
        path=_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    response.headers["Cache-Control"] = "no-store"


def signed_in_out(signed_in: SignedIn, request: Request, response: Response) -> SignedInOut:
    """Give a client its tokens, the refresh token in a cookie."""
    keep_signed_in(signed_in, request, response)
    return SignedInOut(
        access_token=signed_in.access_token,
        expires_in=ACCESS_TTL_S,
        user=_user(signed_in.user),
    )


def _cookie(request: Request) -> str | None:
    """Read the refresh cookie, for our own pages; raises CrossSiteError, OriginUnknownError."""
    if request.headers.get("x-sophia-request") != "1":
        raise CrossSiteError
    require_same_site(request)
    return request.cookies.get(_cookie_name(request))


def _cookie_name(request: Request) -> str:
    # __Secure- holds a browser to https; plain http on loopback has no such prefix.
    prefix = "__Secure-" if request.url.scheme == "https" else ""
    return f"{prefix}sophia_refresh_{request.url.port or 0}"


def _user_agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _user(row: RowMapping) -> UserOut:
    return UserOut(
        user_id=row["id"],
        name=row["name"],
        email=row["email"],
        role=row["role"],
        scopes=sorted(ROLE_SCOPES[row["role"]]),
    )


def _key(row: RowMapping) -> dict[str, Any]:
    shown = ("name", "last4", "scopes", "created_at", "expires_at", "last_used_at", "rotated_from")
    return {"key_id": row["id"], **{name: row[name] for name in shown}}
