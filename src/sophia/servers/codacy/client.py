"""What several tools ask of Codacy."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from sophia.servers.codacy.handles import Owner, Repository, numbered, owner_of, repository_of
from sophia.servers.codacy.raw import RawAnalysis, RawOne, RawOrganization, RawPage
from sophia.servers.vendor.client import Ask, Params, VendorClient
from sophia.servers.vendor.errors import HandleError
from sophia.servers.vendor.reading import read_many, read_one

_MOST = 100
_NAMED = 20


class Codacy:
    """Codacy, as its tools ask it."""

    def __init__(self, client: VendorClient) -> None:
        """Take whom to ask over HTTP."""
        self.http = client
        self._organizations: list[RawOrganization] = []

    async def page(
        self, path: str, *, after: str | None, size: int | None, body: Any = None, **asked: Any
    ) -> tuple[list[Any], str | None]:
        """Give a page of a list, and the vendor's cursor of the next; a body makes it a search."""
        params: Params = {**asked, "cursor": after, "limit": size}
        if body is None:
            said = await self.http.get(path, params)
        else:
            ask = Ask(method="POST", path=path, params=params, json=body, is_safe=True)
            said = (await self.http.ask(ask)).json()
        found = read_one(RawPage, said)
        return found.data, found.pagination.cursor if found.pagination else None

    async def one(self, path: str, **asked: Any) -> Any:
        """Give the data of an answer that has one thing."""
        return read_one(RawOne, await self.http.get(path, asked)).data

    async def search_one(self, path: str, body: Any) -> Any:
        """Give the data of an answer that has one thing and is asked for by a body."""
        ask = Ask(method="POST", path=path, json=body, is_safe=True)
        return read_one(RawOne, (await self.http.ask(ask)).json()).data

    async def organization(self, written: str | None) -> Owner:
        """Give the organisation that is meant; raises HandleError."""
        if written is None:
            return _only(await self._known())
        return await self._looked_up(owner_of(written))

    async def repository(self, written: str | None) -> Repository:
        """Give the repository that is meant; raises HandleError."""
        if written is None:
            return await self._only_repository(await self.organization(None))
        owner, name = repository_of(written)
        if owner is None:
            return Repository(await self.organization(None), name)
        return Repository(await self._looked_up(owner), name)

    async def pull_request(self, thing: int | str, repo: str | None) -> tuple[Repository, str]:
        """Give the repository of a pull request, and its path in the API below a prefix."""
        where, number = numbered(thing, repo)
        repository = await self.repository(where)
        return repository, f"{repository.path}/pull-requests/{number}"

    async def _looked_up(self, owner: Owner) -> Owner:
        """Find out at which code host an organisation is."""
        if owner.provider is not None:
            return owner
        wanted = owner.name.lower()
        found = [one for one in await self._known() if one.name.lower() == wanted]
        if not found:  # joined since?
            self._organizations = []
            found = [one for one in await self._known() if one.name.lower() == wanted]
        if len(found) == 1:
            return Owner(found[0].provider, found[0].name)
        if found:
            raise HandleError(f"{owner.name} is at several code hosts: write {_listed(found)}.")
        near = get_close_matches(owner.name, [one.name for one in await self._known()], n=3)
        meant = f" Did you mean {', '.join(near)}?" if near else ""
        raise HandleError(
            f"The token sees no organisation {owner.name}; write gh/{owner.name} if it is of"
            f" others, or one of {_listed(await self._known())}.{meant}"
        )

    async def _known(self) -> list[RawOrganization]:
        if not self._organizations:
            found, _ = await self.page("/user/organizations", after=None, size=_MOST)
            self._organizations = read_many(RawOrganization, found)
        return self._organizations

    async def _only_repository(self, owner: Owner) -> Repository:
        path = f"/analysis{owner.path}/repositories"
        found, _ = await self.page(path, after=None, size=_MOST)
        names = [raw.repository.name for raw in read_many(RawAnalysis, found)]
        if len(names) == 1:
            return Repository(owner, names[0])
        there = ", ".join(f"{owner}/{name}" for name in names[:_NAMED]) or "none"
        raise HandleError(f"Which repository? Give repo; there are {there}.")


def _only(organizations: Sequence[RawOrganization]) -> Owner:
    if len(organizations) == 1:
        return Owner(organizations[0].provider, organizations[0].name)
    raise HandleError(f"Which organisation? The token sees {_listed(organizations)}.")


def _listed(organizations: Sequence[RawOrganization]) -> str:
    names = [f"{one.provider}/{one.name}" for one in organizations[:_NAMED]]
    return ", ".join(names) or "none"
