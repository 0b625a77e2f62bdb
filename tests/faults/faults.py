"""What the long drill does to a running system: each fault, injected and taken back."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import psutil
from redis import Redis

from sophia.core import registry
from sophia.kit.clock import SystemClock
from tests.faults.ledger import Operation
from tests.support.counting_tools import CountingTools
from tests.support.providers import Call, Fault, Reply, ScriptedProvider
from tests.support.proxy import Toxic
from tests.support.replicas import Replicas

_SLOW_CLIENTS = 200
_MAX_GROWN_MB = 64
_STARTED_WITHIN_S = 90


@dataclass(slots=True)
class Site:
    """What a fault is done to, and for how long each time."""

    replicas: Replicas
    model: ScriptedProvider
    token: str
    pause_s: float
    times: int
    # What the figures are of: the operations from one moment on that a fault is not to touch.
    is_spared: Callable[[Operation], bool] = lambda _: True
    calm_since_s: float = 0
    began_s: float = 0
    problems: list[str] = field(default_factory=list[str])

    async def pause(self) -> None:
        await SystemClock().sleep(self.pause_s)


@dataclass(frozen=True, slots=True)
class Injection:
    """A fault: which commitment it tries, and how it is done; gives how often it was."""

    name: str
    inject: Callable[[Site], Awaitable[int]]


async def kill_api(site: Site) -> int:
    """Kill one replica of the API again and again."""
    return await _kill(site, "api")


async def kill_worker(site: Site) -> int:
    """Kill one of the two workers again and again."""
    return await _kill(site, "worker")


async def _kill(site: Site, name: str) -> int:
    for number in range(site.times):
        desk = site.replicas.desks[number % 2]
        desk.kill(name)
        await site.pause()
        await desk.start(name, timeout_s=_STARTED_WITHIN_S)
    return site.times


async def kill_postgres(site: Site) -> int:
    """Kill PostgreSQL and start it again, again and again."""
    for _ in range(site.times):
        await site.replicas.servers.kill("postgres")
        await site.replicas.servers.start_one("postgres")
        await site.pause()
    return site.times


async def restart_postgres(site: Site) -> int:
    """Restart PostgreSQL fast, as an operator would."""
    for _ in range(site.times):
        await site.replicas.servers.restart("postgres")
        await site.pause()
    return site.times


async def hang_postgres(site: Site) -> int:
    """Let nothing through to PostgreSQL for a while."""
    return await _poison(site, site.replicas.database_proxy, Toxic.TIMEOUT)


async def kill_redis(site: Site) -> int:
    """Kill Redis, leave it away for a while and start it again."""
    for _ in range(site.times):
        await site.replicas.servers.kill("redis")
        await site.pause()
        await site.replicas.servers.start_one("redis")
        await site.pause()
    return site.times


async def refuse_redis(site: Site) -> int:
    """Refuse all connections to Redis for a while."""
    return await _poison(site, site.replicas.redis_proxy, Toxic.DOWN)


async def hang_redis(site: Site) -> int:
    """Let nothing through to Redis for a while."""
    return await _poison(site, site.replicas.redis_proxy, Toxic.TIMEOUT)


async def flush_redis(site: Site) -> int:
    """Have Redis forget everything."""
    for _ in range(site.times):
        with Redis.from_url(site.replicas.servers.redis_url()) as client:
            client.flushall()
        await site.pause()
    return site.times


async def _poison(site: Site, proxy: Any, toxic: Toxic) -> int:
    for _ in range(site.times):
        await proxy.poison(toxic)
        await site.pause()
        await proxy.heal()
        await site.pause()
    return site.times


async def limit_model(site: Site) -> int:
    """Have the model's provider answer every third request 429, with Retry-After."""
    return await _misbehave(site, Reply(status=429, retry_after="1"), every=3)


async def break_model(site: Site) -> int:
    """Have the model's provider answer 500 to everything."""
    return await _misbehave(site, Reply(status=500), every=1)


async def hang_model(site: Site) -> int:
    """Have the model's provider hang before it answers, every tenth time."""
    return await _misbehave(site, Reply(pieces=("x",), fault=Fault.HANG_BEFORE_HEADERS), every=10)


async def _misbehave(site: Site, reply: Reply, *, every: int) -> int:
    count = 0

    def choose(_: Any) -> Reply | None:
        nonlocal count
        count += 1
        return None if count % every else reply

    site.model.choose = choose
    for _ in range(site.times):
        await site.pause()
    site.model.choose = None
    return count // every


