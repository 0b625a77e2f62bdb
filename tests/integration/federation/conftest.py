from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.store.database import Database
from tests.support.openid.providers import LyingProvider, certified_provider, lying_provider
from tests.support.people import identity_over


@pytest.fixture
def identity(database: Database) -> IdentityService:
    return identity_over(database, SystemClock())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def certified() -> AsyncGenerator[str]:
    """The issuer of a certified provider."""
    async with certified_provider() as issuer:
        yield issuer


@pytest_asyncio.fixture(loop_scope="session")
async def lying() -> AsyncGenerator[LyingProvider]:
    """A provider that lies as told."""
    async with lying_provider() as provider:
        yield provider
