"""The way to a vendor, or to its stand-in on this machine."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from starlette.types import ASGIApp

from sophia.kit.clock import Clock
from sophia.sandbox import team
from sophia.sandbox.serving import standing_in
from sophia.servers.vendor.account import Account
from sophia.servers.vendor.client import VendorClient
from sophia.settings import Settings


@asynccontextmanager
async def opened(
    settings: Settings, account: Account, stand_in: Callable[[Clock], ASGIApp], *, clock: Clock
) -> AsyncGenerator[tuple[VendorClient, Account]]:
    """Open a client, with the account that it uses, and close it again.

    In the sandbox that is the stand-in's account, whatever the operator has set.
    """
    async with AsyncExitStack() as stack:
        if settings.sandbox:
            vendor = account.dialect.title.lower()
            there = await stack.enter_async_context(
                standing_in(vendor, stand_in(clock), clock=clock)
            )
            account = replace(account, base_url=there.origin, token=team.TOKEN)
        client = await stack.enter_async_context(VendorClient.opened(account, clock=clock))
        yield client, account
