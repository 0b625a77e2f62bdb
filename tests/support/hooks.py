"""Vendors that send webhooks to replicas of the API, in the test's own process."""

import hashlib
import hmac
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import httpx2
import orjson
from fastapi import FastAPI
from starlette.middleware import Middleware

from sophia.api import problems
from sophia.api.middleware import BodyLimit
from sophia.hooks import routes
from sophia.hooks.service import HookService
from sophia.kit.sealing import Seal
from sophia.store.database import Database
from tests.support.clock import FixedClock

SECRETS = {name: f"the secret of {name}" for name in ("github", "linear", "asana")}
ASANA_GAVE = "what Asana chose by itself"
NONE: Mapping[str, str] = MappingProxyType({})

type Headers = Mapping[str, str]


def signed(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass
class Vendors:
    """Sends to one replica or another."""

    replicas: Sequence[httpx2.AsyncClient]
    clock: FixedClock

    async def github(
        self, told: Any, *, event: str = "pull_request", replica: int = 0, headers: Headers = NONE
    ) -> httpx2.Response:
        body = orjson.dumps(told)
        sent = {
            "X-GitHub-Event": event,
            "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "X-Hub-Signature-256": f"sha256={signed(SECRETS['github'], body)}",
            **headers,
        }
        return await self.send("github", body, sent, replica=replica)

    async def linear(
        self, told: Any, *, age_s: float = 0, headers: Headers = NONE
    ) -> httpx2.Response:
        sent_ms = int((self.clock.now().timestamp() - age_s) * 1000)
        body = orjson.dumps({**told, "webhookTimestamp": sent_ms})
        sent = {"Linear-Signature": signed(SECRETS["linear"], body), **headers}
        return await self.send("linear", body, sent)

    async def asana(self, *events: Any, secret: str = ASANA_GAVE) -> httpx2.Response:
        body = orjson.dumps({"events": events})
        return await self.send("asana", body, {"X-Hook-Signature": signed(secret, body)})

    async def asana_begins(self, *, key: str = SECRETS["asana"]) -> httpx2.Response:
        headers = {"X-Hook-Secret": ASANA_GAVE}
        return await self.replicas[0].post(
            "/api/v1/hooks/asana", params={"key": key}, headers=headers, content=b"{}"
        )

    async def send(
        self, vendor: str, body: bytes, headers: dict[str, str], *, replica: int = 0
    ) -> httpx2.Response:
        return await self.replicas[replica].post(
            f"/api/v1/hooks/{vendor}", content=body, headers=headers
        )


@asynccontextmanager
async def hooked(
    databases: Sequence[Database], *, secrets: dict[str, str] | None = None
) -> AsyncGenerator[Vendors]:
    """Serve one replica for each way to the database."""
    clock = FixedClock()
    async with AsyncExitStack() as stack:
        replicas: list[httpx2.AsyncClient] = []
        for database in databases:
            app = FastAPI(middleware=[Middleware(BodyLimit, larger={})])
            problems.install(app)
            app.include_router(routes.router)
            app.state.hooks = HookService(
                database,
                SECRETS if secrets is None else secrets,
                Seal("a secret that seals", purpose="webhook secret"),
                clock,
            )
            transport = httpx2.ASGITransport(app)
            client = httpx2.AsyncClient(transport=transport, base_url="http://sophia")
            replicas.append(await stack.enter_async_context(client))
        yield Vendors(replicas, clock)
