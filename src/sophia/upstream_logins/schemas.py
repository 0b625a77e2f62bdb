"""Servers, who we are at their logins, and what is sealed of a login."""

from dataclasses import dataclass

from mcp.shared.auth import OAuthClientInformationFull, OAuthMetadata, OAuthToken
from pydantic import BaseModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """An MCP server by URL, as its operator registered it."""

    name: str
    url: str
    client_id: str | None = None  # where the operator registered Sophia by hand
    client_secret: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnClient:
    """Who Sophia is at the logins of others."""

    redirect_uri: str
    # Where `UpstreamLogins.client_document` is served over https; None, where nobody can read it.
    document_url: str | None = None
    name: str = "Sophia"


class Provider(BaseModel):
    """What discovery found out about a server's login."""

    metadata: OAuthMetadata
    resource: str
    scope: str | None = None


class Attempt(BaseModel):
    """A login under way."""

    url: str
    verifier: str
    provider: Provider
    client: OAuthClientInformationFull


class Grant(BaseModel):
    """A login: good at one URL, and renewed at one endpoint.

    `lacking`: all the scopes to ask for next time, once the server said that these are too few.
    """

    url: str
    resource: str
    token_endpoint: str
    client: OAuthClientInformationFull
    token: OAuthToken
    lacking: str | None = None
