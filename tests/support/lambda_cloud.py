"""The Lambda server over its stand-in, and the documents of what it asks as judges of both."""

import asyncio
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

from sophia.kit.clock import SystemClock
from sophia.sandbox import team
from sophia.sandbox.lambda_cloud.app import lambda_app, prometheus_app
from sophia.sandbox.lambda_cloud.state import Cloud
from sophia.sandbox.serving import standing_in
from sophia.servers.lambda_cli.client import Lambda
from sophia.servers.lambda_cli.dialect import LAMBDA, PROMETHEUS
from sophia.servers.lambda_cli.host import Host
from sophia.servers.lambda_cli.pace import alone
from sophia.servers.lambda_cli.server import Access, lambda_parts
from sophia.servers.selection import selected
from sophia.servers.vendor.account import Account as VendorAccount
from sophia.servers.vendor.client import VendorClient
from tests.support.clock import FixedClock
from tests.support.serving import connected, serving
from tests.support.vendor_desk import Desk
from tests.support.vendor_specs import OpenApi, Recorder, vendor_spec


@dataclass(frozen=True)
class Account:
    """An account at the stand-in, and what processes are told of it."""

    cloud: Cloud
    variables: dict[str, str]


@asynccontextmanager
async def lambda_account() -> AsyncGenerator[Account]:
    """Give an account that is served by a thread of its own.

    Tests that wait without the event loop have processes that ask it meanwhile.
    """
    opened, over = Future[Account](), Event()
    serving_apart = asyncio.create_task(asyncio.to_thread(asyncio.run, _serve(opened, over)))
    await asyncio.wait(
        {asyncio.ensure_future(asyncio.wrap_future(opened)), serving_apart},
        return_when=asyncio.FIRST_COMPLETED,
    )
    try:
        yield opened.result(timeout=0)
    finally:
        over.set()
        await serving_apart


async def _serve(opened: Future[Account], over: Event) -> None:
    async with _account() as account:
        opened.set_result(account)
        await asyncio.to_thread(over.wait)


@asynccontextmanager
async def _account() -> AsyncGenerator[Account]:
    clock = SystemClock()
    app = lambda_app(clock)
    watching = prometheus_app(app.state.cloud)
    async with (
        standing_in("lambda", app, clock=clock) as vendor,
        standing_in("prometheus", watching, clock=clock) as watcher,
    ):
        variables = {
            "LAMBDA_API_KEY": team.TOKEN,
            "SOPHIA_LAMBDA_BASE_URL": vendor.origin,
            "SOPHIA_LAMBDA_PROMETHEUS_URL": watcher.origin,
            "SOPHIA_LAMBDA_WRITES": "true",
        }
        yield Account(app.state.cloud, variables)


@dataclass
class LambdaDesk(Desk[Cloud]):
    """A client of the server, and the Prometheus that it asks."""

    watcher: Recorder


@asynccontextmanager
async def lambda_desk(
    *, token: str = team.TOKEN, is_watched: bool = True, may_write: bool = True, **caps: Any
) -> AsyncGenerator[LambdaDesk]:
    clock = FixedClock()
    app = lambda_app(clock)
    recorder, watcher = Recorder(app), Recorder(prometheus_app(app.state.cloud))
    pace = alone(clock)
    async with (
        standing_in("lambda", recorder, clock=clock) as sandbox,
        standing_in("prometheus", watcher, clock=clock) as prometheus,
    ):
        account = VendorAccount(
            dialect=LAMBDA, base_url=sandbox.origin, token=token, turn=pace.turn
        )
        watching = VendorAccount(dialect=PROMETHEUS, base_url=prometheus.origin, token=None)
        async with (
            VendorClient.opened(account, clock=clock) as http,
            VendorClient.opened(watching, clock=clock) as watched,
        ):
            access = Access(
                account=account,
                prometheus=watched if is_watched else None,
                may_write=may_write,
                **{"max_hourly_usd": 20, "daily_cap_usd": 1000, **caps},
            )
            with Host.opened(Path.cwd()) as host:
                parts = lambda_parts(Lambda(http, pace, clock), access, host, clock=clock)
            offered = selected(parts, is_read_only=False, toolsets={})
            async with serving(offered) as served, connected(served) as client:
                yield LambdaDesk(client, sandbox, app.state.cloud, recorder, clock, watcher)


def lambda_judge() -> OpenApi:
    return OpenApi(vendor_spec("lambda/lambda_cloud_openapi-1.10.0.json"))


def prometheus_judge() -> OpenApi:
    document = vendor_spec("other/prometheus_api_v1_openapi_3.1.yaml")
    paths = {f"/api/v1{path}": one for path, one in document["paths"].items()}
    return OpenApi({**document, "paths": paths}, only="/api/v1/query")
