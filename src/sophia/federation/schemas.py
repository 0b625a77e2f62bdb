"""What an operator says of the provider, and the wire shapes of signing in through it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from sophia.federation.errors import (
    AccountDisabledError,
    CodeInvalidError,
    EmailUnverifiedError,
    FederationError,
    IssuerMixedUpError,
    LinkedElsewhereError,
    LinkFirstError,
    NotAdmittedError,
    ProviderAwayError,
    ProviderUnfitError,
    RefusedError,
    StateUnknownError,
    TokenRefusedError,
)

# What the callback sends people back to the sign-in page with.
PROBLEMS: Mapping[str, str] = {
    error.code: error().message
    for error in (
        AccountDisabledError,
        CodeInvalidError,
        EmailUnverifiedError,
        FederationError,
        IssuerMixedUpError,
        LinkFirstError,
        LinkedElsewhereError,
        NotAdmittedError,
        ProviderAwayError,
        ProviderUnfitError,
        RefusedError,
        StateUnknownError,
        TokenRefusedError,
    )
}


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """The provider, and whom its word lets in."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_uri: str
    name: str
    scopes: str = "openid email profile"
    default_role: str = "member"
    role_claim: str | None = None
    roles: tuple[tuple[str, str], ...] = ()
    allowed_domains: frozenset[str] = frozenset()
    admits_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the provider vouches for."""

    subject: str
    email: str | None
    is_email_verified: bool
    name: str | None
    groups: frozenset[str]


class ProviderOut(BaseModel):
    """An OpenID provider that people may sign in with."""

    name: str


class MethodsOut(BaseModel):
    """The ways to sign in, and in words what went wrong with the last one."""

    oidc: ProviderOut | None
    problem: str | None


class LinkStartOut(BaseModel):
    """Where the browser goes to link an account of the provider."""

    url: str


class ExternalIdentityOut(BaseModel):
    """An account of the provider that signs you in here."""

    identity_id: UUID
    issuer: str
    email: str | None
    linked_at: datetime


class ExternalIdentitiesOut(BaseModel):
    """One's accounts of the provider."""

    items: list[ExternalIdentityOut]
