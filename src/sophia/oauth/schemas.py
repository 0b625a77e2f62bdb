"""What applications say of themselves and ask for, and what a person is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from sophia.identity.schemas import Scope
from sophia.oauth import redirects

# What an application can be allowed at the gateway, in the words that a person reads.
SCOPES: Mapping[str, str] = {
    Scope.TOOLS_READ: "See your tools, and use those that only read",
    Scope.TOOLS_CALL: "Use tools that change things or reach out",
}
_MAX_NAME_CHARS = 80
_MAX_QUERY_CHARS = 8000


@dataclass(frozen=True, slots=True)
class Client:
    """An application; `host` where that vouches for its description, none for what it says."""

    id: str
    name: str
    redirect_uris: tuple[str, ...]
    host: str | None = None


def client_name(said: str | None) -> str:
    """Give the name that an application says it has, without what would change how it is read."""
    return "".join(filter(str.isprintable, said or "")).strip()[:_MAX_NAME_CHARS].strip()


def _fit_redirect(uri: str) -> str:
    if not redirects.is_fit(uri):
        raise ValueError("give https, loopback or the application's own scheme")
    return uri


class RegistrationIn(BaseModel):
    """What an application says of itself (RFC 7591); whatever else it says is of no use here."""

    redirect_uris: Annotated[
        list[Annotated[str, AfterValidator(_fit_redirect)]], Field(min_length=1, max_length=10)
    ]
    client_name: Annotated[str | None, Field(max_length=500)] = None


class RegisteredOut(BaseModel):
    """An application as it was registered: always a public client."""

    client_id: str
    client_id_issued_at: int
    client_name: str
    redirect_uris: list[str]
    grant_types: list[str] = ["authorization_code", "refresh_token"]
    response_types: list[str] = ["code"]
    token_endpoint_auth_method: Literal["none"] = "none"  # noqa: S105 - the name of a way


class TokensOut(BaseModel):
    """An access token for one resource, and what it is renewed with."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    refresh_token: str
    scope: str


class RefusalOut(BaseModel):
    """Why an application gets nothing (RFC 6749, 5.2)."""

    error: str
    error_description: str
    code: str = Field(description="The kind of problem, as in problems.")


class ProtectedResourceOut(BaseModel):
    """What the gateway says of itself (RFC 9728)."""

    resource: str
    resource_name: str
    authorization_servers: list[str]
    scopes_supported: list[str]
    bearer_methods_supported: list[str]


class AuthorizationServerOut(BaseModel):
    """What the authorization server says of itself (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    revocation_endpoint: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    response_modes_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    client_id_metadata_document_supported: bool
    authorization_response_iss_parameter_supported: bool


type Query = Annotated[
    str,
    Field(max_length=_MAX_QUERY_CHARS, description="The query that the application sent one with."),
]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ReviewIn(_In):
    """An application's request, to be looked at."""

    query: Query


class ConsentIn(_In):
    """A person's answer to an application's request."""

    query: Query
    is_allowed: StrictBool
    scopes: list[str] = Field(
        default=[], max_length=20, description="What is allowed, of what was asked for."
    )


class AskedScopeOut(BaseModel):
    """Something that an application asks for."""

    scope: str
    says: str


class ReviewOut(BaseModel):
    """Who asks for what, and where the answer goes."""

    client_name: str
    client_host: str | None = Field(description="Who vouches for the name; none: nobody does.")
    returns_to: str = Field(description="The host, or the scheme, that one is sent back to.")
    is_local: bool = Field(description="Whether that is a program on one's own machine.")
    resource: str
    scopes: list[AskedScopeOut]


class DecidedOut(BaseModel):
    """Where the browser goes on."""

    redirect_to: str


class ApplicationOut(BaseModel):
    """An application that one has connected."""

    grant_id: UUID
    client_name: str
    client_host: str | None
    returns_to: str
    resource: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime


class ApplicationsOut(BaseModel):
    """One's connected applications, the last used first."""

    items: list[ApplicationOut]
