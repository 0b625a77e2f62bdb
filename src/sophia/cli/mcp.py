"""`sophia mcp add|list|test|remove|client-config`: servers of others, and our own clients."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console

from sophia.cli.owner import IsJson, identity_over, opened_database, owner_viewer, show
from sophia.core import registry
from sophia.identity.schemas import Viewer
from sophia.kit import log
from sophia.kit.clock import SystemClock
from sophia.kit.sealing import Seal
from sophia.mcp_servers.connections import Connections
from sophia.mcp_servers.schemas import ServerIn, ServerTestOut
from sophia.mcp_servers.service import McpServerService
from sophia.settings import Settings
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.listing import fetch
from sophia.toolbox.toolbox import SERVICE


class App(StrEnum):
    """An MCP client whose configuration we know."""

    CLAUDE = "claude"
    CURSOR = "cursor"
    VSCODE = "vscode"


def register(group: typer.Typer) -> None:
    """Add the commands of this module to `sophia mcp`."""
    for name, command in (
        ("add", add),
        ("list", list_servers),
        ("test", test),
        ("remove", remove),
        ("client-config", client_config),
    ):
        group.command(name)(command)


def add(
    name: Annotated[str, typer.Argument(help="Its tools are shown as NAME__tool.")],
    url: Annotated[str, typer.Argument(help="Where it serves MCP over streamable HTTP.")],
    *,
    has_token: Annotated[
        bool, typer.Option("--token", help="Read a bearer token from standard input.")
    ] = False,
) -> None:
    """Register an MCP server of somebody else, and ask it what it offers."""
    token = sys.stdin.readline().strip() if has_token else None
    wanted = ServerIn(name=name, url=url, token=token)

    async def act(servers: McpServerService, owner: Viewer) -> ServerTestOut:
        await servers.add(owner, wanted)
        return await servers.test(name)

    _tell(name, _run(act))


def list_servers(*, is_json: IsJson = False) -> None:
    """List the registered servers."""

    async def act(servers: McpServerService, _owner: Viewer) -> list[dict[str, Any]]:
        return [
            {
                "name": row["name"],
                "url": row["url"],
                "token": "yes" if row["sealed_token"] else "no",
                "enabled": "yes" if row["is_enabled"] else "no",
            }
            for row in await servers.all()
        ]

    show(_run(act), is_json=is_json, title="Registered MCP servers")


def test(name: str) -> None:
    """Ask a registered server what it offers, now."""

    async def act(servers: McpServerService, _owner: Viewer) -> ServerTestOut:
        return await servers.test(name)

    _tell(name, _run(act))


def remove(name: str) -> None:
    """Forget a registered server and its token."""

    async def act(servers: McpServerService, owner: Viewer) -> None:
        await servers.remove(owner, name)

    _run(act)
    typer.echo(f"{name} is forgotten.")


def client_config(client: App) -> None:
    """Print what to paste into an MCP client's configuration."""
    settings = Settings()
    url = f"http://127.0.0.1:{settings.port(registry.API_PORT)}/mcp"
    if settings.public_url:
        url = f"{settings.public_url.rstrip('/')}/mcp"
    match client:
        case App.VSCODE:
            told: dict[str, Any] = {"servers": {"sophia": {"type": "http", "url": url}}}
        case App.CURSOR:
            told = {"mcpServers": {"sophia": {"url": url}}}
        case App.CLAUDE:
            told = {"mcpServers": {"sophia": {"type": "http", "url": url}}}
    typer.echo(json.dumps(told, indent=2))
    typer.echo(
        "The client signs in through the browser. One that cannot: make a key (sophia keys create)"
        ' and add "headers": {"Authorization": "Bearer KEY"} beside the url.',
        err=True,
    )


def _tell(name: str, found: ServerTestOut) -> None:
    if not found.is_reached:
        typer.echo(f"{name} was not reached: {found.error}", err=True)
        raise typer.Exit(1)
    Console().print(
        f"{name} speaks {found.protocol_version} and offers {len(found.tools)} tools"
        f" ({found.latency_ms:g} ms): {', '.join(found.tools) or 'none'}",
        soft_wrap=True,
    )


def _run[T](act: Callable[[McpServerService, Viewer], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _service() as (servers, owner):
            return await act(servers, owner)

    return asyncio.run(run())


@asynccontextmanager
async def _service() -> AsyncGenerator[tuple[McpServerService, Viewer]]:
    settings = Settings()
    log.set_up(level="warning", process="cli")
    clock = SystemClock()
    seal = Seal(settings.secret("pepper"), purpose="mcp server token")
    async with opened_database(settings) as database:
        owner = owner_viewer(await identity_over(database, settings).ensure_owner())
        catalogue = Catalogue([], lambda upstream: fetch(upstream, caller=SERVICE), clock=clock)
        connections = Connections(
            database,
            catalogue,
            seal,
            allowed_hosts=settings.outgoing_allowed_hosts,
            clock=clock,
        )
        yield McpServerService(database, connections, seal, clock), owner
