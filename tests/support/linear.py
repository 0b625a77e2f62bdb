"""The Linear server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sophia.sandbox import team
from sophia.sandbox.linear.app import linear_app
from sophia.sandbox.linear.tables import Tables
from sophia.sandbox.serving import standing_in
from sophia.servers.linear.server import linear_account, linear_parts
from sophia.servers.selection import selected
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import connected, serving
from tests.support.vendor_desk import Desk
from tests.support.vendor_specs import Recorder


@asynccontextmanager
async def linear_desk(
    *, token: str = team.TOKEN, is_read_only: bool = False
) -> AsyncGenerator[Desk[Tables]]:
    clock = FixedClock()
    app = linear_app(clock, is_read_only=is_read_only)
    recorder = Recorder(app)
    async with standing_in("linear", recorder, clock=clock) as sandbox:
        account = linear_account(sandbox.origin, token)
        async with VendorClient.opened(account, clock=clock) as http:
            parts = await linear_parts(http, account, clock)
            recorder.seen.clear()
            offered = selected(parts, is_read_only=False, toolsets={})
            async with serving(offered) as served, connected(served) as client:
                yield Desk(client, sandbox, app.state.tables, recorder, clock)
