"""What the API and the worker have in common."""

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass

from redis.asyncio import Redis

from sophia.audit.journal import Journal
from sophia.core import registry
from sophia.dispatch.queue import RedisTurnQueue
from sophia.dispatch.signals import Signals
from sophia.identity.service import IdentityService
from sophia.kit import log
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.sealing import Seal
from sophia.kit.tokens import Signer, Verifier
from sophia.limits.attempts import Attempts, SharedAttempts
from sophia.limits.limiter import Limiter
from sophia.limits.way import Way
from sophia.llm.catalogue import ModelCatalogue
from sophia.llm.provider import open_session
from sophia.mcp_servers.connections import Connections
from sophia.outgoing.client import Caps, open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.pins.screening import Screening
from sophia.settings import Settings
from sophia.store import redis as redis_store
from sophia.store.database import ANSWER_WITHIN_S, Database
from sophia.store.user_database import UserDatabase
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.toolbox import Endpoint, McpToolbox
from sophia.toolbox.upstream import Mint
from sophia.upstream_logins.schemas import OwnClient
from sophia.upstream_logins.service import UpstreamLogins
from sophia.wiring.models import find_models

_logger = log.get("wiring")

_LOGIN_CAPS = Caps(max_bytes=1024 * 1024, total_timeout_s=15)
_BLOCKING_READ_TIMEOUT_S = 2.0  # a blocking read takes up to one


@dataclass(frozen=True, slots=True)
class Shared:
    """What both processes work with."""

    database: Database
    redis: Redis
    presence: redis_store.Presence
    identity: IdentityService
    journal: Journal
    limiter: Limiter
    attempts: Attempts
    queue: RedisTurnQueue
    signals: Signals
    toolbox: McpToolbox
    connections: Connections
    models: ModelCatalogue
    worker: str
    clock: Clock


def own_endpoints(settings: Settings) -> list[Endpoint]:
    """Say where our own servers are."""
    return [
        Endpoint(name=server.name, url=f"http://127.0.0.1:{settings.port(server.port)}/mcp")
        for server in registry.MCP_SERVERS.values()
        if server.is_served
    ]


async def open_shared(
    settings: Settings,
    stack: AsyncExitStack,
    *,
    process: str,
    answer_within_s: float = ANSWER_WITHIN_S,
) -> Shared:
    """Open what both processes work with, and close it with the stack."""
    clock = SystemClock()
    database = Database(
        settings.database_url,
        pool_size=settings.database_pool_size,
        answer_within_s=answer_within_s,
    )
    stack.push_async_callback(database.close)
    signer = Signer(settings.secret("signing_key"))
    presence = redis_store.Presence(settings.redis_url, clock=clock)
    stack.push_async_callback(presence.close)
    await run_beside(stack, presence.run())
    way = Way(await open_redis(settings, stack, presence), presence)
    replicas = settings.limit_replicas
    attempts = SharedAttempts(way, replicas=replicas, clock=clock)
    identity = IdentityService(
        database,
        signer=signer,
        verifier=Verifier(signer.public_pem),
        pepper=settings.secret("pepper"),
        clock=clock,
        attempts=attempts,
    )
    signals = Signals(database, url=settings.database_url, clock=clock, name=f"sophia-{process}")
    worker = f"{socket.gethostname()}:{os.getpid()}"
    session = await stack.enter_async_context(open_session())
    screening = Screening(database, clock=clock)
    toolbox = McpToolbox(
        own_endpoints(settings),
        mint=identity.mint_tool_token,
        clock=clock,
        port_base=settings.port_base,
        screen=screening,
    )
    stack.push_async_callback(toolbox.close)
    await run_beside(stack, screening.run(toolbox.catalogue))
    connections = await open_connections(
        settings, stack, database, toolbox.catalogue, identity.mint_tool_token
    )
    await run_beside(stack, connections.run())
    redis = await open_redis(settings, stack, presence)
    return Shared(
        database=database,
        redis=redis,
        presence=presence,
        identity=identity,
        journal=Journal(database, pepper=settings.secret("pepper")),
        limiter=Limiter(way, replicas=replicas, clock=clock),
        attempts=attempts,
        queue=RedisTurnQueue(
            await open_redis(settings, stack, presence, is_blocking=True),
            redis,
            presence=presence,
            worker=worker,
            clock=clock,
            notify=signals.offer,
        ),
        signals=signals,
        toolbox=toolbox,
        connections=connections,
        models=await find_models(settings, session, clock),
        worker=worker,
        clock=clock,
    )


async def open_connections(
    settings: Settings,
    stack: AsyncExitStack,
    database: Database,
    catalogue: Catalogue,
    mint: Mint,
) -> Connections:
    """Open the ways to registered MCP servers."""
    owned = UserDatabase(settings.database_url, pool_size=2)
    stack.push_async_callback(owned.close)
    allowed = AllowedHosts.parse(settings.outgoing_allowed_hosts)
    clock, console = SystemClock(), settings.console_url.rstrip("/")
    document = f"{console}/oauth/client.json" if console.startswith("https://") else None
    logins = UpstreamLogins(
        owned,
        database,
        http=await stack.enter_async_context(open_client(allowed=allowed, caps=_LOGIN_CAPS)),
        own=OwnClient(redirect_uri=f"{console}/connected", document_url=document),
        secret=settings.secret("pepper"),
        clock=clock,
    )
    connections = Connections(
        database,
        catalogue,
        mcp_server_seal(settings),
        mint=mint,
        logins=logins,
        allowed_hosts=settings.outgoing_allowed_hosts,
        clock=clock,
    )
    stack.push_async_callback(connections.close)
    return connections


def mcp_server_seal(settings: Settings) -> Seal:
    """Give what seals the tokens and variables of registered MCP servers."""
    return Seal(settings.secret("pepper"), purpose="mcp server token")


async def open_redis(
    settings: Settings,
    stack: AsyncExitStack,
    presence: redis_store.Presence,
    *,
    is_blocking: bool = False,
) -> Redis:
    """Open a way to Redis of its own."""
    client = redis_store.connect(
        settings.redis_url,
        read_timeout_s=_BLOCKING_READ_TIMEOUT_S if is_blocking else redis_store.READ_TIMEOUT_S,
        presence=presence,
    )
    stack.push_async_callback(client.aclose)
    return client


async def run_beside(stack: AsyncExitStack, work: Coroutine[None, None, None]) -> None:
    """Run something beside the process's main work until the stack closes.

    If it ends before, by an error of ours, the process is told to end too: whoever started it
    starts it again, whole.
    """
    task = asyncio.create_task(work)
    is_closing = False

    def note_end(ended: asyncio.Task[None]) -> None:
        if is_closing:
            return
        error = None if ended.cancelled() else ended.exception()
        _logger.error("process.part.ended", part=work.__qualname__, exc_info=error)
        signal.raise_signal(signal.SIGTERM)

    task.add_done_callback(note_end)

    async def end() -> None:
        nonlocal is_closing
        is_closing = True
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(end)
