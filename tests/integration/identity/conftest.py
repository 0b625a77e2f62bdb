import pytest

from sophia.identity.service import IdentityService
from sophia.store.database import Database
from tests.support.clock import FixedClock
from tests.support.people import identity_over


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
