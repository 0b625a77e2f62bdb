"""Signing in through a certified OpenID provider."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from sophia.identity.service import IdentityService
from sophia.kit.clock import SystemClock
from sophia.store.database import Database
from tests.support.openid.providers import app_with, consent, query_of
from tests.support.people import OWN_PAGE, visitor

CLOCK = SystemClock()


async def sign_in(client: httpx2.AsyncClient, login: str, return_to: str = "/") -> httpx2.Response:
    begun = await client.get("/api/v1/auth/oidc/start", params={"return_to": return_to})
    assert begun.status_code == 303, begun.text
    return await client.get(await consent(begun.headers["location"], login))


async def who(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.post("/api/v1/auth/refresh", headers=OWN_PAGE)
    assert answer.status_code == 200, answer.text
    return answer.json()["user"]


async def run(database: Database, statement: str, **values: Any) -> None:
    async with database.transaction() as writer:
        await writer.execute(text(statement), values)


async def test_somebody_of_an_allowed_domain_signs_in_and_is_the_same_the_next_time(
    database: Database, identity: IdentityService, certified: str
) -> None:
    async with app_with(database, identity, CLOCK, certified) as app:
        async with visitor(app) as client:
            back = await sign_in(client, "ada", "/account")
            first = await who(client)
        async with visitor(app) as client:
            await sign_in(client, "ada")
            second = await who(client)

    assert (back.status_code, back.headers["location"]) == (303, "/account")
    assert first == second
    assert (first["email"], first["role"], first["name"]) == ("ada@example.org", "member", "ada")


async def test_a_code_is_good_once_and_in_the_browser_that_began(
    database: Database, identity: IdentityService, certified: str
) -> None:
    async with (
        app_with(database, identity, CLOCK, certified) as app,
        visitor(app) as client,
        visitor(app) as other,
    ):
        begun = await client.get("/api/v1/auth/oidc/start")
        cookie = begun.headers["set-cookie"].partition(";")[0]
        url = await consent(begun.headers["location"], "ada")
        elsewhere = await other.get(url)
        here = await client.get(url)
        again = await client.get(url)
        replayed = await other.get(url, headers={"Cookie": cookie})

    assert here.headers["location"] == "/"
    for refused in (elsewhere, again):
        assert query_of(refused.headers["location"])["problem"] == "identity.oidc_state_unknown"
    assert query_of(replayed.headers["location"])["problem"] == "identity.oidc_code_invalid"
    assert "sophia_refresh" not in replayed.headers["set-cookie"]


@pytest.mark.parametrize(
    ("login", "changes", "problem"),
    [
        ("unverified", {"name": "Example"}, "identity.oidc_email_unverified"),
        ("ada", {"allowed_domains": frozenset[str]()}, "identity.oidc_not_admitted"),
        ("ada", {"allowed_domains": frozenset({"le.org"})}, "identity.oidc_not_admitted"),
        ("ada", {"client_secret": "wrong"}, "identity.oidc_code_invalid"),
    ],
)
async def test_whom_nobody_admitted_stays_out_and_reads_why(
    database: Database,
    identity: IdentityService,
    certified: str,
    login: str,
    changes: dict[str, Any],
    problem: str,
) -> None:
    async with (
        app_with(database, identity, CLOCK, certified, **changes) as app,
        visitor(app) as client,
    ):
        back = await sign_in(client, login)
        told = await client.get(
            back.headers["location"].replace("/sign-in", "/api/v1/auth/methods")
        )

    assert back.headers["location"] == f"/sign-in?problem={problem}"
    assert "sophia_refresh" not in back.headers["set-cookie"]
    assert told.json()["oidc"] == {"name": "Example"}
    assert ": " in told.json()["problem"]


async def test_an_invited_address_is_linked_and_one_that_somebody_gave_himself_is_not(
    database: Database, identity: IdentityService, certified: str
) -> None:
    add = """INSERT INTO users (id, name, email, role, created_at, is_email_self_given)
        VALUES (gen_random_uuid(), :name, :name || '@example.org', 'viewer', now(), :given)"""
    await run(database, add, name="bob", given=False)
    await run(database, add, name="eve", given=True)
    async with app_with(database, identity, CLOCK, certified, allowed_domains=frozenset()) as app:
        async with visitor(app) as client:
            await sign_in(client, "bob")
            bob = await who(client)
        async with visitor(app) as client:
            refused = await sign_in(client, "eve")

    assert (bob["name"], bob["role"]) == ("bob", "viewer")
    assert query_of(refused.headers["location"])["problem"] == "identity.oidc_link_first"


async def test_a_disabled_account_stays_out(
    database: Database, identity: IdentityService, certified: str
) -> None:
    async with app_with(database, identity, CLOCK, certified) as app, visitor(app) as client:
        await sign_in(client, "ada")
        await run(database, "UPDATE users SET disabled_at = now()")
        refused = await sign_in(client, "ada")

    assert query_of(refused.headers["location"])["problem"] == "identity.oidc_account_disabled"


async def test_groups_give_roles_at_each_sign_in_and_take_nothing_from_the_owner(
    database: Database, identity: IdentityService, certified: str
) -> None:
    mapped = {"role_claim": "groups", "roles": (("ops", "admin"),), "default_role": "viewer"}
    owner = await identity.ensure_owner()
    token = await identity.issue_link(owner)
    async with app_with(database, identity, CLOCK, certified, **mapped) as app:
        async with visitor(app) as client:
            await sign_in(client, "ops-ada")
            ada = await who(client)
            await run(database, "UPDATE users SET role = 'member' WHERE role = 'admin'")
            await sign_in(client, "ops-ada")
            again = await who(client)
        async with visitor(app) as client:
            link = await client.post("/api/v1/auth/link", json={"token": token})
            bearer = {"Authorization": f"Bearer {link.json()['access_token']}"}
            begun = await client.post("/api/v1/me/identities/oidc", headers=bearer)
            linked = await client.get(await consent(begun.json()["url"], "grace"))
            await sign_in(client, "grace")
            grace = await who(client)
            listed = await client.get("/api/v1/me/identities", headers=bearer)
            (item,) = listed.json()["items"]
            path = f"/api/v1/me/identities/{item['identity_id']}"
            unlinked = [(await client.delete(path, headers=bearer)).status_code for _ in "12"]

    assert (ada["role"], again["role"]) == ("admin", "admin")
    assert linked.headers["location"] == "/account"
    assert (grace["user_id"], grace["role"]) == (str(owner), "owner")
    assert item["email"] == "grace@example.org"
    assert unlinked == [204, 404]
