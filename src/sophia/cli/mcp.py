"""`sophia mcp add|import|list|test|…`: servers of others, and the configuration of clients."""

import asyncio
import json
import os
import shlex
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from sophia.cli import serve
from sophia.cli.owner import IsJson, identity_over, opened_database, owner_viewer, show
from sophia.core import registry
from sophia.identity.schemas import Viewer
from sophia.kit import log
from sophia.kit.clock import SystemClock
from sophia.kit.errors import SophiaError
from sophia.mcp_servers import configs
from sophia.mcp_servers.errors import CommandMissingError
from sophia.mcp_servers.schemas import CommandIn, ServerIn, ServerTestOut
from sophia.mcp_servers.service import McpServerService
from sophia.settings import Settings
from sophia.stdio_servers.command import SYSTEM_PATH
from sophia.toolbox.catalogue import Catalogue
from sophia.toolbox.errors import ServerFailedError
from sophia.toolbox.exchange import Endpoint, Exchange
from sophia.toolbox.listing import fetch
from sophia.toolbox.toolbox import SERVICE
from sophia.wiring.shared import mcp_server_seal, open_connections, own_endpoints

_ASKING_TIMEOUT_S = 2.0

# Whose variables are meant is who types the command: nothing here configures Sophia.
_OUTSIDE = os.environ  # noqa: TID251 - given by name to a server that is registered


class App(StrEnum):
    """An MCP client whose configuration we know."""

    CLAUDE = "claude"
    CURSOR = "cursor"
    VSCODE = "vscode"


def register(app: typer.Typer) -> None:
    """Add the commands of this module, and those that serve, as one group."""
    group = serve.group()
    for name, command in (
        ("add", add),
        ("import", import_file),
        ("list", list_servers),
        ("test", test),
        ("login", login),
        ("enable", enable),
        ("disable", disable),
        ("remove", remove),
        ("client-config", client_config),
    ):
        group.command(name)(command)
    app.add_typer(group, name="mcp")


def add(  # noqa: PLR0913 - the options of a command
    name: Annotated[str, typer.Argument(help="Its tools are shown as NAME__tool.")],
    target: Annotated[list[str], typer.Argument(help="A URL; or -- and a command to run.")],
    *,
    has_token: Annotated[
        bool, typer.Option("--token", help="Read a bearer token from standard input.")
    ] = False,
    wants_login: Annotated[
        bool, typer.Option("--login", help="Everybody logs in there (OAuth).")
    ] = False,
    client_id: Annotated[
        str | None, typer.Option(help="What the login calls Sophia, if it takes no strangers.")
    ] = None,
    variables: Annotated[
        list[str] | None,
        typer.Option("--env", help="NAME=VALUE for a command, or NAME as it is here."),
    ] = None,
    memory_mb: Annotated[int | None, typer.Option(help="What a command may take.")] = None,
    processes: Annotated[int | None, typer.Option(help="How many it may have.")] = None,
) -> None:
    """Register an MCP server of somebody else, by URL or by command, and ask what it offers."""
    wanted: ServerIn | CommandIn
    if target[0].startswith(("http://", "https://")):
        token = sys.stdin.readline().strip() if has_token else None
        wanted = ServerIn(
            name=name, url=target[0], token=token, wants_login=wants_login, client_id=client_id
        )
    else:
        command = CommandIn(
            name=name,
            command=target,
            environment=_environment(variables or []),
            memory_mb=memory_mb,
            processes=processes,
        )
        wanted = _runnable(command)

    async def act(servers: McpServerService, owner: Viewer) -> ServerTestOut:
        await _add(servers, owner, wanted)
        return await servers.test(name)

    _tell(name, _run(act))


def import_file(
    path: Annotated[Path, typer.Argument(help="Of Claude, VS Code or Cursor.", exists=True)],
) -> None:
    """Register the MCP servers that another client was configured with."""
    found = configs.read(path.read_text("utf-8"), _OUTSIDE)

    async def act(servers: McpServerService, owner: Viewer) -> list[dict[str, Any]]:
        return [await _imported(servers, owner, one) for one in found]

    show(_run(act), is_json=False, title="Imported MCP servers")


