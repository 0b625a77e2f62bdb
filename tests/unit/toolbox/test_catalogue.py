import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence

import pytest

from sophia.core.messages import JsonObject
from sophia.toolbox.catalogue import Catalogue, Screen
from sophia.toolbox.errors import ServerAwayError
from sophia.toolbox.listing import Listing
from sophia.toolbox.upstream import Upstream
from sophia.toolbox.wire import specs_of
from tests.support.clock import FixedClock
from tests.support.links import FakeLink


class Servers:
    """Servers that offer what the test says, or are away, or do not answer."""

    def __init__(self, **offers: Sequence[str]) -> None:
        self.offers = dict(offers)
        self.about: JsonObject = {}
        self.away: set[str] = set()
        self.silent = asyncio.Event()
        self.silent.set()
        self.asked: list[str] = []

    async def fetch(self, upstream: Upstream) -> Listing:
        self.asked.append(upstream.name)
        await self.silent.wait()
        if upstream.name in self.away:
            raise ServerAwayError
        tools: list[JsonObject] = [
            {"name": name, "inputSchema": {}} for name in self.offers[upstream.name]
        ]
        specs = tuple(specs_of(upstream.name, tools))
        return Listing(self.about, specs, {"tools": tuple(tools)})


class Censor:
    """Withholds what the test says."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}
        self.settled: list[str] = []

    async def settle(self, upstream: Upstream, offered: Listing) -> None:
        self.settled.append(f"{upstream.name}: {len(offered.specs)}")

    def withheld(self, upstream: Upstream, offered: Listing) -> Mapping[str, str]:
        del upstream, offered
        return dict(self.reasons)


@pytest.fixture(name="clock")
def _clock() -> FixedClock:
    return FixedClock()


def catalogue_of(servers: Servers, clock: FixedClock, *, screen: Screen | None = None) -> Catalogue:
    upstreams = [
        Upstream(name, name, FakeLink(), is_trusted=True, clock=clock) for name in servers.offers
    ]
    return Catalogue(upstreams, servers.fetch, clock=clock, screen=screen)


async def names(catalogue: Catalogue) -> list[str]:
    return [tool.name for tool in await catalogue.tools()]


async def settled(catalogue: Catalogue) -> list[str]:
    """Ask, let what was begun in the background end, and ask again."""
    await catalogue.tools()
    for _ in range(5):
        await asyncio.get_running_loop().run_in_executor(None, int)
    return await names(catalogue)


async def test_tools_keep_the_order_of_their_servers(clock: FixedClock) -> None:
    catalogue = catalogue_of(Servers(b=["y", "x"], a=["z"]), clock)

    assert await names(catalogue) == ["b__y", "b__x", "a__z"]


async def test_a_fresh_listing_is_not_asked_for_again(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    for _ in range(10):
        await catalogue.tools()
        clock.advance(5)

    assert servers.asked == ["a"]


async def test_an_old_listing_is_given_at_once_and_renewed_behind(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    await catalogue.tools()
    servers.offers["a"] = ["x", "y"]
    servers.silent.clear()
    clock.advance(61)

    assert await names(catalogue) == ["a__x"]
    servers.silent.set()
    assert await settled(catalogue) == ["a__x", "a__y"]
    assert servers.asked == ["a", "a"]


async def test_one_server_down_does_not_hide_the_others(clock: FixedClock) -> None:
    servers = Servers(a=["x"], b=["y"])
    servers.away.add("a")

    assert await names(catalogue_of(servers, clock)) == ["b__y"]


async def test_a_server_that_comes_up_is_seen_at_the_next_look(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    servers.away.add("a")
    catalogue = catalogue_of(servers, clock)
    assert await names(catalogue) == []
    servers.away.clear()
    clock.advance(1)

    assert await names(catalogue) == ["a__x"]


async def test_a_server_that_is_down_is_not_asked_at_every_look(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    servers.away.add("a")
    catalogue = catalogue_of(servers, clock)
    for _ in range(10):
        await catalogue.tools()

    assert servers.asked == ["a"]


async def test_a_server_that_goes_down_keeps_its_tools(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    await catalogue.tools()
    servers.away.add("a")
    clock.advance(61)

    assert await settled(catalogue) == ["a__x"]


async def test_many_at_once_ask_a_server_once(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    await asyncio.gather(*(catalogue.tools() for _ in range(20)))

    assert servers.asked == ["a"]


async def test_a_tool_is_found_with_its_server(clock: FixedClock) -> None:
    catalogue = catalogue_of(Servers(a=["x"], b=["x"]), clock)
    found = await catalogue.find("b__x")

    assert found is not None
    assert (found[0].name, found[1].name) == ("b", "b__x")
    assert await catalogue.find("c__x") is None


async def test_whoever_listens_is_told_of_a_change_but_not_of_the_first_look(
    clock: FixedClock,
) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    changed: list[str] = []
    end = catalogue.on_change(lambda name, _lists: changed.append(name))
    await catalogue.tools()
    assert changed == []

    servers.offers["a"] = ["y"]
    catalogue.expire("a")
    assert await settled(catalogue) == ["a__y"]
    assert changed == ["a"]

    end()
    servers.offers["a"] = ["z"]
    catalogue.expire("a")
    assert await settled(catalogue) == ["a__z"]
    assert changed == ["a"]


async def test_a_server_that_says_it_changed_is_asked_again_at_once(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    servers.about = {"capabilities": {"tools": {"listChanged": True}}}
    said = asyncio.Event()

    async def follow(_upstream: Upstream) -> AsyncGenerator[str]:
        await said.wait()
        yield "tools"
        await asyncio.Event().wait()

    upstreams = [Upstream("a", "a", FakeLink(), is_trusted=True, clock=clock)]
    catalogue = Catalogue(upstreams, servers.fetch, follow=follow, clock=clock)
    await catalogue.tools()
    servers.offers["a"] = ["x", "y"]
    said.set()

    assert await settled(catalogue) == ["a__x", "a__y"]
    await catalogue.close()


async def test_closing_ends_what_is_under_way(clock: FixedClock) -> None:
    servers = Servers(a=["x"])
    catalogue = catalogue_of(servers, clock)
    await catalogue.tools()
    servers.silent.clear()
    clock.advance(61)
    await settled(catalogue)
    await catalogue.close()

    assert servers.asked == ["a", "a"]


async def test_what_is_withheld_is_neither_listed_nor_found_and_the_reason_is_told(
    clock: FixedClock,
) -> None:
    censor = Censor()
    censor.reasons["x"] = "a__x changed"
    catalogue = catalogue_of(Servers(a=["x", "y"]), clock, screen=censor)

    assert await names(catalogue) == ["a__y"]
    assert await catalogue.find("a__x") is None
    assert catalogue.refusal("a__x") == "a__x changed"
    assert catalogue.refusal("a__y") is None
    assert censor.settled == ["a: 2"]


async def test_what_was_decided_holds_at_once_and_listeners_are_told(clock: FixedClock) -> None:
    censor = Censor()
    servers = Servers(a=["x", "y"])
    catalogue = catalogue_of(servers, clock, screen=censor)
    told: list[frozenset[str]] = []
    catalogue.on_change(lambda _, lists: told.append(lists))
    assert await names(catalogue) == ["a__x", "a__y"]

    censor.reasons["x"] = "changed"
    catalogue.screen_again("a")
    assert await names(catalogue) == ["a__y"]
    censor.reasons.clear()
    catalogue.screen_again("a")
    catalogue.screen_again("a")

    assert await names(catalogue) == ["a__x", "a__y"]
    assert told == [frozenset({"tools"}), frozenset({"tools"})]
    assert servers.asked == ["a"]
