import pytest
from fastapi import FastAPI

from sophia.identity.service import IdentityService
from sophia.store.database import Database
from tests.support.clock import FixedClock
from tests.support.people import app_over, identity_over


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def identity(database: Database, clock: FixedClock) -> IdentityService:
    """The service of one process."""
    return identity_over(database, clock)


@pytest.fixture
def elsewhere(database: Database, clock: FixedClock) -> IdentityService:
    """The service of another process on the same database."""
    return identity_over(database, clock)


@pytest.fixture
def app(identity: IdentityService) -> FastAPI:
    """The API over the first of them."""
    return app_over(identity)