async def tools_away(site: Site) -> int:
    """Have every turn call a tool; kill every other MCP server, have it come back and hang.

    What goes to the servers between is to be answered as before.
    """
    served = [server.name for server in registry.MCP_SERVERS.values() if server.is_served]
    away, left = served[::2], served[1::2]
    site.is_spared = lambda operation: _server_of(operation.message, served) in left

    def choose(body: Any) -> Reply | None:
        asked = next(one for one in reversed(body["messages"]) if one["role"] == "user")
        server = _server_of(asked["content"], served)
        last = body["messages"][-1]
        if last["role"] == "user":
            return Reply(calls=(Call(f"{server}__look", {}),))
        if site.calm_since_s and server in left and last["content"] != "look is done":
            site.problems.append(f"{server} was spared, and yet: {last['content']}")
        return None

    async with AsyncExitStack() as stack:
        # Of each server one for each desk: both workers are to know all of them.
        tools = {
            (name, port): await stack.enter_async_context(_tools(port))
            for name in served
            for port in _tool_ports(site, name)
        }
        site.model.choose = choose
        async with asyncio.timeout(_STARTED_WITHIN_S):
            for one in tools.values():
                await one.is_called.wait()
        site.calm_since_s = time.monotonic()
        await site.pause()
        site.began_s = time.monotonic()
        taken = {port: one for (name, port), one in tools.items() if name in away}
        for one in taken.values():
            await one.stop()
        await site.pause()
        for port, one in taken.items():
            one.may_answer.clear()
            await one.start(port)
        await site.pause()
        for one in taken.values():
            one.may_answer.set()
        await site.pause()
        site.model.choose = None
    return 2 * len(away)


def _server_of(message: str, served: Sequence[str]) -> str:
    """Deal the operations out to the servers, by the number that each ends with."""
    return served[int(message.rpartition("-")[2]) % len(served)]


@asynccontextmanager
async def _tools(port: int) -> AsyncGenerator[CountingTools]:
    tools = CountingTools()
    tools.may_answer.set()
    await tools.start(port)
    try:
        yield tools
    finally:
        await tools.stop()


def _tool_ports(site: Site, name: str) -> list[int]:
    port = registry.MCP_SERVERS[name].port
    return [desk.settings.port(port) for desk in site.replicas.desks]


async def fill_disk(site: Site) -> int:
    """Fill the disk under PostgreSQL's data, and free it again."""
    servers = site.replicas.servers
    if not servers.has_own_disk:
        return 0  # nothing may be mounted here, and no other disk is to be filled
    for _ in range(site.times):
        await asyncio.to_thread(servers.fill_disk)
        await site.pause()
        await asyncio.to_thread(servers.free_disk)
        await servers.revive()
        await site.pause()
    return site.times


async def slow_clients(site: Site) -> int:
    """Open streams that nobody reads and requests that nobody ends; send a body without end."""
    desk = site.replicas.desks[0]
    port = desk.settings.port(registry.API_PORT)
    api = psutil.Process(desk.pid("api"))
    before_bytes = api.memory_info().rss
    much = Reply(pieces=("x" * 20_000,) * 20)
    site.model.choose = lambda body: much if "Say much." in str(body["messages"][-1]) else None
    async with site.replicas.client(site.token, desk=desk) as client:
        turn = (await client.post("/api/v1/chat", json={"message": "Say much."})).json()
        site.model.choose = None
        assert len(turn["response"]) == 400_000
        path = f"/api/v1/turns/{turn['metadata']['turn_id']}/events"
        head = f"GET {path} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {site.token}\r\n"
        sockets = [_open(port, f"{head}\r\n") for _ in range(_SLOW_CLIENTS)]
        sockets += [_open(port, head) for _ in range(_SLOW_CLIENTS)]
        with contextlib.suppress(httpx2.TransportError):
            refused = await client.post("/api/v1/chat", content=b" " * 100_000_000)
            assert refused.status_code == 413
    for _ in range(site.times):
        await site.pause()
    grown_mb = (api.memory_info().rss - before_bytes) // 2**20
    if grown_mb > _MAX_GROWN_MB:
        site.problems.append(f"the API grew by {grown_mb} MiB")
    for one in sockets:
        one.close()
    return len(sockets)


def _open(port: int, said: str) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    client.sendall(said.encode())
    return client


async def roll(site: Site) -> int:
    """Replace every replica, one after the other, as an update does."""
    for desk in site.replicas.desks:
        for name in ("api", "worker"):
            assert await desk.end(name) == 0
            await desk.start(name, timeout_s=_STARTED_WITHIN_S)
    return 4


INJECTIONS = (
    Injection("R1 API killed", kill_api),
    Injection("R2 worker killed", kill_worker),
    Injection("R3 PostgreSQL killed", kill_postgres),
    Injection("R4 PostgreSQL restarted", restart_postgres),
    Injection("R4 PostgreSQL hangs", hang_postgres),
    Injection("R5 Redis killed", kill_redis),
    Injection("R5 Redis refuses", refuse_redis),
    Injection("R5 Redis hangs", hang_redis),
    Injection("R5 Redis flushed", flush_redis),
    Injection("R6 model answers 429", limit_model),
    Injection("R6 model answers 500", break_model),
    Injection("R7 model hangs", hang_model),
    Injection("R8 servers away, then hang", tools_away),
    Injection("R9 disk full", fill_disk),
    Injection("R10 slow clients", slow_clients),
    Injection("R11 rolling restart", roll),
)
