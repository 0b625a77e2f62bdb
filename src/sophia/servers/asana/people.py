"""The tools for who there is and where: people, teams, workspaces."""

from pydantic import BaseModel, Field

from sophia.servers.asana.client import Asana
from sophia.servers.asana.directory import Directory
from sophia.servers.asana.handles import Person, Workspace, user_path
from sophia.servers.asana.raw import NAMES, RawUser
from sophia.servers.asana.schemas import Found, Thing, Things
from sophia.servers.asana.task_reading import InWorkspace, things
from sophia.servers.call import Call
from sophia.servers.output import Page
from sophia.servers.parts import NoArguments
from sophia.servers.vendor.brief import Cursor, Limit, by_cursor
from sophia.servers.vendor.client import Params
from sophia.servers.vendor.offering import Asked
from sophia.servers.vendor.reading import read_many, read_one

_USER = ("name", "email")
_ME = (*_USER, "workspaces.name")


class ListUsers(Asked):
    """The arguments of list_users."""

    team: str | None = Field(default=None, max_length=300, description="Its name or gid.")
    workspace: Workspace = None
    limit: Limit = 50
    cursor: Cursor = None


class OneUser(Asked):
    """The arguments of get_user."""

    user: Person


class UserOut(BaseModel):
    """Somebody."""

    user_id: str
    name: str
    email: str | None

    @classmethod
    def of(cls, raw: RawUser) -> "UserOut":
        """Take what matters."""
        return cls(user_id=raw.gid, name=raw.name or "", email=raw.email)


class Users(Page):
    """People."""

    users: list[UserOut]


class PersonOut(UserOut):
    """Somebody, and where they are."""

    workspaces: list[Thing]


class PeopleTools:
    """What the tools do."""

    def __init__(self, asana: Asana, directory: Directory) -> None:
        """Take whom to ask."""
        self._asana = asana
        self._directory = directory

    async def get_me(self, _given: NoArguments, _call: Call) -> PersonOut:
        """Say whose token it is."""
        return await self._person("me")

    async def get_user(self, given: OneUser, _call: Call) -> PersonOut:
        """Say who somebody is."""
        return await self._person(await self._directory.person(given.user))

    async def list_workspaces(self, _given: NoArguments, _call: Call) -> Found:
        """List the workspaces that the token sees."""
        there = await self._directory.workspaces()
        return Found(found=[Thing(gid=one.id, name=one.name) for one in there])

    async def list_teams(self, given: InWorkspace, _call: Call) -> Things:
        """List the teams of a workspace."""
        path = f"/workspaces/{await self._directory.workspace(given.workspace)}/teams"

        async def ask(after: str | None, size: int) -> tuple[list[Thing], str | None]:
            return things(await self._asana.page(path, NAMES, after=after, size=size))

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Things(found=kept, next_cursor=following)

    async def list_users(self, given: ListUsers, _call: Call) -> Users:
        """List people."""
        workspace = await self._directory.workspace(given.workspace)
        asked: Params = {"workspace": workspace}
        if given.team is not None:
            asked = {"team": await self._directory.gid("team", given.team, workspace)}

        async def ask(after: str | None, size: int) -> tuple[list[UserOut], str | None]:
            found, following = await self._asana.page(
                "/users", _USER, after=after, size=size, asked=asked
            )
            return [UserOut.of(raw) for raw in read_many(RawUser, found)], following

        kept, following = await by_cursor(ask, limit=given.limit, cursor=given.cursor)
        return Users(users=kept, next_cursor=following)

    async def _person(self, written: str) -> PersonOut:
        raw = read_one(RawUser, await self._asana.one(user_path(written), _ME))
        workspaces = [Thing.of(one) for one in raw.workspaces]
        return PersonOut(**UserOut.of(raw).model_dump(), workspaces=workspaces)
