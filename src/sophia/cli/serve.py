"""`sophia mcp serve`: the MCP servers, in the foreground."""

from typing import Annotated

import typer

from sophia.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(group(), name="mcp")


def group() -> typer.Typer:
    """Give `sophia mcp` with what starts at once."""
    commands = typer.Typer(no_args_is_help=True, help="MCP servers.", rich_markup_mode=None)
    commands.callback()(_stay_a_group)
    commands.command()(serve)
    return commands


def serve(
    names: Annotated[list[str], typer.Argument(help="memory …, or all.")],
) -> None:
    """Serve MCP servers, each on its port."""
    from sophia.servers.main import run  # noqa: PLC0415 - start-up time

    run(Settings(), names)


def _stay_a_group() -> None:
    """Keep `serve` a command of its own where it is the only one that is loaded."""
