"""The GitHub server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from sophia.sandbox import team
from sophia.sandbox.github.app import github_app
from sophia.sandbox.github.state import State
from sophia.sandbox.serving import standing_in
from sophia.servers.github.dialect import GITHUB
from sophia.servers.github.server import Access, github_parts
from sophia.servers.selection import read_toolsets, selected
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import connected, serving
from tests.support.vendor_desk import Desk
from tests.support.vendor_specs import Recorder

REPO = f"{team.ORGANISATION}/{team.REPOSITORY}"


@asynccontextmanager
async def github_desk(
    *, token: str = team.TOKEN, toolsets: str = "github:all", is_locked_down: bool = False
) -> AsyncGenerator[Desk[State]]:
    clock = FixedClock()
    app = github_app(clock)
    recorder = Recorder(app)
    async with standing_in("github", recorder, clock=clock) as sandbox:
        account = Account(dialect=GITHUB, base_url=sandbox.origin, token=token)
        access = Access(account=account, is_locked_down=is_locked_down)
        async with VendorClient.opened(account, clock=clock) as http:
            parts = await github_parts(http, access, clock=clock)
            recorder.seen.clear()
            offered = selected(parts, is_read_only=False, toolsets=read_toolsets(toolsets))
            async with serving(offered) as served, connected(served) as client:
                yield Desk(client, sandbox, app.state.repository, recorder, clock)
