"""`sophia up|down|status|logs|doctor`: the stack on this machine."""

import asyncio
import json
from collections import deque
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from sophia.kit.clock import SystemClock
from sophia.settings import Settings

_NOT_READY = 1
_FOLLOW_S = 0.2

IsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (up, down, status, logs, doctor):
        app.command()(command)


def up(
    *,
    is_detached: Annotated[
        bool, typer.Option("--detach", "-d", help="Return once all is ready.")
    ] = False,
    is_sandbox: Annotated[
        bool, typer.Option("--sandbox", help="Try GitHub and the like without an account.")
    ] = False,
    is_background: Annotated[bool, typer.Option("--background", hidden=True)] = False,
) -> None:
    """Start everything, and keep it running."""
    from sophia.supervisor import output  # noqa: PLC0415 - start-up time
    from sophia.supervisor import up as starting  # noqa: PLC0415 - start-up time

    settings = Settings(sandbox=True) if is_sandbox else Settings()
    console = output.console()
    if is_detached:
        asyncio.run(starting.background(settings, console=console, clock=SystemClock()))
    else:
        starting.foreground(settings, console=console, is_background=is_background)


def down() -> None:
    """Stop everything."""
    from sophia.supervisor import down as stopping  # noqa: PLC0415 - start-up time

    has_run = asyncio.run(stopping.stop(Settings().home, clock=SystemClock()))
    typer.echo("Sophia is stopped." if has_run else "Sophia is not running.")


def status(*, is_json: IsJson = False) -> None:
    """Show what runs. Ends with 0 only when every part is ready."""
    from sophia.supervisor import screen, state  # noqa: PLC0415 - start-up time

    view = state.running(Settings().home)
    if is_json:
        typer.echo(json.dumps(screen.told(view)))
    elif view is not None:
        Console(highlight=False).print(screen.table(view))
    else:
        typer.echo("Sophia is not running: start it with `sophia up`.")
    if view is None or not view.is_ready:
        raise typer.Exit(_NOT_READY)


def logs(
    part: Annotated[str, typer.Argument(help="api, worker, mcp, postgres, redis, supervisor …")],
    *,
    is_following: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on as it grows.")
    ] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many.")] = 50,
) -> None:
    """Show the last lines of a part's log."""
    from sophia.supervisor import logs as files  # noqa: PLC0415 - start-up time

    path = files.existing(Settings().home, part)
    with path.open(errors="replace") as file:
        for line in deque(file, maxlen=lines):
            typer.echo(line, nl=False)
        while is_following:
            line = file.readline()
            if line:
                typer.echo(line, nl=False)
                continue
            asyncio.run(SystemClock().sleep(_FOLLOW_S))
            if path.stat().st_size < file.tell():
                file.seek(0)  # it was emptied because it had grown too large


def doctor(*, is_json: IsJson = False) -> None:
    """Check what Sophia needs on this machine. Ends with 0 only when nothing is wrong."""
    from sophia.supervisor import doctor as checks  # noqa: PLC0415 - start-up time

    findings = checks.examine(Settings())
    if is_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings]))
    else:
        for finding in findings:
            typer.echo(f"{'ok   ' if finding.is_ok else 'WRONG'}  {finding.what}: {finding.detail}")
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(_NOT_READY)
