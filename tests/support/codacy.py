"""The Codacy server over its stand-in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sophia.sandbox import team
from sophia.sandbox.codacy.app import codacy_app
from sophia.sandbox.codacy.state import State
from sophia.sandbox.serving import Sandbox, standing_in
from sophia.servers.codacy.analysis.roots import Roots
from sophia.servers.codacy.server import codacy_account, codacy_parts
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import Served, connected, serving
from tests.support.vendor_desk import Desk as VendorDesk
from tests.support.vendor_specs import Recorder

type Desk = VendorDesk[State]

REPO = f"gh/{team.ORGANISATION}/{team.REPOSITORY}"


@dataclass
class Behind:
    """A server with its stand-in, for several tests; a client belongs to one."""

    served: Served
    sandbox: Sandbox
    state: State
    recorder: Recorder
    clock: FixedClock

    @asynccontextmanager
    async def desk(self) -> AsyncGenerator[Desk]:
        async with connected(self.served) as client:
            yield VendorDesk(client, self.sandbox, self.state, self.recorder, self.clock)


@asynccontextmanager
async def codacy_served(*roots: Path, token: str | None = team.TOKEN) -> AsyncGenerator[Behind]:
    clock = FixedClock()
    app = codacy_app(clock)
    recorder = Recorder(app)
    async with standing_in("codacy", recorder, clock=clock) as sandbox:
        account = codacy_account(sandbox.origin, token)
        async with (
            VendorClient.opened(account, clock=clock) as http,
            serving(codacy_parts(http, account, Roots(roots))) as served,
        ):
            yield Behind(served, sandbox, app.state.codacy, recorder, clock)


@asynccontextmanager
async def codacy_desk(*roots: Path, token: str | None = team.TOKEN) -> AsyncGenerator[Desk]:
    async with codacy_served(*roots, token=token) as behind, behind.desk() as desk:
        yield desk
