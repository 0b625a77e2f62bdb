from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from sophia.identity.service import IdentityService
from sophia.kit.ids import uuid7
from tests.support.clock import FixedClock
from tests.support.people import OWN_PAGE, PASSWORD, visitor


@asynccontextmanager
async def signed_in(
    identity: IdentityService, app: FastAPI, *, agent: str = "a test"
) -> AsyncGenerator[httpx2.AsyncClient]:
    """Sign the owner in somewhere and give a client for it."""
    link = await identity.issue_link(await identity.ensure_owner())
    async with visitor(app) as client:
        client.headers["User-Agent"] = agent
        answer = await client.post("/api/v1/auth/link", json={"token": link})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


@pytest.fixture
async def owner(identity: IdentityService, app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient]:
    async with signed_in(identity, app) as client:
        yield client


async def sessions_of(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    answer = await client.get("/api/v1/sessions")
    assert answer.status_code == 200
    return answer.json()["items"]


async def make_key(client: httpx2.AsyncClient, **wanted: Any) -> dict[str, Any]:
    answer = await client.post("/api/v1/keys", json={"name": "ci", **wanted})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_sessions_are_listed_with_where_they_were_begun(
    identity: IdentityService, app: FastAPI, owner: httpx2.AsyncClient, clock: FixedClock
) -> None:
    clock.advance(60)
    async with signed_in(identity, app, agent="A phone\t" + "x" * 500) as phone:
        found = await sessions_of(owner)
        from_there = await sessions_of(phone)

    assert [session["user_agent"][:7] for session in found] == ["A phone", "a test"]
    assert [session["is_current"] for session in found] == [False, True]
    assert [session["is_current"] for session in from_there] == [True, False]
    assert max(len(session["user_agent"]) for session in found) == 200
    assert set(found[0]) == {
        "session_id",
        "user_agent",
        "created_at",
        "last_used_at",
        "expires_at",
        "is_current",
    }


async def test_a_session_that_is_ended_can_do_nothing_more(
    identity: IdentityService, app: FastAPI, owner: httpx2.AsyncClient
) -> None:
    async with signed_in(identity, app) as lost:
        (id_,) = [one["session_id"] for one in await sessions_of(owner) if not one["is_current"]]
        ended = await owner.delete(f"/api/v1/sessions/{id_}")
        again = await owner.delete(f"/api/v1/sessions/{id_}")
        refused = await lost.get("/api/v1/me")
        refreshed = await lost.post("/api/v1/auth/refresh", headers=OWN_PAGE)

    assert [ended.status_code, again.status_code] == [204, 404]
    assert [refused.status_code, refreshed.status_code] == [401, 401]
    assert len(await sessions_of(owner)) == 1


async def test_a_new_password_ends_the_other_sessions(
    identity: IdentityService, app: FastAPI, owner: httpx2.AsyncClient
) -> None:
    async with signed_in(identity, app) as other:
        before = await other.get("/api/v1/me")
        chosen = await owner.put("/api/v1/me/password", json={"new_password": PASSWORD})
        after = await other.get("/api/v1/me")

    assert [answer.status_code for answer in (before, chosen, after)] == [200, 204, 401]
    assert (await owner.get("/api/v1/me")).status_code == 200


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("sophia_admin", "auth.password_weak"),
        ("passwordpassword", "auth.password_weak"),
        ("short", "request.invalid"),
        ("x" * 129, "request.invalid"),
        ("correct\0horse battery", "request.invalid"),
        ("", "request.invalid"),
        (None, "request.invalid"),
        (["correct horse battery"], "request.invalid"),
    ],
)
async def test_a_bad_password_is_refused_and_changes_nothing(
    identity: IdentityService, owner: httpx2.AsyncClient, password: object, code: str
) -> None:
    answer = await owner.put("/api/v1/me/password", json={"new_password": password})
    (account,) = await identity.users()

    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert account["password_hash"] is None


async def test_an_address_is_ones_own_alone(
    identity: IdentityService, owner: httpx2.AsyncClient
) -> None:
    answer = await owner.patch("/api/v1/me", json={"email": "Ada@Example.org", "name": " Ada "})
    (account,) = await identity.users()

    assert (answer.json()["email"], answer.json()["name"]) == ("ada@example.org", "Ada")
    assert (account["email"], account["name"]) == ("ada@example.org", "Ada")


