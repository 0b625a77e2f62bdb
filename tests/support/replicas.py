"""Two replicas of the API and two workers on one database, one Redis and one home's secrets.

Clients reach the APIs through a proxy, and these their servers through proxies, so that any
connection can be made to fail. Whatever is killed here stays away until it is started again.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from sophia.core import registry
from sophia.kit.clock import SystemClock
from sophia.store import migrate
from sophia.store.errors import DatabaseUnavailableError
from tests.support.data_servers import DataServers
from tests.support.desk import Desk
from tests.support.proxy import Proxy
from tests.support.waiting import eventually

_DATABASE = "replicas"
_CHECK_EVERY_S = 0.1
_CHECK_TIMEOUT_S = 1.0
_START_TIMEOUT_S = 90  # four processes at once


@dataclass(frozen=True, slots=True)
class Replicas:
    """The desks and what stands between them, their clients and their servers."""

    desks: tuple[Desk, Desk]
    servers: DataServers
    api_proxy: Proxy
    database_proxy: Proxy
    redis_proxy: Proxy

    @property
    def url(self) -> str:
        """Give where clients reach the APIs: through the proxy."""
        return f"http://127.0.0.1:{self.api_proxy.port}"

    @property
    def database_url(self) -> str:
        """Give the database's URL, past the proxy."""
        return self.servers.database_url(_DATABASE)

    async def token(self) -> str:
        """Make a user and give an access token that every replica takes."""
        return await eventually(self._token, timeout_s=10) or ""

    async def _token(self) -> str | None:
        try:
            _, token = await self.desks[0].add_user()
        except DatabaseUnavailableError:  # our own connections may be those of before a fault
            return None
        return token

    def client(self, token: str, *, desk: Desk | None = None) -> httpx2.AsyncClient:
        """Give a client of a certain replica or, through the proxy, of any."""
        return httpx2.AsyncClient(
            base_url=desk.url if desk else self.url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=15,
            trust_env=False,
        )

    async def check_health(self) -> None:
        """Withdraw the replicas that are not ready and restore those that are, until cancelled."""
        async with httpx2.AsyncClient(timeout=_CHECK_TIMEOUT_S, trust_env=False) as client:
            while True:
                for desk in self.desks:
                    port = desk.settings.port(registry.API_PORT)
                    if await _is_ready(client, desk):
                        self.api_proxy.restore(port)
                    else:
                        self.api_proxy.withdraw(port)
                await SystemClock().sleep(_CHECK_EVERY_S)


async def _is_ready(client: httpx2.AsyncClient, desk: Desk) -> bool:
    try:
        return (await client.get(f"{desk.url}/health/ready")).is_success
    except httpx2.TransportError:
        return False


@asynccontextmanager
async def running_replicas(
    folder: Path,
    *,
    numbers: tuple[int, int],
    provider_url: str,
    variables: Mapping[str, str] | None = None,
    disk_mb: int | None = None,
) -> AsyncGenerator[Replicas]:
    """Start two of each on servers of their own, and end all of them afterwards."""
    servers = DataServers(disk_mb=disk_mb)
    await servers.start()
    servers.create_database(_DATABASE)
    await asyncio.to_thread(migrate.upgrade, _sqlalchemy(servers.database_url(_DATABASE)))
    database_proxy = Proxy(servers.ports["postgres"])
    redis_proxy = Proxy(servers.ports["redis"])
    await database_proxy.start()
    await redis_proxy.start()
    desks: list[Desk] = []
    for name, number in zip("ab", numbers, strict=True):
        (folder / name).mkdir()
        desk = Desk(
            folder / name,
            number=number,
            database_url=_sqlalchemy(servers.database_url(_DATABASE, port=database_proxy.port)),
            redis_url=servers.redis_url(port=redis_proxy.port),
            provider_url=provider_url,
            home_folder=folder / "home",
            variables=variables,
        )
        desks.append(desk)
    first, second = desks
    api_proxy = Proxy(*(desk.settings.port(registry.API_PORT) for desk in desks))
    await api_proxy.start()
    replicas = Replicas((first, second), servers, api_proxy, database_proxy, redis_proxy)
    try:
        await asyncio.gather(
            *(desk.start("api", "worker", timeout_s=_START_TIMEOUT_S) for desk in desks)
        )
        yield replicas
    finally:
        for proxy in (api_proxy, database_proxy, redis_proxy):
            await proxy.close()
        for desk in desks:
            await desk.close()
        await servers.close()


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")
