"""`sophia token|link|keys|users`: the operator's hand on identity, at the machine itself."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from sophia.cli.errors import ServerUnknownError
from sophia.core import registry
from sophia.identity.access_tokens import ACCESS_TTL_S
from sophia.identity.schemas import ROLE_SCOPES, KeyIn, Scope, Viewer
from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId
from sophia.kit.tokens import Signer, Verifier
from sophia.settings import Settings
from sophia.store.database import Database

_MAX_TTL_S = 24 * 3600
_keys = typer.Typer(no_args_is_help=True, help="API keys for machines.")
_users = typer.Typer(no_args_is_help=True, help="The people of this Sophia.")

IsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(token)
    app.command()(link)
    app.add_typer(_keys, name="keys")
    app.add_typer(_users, name="users")


async def access_token(settings: Settings, *, ttl_s: int = ACCESS_TTL_S) -> str:
    """Sign an access token for the owner with the key of this machine."""
    async with _identity(settings) as identity:
        return await identity.mint_access(await identity.ensure_owner(), ttl_s=ttl_s)


def token(
    *,
    server: Annotated[str | None, typer.Option(help="An MCP server's own token instead.")] = None,
    ttl_s: Annotated[int, typer.Option(min=1, max=_MAX_TTL_S, help="Seconds.")] = ACCESS_TTL_S,
) -> None:
    """Print an access token for the API, or an MCP server's own token."""
    settings = Settings()
    if server is None:
        typer.echo(asyncio.run(access_token(settings, ttl_s=ttl_s)))
        return
    if server not in registry.MCP_SERVERS:
        raise ServerUnknownError(
            f"There is no MCP server {server!r}: use one of {', '.join(registry.MCP_SERVERS)}."
        )
    typer.echo(settings.secret(f"mcp_token_{server}"))


def link(
    *,
    is_if_unclaimed: Annotated[
        bool, typer.Option("--if-unclaimed", help="Nothing if the owner ever signed in.")
    ] = False,
) -> None:
    """Print a one-time sign-in link for the owner; earlier links become void."""
    settings = Settings()

    async def issue(identity: IdentityService, owner: UserId) -> str | None:
        if is_if_unclaimed and await identity.is_claimed(owner):
            return None
        return await identity.issue_link(owner)

    issued = _as_owner(settings, issue)
    if issued is not None:
        typer.echo(f"{settings.console_url}/sign-in#{issued}")


@_keys.command("list")
def list_keys(*, is_json: IsJson = False) -> None:
    """List the owner's API keys."""

    async def read(identity: IdentityService, owner: UserId) -> list[dict[str, Any]]:
        return [
            {
                "key_id": str(row["id"]),
                "name": row["name"],
                "last4": row["last4"],
                "scopes": " ".join(row["scopes"]),
                "created_at": row["created_at"].isoformat(timespec="seconds"),
                "last_used_at": str(row["last_used_at"] or "never"),
            }
            for row in await identity.keys.all_of(_viewer(owner))
        ]

    _show(_as_owner(Settings(), read), is_json=is_json, title="API keys")


@_keys.command("create")
def create_key(
    name: str,
    *,
    scope: Annotated[
        list[Scope] | None, typer.Option(help="Repeatable; all but tools:approve unless given.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="Until it expires.")] = None,
) -> None:
    """Make an API key for the owner and print it, this once."""
    wanted = KeyIn(name=name, scopes=scope or None, expires_in_days=days)

    async def create(identity: IdentityService, owner: UserId) -> str:
        key, _ = await identity.keys.create(_viewer(owner), wanted)
        return key

    typer.echo(_as_owner(Settings(), create))


@_keys.command("revoke")
def revoke_key(key_id: UUID) -> None:
    """End an API key of the owner."""

    async def revoke(identity: IdentityService, owner: UserId) -> None:
        await identity.keys.revoke(_viewer(owner), key_id)

    _as_owner(Settings(), revoke)


@_users.command("list")
def list_users(*, is_json: IsJson = False) -> None:
    """List the people."""

    async def read(identity: IdentityService, _owner: UserId) -> list[dict[str, Any]]:
        return [
            {
                "user_id": str(row["id"]),
                "name": row["name"],
                "email": row["email"] or "",
                "role": row["role"],
                "has_password": row["password_hash"] is not None,
            }
            for row in await identity.users()
        ]

    _show(_as_owner(Settings(), read), is_json=is_json, title="Users")


def _as_owner[T](settings: Settings, act: Callable[[IdentityService, UserId], Awaitable[T]]) -> T:
    async def run() -> T:
        async with _identity(settings) as identity:
            return await act(identity, await identity.ensure_owner())

    return asyncio.run(run())


@asynccontextmanager
async def _identity(settings: Settings) -> AsyncGenerator[IdentityService]:
    database = Database(settings.database_url, pool_size=1)
    signer = Signer(settings.secret("signing_key"))
    try:
        yield IdentityService(
            database,
            signer=signer,
            verifier=Verifier(signer.public_pem),
            pepper=settings.secret("pepper"),
            clock=SystemClock(),
        )
    finally:
        await database.close()


def _viewer(owner: UserId) -> Viewer:
    return Viewer(owner, "Owner", "owner", frozenset(ROLE_SCOPES["owner"]))


def _show(rows: list[dict[str, Any]], *, is_json: bool, title: str) -> None:
    if is_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(title=title)
    for name in rows[0] if rows else ():
        table.add_column(name)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    Console().print(table if rows else f"{title}: none.")
