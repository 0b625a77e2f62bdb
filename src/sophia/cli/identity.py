"""`sophia token|link|keys`: the operator's hand on identity, at the machine itself."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from sophia.cli.errors import ServerUnknownError
from sophia.cli.owner import IsJson, as_owner, opened_identity, owner_viewer, show
from sophia.core import registry
from sophia.identity.access_tokens import ACCESS_TTL_S
from sophia.identity.schemas import KeyIn, Scope
from sophia.identity.service import IdentityService
from sophia.kit.ids import ApiKeyId, UserId, uuid7
from sophia.settings import Settings

_MAX_TTL_S = 24 * 3600
_keys = typer.Typer(no_args_is_help=True, help="API keys for machines.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(token)
    app.command()(link)
    app.add_typer(_keys, name="keys")


async def access_token(settings: Settings, *, ttl_s: int = ACCESS_TTL_S) -> str:
    """Sign an access token for the owner with the key of this machine."""
    async with opened_identity(settings) as identity:
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

    issued = as_owner(settings, issue)
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
            for row in await identity.keys.all_of(owner_viewer(owner))
        ]

    show(as_owner(Settings(), read), is_json=is_json, title="API keys")


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
        key, _ = await identity.keys.create(owner_viewer(owner), wanted)
        return key

    typer.echo(as_owner(Settings(), create))


@_keys.command("revoke")
def revoke_key(key_id: UUID) -> None:
    """End an API key of the owner."""

    async def revoke(identity: IdentityService, owner: UserId) -> None:
        await identity.keys.revoke(owner_viewer(owner), key_id)

    as_owner(Settings(), revoke)


@_keys.command("rotate")
def rotate_key(
    key_id: UUID,
    *,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=168, help="How long the old key stays good.")
    ] = 24,
) -> None:
    """Put another key in the place of one of the owner's, and print it, this once."""

    async def rotate(identity: IdentityService, owner: UserId) -> str:
        overlap = timedelta(hours=overlap_hours)
        viewer = owner_viewer(owner)
        key, _ = await identity.keys.rotate(viewer, key_id, overlap=overlap, id_=ApiKeyId(uuid7()))
        return key

    typer.echo(as_owner(Settings(), rotate))
