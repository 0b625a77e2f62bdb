"""Our client as the conformance suite drives it: a server of its own behind our gateway.

Each scenario's server is reached as one that an operator registered, and what it offers is used by
the SDK's client through the gateway. Where the server wants a login, somebody logs in first.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.client import Client
from mcp_types import ElicitResult

from sophia.core.messages import Json, JsonObject, object_of
from sophia.identity.schemas import Viewer
from sophia.outgoing.client import open_client
from sophia.outgoing.hosts import AllowedHosts
from sophia.toolbox.definitions import definitions
from sophia.toolbox.listing import Listing
from sophia.toolbox.session_link import SessionLink, http_transport
from sophia.toolbox.upstream import Upstream
from sophia.upstream_logins.errors import LoginNeededError
from sophia.upstream_logins.schemas import OwnClient
from sophia.upstream_logins.schemas import Upstream as Place
from sophia.upstream_logins.service import UpstreamLogins
from tests.support.conformance.suite import Scenario
from tests.support.gateway import CLOCK, Desk
from tests.support.serving import ERAS
from tests.support.waiting import eventually

LOCAL = AllowedHosts.parse("localhost,127.0.0.1")
OWN = OwnClient(
    redirect_uri="http://localhost:3000/connected",
    document_url="https://conformance-test.local/client-metadata.json",
)
_SAMPLES: Mapping[str, Json] = {"string": "x", "number": 5, "integer": 5, "boolean": True}


class FaultScreen:
    """Withholds the tools that nobody can have: what is pinned needs no database for that."""

    async def settle(self, upstream: Upstream, offered: Listing) -> None:
        del upstream, offered

    def withheld(self, upstream: Upstream, offered: Listing) -> Mapping[str, str]:
        del upstream
        found = definitions(offered).items()
        return {name: one.fault for name, one in found if one.fault is not None}


@dataclass
class OurClient:
    """What is started for each scenario."""

    desk: Desk
    logins: UpstreamLogins
    viewer: Viewer
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    # The suite begins all scenarios at once.
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    async def run(self, scenario: Scenario) -> None:
        """Use whatever the server offers."""
        place = Place(
            name=f"s{next(self.numbers)}",
            url=scenario.url,
            client_id=scenario.context.get("client_id"),
            client_secret=scenario.context.get("client_secret"),
        )
        async with self.places:
            if scenario.name.startswith("auth/"):
                await self.use_with_login(place, scenario)
            else:
                await self.use(place, scenario, None)

    async def use_with_login(self, place: Place, scenario: Scenario) -> None:
        """Log in before, and once more where that turns out to be too little."""
        auth = self.logins.bearer(self.viewer.user_id, place)
        await self.log_in(place)
        try:
            await self.use(place, scenario, auth)
        except LoginNeededError:
            await self.log_in(place)
            await self.use(place, scenario, auth)

    async def log_in(self, place: Place) -> None:
        """Agree to everything, as the scenario's login does by itself."""
        url = await self.logins.start(self.viewer, place)
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as browser:
            answer = await browser.get(url)
        back = parse_qs(urlsplit(answer.headers["location"]).query)
        said = {name: values[0] for name, values in back.items()}
        await self.logins.finish(
            self.viewer, state=said["state"], code=said.get("code"), issuer=said.get("iss")
        )

    async def use(self, place: Place, scenario: Scenario, auth: httpx2.Auth | None) -> None:
        """Call, read and get all that there is."""
        open_ = partial(open_client, allowed=LOCAL, auth=auth)
        link = SessionLink(partial(http_transport, open_, place.url))
        upstream = Upstream(place.name, place.name, link, is_trusted=False, clock=CLOCK)
        self.desk.catalogue.put(upstream)
        shelf = next(one for one in self.desk.catalogue.known() if one.upstream is upstream)

        async def is_known() -> bool:
            return shelf.listing is not None or shelf.failure is not None

        try:
            await eventually(is_known, timeout_s=60)
            _require(shelf.failure is None, str(shelf.failure))
            era = ERAS[0] if scenario.version < ERAS[1] else ERAS[1]
            async with self.desk.client(era, place.name, elicitation_callback=_agree) as client:
                told = await _used(client, scenario, shelf.listing or Listing())
            _require(not told, told)
        finally:
            await self.desk.catalogue.remove(place.name)
            await link.close()


async def _used(client: Client, scenario: Scenario, listing: Listing) -> str:
    """Give what the first call that failed was answered."""
    for name, arguments in _calls(scenario, listing):
        result: Any = await client.call_tool(name, arguments)
        if result.is_error:
            return str(result.content)
    for resource in listing.items.get("resources", ()):
        await client.read_resource(str(resource["uri"]))
    for prompt in listing.items.get("prompts", ()):
        await client.get_prompt(str(prompt["name"]))
    return ""


def _require(is_well: bool, told: str) -> None:  # noqa: FBT001 - the whole of what it takes
    if "log in there" in told:
        raise LoginNeededError(told)
    if not is_well:
        raise AssertionError(told)


async def _agree(_context: Any, _params: Any) -> ElicitResult:
    return ElicitResult(action="accept", content={"confirmed": True})


def _calls(scenario: Scenario, listing: Listing) -> Iterable[tuple[str, dict[str, Any]]]:
    """Give the calls that a scenario asks for, else one of each tool."""
    asked: list[dict[str, Any]] = scenario.context.get("toolCalls", [])
    if asked:
        return [(one["name"], one["arguments"]) for one in asked]
    return [(str(tool["name"]), _sample(tool)) for tool in listing.items.get("tools", ())]


def _sample(tool: JsonObject) -> dict[str, Any]:
    schema = object_of(tool["inputSchema"])
    return {
        name: _SAMPLES.get(str(object_of(one).get("type")), "x")
        for name, one in object_of(schema.get("properties")).items()
    }
