"""The gateway alone, over HTTP on a free port: its upstreams are twins, its Redis is real."""

import socket
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import httpx2
from fastapi import FastAPI
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import METHOD_NOT_FOUND

from sophia.api import problems
from sophia.audit.journal import Deed
from sophia.core.messages import JsonObject
from sophia.core.permission import Rule
from sophia.core.ports import Person
from sophia.gateway.consent import Consents
from sophia.gateway.entries import Entries
from sophia.gateway.gate import CallGate
from sophia.gateway.guard import recognise
from sophia.gateway.handshake import Handshakes
from sophia.gateway.listening import Listening
from sophia.gateway.mailbox import Mailbox
from sophia.gateway.overrides import Override, Overrides
from sophia.gateway.relay import Relay
from sophia.gateway.routes import router
from sophia.gateway.rules import RuleBook
from sophia.gateway.service import Gateway
from sophia.gateway.sessions import Sessions
from sophia.gateway.showing import Showing
from sophia.identity.admission import Admission
from sophia.identity.schemas import Scope, Viewer
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId, uuid7
from sophia.kit.sealing import FactSeal
from sophia.limits.limiter import Limiter, Quotas
from sophia.limits.way import Way
from sophia.store import redis as redis_store
from sophia.store.errors import DatabaseUnavailableError
from sophia.toolbox.catalogue import Catalogue, Screen
from sophia.toolbox.errors import RpcAnswerError
from sophia.toolbox.exchange import Endpoint, Exchange, Request
from sophia.toolbox.listing import fetch, follow
from sophia.toolbox.upstream import OwnLink, Tokens, Upstream
from sophia.wiring.shared import run_beside
from tests.support.links import FakeLink
from tests.support.serving import Served, listening_on, mint

CLOCK = SystemClock()
VIEWER = Viewer(UserId(uuid7()), "Ada", "member", frozenset(Scope))


def a_tool(name: str, **hints: bool) -> JsonObject:
    annotations = {"readOnlyHint": True, **hints}
    return {"name": name, "inputSchema": {"type": "object"}, "annotations": annotations}


class _Hurried(SystemClock):
    """Every look is a minute after the one before: nothing is kept."""

    def __init__(self) -> None:
        self._s = 0.0

    def monotonic(self) -> float:
        self._s += 60
        return self._s


@dataclass(slots=True)
class TwinServer:
    """An MCP server in memory. `answers`: what it says to each method."""

    name: str
    tools: list[JsonObject] = field(default_factory=list[JsonObject])
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    link: FakeLink = field(default_factory=FakeLink)

    def __post_init__(self) -> None:
        self.link.answer = self.answer

    async def answer(self, request: Request) -> JsonObject:
        match request.method:
            case "server/discover" if "server/discover" not in self.answers:
                capabilities: dict[str, Any] = {"tools": {}}
                if "resources/list" in self.answers:
                    capabilities["resources"] = {"subscribe": True}
                if "prompts/list" in self.answers:
                    capabilities["prompts"] = {}
                return {"capabilities": capabilities}
            case "tools/list":
                return {"tools": self.tools}
            case method if method in self.answers:
                answer: Any = self.answers[method]
                if isinstance(answer, Exception):
                    raise answer
                return cast("JsonObject", answer(request) if callable(answer) else answer)
            case "tools/call":
                text = {"type": "text", "text": f"{self.name} did it"}
                return {"content": [text], "resultType": "complete"}
            case _:
                raise RpcAnswerError.of(METHOD_NOT_FOUND, "Method not found", None)

    def upstream(self) -> Upstream:
        return Upstream(self.name, self.name, self.link, is_trusted=False, clock=CLOCK)

    @property
    def calls(self) -> list[Request]:
        return [request for request in self.link.asked if request.method == "tools/call"]


@asynccontextmanager
async def upstream_of(served: Served) -> AsyncGenerator[Upstream]:
    """Give the way to a server of ours that is really served."""
    exchange = Exchange()
    try:
        tokens = Tokens(served.name, mint, clock=CLOCK)
        link = OwnLink(Endpoint(served.name, served.url), exchange, tokens)
        yield Upstream(served.name, served.name, link, is_trusted=True, clock=CLOCK)
    finally:
        await exchange.close()


