"""The MCP gateway of the API process."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

from sophia.approvals import repository as approvals
from sophia.audit.journal import Deed, record
from sophia.core.permission import Rule
from sophia.gateway.consent import Consents
from sophia.gateway.entries import Entries
from sophia.gateway.gate import CallGate
from sophia.gateway.handshake import Handshakes
from sophia.gateway.listening import Listening
from sophia.gateway.mailbox import Mailbox
from sophia.gateway.overrides import Overrides
from sophia.gateway.relay import Relay
from sophia.gateway.rules import RuleBook
from sophia.gateway.service import Gateway, OverrideService
from sophia.gateway.sessions import Sessions
from sophia.gateway.showing import Showing
from sophia.kit.sealing import FactSeal
from sophia.settings import Settings
from sophia.wiring.shared import Shared, open_redis, run_beside

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


async def open_gateway(settings: Settings, stack: AsyncExitStack, shared: Shared) -> Gateway:
    """Open the gateway, and close it with the stack."""
    pepper, clock = settings.secret("pepper"), shared.clock

    async def load_rules() -> Sequence[Rule]:
        async with shared.database.reading() as reader:
            return await approvals.rules(reader)

    consents = Consents(FactSeal(pepper, purpose="mcp consent", clock=clock), shared.redis)
    rules = RuleBook(load_rules, clock=clock)
    overrides = Overrides(OverrideService(shared.database).all, clock=clock)
    showing = Showing(rules, overrides, search_above=settings.mcp_search_above)
    gate = CallGate(rules, consents)
    catalogue = shared.toolbox.catalogue

    async def write(deeds: Sequence[Deed]) -> None:
        async with shared.database.transaction() as writer:
            await record(writer, *deeds)

    entries = Entries(write, clock=clock)
    stack.push_async_callback(entries.flush)
    await run_beside(stack, entries.run())
    relay = Relay(catalogue, showing, gate, entries, timeout_s=settings.tool_timeout_s)
    blocking = await open_redis(settings, stack, shared.presence, is_blocking=True)
    mailbox = Mailbox(blocking, clock=clock)
    await run_beside(stack, mailbox.run())
    sessions = Sessions(FactSeal(pepper, purpose="mcp session", clock=clock), shared.redis)
    return Gateway(
        relay,
        Handshakes(relay, sessions, mailbox),
        Listening(catalogue, clock=clock),
        tool_quota=settings.limit_tool,
    )


def hosts_of(settings: Settings) -> frozenset[str]:
    """Give the host names under which the gateway answers."""
    named = [host.strip().lower() for host in settings.mcp_allowed_hosts.split(",")]
    own = urlsplit(settings.console_url).hostname or ""
    return frozenset(name for name in (*_LOOPBACK, own, *named) if name)
