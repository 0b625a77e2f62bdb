"""Asking a vendor by GraphQL: what only reads is tried again, what changes something is not."""

from collections.abc import Mapping
from typing import Any, cast

import orjson
from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from sophia.servers.vendor.client import Ask, VendorClient
from sophia.servers.vendor.dialect import Answer
from sophia.servers.vendor.errors import VendorStrangeError
from sophia.servers.vendor.reading import Raw

type Data = dict[str, Any]


class GraphRaw(Raw):
    """A part of an answer, of which the fields are written as in JavaScript."""

    model_config = ConfigDict(alias_generator=to_camel)


class Nodes[T](GraphRaw):
    """The page of a connection that was asked for."""

    nodes: list[T]


class RawPageInfo(GraphRaw):
    """Whether a connection goes on, and where."""

    has_next_page: bool
    end_cursor: str | None = None


class RawConnection(GraphRaw):
    """A page of a connection."""

    nodes: list[Any]
    page_info: RawPageInfo
    total_count: float = 0

    @property
    def following(self) -> str | None:
        """Give where the next page begins."""
        return self.page_info.end_cursor if self.page_info.has_next_page else None


class GraphQL:
    """A vendor's GraphQL endpoint."""

    def __init__(self, client: VendorClient, *, path: str) -> None:
        """Take whom to ask over HTTP, and where."""
        self._client = client
        self._path = path

    async def read(self, document: str, variables: Mapping[str, Any] | None = None) -> Data:
        """Run a query, again where that helps; raises a VendorError."""
        return await self._ask(document, variables, is_safe=True)

    async def change(self, document: str, variables: Mapping[str, Any]) -> Data:
        """Run a mutation, once; raises a VendorError."""
        return await self._ask(document, variables, is_safe=False)

    async def _ask(
        self, document: str, variables: Mapping[str, Any] | None, *, is_safe: bool
    ) -> Data:
        asked = {"query": document, "variables": variables or {}}
        answer = await self._client.ask(
            Ask(method="POST", path=self._path, json=asked, is_safe=is_safe)
        )
        said = answer.json()
        if not isinstance(said, dict):
            raise VendorStrangeError
        data = cast("Data", said).get("data")
        if not isinstance(data, dict):
            raise VendorStrangeError
        return cast("Data", data)


def errors_of(answer: Answer) -> list[Data]:
    """Give the errors that stand in an answer; GraphQL answers 200 with them, too."""
    try:
        said: Any = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return []
    errors = cast("Data", said).get("errors") if isinstance(said, dict) else None
    if not isinstance(errors, list):
        return []
    return [cast("Data", one) for one in cast("list[Any]", errors) if isinstance(one, dict)]
