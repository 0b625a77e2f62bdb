"""`sophia tools quarantine|approve|reject`: tools that their servers changed, and what differs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from fnmatch import fnmatchcase
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from sophia.cli.owner import IsJson, identity_over, opened_database, owner_viewer
from sophia.identity.schemas import Viewer
from sophia.pins.errors import PinMissingError
from sophia.pins.schemas import FieldChange, HeldTool
from sophia.pins.service import PinService
from sophia.settings import Settings

_STYLES = {"+": "green", "-": "red", "@": "cyan"}

Name = Annotated[str, typer.Argument(help="server__tool, or a pattern: theirs__*.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this module to `sophia tools`."""
    for command in (quarantine, approve, reject):
        group.command()(command)


def quarantine(*, is_json: IsJson = False) -> None:
    """Show the tools that are held back, and what differs from what was approved."""

    async def act(pins: PinService, _owner: Viewer) -> list[HeldTool]:
        return await pins.held()

    held = _run(act)
    if is_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in held], indent=2))
        return
    for one in held:
        _show(one)
    if not held:
        typer.echo("No tool is held back.")


def approve(name: Name) -> None:
    """Let tools be had as they are offered now."""
    _decide(name, is_approved=True)


def reject(name: Name) -> None:
    """Do not let tools be had as they are offered now."""
    _decide(name, is_approved=False)


def _decide(name: str, *, is_approved: bool) -> None:
    async def act(pins: PinService, owner: Viewer) -> None:
        held = await pins.held()
        meant = [one for one in held if one.tool == name] or [
            one for one in held if fnmatchcase(one.tool, name) and one.state != "refused"
        ]
        if not meant:
            raise PinMissingError
        for one in meant:
            _show(one)
            await pins.decide(owner, one.tool, hash_=one.hash, is_approved=is_approved)
            typer.echo(f"{one.tool} is {'approved' if is_approved else 'rejected'}.")

    _run(act)


def _show(held: HeldTool) -> None:
    # Whatever a server wrote is printed as text, never as markup.
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(held.tool, style="bold"), Text(_told(held), style="yellow"))
    for change in held.changes:
        _show_change(console, change)
    console.print()


def _show_change(console: Console, change: FieldChange) -> None:
    console.print(Text(f"  {change.field}", style="bold"))
    for line in change.diff:
        console.print(Text(f"    {line}", style=_STYLES.get(line[:1], "")))
    if change.hidden:
        console.print(Text(f"    hides {', '.join(change.hidden)}", style="magenta"))


def _told(held: HeldTool) -> str:
    if held.state == "refused":
        return f"refused: {held.reason}"
    if held.state == "rejected":
        return "rejected"
    return "changed since it was approved" if held.is_approved_before else "never approved"


def _run[T](act: Callable[[PinService, Viewer], Awaitable[T]]) -> T:
    async def run() -> T:
        settings = Settings()
        async with opened_database(settings) as database:
            owner = await identity_over(database, settings).ensure_owner()
            return await act(PinService(database), owner_viewer(owner))

    return asyncio.run(run())
