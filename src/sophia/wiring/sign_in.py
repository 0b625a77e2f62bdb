"""Who lets people in from elsewhere, and applications in to us."""

from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from sophia.core import registry
from sophia.federation.provider import OpenIdProvider, open_session
from sophia.federation.schemas import ProviderConfig
from sophia.federation.service import FederationService
from sophia.oauth.clients import Clients
from sophia.oauth.documents import MAX_BYTES, FetchedDocuments
from sophia.oauth.resources import Resources
from sophia.oauth.service import OAuthService
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.settings import Settings
from sophia.store.user_database import UserDatabase
from sophia.wiring.shared import Shared

_DOCUMENT_CAPS = Caps(max_bytes=MAX_BYTES, total_timeout_s=5)


async def open_federation(
    settings: Settings, stack: AsyncExitStack, shared: Shared
) -> FederationService:
    """Sign people in through an OpenID provider, where one is configured."""
    provider = None
    if settings.oidc_issuer and settings.oidc_client_id:
        config = ProviderConfig(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            redirect_uri=f"{settings.console_url.rstrip('/')}/api/v1/auth/oidc/callback",
            name=settings.oidc_name,
            scopes=settings.oidc_scopes,
            default_role=settings.oidc_default_role,
            role_claim=settings.oidc_role_claim,
            roles=settings.oidc_role_pairs,
            allowed_domains=settings.oidc_domains,
            admits_unknown=settings.oidc_admits_unknown,
        )
        session = await stack.enter_async_context(
            open_session(config.issuer, allowed_hosts=settings.outgoing_allowed_hosts)
        )
        provider = OpenIdProvider(config, session=session, clock=shared.clock)
    return FederationService(
        shared.database,
        identity=shared.identity,
        provider=provider,
        pepper=settings.secret("pepper"),
        clock=shared.clock,
    )


async def open_oauth(
    settings: Settings, stack: AsyncExitStack, shared: Shared, owned: UserDatabase
) -> OAuthService:
    """Let applications in that people connect."""
    allowed = AllowedHosts.parse(settings.outgoing_allowed_hosts)
    client = await stack.enter_async_context(open_client(allowed=allowed, caps=_DOCUMENT_CAPS))
    clients = Clients(
        shared.database,
        documents=FetchedDocuments(client),
        attempts=shared.attempts,
        clock=shared.clock,
    )
    issuer = settings.console_url.rstrip("/")
    outside = urlsplit(issuer)
    # People may name the same host with the API's own port.
    host = outside.netloc.removesuffix(f":{outside.port}")
    direct = f"{outside.scheme}://{host}:{settings.port(registry.API_PORT)}"
    return OAuthService(
        shared.database,
        owned,
        identity=shared.identity,
        clients=clients,
        resources=Resources(
            issuer=issuer,
            origins=origins_of(settings) | {direct},
            takes_documents=clients.takes_documents,
        ),
        pepper=settings.secret("pepper"),
        clock=shared.clock,
    )


def origins_of(settings: Settings) -> frozenset[str]:
    """Give the origins of our own pages."""
    ports = (settings.port(registry.API_PORT), settings.port(registry.CONSOLE_PORT))
    local = {f"http://{host}:{port}" for host in ("127.0.0.1", "localhost") for port in ports}
    return frozenset({*local, settings.console_url.rstrip("/")})
