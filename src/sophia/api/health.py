"""Health: alive, ready, and how every part is. Each part is really asked."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from redis.asyncio import Redis
from sqlalchemy import text
from starlette.requests import HTTPConnection

from sophia import __version__
from sophia.kit.clock import Clock
from sophia.kit.errors import SophiaError
from sophia.store.database import Database
from sophia.store.redis import REDIS_ERRORS
from sophia.toolbox.probe import ServerProbe, ServerStatus

router = APIRouter(tags=["health"])

_PROBE_TIMEOUT_S = 2.0
_WORKERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name = 'sophia-worker' AND datname = current_database()
""")

type State = Literal["healthy", "degraded", "unhealthy"]


class ServicesOut(BaseModel):
    """How every part is."""

    database: State
    redis: State
    worker: State
    mcp_servers: dict[str, str]


class HealthOut(BaseModel):
    """How Sophia is."""

    status: State
    version: str
    timestamp: str
    services: ServicesOut


class LiveOut(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class ReadyOut(BaseModel):
    """Whether requests may come."""

    status: Literal["ready", "draining", "unavailable"]


class Health:
    """Asks the parts."""

    def __init__(
        self, database: Database, redis: Redis, servers: ServerProbe, *, clock: Clock
    ) -> None:
        """Take what is to be asked."""
        self._database = database
        self._redis = redis
        self._servers = servers
        self._clock = clock
        self.is_draining = False

    async def ready(self) -> bool:
        """Say whether the database answers: without it nothing can be accepted."""
        return await self._database_state() == "healthy"

    async def servers(self) -> Sequence[ServerStatus]:
        """Ask the MCP servers."""
        return await self._servers.all()

    async def whole(self) -> HealthOut:
        """Ask everything at once."""
        database, redis, worker, servers = await asyncio.gather(
            self._database_state(), self._redis_state(), self._worker_state(), self._servers.all()
        )
        states = {server.name: server.status for server in servers}
        served_states = {state for state in states.values() if state != "not_served"}
        status: State = "healthy"
        if database != "healthy":
            status = "unhealthy"
        elif {redis, worker} != {"healthy"} or served_states - {"healthy", "degraded"}:
            status = "degraded"
        return HealthOut(
            status=status,
            version=__version__,
            timestamp=self._clock.now().isoformat(),
            services=ServicesOut(database=database, redis=redis, worker=worker, mcp_servers=states),
        )

    async def _database_state(self) -> State:
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S):
                await self._database.ping()
        except (SophiaError, TimeoutError):
            return "unhealthy"
        return "healthy"

    async def _redis_state(self) -> State:
        try:
            await self._redis.ping()
        except REDIS_ERRORS:
            return "unhealthy"
        return "healthy"

    async def _worker_state(self) -> State:
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_S), self._database.reading() as reader:
                workers = await reader.scalar(_WORKERS)
        except (SophiaError, TimeoutError):
            return "unhealthy"
        return "healthy" if workers else "unhealthy"


async def health_of(connection: HTTPConnection) -> Health:
    """Give the health that the API process was wired with."""
    health: Health = connection.app.state.health
    return health


type HealthDep = Annotated[Health, Depends(health_of)]


@router.get("/health", responses={503: {"model": HealthOut, "description": "Unhealthy."}})
async def health(parts: HealthDep, response: Response) -> HealthOut:
    """Say how every part is; 503 when nothing can be accepted."""
    found = await parts.whole()
    if found.status == "unhealthy":
        response.status_code = 503
    return found


@router.get("/health/live")
async def live() -> LiveOut:
    """Say that the process answers."""
    return LiveOut()


@router.get("/health/ready", responses={503: {"model": ReadyOut, "description": "Not ready."}})
async def ready(parts: HealthDep, response: Response) -> ReadyOut:
    """Say whether requests may come; 503 when not."""
    if parts.is_draining:
        response.status_code = 503
        return ReadyOut(status="draining")
    if not await parts.ready():
        response.status_code = 503
        return ReadyOut(status="unavailable")
    return ReadyOut(status="ready")
