"""`sophia api|worker|mcp serve`: the processes, each in the foreground."""

from typing import Annotated

import typer

from sophia.settings import Settings

COMMANDS = ("api", "worker")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(api)
    app.command()(worker)


def mcp_group() -> typer.Typer:
    """Give `sophia mcp` with what starts at once."""
    group = typer.Typer(no_args_is_help=True, help="MCP servers.", rich_markup_mode=None)
    group.callback()(_stay_a_group)
    group.command()(serve)
    return group


def api() -> None:
    """Serve the API and the console."""
    from sophia.api.main import run  # noqa: PLC0415 - start-up time

    run(Settings())


def worker() -> None:
    """Run turns and background jobs."""
    from sophia.worker.main import run  # noqa: PLC0415 - start-up time

    run(Settings())


def serve(
    names: Annotated[list[str], typer.Argument(help="memory …, or all.")],
) -> None:
    """Serve MCP servers, each on its port."""
    from sophia.servers.main import run  # noqa: PLC0415 - start-up time

    run(Settings(), names)


def _stay_a_group() -> None:
    """Keep `serve` a command of its own where it is the only one that is loaded."""
