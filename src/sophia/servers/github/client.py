"""What several tools ask of GitHub."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel

from sophia.servers.github.handles import Repository
from sophia.servers.github.lockdown import Lockdown
from sophia.servers.github.raw import RawComment, RawHits, RawRepository, RawReview, RawUser
from sophia.servers.vendor.brief import by_page
from sophia.servers.vendor.client import Ask, Params, VendorClient
from sophia.servers.vendor.errors import VendorStrangeError
from sophia.servers.vendor.graphql import GraphQL
from sophia.servers.vendor.reading import Raw, read_many, read_one

ME = ("me", "@me")
# More than GitHub's search gives, and more than any list that a model reads on in.
_MOST_FOUND = 1000

type Place = tuple[str, RawUser | None]


@dataclass(frozen=True, slots=True)
class Found[M: BaseModel]:
    """A page of what a search found."""

    items: list[M]
    next_cursor: str | None
    total: int
    is_incomplete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing[R: Raw, M: BaseModel]:
    """How a list of GitHub's is asked for, and what of it is shown.

    `within` names where the list is in the answer; None: the answer is the list. `by` says whose
    words an item is, and in which repository, for the lockdown.
    """

    path: str
    form: type[R]
    shape: Callable[[R], M | None]
    within: str | None = None
    by: Callable[[R], Place] | None = None
    asked: Params = field(default_factory=dict[str, str | int | bool | None])
    accept: str | None = None


class GitHub:
    """GitHub, as its tools ask it."""

    def __init__(
        self, client: VendorClient, graph: GraphQL, lockdown: Lockdown, *, is_app: bool = False
    ) -> None:
        """Take whom to ask over HTTP, whose words are shown, and if we are an App, nobody."""
        self.http = client
        self.graph = graph
        self.lockdown = lockdown
        self.is_app = is_app

    async def listed[R: Raw, M: BaseModel](
        self, listing: Listing[R, M], *, limit: int, cursor: str | None
    ) -> tuple[list[M], str | None]:
        """Give a page of a list, and where the next begins; what has no shape is passed over."""

        async def ask(page: int, size: int) -> tuple[list[M], bool]:
            asked: Params = {**listing.asked, "per_page": size, "page": page}
            found = await self._page(listing, asked)
            raws = read_many(listing.form, _list_in(found, listing.within))
            return await self._shown(listing, raws), len(raws) == size

        return await by_page(ask, limit=limit, cursor=cursor)

    async def found[R: Raw, M: BaseModel](
        self, listing: Listing[R, M], *, limit: int, cursor: str | None
    ) -> Found[M]:
        """Give a page of what a search found."""
        totals = [(0, False)]

        async def ask(page: int, size: int) -> tuple[list[M], bool]:
            asked: Params = {**listing.asked, "per_page": size, "page": page}
            hits = read_one(cast("Any", RawHits)[listing.form], await self._page(listing, asked))
            totals.append((hits.total_count, hits.incomplete_results))
            has_more = page * size < min(hits.total_count, _MOST_FOUND)
            return await self._shown(listing, hits.items), has_more

        items, following = await by_page(ask, limit=limit, cursor=cursor)
        total, is_incomplete = totals[-1]
        return Found(items, following, total, is_incomplete)

    async def said[R: RawComment | RawReview](
        self, form: type[R], repo: Repository, path: str
    ) -> R:
        """Give one thing that somebody said; raises a VendorError, also for whom is not shown."""
        raw = read_one(form, await self.http.get(repo.path + path))
        await self.lockdown.check(str(repo), raw.user)
        return raw

    async def login(self, name: str) -> str:
        """Give the login of somebody, whom "me" may name."""
        if name.lower() not in ME:
            return name.removeprefix("@")
        return read_one(RawUser, await self.http.get("/user")).login

    async def logins(self, names: Sequence[str]) -> list[str]:
        """Give the logins of several people."""
        return [await self.login(name) for name in names]

    async def main_branch(self, repo: Repository) -> str:
        """Give the branch that a repository shows first."""
        raw = read_one(RawRepository, await self.http.get(repo.path))
        return raw.default_branch or "main"

    async def _page(self, listing: Listing[Any, Any], asked: Params) -> Any:
        ask = Ask(method="GET", path=listing.path, params=asked, accept=listing.accept)
        return (await self.http.ask(ask)).json()

    async def _shown[R: Raw, M: BaseModel](
        self, listing: Listing[R, M], raws: Sequence[R]
    ) -> list[M]:
        if listing.by is not None:
            raws = await self.lockdown.kept(raws, by=listing.by)
        shaped = [listing.shape(raw) for raw in raws]
        return [one for one in shaped if one is not None]


def _list_in(found: Any, name: str | None) -> list[Any]:
    inner: Any = found
    if name is not None and isinstance(found, dict):
        inner = cast("dict[str, Any]", found).get(name)
    if not isinstance(inner, list):
        raise VendorStrangeError
    return cast("list[Any]", inner)
