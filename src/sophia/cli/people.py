"""`sophia users`: the operator's hand on people, at the machine itself."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import typer

from sophia.cli.owner import IsJson, identity_over, opened_database, owner_viewer, show
from sophia.identity.schemas import Role, Viewer
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId, uuid7
from sophia.people.errors import PersonMissingError
from sophia.people.schemas import InvitationIn, InvitedRole, PersonChangeIn
from sophia.people.service import PeopleService
from sophia.settings import Settings

_users = typer.Typer(no_args_is_help=True, help="The people of this Sophia.")

Who = Annotated[str, typer.Argument(help="An id or an e-mail address.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(_users, name="users")


@_users.command("list")
def list_users(*, is_json: IsJson = False) -> None:
    """List the people."""

    async def read(people: PeopleService, _owner: Viewer) -> list[dict[str, Any]]:
        return [
            {
                "user_id": str(row["user_id"]),
                "name": row["name"],
                "email": row["email"] or "",
                "role": row["role"],
                "is_disabled": row["is_disabled"],
                "has_password": row["has_password"],
                "last_seen_at": str(row["last_seen_at"] or "never"),
            }
            for row in await people.all()
        ]

    show(_with_people(read), is_json=is_json, title="Users")


@_users.command("invite")
def invite(
    *,
    role: Annotated[InvitedRole, typer.Option(help="What they will be.")] = "member",
    email: Annotated[str | None, typer.Option(help="The address of the account.")] = None,
    days: Annotated[int, typer.Option(min=1, max=30, help="How long the link is good.")] = 7,
) -> None:
    """Print a link with which somebody makes an account, once."""
    wanted = InvitationIn(role=role, email=email, expires_in_days=days)

    async def make(people: PeopleService, owner: Viewer) -> str:
        token, _ = await people.invite(owner, wanted, id_=uuid7())
        return token

    typer.echo(f"{Settings().console_url}/join#{_with_people(make)}")


@_users.command("role")
def role(who: Who, role: Role) -> None:
    """Change somebody's role; `owner` hands over."""
    _change(who, PersonChangeIn(role=role))


@_users.command("disable")
def disable(who: Who) -> None:
    """Shut somebody out, at once."""
    _change(who, PersonChangeIn(is_disabled=True))


@_users.command("enable")
def enable(who: Who) -> None:
    """Let somebody in again."""
    _change(who, PersonChangeIn(is_disabled=False))


@_users.command("delete")
def delete(
    who: Who,
    *,
    is_sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete somebody with all their conversations, memories and keys."""
    if not is_sure:
        typer.confirm(f"Delete {who} with all that is theirs?", abort=True, err=True)

    async def remove(people: PeopleService, owner: Viewer) -> None:
        await people.remove(owner, await _find(people, who))

    _with_people(remove)


@_users.command("link")
def link(who: Who) -> None:
    """Print a one-time sign-in link for somebody; earlier ones become void."""

    async def make(people: PeopleService, _owner: Viewer) -> str:
        return await people.identity.issue_link(await _find(people, who))

    typer.echo(f"{Settings().console_url}/sign-in#{_with_people(make)}")


def _change(who: str, wanted: PersonChangeIn) -> None:
    async def change(people: PeopleService, owner: Viewer) -> None:
        await people.change(owner, await _find(people, who), wanted)

    _with_people(change)


async def _find(people: PeopleService, who: str) -> UserId:
    for row in await people.all():
        if who in {str(row["user_id"]), row["email"]}:
            found: UUID = row["user_id"]
            return UserId(found)
    raise PersonMissingError(f"There is nobody {who!r}: `sophia users list` shows who there is.")


def _with_people[T](act: Callable[[PeopleService, Viewer], Awaitable[T]]) -> T:
    settings = Settings()

    async def run() -> T:
        async with opened_database(settings) as database:
            identity = identity_over(database, settings)
            people = PeopleService(database, identity, SystemClock())
            return await act(people, owner_viewer(await identity.ensure_owner()))

    return asyncio.run(run())