@dataclass(slots=True)
class Desk:
    """The gateway on its port."""

    port: int
    catalogue: Catalogue
    app: FastAPI
    overrides: list[Override] = field(default_factory=list[Override])
    rules: list[Rule] = field(default_factory=list[Rule])
    deeds: list[Deed] = field(default_factory=list[Deed])
    is_journal_away: bool = False
    entries: Entries = field(init=False)

    def __post_init__(self) -> None:
        self.entries = Entries(self.write, clock=CLOCK)

    async def load_rules(self) -> Sequence[Rule]:
        return list(self.rules)

    async def load_overrides(self) -> Sequence[Override]:
        return list(self.overrides)

    async def write(self, entries: Sequence[Deed]) -> None:
        if self.is_journal_away:
            raise DatabaseUnavailableError
        self.deeds.extend(entries)

    def open(self, served: Gateway, limiter: Limiter) -> None:
        """Put the parts where the routes look for them, and let a member in."""
        problems.install(self.app)
        self.app.include_router(router)
        self.app.state.gateway = served
        self.app.state.gateway_hosts = frozenset({"127.0.0.1", "localhost"})
        self.app.state.admission = Admission(limiter, Quotas(address=9999, user=9999, key=9999))
        self.enter(VIEWER)

    def url(self, server: str | None = None) -> str:
        return f"http://127.0.0.1:{self.port}/mcp" + (f"/{server}" if server else "")

    def enter(self, viewer: Viewer) -> None:
        """Have all that follows come from another viewer."""
        self.app.dependency_overrides[recognise] = lambda: viewer

    @asynccontextmanager
    async def client(
        self, era: str, server: str | None = None, **options: Any
    ) -> AsyncGenerator[Client]:
        async with (
            httpx2.AsyncClient(trust_env=False) as http,
            Client(
                streamable_http_client(self.url(server), http_client=http), mode=era, **options
            ) as client,
        ):
            yield client

    async def post(
        self,
        body: JsonObject,
        *,
        server: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
            accept = {"Accept": "application/json, text/event-stream"}
            return await http.post(
                self.url(server), json=body, headers={**accept, **(headers or {})}
            )

    async def ask(self, method: str, *, server: Any = None, **params: Any) -> JsonObject:
        """Send a request of the newer era and give the whole answer."""
        capabilities: JsonObject = params.pop("capabilities", {})
        meta = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        }
        headers = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": method}
        if (name := params.get("name", params.get("uri"))) is not None:
            headers["Mcp-Name"] = name
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": meta}}
        answer: JsonObject = (await self.post(body, server=server, headers=headers)).json()
        return answer


@asynccontextmanager
async def gateway(
    redis_url: str,
    *servers: TwinServer | Upstream,
    tool_quota: int = 9999,
    search_above: int = 9999,
    screen: Screen | None = None,
    timeout_s: float = 5,
) -> AsyncGenerator[Desk]:
    """Serve a gateway before these servers."""
    async with AsyncExitStack() as stack:
        presence = redis_store.Presence(redis_url, clock=CLOCK)
        stack.push_async_callback(presence.close)
        redis = redis_store.connect(redis_url)
        blocking = redis_store.connect(redis_url, read_timeout_s=2)
        for client in (redis, blocking):
            stack.push_async_callback(client.aclose, close_connection_pool=True)
        person = Person(VIEWER.user_id, VIEWER.name)
        catalogue = Catalogue(
            [one if isinstance(one, Upstream) else one.upstream() for one in servers],
            partial(fetch, caller=person),
            follow=partial(follow, caller=person),
            screen=screen,
            clock=CLOCK,
        )
        stack.push_async_callback(catalogue.close)
        bound = socket.create_server(("127.0.0.1", 0))
        desk = Desk(bound.getsockname()[1], catalogue, FastAPI())
        consents = Consents(FactSeal("pepper", purpose="mcp consent", clock=CLOCK), redis)
        rules = RuleBook(desk.load_rules, clock=_Hurried())
        overrides = Overrides(desk.load_overrides, clock=_Hurried())
        showing = Showing(rules, overrides, search_above=search_above)
        gate = CallGate(rules, consents)
        relay = Relay(catalogue, showing, gate, desk.entries, timeout_s=timeout_s)
        mailbox = Mailbox(blocking, clock=CLOCK)
        await run_beside(stack, mailbox.run())
        sessions = Sessions(FactSeal("pepper", purpose="mcp session", clock=CLOCK), redis)
        desk.open(
            Gateway(
                relay,
                Handshakes(relay, sessions, mailbox),
                Listening(catalogue, clock=CLOCK),
                tool_quota=tool_quota,
            ),
            Limiter(Way(redis, presence), replicas=1, clock=CLOCK),
        )
        await stack.enter_async_context(listening_on(bound, desk.app))
        yield desk
