"""What every test may use: the servers of this run, a migrated database, a cache of its own."""

from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import override

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from redis import Redis
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from sophia.store.database import Database
from tests.support import servers
from tests.support.desk import Desk
from tests.support.lambda_cloud import Account, lambda_account
from tests.support.providers import ScriptedProvider, scripted_openai

_FOLDER = pytest.StashKey[Path]()
# Their tests share a browser and desks that are dear to start.
_TOGETHER = ("tests/e2e/", "tests/faults/")


# How long an example takes says more about the machine than about the code.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.stash[_FOLDER] = servers.open_folder()


def pytest_unconfigure(config: pytest.Config) -> None:
    servers.give_ports_back()
    if _FOLDER in config.stash:
        servers.close_folder(config.stash[_FOLDER])


class _Scheduling(LoadFileScheduling):
    """Gives a file's tests to one process, and of some folders all files' tests."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Scheduling:
    return _Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests that share an id: of those, the processes of a run would run just one."""
    ids = Counter(item.nodeid for item in items)
    shared = [id_ for id_, count in ids.items() if count > 1]
    if shared:
        raise pytest.UsageError(f"tests that share an id: {', '.join(shared)}")


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    """The number of this process among those of the run."""
    name: str = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(name.removeprefix("gw"))


@pytest.fixture(scope="session")
def migrated_url(worker_number: int) -> str:
    """A database of this process, with the whole schema."""
    return servers.migrated_database(f"sophia_test_{worker_number}")


@pytest.fixture
def postgres_url(migrated_url: str) -> str:
    """The migrated database, emptied of what earlier tests left."""
    servers.empty(migrated_url)
    return migrated_url


@pytest.fixture
def redis_url(worker_number: int) -> str:
    """A Redis database of this process, empty."""
    url = servers.servers().redis_url(worker_number)
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest_asyncio.fixture(loop_scope="session")
async def database(postgres_url: str) -> AsyncGenerator[Database]:
    """A way to the migrated database."""
    opened = Database(postgres_url, pool_size=4)
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def machines() -> AsyncGenerator[Account]:
    """The account at Lambda that the running desk has, and its GPU machines."""
    async with lambda_account() as account:
        yield account


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_desk(
    worker_number: int,
    migrated_url: str,
    tmp_path_factory: pytest.TempPathFactory,
    machines: Account,
) -> AsyncGenerator[tuple[Desk, ScriptedProvider]]:
    """Sophia's processes and the model provider that they know."""
    folder: Path = tmp_path_factory.mktemp("desk")
    async with scripted_openai() as provider:
        desk = Desk(
            folder,
            number=worker_number,
            database_url=migrated_url,
            redis_url=servers.servers().redis_url(worker_number + 32),
            provider_url=provider.url,
            variables=machines.variables,
        )
        try:
            await desk.start("api", "worker", "mcp")
            yield desk, provider
        finally:
            await desk.close()


@pytest.fixture
def desk(running_desk: tuple[Desk, ScriptedProvider], migrated_url: str) -> Desk:
    """The running system, emptied of what earlier tests left."""
    servers.empty(migrated_url)
    return running_desk[0]


@pytest.fixture
def provider(running_desk: tuple[Desk, ScriptedProvider]) -> ScriptedProvider:
    """The scripted model provider, with an empty script."""
    found = running_desk[1]
    found.requests.clear()
    found.clear()
    return found
