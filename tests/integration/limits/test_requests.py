"""Limits over HTTP, on two replicas of the API that share a Redis."""

import pytest
from fastapi import FastAPI

from sophia.identity.admission import Admission
from sophia.identity.schemas import KeyIn
from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.kit.ids import UserId
from sophia.limits.attempts import SharedAttempts
from sophia.limits.limiter import Limiter, Quotas
from sophia.store.database import Database
from tests.integration.limits.conftest import Ways
from tests.support.people import MANY, app_over, identity_over, visitor
from tests.support.proxy import Proxy, Toxic

CLOCK = SystemClock()
ME = "/api/v1/me"


def replica(
    database: Database, open_way: Ways, *, address: int = 6, user: int = 6, key: int = MANY
) -> FastAPI:
    way = open_way()
    admission = Admission(
        Limiter(way, replicas=2, clock=CLOCK), Quotas(address=address, user=user, key=key)
    )
    attempts = SharedAttempts(way, replicas=2, clock=CLOCK)
    return app_over(identity_over(database, CLOCK, attempts=attempts), admission=admission)


@pytest.fixture
def identity(database: Database) -> IdentityService:
    return identity_over(database, CLOCK)


@pytest.fixture
async def owner(identity: IdentityService) -> UserId:
    return await identity.ensure_owner()


@pytest.fixture
async def token(identity: IdentityService, owner: UserId) -> str:
    return await identity.mint_access(owner, ttl_s=600)


async def test_a_person_is_counted_on_all_replicas_together(
    database: Database, open_way: Ways, token: str
) -> None:
    one, other = replica(database, open_way), replica(database, open_way)
    async with visitor(one, token=token) as here, visitor(other, token=token) as there:
        for client in (here, there) * 3:
            assert (await client.get(ME)).status_code == 200

        refused = await there.get(ME)

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "limits.reached"
    assert refused.json()["limit"] == "user"
    assert 1 <= int(refused.headers["retry-after"]) <= 10
    assert refused.headers["ratelimit-policy"] == '"user";q=6;w=60'
    assert refused.headers["ratelimit"].startswith('"user";r=0;t=')


async def test_an_answer_says_what_is_left(database: Database, open_way: Ways, token: str) -> None:
    async with visitor(replica(database, open_way), token=token) as client:
        told = await client.get(ME)
        health = await client.get("/health/live")

    assert told.headers["ratelimit-policy"] == '"user";q=6;w=60'
    assert told.headers["ratelimit"] == '"user";r=5;t=10'
    assert "ratelimit" not in health.headers


async def test_a_key_is_counted_beside_its_person(
    database: Database, open_way: Ways, identity: IdentityService, token: str
) -> None:
    viewer = await identity.authenticate(token)
    key, _ = await identity.keys.create(viewer, KeyIn(name="a key"))
    async with visitor(replica(database, open_way, user=60, key=2), token=key) as client:
        told = await client.get(ME)
        await client.get(ME)
        refused = await client.get(ME)

    assert told.headers["ratelimit-policy"] == '"user";q=60;w=60, "key";q=2;w=60'
    assert (refused.status_code, refused.json()["limit"]) == (429, "key")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/auth/link", b'{"token": "guess"}', 401),
        ("/api/v1/keys", b'{"name": "x"}', 401),
        ("/api/v1/keys", b"no json", 422),
        ("/api/v1/nothing", b"{}", 404),
    ],
)
async def test_strangers_are_counted_by_address_whatever_they_ask(
    database: Database, open_way: Ways, path: str, body: bytes, status: int
) -> None:
    headers = {"Authorization": "Bearer a guess", "Content-Type": "application/json"}
    async with visitor(replica(database, open_way)) as client:
        answers = [await client.post(path, content=body, headers=headers) for _ in range(7)]

    assert [answer.status_code for answer in answers] == [status] * 6 + [429]
    assert answers[-1].json()["limit"] == "address"
    assert answers[-1].headers["ratelimit"].startswith('"address";r=0')


async def test_a_public_route_does_not_run_over_the_limit(
    database: Database, open_way: Ways, identity: IdentityService, owner: UserId
) -> None:
    app = replica(database, open_way)
    async with visitor(app) as client:
        for _ in range(6):
            await client.post("/api/v1/auth/link", json={"token": "guess"})
        link = {"token": await identity.issue_link(owner)}
        refused = await client.post("/api/v1/auth/link", json=link)
    async with visitor(app, address="192.0.2.2") as elsewhere:
        taken = await elsewhere.post("/api/v1/auth/link", json=link)

    assert (refused.status_code, taken.status_code) == (429, 200)


async def test_strangers_at_an_address_keep_nobody_out_who_says_who_they_are(
    database: Database, open_way: Ways, token: str
) -> None:
    app = replica(database, open_way)
    async with visitor(app) as stranger, visitor(app, token=token) as person:
        for _ in range(6):
            await stranger.get(ME)
        refused = await stranger.get(ME)
        answer = await person.get(ME)

    assert (refused.status_code, answer.status_code) == (429, 200)


@pytest.mark.parametrize("toxic", list(Toxic))
async def test_without_redis_requests_are_answered_and_still_limited(
    database: Database, open_way: Ways, redis_proxy: Proxy, token: str, toxic: Toxic
) -> None:
    app = replica(database, open_way, user=8)
    await redis_proxy.poison(toxic)
    async with visitor(app, token=token) as client:
        statuses = [(await client.get(ME)).status_code for _ in range(8)]

    # Half of eight; on a slow machine one of them comes back on the way.
    assert statuses[:4] == [200] * 4
    assert statuses.count(429) >= 3


async def test_guesses_of_a_password_count_on_all_replicas_together(
    database: Database, open_way: Ways
) -> None:
    replicas = [replica(database, open_way, address=MANY) for _ in range(2)]
    guess = {"email": "ada@example.org", "password": "a guess of hers"}
    statuses: list[int] = []
    for number in range(11):
        async with visitor(replicas[number % 2], address=f"192.0.2.{number}") as client:
            statuses.append((await client.post("/api/v1/auth/login", json=guess)).status_code)

    assert statuses == [401] * 10 + [429]
