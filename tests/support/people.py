"""People who sign in: the ways that a browser and a program do it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import text

from sophia.api.app import build
from sophia.idempotency.service import IdempotencyService
from sophia.identity.admission import Admission
from sophia.identity.schemas import Viewer
from sophia.identity.service import IdentityService
from sophia.kit.clock import Clock, SystemClock
from sophia.kit.ids import UserId, uuid7
from sophia.kit.tokens import Signer, Verifier, generate_private_key
from sophia.limits.attempts import Attempts
from sophia.limits.limiter import Limiter, Quotas
from sophia.limits.way import Way
from sophia.store.database import Database
from sophia.wiring.api import ApiParts
from tests.support.desk import Desk

PEPPER = "a pepper for tests"
METRICS_TOKEN = "a metrics token for tests"
OWN_ORIGIN = "http://127.0.0.1:3000"
OWN_PAGE = {"X-Sophia-Request": "1"}
MANY = 1_000_000
PASSWORD = "correct horse battery"
_PRIVATE_PEM = generate_private_key()


def identity_over(
    database: Database, clock: Clock, *, attempts: Attempts | None = None
) -> IdentityService:
    """Give the identity service of a process whose clock a test holds."""
    signer = Signer(_PRIVATE_PEM, clock=clock)
    return IdentityService(
        database,
        signer=signer,
        verifier=Verifier(signer.public_pem, clock=clock),
        pepper=PEPPER,
        clock=clock,
        attempts=attempts,
    )


@asynccontextmanager
async def browser(
    desk: Desk, user_id: UserId
) -> AsyncGenerator[tuple[httpx2.AsyncClient, dict[str, Any]]]:
    """Sign somebody in by link, as the console does: a client with the cookie, and the answer."""
    token = await desk.identity.issue_link(user_id)
    async with desk.client(None) as client:
        answer = await client.post("/api/v1/auth/link", json={"token": token})
        answer.raise_for_status()
        signed_in = answer.json()
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        yield client, signed_in


async def with_password(desk: Desk, name: str = "Ada", *, role: str = "member") -> tuple[str, str]:
    """Make somebody who can log in; gives the e-mail address and the password."""
    user_id, _ = await desk.add_user(name, role=role)
    email = f"{name.lower()}@example.org"
    async with browser(desk, user_id) as (client, _):
        (await client.patch("/api/v1/me", json={"email": email})).raise_for_status()
        chosen = {"new_password": PASSWORD}
        (await client.put("/api/v1/me/password", json=chosen)).raise_for_status()
    return email, PASSWORD


def app_over(
    identity: IdentityService,
    *,
    admission: Admission | None = None,
    idempotency: IdempotencyService | None = None,
) -> FastAPI:
    """Build the API over an identity service; of the other parts there are none."""

    @asynccontextmanager
    async def no_parts() -> AsyncGenerator[ApiParts]:
        raise RuntimeError("this app serves without its lifespan")
        yield

    app = build(no_parts)
    app.state.identity = identity
    app.state.allowed_origins = frozenset({OWN_ORIGIN})
    app.state.metrics_token = METRICS_TOKEN
    app.state.admission = admission or unlimited()
    app.state.idempotency = idempotency
    return app


def unlimited() -> Admission:
    """Give an admission of one process that nobody's tests come near."""
    clock = SystemClock()
    limiter = Limiter(Way(None, None), replicas=1, clock=clock)
    return Admission(limiter, Quotas(address=MANY, user=MANY, key=MANY))


def visitor(
    app: FastAPI, *, url: str = OWN_ORIGIN, address: str = "192.0.2.1", token: str | None = None
) -> httpx2.AsyncClient:
    """Give a client with a cookie jar of its own, as of a machine at some address."""
    transport = httpx2.ASGITransport(app, client=(address, 4711))
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx2.AsyncClient(transport=transport, base_url=url, headers=headers)


async def person(database: Database, name: str) -> Viewer:
    """Put somebody into the database."""
    id_ = UserId(uuid7())
    async with database.transaction() as writer:
        await writer.execute(
            text(
                "INSERT INTO users (id, name, role, created_at) VALUES (:id, :n, 'member', now())"
            ),
            {"id": id_, "n": name},
        )
    return Viewer(id_, name, "member", frozenset())
