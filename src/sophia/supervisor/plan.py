"""Which parts this machine needs, by its settings."""

import os
import signal
import sys
from pathlib import Path
from types import MappingProxyType

from sophia.core import registry
from sophia.embedded import postgres, valkey
from sophia.embedded.launch import Launch
from sophia.settings import Settings
from sophia.supervisor import probes
from sophia.supervisor.part import Part, Stack

_MCP_DRAIN_S = 15
# What a server of ours needs of the environment: none of the operator's keys.
_PLAIN = MappingProxyType({"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C"})


def needed_ports(settings: Settings) -> list[tuple[str, int]]:
    """Give every port that has to be free, with the part that takes it."""
    named = [
        ("postgres", registry.POSTGRES_PORT, settings.embeds_postgres),
        ("redis", registry.REDIS_PORT, settings.embeds_redis),
        ("api", registry.API_PORT, True),
        ("the console", registry.CONSOLE_PORT, True),
        ("worker", registry.WORKER_PORT, True),
        *((f"mcp {server.name}", server.port, True) for server in _served()),
    ]
    return [(name, settings.port(port)) for name, port, is_needed in named if is_needed]


def addresses(settings: Settings) -> list[tuple[str, str]]:
    """Give what to tell people once all is ready."""
    api = f"http://127.0.0.1:{settings.port(registry.API_PORT)}"
    return [("Console", settings.console_url), ("API", f"{api}/api/v1"), ("Docs", f"{api}/docs")]


def build(settings: Settings) -> Stack:
    """Prepare the embedded servers and say how everything is started.

    Raises what the preparation raises: DataVersionError, DiskFullError and the like.
    """
    return Stack(
        servers=tuple(_servers(settings)),
        upgrade=sophia_command(settings.home, "db", "upgrade"),
        environment=own_environment(settings),
        processes=_processes(settings),
    )


def own_environment(settings: Settings) -> dict[str, str]:
    """Give our environment as a process of ours in another folder needs it: paths in full."""
    inherited = os.environ  # noqa: TID251 - passed on, not read
    return inherited | {
        "SOPHIA_HOME": str(settings.home),
        "SOPHIA_SECRETS_DIR": str(settings.secrets_dir),
        "SOPHIA_SANDBOX": str(settings.sandbox),  # by `up --sandbox` too
    }


def sophia_command(home: Path, *arguments: str) -> Launch:
    """Say how a command of this very installation is started."""
    return Launch(
        argv=(sys.executable, "-P", "-m", "sophia.cli.main", *arguments),
        cwd=home,
        uid=None,
        gid=None,
        stop_signal=signal.SIGTERM,
    )


def _servers(settings: Settings) -> list[Part]:
    servers: list[Part] = []
    if settings.embeds_redis:
        port = settings.port(registry.REDIS_PORT)
        password = settings.secret("redis_password")
        servers.append(
            Part(
                name="redis",
                port=port,
                launch=valkey.prepare(settings.home, port=port, password=password),
                probe=probes.redis(port, password=password),
                environment=_PLAIN,
                stop_timeout_s=15,
            )
        )
    if settings.embeds_postgres:
        port = settings.port(registry.POSTGRES_PORT)
        password = settings.secret("postgres_password")
        servers.append(
            Part(
                name="postgres",
                port=port,
                launch=postgres.prepare(settings.home, port=port, password=password),
                probe=probes.postgres(port, user=postgres.ROLE, database="postgres"),
                environment=_PLAIN,
                start_timeout_s=600,  # after a crash it reads its log again
                stop_timeout_s=30,
            )
        )
    return list(reversed(servers))


def _processes(settings: Settings) -> tuple[Part, ...]:
    api = settings.port(registry.API_PORT)
    worker = settings.port(registry.WORKER_PORT)
    mcp = settings.port(_served()[0].port)
    environment = own_environment(settings)
    return (
        Part(
            name="api",
            port=api,
            launch=sophia_command(settings.home, "api"),
            probe=probes.http(api, "/health/ready", host=settings.host),
            environment=environment,
        ),
        Part(
            name="worker",
            port=worker,
            launch=sophia_command(settings.home, "worker"),
            probe=probes.http(worker, "/health/ready"),
            environment=environment,
        ),
        Part(
            name="mcp",
            port=mcp,
            launch=sophia_command(settings.home, "mcp", "serve", "all"),
            probe=probes.http(mcp, "/health", host=settings.mcp_host),
            environment=environment,
            stop_timeout_s=_MCP_DRAIN_S,
        ),
    )


def _served() -> list[registry.McpServer]:
    return [server for server in registry.MCP_SERVERS.values() if server.is_served]
