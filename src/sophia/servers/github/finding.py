"""The tools that find repositories, people and teams."""

from typing import Any

from pydantic import BaseModel, Field

from sophia.servers.call import Call
from sophia.servers.github.client import GitHub, Listing
from sophia.servers.github.handles import in_part
from sophia.servers.github.raw import RawRepository, RawTeam
from sophia.servers.github.schemas import RepositoryOut
from sophia.servers.output import Page
from sophia.servers.parts import Tool
from sophia.servers.vendor.brief import Cursor, Limit
from sophia.servers.vendor.offering import Asked, reads
from sophia.servers.vendor.reading import Raw

_SET = "search"


class SearchRepositories(Asked):
    """The arguments of search_repositories."""

    query: str = Field(
        min_length=1,
        max_length=256,
        description="Words, and qualifiers such as org:octo language:python topic:boats stars:>50.",
    )
    limit: Limit = 20
    cursor: Cursor = None


class SearchUsers(Asked):
    """The arguments of search_users."""

    query: str = Field(
        min_length=1,
        max_length=256,
        description="A login or name, and qualifiers such as type:org in:email location:Oslo.",
    )
    limit: Limit = 20
    cursor: Cursor = None


class ListTeams(Asked):
    """The arguments of list_teams."""

    org: str | None = Field(
        default=None, max_length=100, description="An organisation; leave out for your own teams."
    )
    limit: Limit = 50
    cursor: Cursor = None


class ListTeamMembers(Asked):
    """The arguments of list_team_members."""

    org: str = Field(min_length=1, max_length=100)
    team: str = Field(min_length=1, max_length=200, description="Its short name (slug).")
    limit: Limit = 50
    cursor: Cursor = None


class FoundRepositories(Page):
    """Repositories that fit, the best first."""

    repositories: list[RepositoryOut]
    total: int
    is_incomplete: bool = Field(description="GitHub gave up early; narrow the query.")


class PersonOut(BaseModel):
    """Somebody, or an organisation."""

    login: str
    kind: str
    url: str


class FoundPeople(Page):
    """Who fits, the best first."""

    people: list[PersonOut]
    total: int
    is_incomplete: bool = Field(description="GitHub gave up early; narrow the query.")


class TeamOut(BaseModel):
    """A team."""

    org: str
    team: str = Field(description="Its short name: what other tools take.")
    name: str
    description: str
    url: str


class Teams(Page):
    """Teams."""

    teams: list[TeamOut]


class TeamMembers(Page):
    """Who is in a team."""

    people: list[PersonOut]


class _Person(Raw):
    login: str
    type: str
    html_url: str


class FindingTools:
    """What the tools do."""

    def __init__(self, github: GitHub) -> None:
        """Take whom to ask."""
        self._github = github

    async def search_repositories(
        self, given: SearchRepositories, _call: Call
    ) -> FoundRepositories:
        """Find repositories."""
        listing = Listing(
            path="/search/repositories",
            form=RawRepository,
            shape=RepositoryOut.of,
            asked={"q": given.query},
        )
        found = await self._github.found(listing, limit=given.limit, cursor=given.cursor)
        return FoundRepositories(
            repositories=found.items,
            next_cursor=found.next_cursor,
            total=found.total,
            is_incomplete=found.is_incomplete,
        )

    async def search_users(self, given: SearchUsers, _call: Call) -> FoundPeople:
        """Find people and organisations."""
        listing = Listing(
            path="/search/users", form=_Person, shape=_person, asked={"q": given.query}
        )
        found = await self._github.found(listing, limit=given.limit, cursor=given.cursor)
        return FoundPeople(
            people=found.items,
            next_cursor=found.next_cursor,
            total=found.total,
            is_incomplete=found.is_incomplete,
        )

    async def list_teams(self, given: ListTeams, _call: Call) -> Teams:
        """List teams."""
        path = "/user/teams" if given.org is None else f"/orgs/{in_part(given.org)}/teams"
        listing = Listing(path=path, form=RawTeam, shape=_team)
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return Teams(teams=kept, next_cursor=following)

    async def list_team_members(self, given: ListTeamMembers, _call: Call) -> TeamMembers:
        """List who is in a team."""
        path = f"/orgs/{in_part(given.org)}/teams/{in_part(given.team)}/members"
        listing = Listing(path=path, form=_Person, shape=_person)
        kept, following = await self._github.listed(listing, limit=given.limit, cursor=given.cursor)
        return TeamMembers(people=kept, next_cursor=following)

    def tools(self) -> list[Tool[Any, Any]]:
        """List the tools as they are offered."""
        return [
            Tool(
                name="search_repositories",
                title="Search repositories",
                description="Find repositories by words and qualifiers, at all of GitHub.",
                arguments=SearchRepositories,
                result=FoundRepositories,
                run=self.search_repositories,
                **reads(_SET),
            ),
            Tool(
                name="search_users",
                title="Search people",
                description="Find people and organisations by login, name and qualifiers.",
                arguments=SearchUsers,
                result=FoundPeople,
                run=self.search_users,
                **reads(_SET),
            ),
            Tool(
                name="list_teams",
                title="List teams",
                description="List your teams or those of an organisation.",
                arguments=ListTeams,
                result=Teams,
                run=self.list_teams,
                **reads(_SET),
            ),
            Tool(
                name="list_team_members",
                title="List a team's members",
                description="List who is in a team of an organisation.",
                arguments=ListTeamMembers,
                result=TeamMembers,
                run=self.list_team_members,
                **reads(_SET),
            ),
        ]


def _person(raw: _Person) -> PersonOut:
    return PersonOut(login=raw.login, kind=raw.type, url=raw.html_url)


def _team(raw: RawTeam) -> TeamOut:
    parts = raw.html_url.split("/")  # https://github.com/orgs/ORG/teams/TEAM
    return TeamOut(
        org=parts[-3] if len(parts) > 3 else "",  # noqa: PLR2004 - of such an address
        team=raw.slug,
        name=raw.name,
        description=raw.description or "",
        url=raw.html_url,
    )
