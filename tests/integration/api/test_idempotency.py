"""Writes with an Idempotency-Key, on two replicas of the API."""

import asyncio
from collections.abc import AsyncGenerator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from sophia.idempotency.answers import Answer
from sophia.idempotency.service import Begun, IdempotencyService, sweep
from sophia.identity.service import IdentityService
from sophia.store.database import Database
from sophia.store.tables.idempotency import IdempotencyKeyRow
from sophia.store.tables.identity import ApiKeyRow
from sophia.store.user_database import UserDatabase
from tests.support.clock import FixedClock
from tests.support.people import PASSWORD, PEPPER, app_over, identity_over, visitor

KEYS = "/api/v1/keys"
ONCE = {"Idempotency-Key": "once"}
BODY = {"name": "a key"}
REPLAYED = "idempotency-replayed"


class Dying(IdempotencyService):
    """A process that is killed between the effect and the answer."""

    async def finish(self, begun: Begun, answer: Answer) -> None:
        raise ConnectionAbortedError(begun, answer)

    async def end(self, begun: Begun, *, had_effect: bool) -> None:
        raise AssertionError(begun, had_effect)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def identity(database: Database, clock: FixedClock) -> IdentityService:
    return identity_over(database, clock)


@pytest.fixture
async def owned(postgres_url: str) -> AsyncGenerator[UserDatabase]:
    opened = UserDatabase(postgres_url, pool_size=4)
    yield opened
    await opened.close()


@pytest.fixture
def service(owned: UserDatabase, clock: FixedClock) -> IdempotencyService:
    return IdempotencyService(owned, pepper=PEPPER, clock=clock)


@pytest.fixture
def app(identity: IdentityService, service: IdempotencyService) -> FastAPI:
    return app_over(identity, idempotency=service)


@pytest.fixture
async def token(identity: IdentityService) -> str:
    return await identity.mint_access(await identity.ensure_owner(), ttl_s=900)


@pytest.fixture
async def client(app: FastAPI, token: str) -> AsyncGenerator[httpx2.AsyncClient]:
    async with visitor(app, token=token) as found:
        yield found


@pytest.fixture
async def elsewhere(
    database: Database, owned: UserDatabase, clock: FixedClock, token: str
) -> AsyncGenerator[httpx2.AsyncClient]:
    """A client of another replica."""
    service = IdempotencyService(owned, pepper=PEPPER, clock=clock)
    app = app_over(identity_over(database, clock), idempotency=service)
    async with visitor(app, token=token) as found:
        yield found


async def count(database: Database, table: type[ApiKeyRow | IdempotencyKeyRow]) -> int:
    async with database.reading() as reader:
        return await reader.scalar(select(func.count()).select_from(table)) or 0


async def test_a_repeat_is_answered_as_the_first_time_and_says_so(
    database: Database, client: httpx2.AsyncClient, elsewhere: httpx2.AsyncClient
) -> None:
    first = await client.post(KEYS, json=BODY, headers=ONCE)
    again = await elsewhere.post(KEYS, json=BODY, headers=ONCE)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers[REPLAYED] == "true"
    assert REPLAYED not in first.headers
    assert await count(database, ApiKeyRow) == 1


async def test_a_secret_in_an_answer_is_not_readable_in_the_database(
    database: Database, client: httpx2.AsyncClient
) -> None:
    made = await client.post(KEYS, json=BODY, headers=ONCE)

    async with database.reading() as reader:
        row = (await reader.execute(select(IdempotencyKeyRow))).mappings().one()
    assert made.json()["key"] not in str(dict(row))
    assert row["answer"] is not None


async def test_without_a_key_each_request_is_one_of_its_own(
    database: Database, client: httpx2.AsyncClient
) -> None:
    for _ in range(2):
        await client.post(KEYS, json=BODY)

    assert await count(database, ApiKeyRow) == 2
    assert await count(database, IdempotencyKeyRow) == 0


async def test_a_key_is_for_one_request(client: httpx2.AsyncClient) -> None:
    made = await client.post(KEYS, json=BODY, headers=ONCE)

    others = [
        await client.post(KEYS, json={"name": "another"}, headers=ONCE),
        await client.delete(f"{KEYS}/{made.json()['key_id']}", headers=ONCE),
        await client.post(f"{KEYS}?more=1", json=BODY, headers=ONCE),
    ]

    assert [other.status_code for other in others] == [422] * 3
    assert {other.json()["code"] for other in others} == {"idempotency.key_reused"}


async def test_the_same_key_of_somebody_else_is_another_one(
    client: httpx2.AsyncClient, app: FastAPI
) -> None:
    made = await client.post(KEYS, json={"name": "a program"})
    async with visitor(app, token=made.json()["key"]) as program:
        for one in (client, program):
            changed = await one.patch("/api/v1/me", json={"name": "Ada"}, headers=ONCE)
            assert changed.status_code == 200
            assert REPLAYED not in changed.headers


