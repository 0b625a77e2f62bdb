"""`sophia audit`: is the journal whole, and what stands in it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Annotated

import typer

from sophia.audit.chain import Head
from sophia.audit.errors import JournalBrokenError
from sophia.audit.journal import Journal, Verdict, shown
from sophia.cli.owner import opened_database
from sophia.kit import log
from sophia.settings import Settings

_audit = typer.Typer(no_args_is_help=True, help="The journal of who did what.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_audit, name="audit")


@_audit.command("verify")
def verify(
    *,
    expect: Annotated[
        str | None, typer.Option(help="A head that this command printed earlier: number:seal.")
    ] = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check that nothing in the journal was changed, dropped or slipped in; print its head."""
    expected = None if expect is None else Head.parse(expect)

    async def check(journal: Journal) -> Verdict:
        await journal.seal()
        return await journal.verify(expected=expected)

    found = asyncio.run(_with_journal(check))
    if is_json:
        broken = None if found.broken is None else found.broken.reason
        typer.echo(
            json.dumps(
                {"entries": found.head.number, "head": str(found.head), "broken": broken}, indent=2
            )
        )
    if found.broken is not None:
        raise JournalBrokenError(f"The journal was tampered with: {found.broken.reason}.")
    if not is_json:
        typer.echo(f"whole: {found.head.number} entries\nhead: {found.head}")


@_audit.command("export")
def export(
    *, after: Annotated[int, typer.Option(min=0, help="Only entries behind this number.")] = 0
) -> None:
    """Print the journal as JSON lines, the oldest entry first."""

    async def write(journal: Journal) -> None:
        await journal.seal()
        async with aclosing(journal.export(after=after)) as entries:
            async for entry in entries:
                typer.echo(json.dumps(shown(entry), ensure_ascii=False))

    asyncio.run(_with_journal(write))


async def _with_journal[T](act: Callable[[Journal], Awaitable[T]]) -> T:
    settings = Settings()
    log.set_up(level="warning", process="cli")
    async with opened_database(settings) as database:
        return await act(Journal(database, pepper=settings.secret("pepper")))
