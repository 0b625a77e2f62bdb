"""What several tools ask of Linear."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from pydantic import BaseModel

from sophia.servers.linear.raw import RawPayload
from sophia.servers.vendor.brief import by_cursor
from sophia.servers.vendor.client import VendorClient
from sophia.servers.vendor.errors import (
    VendorAwayError,
    VendorError,
    VendorMissingError,
    VendorRefusedError,
    VendorStrangeError,
)
from sophia.servers.vendor.graphql import Data, GraphQL, RawConnection
from sophia.servers.vendor.reading import read_one

PAGE = "pageInfo { hasNextPage endCursor }"
# Linear's largest page, and how many of them are read to count or to look up a name.
_MOST = 250
_PAGES = 4


@dataclass(frozen=True, slots=True)
class Writing:
    """How something is made or changed, and how it is looked for."""

    document: str
    lookup: str
    root: str
    result: str


class Paged(Protocol):
    """The arguments of a tool that lists."""

    limit: int
    cursor: str | None


class Linear:
    """Linear, as its tools ask it."""

    def __init__(self, client: VendorClient) -> None:
        """Take whom to ask over HTTP."""
        self._graph = GraphQL(client, path="/graphql")

    async def one(self, document: str, root: str, **variables: Any) -> Any:
        """Give one thing."""
        return (await self._graph.read(document, variables)).get(root)

    async def change(self, document: str, root: str, **variables: Any) -> Data:
        """Change something, and give what came of it."""
        made: Data = (await self._graph.change(document, variables)).get(root) or {}
        if not read_one(RawPayload, made).success:
            raise VendorRefusedError("Linear did not do it, and does not say why: read it again.")
        return made

    async def create(self, what: Writing, given: Data) -> Any:
        """Make something, under an id of ours: where no answer came, that says if it was made."""
        key = str(uuid4())
        try:
            made = await self.change(what.document, what.root, input={"id": key, **given})
        except VendorAwayError as error:
            return await self._made(what, key, error)
        return made.get(what.result)

    async def update(self, what: Writing, one_id: str, given: Data) -> Any:
        """Change something, and give it as it is now."""
        made = await self.change(what.document, what.root, id=one_id, input=given)
        return made.get(what.result)

    async def _made(self, what: Writing, key: str, unanswered: VendorAwayError) -> Any:
        try:
            return await self.one(what.lookup, what.result, id=key)
        except VendorMissingError:
            raise VendorAwayError(
                "Linear was in trouble and did not do it: try again in a minute."
            ) from unanswered
        except VendorError as error:
            raise unanswered from error

    async def page(
        self, document: str, path: str, *, size: int, after: str | None = None, **variables: Any
    ) -> RawConnection:
        """Give a page of the connection that lies at a path such as issue.comments."""
        asked = {**variables, "first": size, "after": after}
        found: Any = await self._graph.read(document, asked)
        for step in path.split("."):
            if not isinstance(found, dict):
                raise VendorStrangeError
            found = found.get(step)  # pyright: ignore[reportUnknownVariableType]
        return read_one(RawConnection, found)

    async def many(self, document: str, path: str, **variables: Any) -> tuple[list[Any], bool]:
        """Give up to 1,000 of a connection, and say whether that is all."""
        page = await self.page(document, path, size=_MOST, **variables)
        nodes = list(page.nodes)
        for _ in range(_PAGES - 1):
            if page.following is None:
                break
            page = await self.page(document, path, size=_MOST, after=page.following, **variables)
            nodes += page.nodes
        return nodes, page.following is None

    async def listed[M: BaseModel](
        self, given: Paged, document: str, path: str, show: Callable[[Any], M], **variables: Any
    ) -> tuple[list[M], str | None]:
        """Give as much of a connection as is asked for and an answer has room for."""

        async def ask(after: str | None, size: int) -> tuple[list[M], str | None]:
            page = await self.page(document, path, size=size, after=after, **variables)
            return [show(node) for node in page.nodes], page.following

        return await by_cursor(ask, limit=given.limit, cursor=given.cursor)


def listing(root: str, form: str, selected: str, *, order: str = "updatedAt") -> str:
    """Write a query that lists by a filter of that form, those changed last first."""
    return (
        f"query($first: Int!, $after: String, $filter: {form}) {{"
        f" {root}(first: $first, after: $after, filter: $filter, orderBy: {order}) {{"
        f" nodes {{ {selected} }} {PAGE} }} }}"
    )


def within(root: str, name: str, selected: str) -> str:
    """Write a query that lists what belongs to one thing, such as the comments of an issue."""
    return (
        f"query($id: String!, $first: Int!, $after: String) {{ {root}(id: $id) {{"
        f" {name}(first: $first, after: $after) {{ nodes {{ {selected} }} {PAGE} }} }} }}"
    )


def single(root: str, selected: str) -> str:
    """Write a query for one thing by its id."""
    return f"query($id: String!) {{ {root}(id: $id) {{ {selected} }} }}"


def creating(root: str, form: str, result: str, selected: str) -> Writing:
    """Write a mutation that makes something, and the query for that."""
    document = (
        f"mutation($input: {form}!) {{ {root}(input: $input) {{"
        f" success {result} {{ {selected} }} }} }}"
    )
    return Writing(document, single(result, selected), root, result)


def updating(root: str, form: str, result: str, selected: str) -> Writing:
    """Write a mutation that changes something, and the query for that."""
    document = (
        f"mutation($id: String!, $input: {form}!) {{ {root}(id: $id, input: $input) {{"
        f" success {result} {{ {selected} }} }} }}"
    )
    return Writing(document, single(result, selected), root, result)


def deleting(root: str) -> str:
    """Write a mutation that deletes something."""
    return f"mutation($id: String!) {{ {root}(id: $id) {{ success }} }}"