async def test_changes_and_deletions_are_repeated_too(client: httpx2.AsyncClient) -> None:
    made = await client.post(KEYS, json=BODY)
    password = {"new_password": PASSWORD}
    requests = [
        ("PATCH", "/api/v1/me", {"name": "Ada Lovelace"}),
        ("DELETE", f"{KEYS}/{made.json()['key_id']}", None),
    ]
    for number, (method, path, body) in enumerate(requests):
        headers = {"Idempotency-Key": str(number)}
        first = await client.request(method, path, json=body, headers=headers)
        again = await client.request(method, path, json=body, headers=headers)
        assert first.is_success
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again.headers[REPLAYED] == "true"
    refused = await client.put("/api/v1/me/password", json=password, headers=ONCE)
    assert refused.status_code == 403


async def test_many_at_once_have_one_effect(
    database: Database, client: httpx2.AsyncClient, elsewhere: httpx2.AsyncClient
) -> None:
    answers = await asyncio.gather(
        *((client, elsewhere)[n % 2].post(KEYS, json=BODY, headers=ONCE) for n in range(20))
    )

    made = [answer for answer in answers if answer.status_code == 201]
    running = [answer for answer in answers if answer.status_code == 409]
    assert len(made) + len(running) == 20
    assert len({answer.content for answer in made}) == 1
    assert all(answer.json()["code"] == "idempotency.still_running" for answer in running)
    assert all(answer.headers["retry-after"] == "1" for answer in running)
    assert await count(database, ApiKeyRow) == 1


async def test_a_run_that_died_behind_its_effect_is_run_again_and_makes_no_second_thing(
    database: Database,
    owned: UserDatabase,
    identity: IdentityService,
    clock: FixedClock,
    token: str,
    client: httpx2.AsyncClient,
) -> None:
    dying = app_over(identity, idempotency=Dying(owned, pepper=PEPPER, clock=clock))
    async with visitor(dying, token=token) as before:
        with pytest.raises(ConnectionAbortedError):
            await before.post(KEYS, json=BODY, headers=ONCE)
    assert await count(database, ApiKeyRow) == 1

    early = await client.post(KEYS, json=BODY, headers=ONCE)
    clock.advance(30)
    made = await client.post(KEYS, json=BODY, headers=ONCE)
    again = await client.post(KEYS, json=BODY, headers=ONCE)

    assert (early.status_code, made.status_code) == (409, 201)
    assert again.content == made.content
    assert await count(database, ApiKeyRow) == 1
    assert (await identity.authenticate(made.json()["key"])).name


async def test_a_run_that_was_taken_over_gives_no_answer_of_its_own(
    owned: UserDatabase,
    service: IdempotencyService,
    identity: IdentityService,
    clock: FixedClock,
    token: str,
) -> None:
    class Slow(IdempotencyService):
        async def finish(self, begun: Begun, answer: Answer) -> None:
            clock.advance(30)
            async with visitor(app_over(identity, idempotency=service), token=token) as other:
                taken = await other.post(KEYS, json=BODY, headers=ONCE)
                assert taken.status_code == 201
            await service.finish(begun, answer)

    slow = Slow(owned, pepper=PEPPER, clock=clock)
    async with visitor(app_over(identity, idempotency=slow), token=token) as client:
        answer = await client.post(KEYS, json=BODY, headers=ONCE)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency.still_running")


async def test_a_refused_request_leaves_its_key_free(
    database: Database, client: httpx2.AsyncClient
) -> None:
    refused = await client.post(KEYS, json={"name": ""}, headers=ONCE)
    assert refused.status_code == 422
    assert await count(database, IdempotencyKeyRow) == 0

    assert (await client.post(KEYS, json=BODY, headers=ONCE)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(
    database: Database,
    identity: IdentityService,
    clock: FixedClock,
    app: FastAPI,
    client: httpx2.AsyncClient,
) -> None:
    await client.post(KEYS, json=BODY, headers=ONCE)
    clock.advance(24 * 3600)
    token = await identity.mint_access(await identity.ensure_owner(), ttl_s=900)
    async with visitor(app, token=token) as later:
        again = await later.post(KEYS, json={"name": "another"}, headers=ONCE)

    assert (again.status_code, REPLAYED in again.headers) == (201, False)
    assert await count(database, ApiKeyRow) == 2
    await sweep(database, clock)
    assert await count(database, IdempotencyKeyRow) == 1
    clock.advance(24 * 3600)
    await sweep(database, clock)
    assert await count(database, IdempotencyKeyRow) == 0


@pytest.mark.parametrize("key", ["x" * 201, "", "two words", "ümlaut"])
async def test_a_key_that_cannot_be_used_is_refused(client: httpx2.AsyncClient, key: str) -> None:
    headers = {b"Idempotency-Key": key.encode()}
    refused = await client.post(KEYS, json=BODY, headers=headers)

    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency.key_unreadable")
