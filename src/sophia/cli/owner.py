"""Acting as the owner, at the machine itself."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from sophia.identity.schemas import ROLE_SCOPES, Viewer
from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId
from sophia.kit.tokens import Signer, Verifier
from sophia.settings import Settings
from sophia.store.database import Database

IsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def as_owner[T](settings: Settings, act: Callable[[IdentityService, UserId], Awaitable[T]]) -> T:
    """Do something as the owner, in whose name the machine's operator acts."""

    async def run() -> T:
        async with opened_identity(settings) as identity:
            return await act(identity, await identity.ensure_owner())

    return asyncio.run(run())


@asynccontextmanager
async def opened_identity(settings: Settings) -> AsyncGenerator[IdentityService]:
    """Open what knows who somebody is, with the keys of this machine."""
    async with opened_database(settings) as database:
        yield identity_over(database, settings)


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncGenerator[Database]:
    """Open the database, for one command."""
    database = Database(settings.database_url, pool_size=1)
    try:
        yield database
    finally:
        await database.close()


def identity_over(database: Database, settings: Settings) -> IdentityService:
    """Put together what knows who somebody is."""
    signer = Signer(settings.secret("signing_key"))
    return IdentityService(
        database,
        signer=signer,
        verifier=Verifier(signer.public_pem),
        pepper=settings.secret("pepper"),
        clock=SystemClock(),
    )


def owner_viewer(owner: UserId) -> Viewer:
    """Give the owner as whoever is at the machine."""
    return Viewer(owner, "Owner", "owner", frozenset(ROLE_SCOPES["owner"]))


def show(rows: list[dict[str, Any]], *, is_json: bool, title: str) -> None:
    """Print rows as JSON or as a table."""
    if is_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(title=title)
    for name in rows[0] if rows else ():
        table.add_column(name)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table if rows else f"{title}: none.")