def login(name: str) -> None:
    """Print the link with which the owner logs in at a server."""

    async def act(servers: McpServerService, owner: Viewer) -> str:
        return await servers.start_login(owner, name)

    typer.echo(_run(act))


def enable(name: str) -> None:
    """Use a registered server again."""
    _switch(name, is_enabled=True)


def disable(name: str) -> None:
    """Do not use a registered server."""
    _switch(name, is_enabled=False)


def list_servers(*, is_json: IsJson = False) -> None:
    """List our own servers, with what is to be set, and the registered ones."""

    async def act(servers: McpServerService, _owner: Viewer) -> list[dict[str, Any]]:
        return await _own_servers() + [
            {
                "name": row["name"],
                "target": row["url"] or shlex.join(row["command"]),
                "credentials": "yes" if row["sealed_headers"] else "no",
                "enabled": "yes" if row["is_enabled"] else "no",
            }
            for row in await servers.all()
        ]

    show(_run(act), is_json=is_json, title="MCP servers")


async def _own_servers() -> list[dict[str, Any]]:
    exchange = Exchange()
    try:
        return [await _own_server(exchange, endpoint) for endpoint in own_endpoints(Settings())]
    finally:
        await exchange.close()


async def _own_server(exchange: Exchange, endpoint: Endpoint) -> dict[str, Any]:
    row = {"name": endpoint.name, "target": endpoint.url}
    try:
        told = await exchange.health(endpoint, timeout_s=_ASKING_TIMEOUT_S)
    except ServerFailedError:
        return row | {"credentials": "unknown: it does not run", "enabled": "yes"}
    return row | {"credentials": told.get("configure", "yes"), "enabled": "yes"}


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


def _switch(name: str, *, is_enabled: bool) -> None:
    async def act(servers: McpServerService, owner: Viewer) -> None:
        await servers.switch(owner, name, is_enabled=is_enabled)

    _run(act)
    typer.echo(f"{name} is {'enabled' if is_enabled else 'disabled'}.")


async def _add(servers: McpServerService, owner: Viewer, wanted: ServerIn | CommandIn) -> None:
    if isinstance(wanted, ServerIn):
        await servers.add(owner, wanted)
    else:
        await servers.add_command(owner, wanted)


async def _imported(
    servers: McpServerService, owner: Viewer, found: configs.Found
) -> dict[str, Any]:
    told, wanted = found.problem, found.wanted
    if wanted is not None:
        try:
            runnable = wanted if isinstance(wanted, ServerIn) else _runnable(wanted)
            await _add(servers, owner, runnable)
            told = "registered"
        except SophiaError as error:
            told = error.message
    return {"name": found.name, "result": told}


def _environment(variables: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in variables:
        name, sign, value = one.partition("=")
        if not sign and name not in _OUTSIDE:
            raise typer.BadParameter(f"{name} is not set here: give --env {name}=VALUE.")
        found[name] = value if sign else _OUTSIDE[name]
    return found


def _runnable(wanted: CommandIn) -> CommandIn:
    """Find the command where whoever registers it finds it; raises CommandMissingError."""
    program = shutil.which(wanted.command[0])
    if program is None:
        raise CommandMissingError(
            f"There is no command {wanted.command[0]} on this machine: install it, or name it by"
            " its full path."
        )
    # What it starts itself lies beside it, as node does beside npx.
    path = wanted.environment.get("PATH") or f"{Path(program).parent}:{SYSTEM_PATH}"
    return wanted.model_copy(
        update={
            "command": [str(Path(program).absolute()), *wanted.command[1:]],
            "environment": {**wanted.environment, "PATH": path},
        }
    )


def _tell(name: str, found: ServerTestOut) -> None:
    if not found.is_reached:
        typer.echo(f"{name} was not reached: {found.error}", err=True)
        raise typer.Exit(1)
    Console().print(
        f"{name} offers {len(found.tools)} tools"
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
    seal = mcp_server_seal(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(opened_database(settings))
        identity = identity_over(database, settings)
        owner = owner_viewer(await identity.ensure_owner())
        catalogue = Catalogue([], lambda upstream: fetch(upstream, caller=SERVICE), clock=clock)
        connections = await open_connections(
            settings, stack, database, catalogue, identity.mint_tool_token
        )
        yield McpServerService(database, connections, seal, clock), owner
