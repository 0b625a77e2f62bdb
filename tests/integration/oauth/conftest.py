from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from fastapi import FastAPI

from sophia.identity.service import IdentityService
from sophia.oauth.service import OAuthService
from sophia.store.database import Database
from sophia.store.user_database import UserDatabase
from tests.support.applications import (
    Application,
    MemoryDocuments,
    app_with_gateway,
    oauth_over,
)
from tests.support.clock import FixedClock
from tests.support.people import identity_over, visitor


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def identity(database: Database, clock: FixedClock) -> IdentityService:
    return identity_over(database, clock)


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest_asyncio.fixture(loop_scope="session", name="owned")
async def _owned(postgres_url: str) -> AsyncGenerator[UserDatabase]:
    owned = UserDatabase(postgres_url, pool_size=2)
    yield owned
    await owned.close()


@pytest.fixture
def oauth(
    database: Database,
    owned: UserDatabase,
    identity: IdentityService,
    clock: FixedClock,
    documents: MemoryDocuments,
) -> OAuthService:
    return oauth_over(database, owned, identity, clock, documents=documents)


@pytest.fixture
def app(identity: IdentityService, oauth: OAuthService) -> FastAPI:
    """The API with a guarded route where the gateway is."""
    return app_with_gateway(identity, oauth)


@pytest_asyncio.fixture(loop_scope="session")
async def application(app: FastAPI, identity: IdentityService) -> AsyncGenerator[Application]:
    """An application that nobody knows, and the owner, signed in."""
    link = await identity.issue_link(await identity.ensure_owner())
    signed_in = await identity.sign_in_with_link(link, user_agent="a test")
    async with (
        visitor(app) as client,
        visitor(app, token=signed_in.access_token) as person,
    ):
        yield Application(client, person)
