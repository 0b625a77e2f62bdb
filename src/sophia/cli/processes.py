"""`sophia api|worker|mcp serve`: the processes, each in the foreground."""

from typing import Annotated

import typer

from sophia.settings import Settings

COMMANDS = ("api", "worker", "mcp")
_mcp = typer.Typer(no_args_is_help=True, help="The MCP servers.", rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(api)
    app.command()(worker)
    app.add_typer(_mcp, name="mcp")


def api() -> None:
    """Serve the API and the console."""
    from sophia.api.main import run  # noqa: PLC0415 - start-up time

    run(Settings())


def worker() -> None:
    """Run turns and background jobs."""
    from sophia.worker.main import run  # noqa: PLC0415 - start-up time

    run(Settings())


@_mcp.command()
def serve(
    names: Annotated[list[str], typer.Argument(help="memory …, or all.")],
) -> None:
    """Serve MCP servers, each on its port."""
    from sophia.servers.main import run  # noqa: PLC0415 - start-up time

    run(Settings(), names)


@_mcp.callback()
def _group() -> None:
    """Keep `serve` a command of its own while it is the only one."""
