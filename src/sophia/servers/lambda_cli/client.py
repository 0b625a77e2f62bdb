"""What several tools ask of Lambda."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from sophia.kit.clock import Clock
from sophia.servers.lambda_cli.pace import LAUNCH, Pace
from sophia.servers.lambda_cli.raw import (
    RawEvents,
    RawFilesystem,
    RawKey,
    RawLaunched,
    RawMachine,
    RawOffer,
    RawRegion,
)
from sophia.servers.vendor.brief import Json
from sophia.servers.vendor.client import Params, VendorClient
from sophia.servers.vendor.errors import HandleError, VendorMissingError, VendorStrangeError
from sophia.servers.vendor.reading import read_many, read_one

_API = "/api/v1"
_OPERATIONS = f"{_API}/instance-operations"
# Prices and capacity: each request is one of the few that Lambda allows.
_KEEP_S = 60.0


class Lambda:
    """Lambda, as its tools ask it."""

    def __init__(self, client: VendorClient, pace: Pace, clock: Clock) -> None:
        """Take whom to ask over HTTP, and how often."""
        self._http = client
        self._pace = pace
        self._clock = clock
        self._offers: tuple[float, dict[str, RawOffer]] | None = None

    async def machines(self) -> list[RawMachine]:
        """List the machines that there are."""
        return read_many(RawMachine, await self.get("instances"))

    async def machine(self, machine_id: str) -> RawMachine:
        """Give a machine by its id."""
        return read_one(RawMachine, await self.get(f"instances/{quote(machine_id, safe='')}"))

    async def find(self, written: str) -> RawMachine:
        """Give a machine by id, name or IP address; raises HandleError, which lists those there."""
        there = await self.machines()
        wanted = written.strip()
        found = [one for one in there if wanted in {one.id, one.name, one.ip}]
        if len(found) == 1:
            return found[0]
        listed = ", ".join(f"{one.name or 'unnamed'} ({one.id})" for one in found or there)
        said = "may be more than one machine" if found else "is no machine of this account"
        raise HandleError(f"{wanted!r} {said}; there are {listed or 'none'}. Write the id.")

    async def offers(self) -> dict[str, RawOffer]:
        """Give the kinds of machines by name, with their prices now and where one is free."""
        now_s = self._clock.monotonic()
        if self._offers is None or now_s - self._offers[0] > _KEEP_S:
            raw = await self.get("instance-types")
            if not isinstance(raw, dict):
                raise VendorStrangeError
            offers = read_many(RawOffer, list(raw.values()))  # pyright: ignore[reportUnknownArgumentType]
            self._offers = now_s, {one.instance_type.name: one for one in offers}
        return self._offers[1]

    async def offer(self, name: str) -> RawOffer:
        """Give one kind of machine; raises HandleError, which lists those that there are."""
        offers = await self.offers()
        if name not in offers:
            raise HandleError(f"There is no instance type {name!r}; there are {', '.join(offers)}.")
        return offers[name]

    async def launch(self, body: Json) -> str:
        """Launch a machine, once; gives its id."""
        launched = read_one(RawLaunched, self._data(await self._http.send("POST", LAUNCH, body)))
        if len(launched.instance_ids) != 1:
            raise VendorStrangeError
        return launched.instance_ids[0]

    async def launch_turn(self, *, within_s: float) -> None:
        """Wait until the next launch may be sent; raises VendorLimitError."""
        await self._pace.launch(within_s=within_s)

    async def operate(self, operation: str, machine: RawMachine) -> None:
        """Restart or terminate a machine."""
        await self._http.send("POST", f"{_OPERATIONS}/{operation}", {"instance_ids": [machine.id]})

    async def keys(self) -> list[RawKey]:
        """List the SSH keys."""
        return read_many(RawKey, await self.get("ssh-keys"))

    async def filesystems(self) -> list[RawFilesystem]:
        """List the filesystems."""
        return read_many(RawFilesystem, await self.get("file-systems"))

    async def regions(self) -> list[RawRegion]:
        """List the regions."""
        return read_many(RawRegion, await self.get("regions"))

    async def events(self, params: Params) -> RawEvents:
        """Give a page of the audit log."""
        return read_one(RawEvents, await self._http.get(f"{_API}/audit-events", params))

    async def get(self, path: str) -> Any:
        """Read what is under a path."""
        return self._data(await self._http.get(f"{_API}/{path}"))

    async def send(self, method: str, path: str, body: Json | None = None) -> Any:
        """Change something, once."""
        return self._data(await self._http.send(method, f"{_API}/{path}", body))

    def forget(self) -> None:
        """Take nothing from what was answered before."""
        self._offers = None
        self._http.forget()

    @staticmethod
    def _data(answer: Any) -> Any:
        if not isinstance(answer, dict) or "data" not in answer:
            raise VendorStrangeError
        return answer["data"]  # pyright: ignore[reportUnknownVariableType]


def named[T](things: Sequence[T], written: str, names: Callable[[T], Sequence[str]]) -> T:
    """Give the thing of an account that is called so; raises VendorMissingError."""
    for one in things:
        if written.strip() in names(one):
            return one
    listed = ", ".join(names(one)[0] for one in things[:20])
    raise VendorMissingError(f"There is no {written!r}; there are {listed or 'none'}.")
