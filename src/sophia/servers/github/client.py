"""What several tools ask of GitHub."""

from collections.abc import Sequence
from typing import Any, cast

from sophia.servers.github.raw import RawUser
from sophia.servers.vendor.client import Params, VendorClient
from sophia.servers.vendor.errors import VendorStrangeError
from sophia.servers.vendor.reading import read_one

ME = ("me", "@me")


class GitHub:
    """GitHub, as its tools ask it."""

    def __init__(self, client: VendorClient) -> None:
        """Take whom to ask over HTTP."""
        self.http = client

    async def listed(self, path: str, *, page: int, size: int, **asked: Any) -> list[Any]:
        """Give a page of a list."""
        params: Params = {**asked, "per_page": size, "page": page}
        found = await self.http.get(path, params)
        if not isinstance(found, list):
            raise VendorStrangeError
        return cast("list[Any]", found)

    async def login(self, name: str) -> str:
        """Give the login of somebody, whom "me" may name."""
        if name.lower() not in ME:
            return name.removeprefix("@")
        return read_one(RawUser, await self.http.get("/user")).login

    async def logins(self, names: Sequence[str]) -> list[str]:
        """Give the logins of several people."""
        return [await self.login(name) for name in names]