@pytest.mark.parametrize(
    "change",
    [
        {"role": "owner"},
        {"scopes": ["chat:write"]},
        {"user_id": "00000000-0000-7000-8000-000000000000"},
        {"password_hash": "x"},
        {"disabled_at": None},
    ],
)
async def test_nobody_gives_themselves_more_than_a_name(
    owner: httpx2.AsyncClient, change: dict[str, object]
) -> None:
    answer = await owner.patch("/api/v1/me", json={"name": "Ada", **change})

    assert answer.status_code == 422
    assert (await owner.get("/api/v1/me")).json()["name"] == "Owner"


async def test_a_key_is_shown_once(owner: httpx2.AsyncClient) -> None:
    made = await make_key(owner)
    listed = await owner.get("/api/v1/keys")
    (found,) = listed.json()["items"]

    assert made["key"].startswith("sophia_live_")
    assert made["key"] not in listed.text
    assert found == {name: value for name, value in made.items() if name != "key"}
    assert found["last4"] == made["key"][-4:]


async def test_a_key_works_until_it_is_revoked(app: FastAPI, owner: httpx2.AsyncClient) -> None:
    made = await make_key(owner)
    async with visitor(app, token=made["key"]) as machine:
        before = await machine.get("/api/v1/me")
        revoked = await owner.delete(f"/api/v1/keys/{made['key_id']}")
        after = await machine.get("/api/v1/me")

    assert [before.status_code, revoked.status_code, after.status_code] == [200, 204, 401]
    assert after.json()["code"] == "auth.key_invalid"


async def test_a_key_works_until_it_expires(
    app: FastAPI, owner: httpx2.AsyncClient, clock: FixedClock
) -> None:
    made = await make_key(owner, expires_in_days=1)
    async with visitor(app, token=made["key"]) as machine:
        clock.advance(24 * 3600 - 1)
        before = await machine.get("/api/v1/me")
        clock.advance(6)
        after = await machine.get("/api/v1/me")

    assert [before.status_code, after.status_code] == [200, 401]


async def test_a_key_does_only_what_its_scopes_say(app: FastAPI, owner: httpx2.AsyncClient) -> None:
    made = await make_key(owner, scopes=["account:read"])
    async with visitor(app, token=made["key"]) as machine:
        read = await machine.get("/api/v1/me")
        write = await machine.patch("/api/v1/me", json={"name": "Mallory"})
        another = await machine.post("/api/v1/keys", json={"name": "another"})

    assert [read.status_code, write.status_code, another.status_code] == [200, 403, 403]
    assert write.json()["scope"] == "account:write"


async def test_a_key_makes_no_other_key_whatever_its_scopes(
    app: FastAPI, owner: httpx2.AsyncClient
) -> None:
    made = await make_key(owner)
    async with visitor(app, token=made["key"]) as machine:
        answer = await machine.post("/api/v1/keys", json={"name": "another"})

    assert answer.status_code == 403
    assert answer.json()["code"] == "auth.key_makes_no_key"
    assert len((await owner.get("/api/v1/keys")).json()["items"]) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"scopes": ["everything"]},
        {"scopes": ["owner"]},
        {"scopes": "chat:read"},
        {"scopes": ["chat:read"] * 51},
        {"expires_in_days": 0},
        {"expires_in_days": -1},
        {"expires_in_days": 10**9},
        {"name": ""},
        {"name": "\0"},
        {"user_id": "00000000-0000-7000-8000-000000000000"},
    ],
)
async def test_a_key_that_cannot_be_is_not_made(
    owner: httpx2.AsyncClient, wanted: dict[str, Any]
) -> None:
    answer = await owner.post("/api/v1/keys", json={"name": "ci", **wanted})

    assert answer.status_code == 422
    assert (await owner.get("/api/v1/keys")).json()["items"] == []


async def test_what_is_not_there_is_missing(owner: httpx2.AsyncClient) -> None:
    answers = [await owner.delete(f"/api/v1/{kind}/{uuid7()}") for kind in ("keys", "sessions")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert {answer.json()["code"] for answer in answers} == {
        "auth.key_missing",
        "auth.session_missing",
    }
