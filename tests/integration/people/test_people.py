"""Who may do what to whom, that it counts at once, and how somebody comes in."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import psycopg
import pytest

from sophia.kit.ids import UserId
from tests.support.desk import Desk

PASSWORD = "seven green umbrellas sing"
ROLES = ("viewer", "member", "admin", "owner")


@asynccontextmanager
async def somebody(desk: Desk, role: str) -> AsyncGenerator[tuple[UserId, httpx2.AsyncClient]]:
    user_id, token = await desk.add_user(role.title(), role=role)
    async with desk.client(token) as client:
        yield user_id, client


@asynccontextmanager
async def the_owner(desk: Desk) -> AsyncGenerator[tuple[UserId, httpx2.AsyncClient]]:
    """Give the one owner."""
    owner = await desk.identity.ensure_owner()
    async with desk.client(await desk.identity.mint_access(owner, ttl_s=600)) as client:
        yield owner, client


async def invited(client: httpx2.AsyncClient, **wanted: Any) -> str:
    """Invite somebody and give the token of the link."""
    answer = await client.post("/api/v1/invitations", json=wanted)
    assert answer.status_code == 201, answer.text
    link: str = answer.json()["link"]
    assert "/join#" in link
    return link.partition("#")[2]


async def join(desk: Desk, token: str, **more: Any) -> httpx2.Response:
    async with desk.client(None) as client:
        wish = {"token": token, "name": "Grace", "password": PASSWORD, **more}
        return await client.post("/api/v1/auth/join", json=wish)


@pytest.mark.parametrize("role", ["viewer", "member"])
async def test_only_administrators_see_and_change_people(desk: Desk, role: str) -> None:
    other_id, _ = await desk.add_user()
    async with somebody(desk, role) as (_, client):
        for answer in (
            await client.get("/api/v1/users"),
            await client.patch(f"/api/v1/users/{other_id}", json={"role": "viewer"}),
            await client.delete(f"/api/v1/users/{other_id}"),
            await client.get("/api/v1/invitations"),
            await client.post("/api/v1/invitations", json={}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "auth.scope_missing")


@pytest.mark.parametrize("given", ROLES)
@pytest.mark.parametrize("held", ["viewer", "member", "admin"])
async def test_an_administrator_changes_those_below_alone_and_gives_lesser_roles_alone(
    desk: Desk, held: str, given: str
) -> None:
    user_id, _ = await desk.add_user(role=held)
    async with somebody(desk, "admin") as (_, client):
        answer = await client.patch(f"/api/v1/users/{user_id}", json={"role": given})
        now = (await client.get(f"/api/v1/users/{user_id}")).json()["role"]

    may = held in {"viewer", "member"} and given in {"viewer", "member"}
    assert answer.is_success is may
    assert now == (given if may else held)
    if not may:
        assert answer.json()["code"] == "people.role_too_high"


async def test_nobody_changes_deletes_or_disables_the_owner(desk: Desk) -> None:
    async with the_owner(desk) as (owner_id, owner), somebody(desk, "admin") as (_, admin):
        for client in (owner, admin):
            for change in ({"role": "member"}, {"is_disabled": True}):
                answer = await client.patch(f"/api/v1/users/{owner_id}", json=change)
                assert (answer.status_code, answer.json()["code"]) == (409, "people.owner_stays")
            assert (await client.delete(f"/api/v1/users/{owner_id}")).status_code == 409


async def test_the_owner_hands_over_and_is_an_administrator_from_then_on(desk: Desk) -> None:
    async with the_owner(desk) as (owner_id, owner), somebody(desk, "admin") as (user_id, user):
        assert (await user.patch(f"/api/v1/users/{user_id}", json={"role": "owner"})).is_error
        changed = await owner.patch(f"/api/v1/users/{user_id}", json={"role": "owner"})
        assert changed.json()["role"] == "owner"
        roles = {
            one["user_id"]: one["role"] for one in (await user.get("/api/v1/users")).json()["items"]
        }
        assert roles[str(owner_id)] == "admin"
        assert list(roles.values()).count("owner") == 1
        assert (await owner.patch(f"/api/v1/users/{user_id}", json={"role": "member"})).is_error


async def test_a_smaller_role_counts_at_once_for_tokens_and_keys(desk: Desk) -> None:
    async with the_owner(desk) as (_, owner), somebody(desk, "admin") as (user_id, user):
        key = (await user.post("/api/v1/keys", json={"name": "ci"})).json()["key"]
        assert (await user.get("/api/v1/users")).is_success
        await owner.patch(f"/api/v1/users/{user_id}", json={"role": "viewer"})

        refused = await user.post("/api/v1/chat", json={"message": "Hello"})
        async with desk.client(key) as by_key:
            refused_too = await by_key.get("/api/v1/users")
        assert (refused.status_code, refused_too.status_code) == (403, 403)


async def test_who_is_shut_out_is_out_at_once_with_every_credential_and_back_when_let_in(
    desk: Desk,
) -> None:
    async with somebody(desk, "admin") as (_, admin), somebody(desk, "member") as (user_id, user):
        key = (await user.post("/api/v1/keys", json={"name": "ci"})).json()["key"]
        shut = await admin.patch(f"/api/v1/users/{user_id}", json={"is_disabled": True})
        assert shut.json()["is_disabled"]
        async with desk.client(key) as by_key:
            assert (await user.get("/api/v1/me")).status_code == 401
            assert (await by_key.get("/api/v1/me")).status_code == 401
            await admin.patch(f"/api/v1/users/{user_id}", json={"is_disabled": False})
            assert (await by_key.get("/api/v1/me")).is_success


async def test_who_is_deleted_leaves_nothing_behind(desk: Desk, migrated_url: str) -> None:
    async with somebody(desk, "admin") as (_, admin), somebody(desk, "member") as (user_id, user):
        message = {"message": "Remember that the mat hides the key.", "model": "builtin"}
        await user.post("/api/v1/chat", json=message)
        await user.post("/api/v1/keys", json={"name": "ci"})
        assert (await admin.delete(f"/api/v1/users/{user_id}")).status_code == 204
        assert (await user.get("/api/v1/me")).status_code == 401
        assert (await admin.get(f"/api/v1/users/{user_id}")).status_code == 404
        assert (await admin.delete(f"/api/v1/users/{user_id}")).status_code == 404

    with psycopg.connect(migrated_url.replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name IN ('user_id', 'owner')"
        ).fetchall()
        for table, column in tables:
            query = f"SELECT count(*) FROM {table} WHERE {column}::text = %s"
            assert connection.execute(query.encode(), (str(user_id),)).fetchone() == (0,), table


async def test_an_invitation_is_good_once_and_makes_what_it_says(desk: Desk) -> None:
    async with somebody(desk, "admin") as (_, admin):
        token = await invited(admin, role="viewer", email="grace@example.org")
        joined = await join(desk, token, email="other@example.org")
        again = await join(desk, token)
        open_ = (await admin.get("/api/v1/invitations")).json()["items"]

    user = joined.json()["user"]
    assert (user["name"], user["role"], user["email"]) == ("Grace", "viewer", "grace@example.org")
    assert "sophia_refresh" in joined.headers["set-cookie"]
    assert (again.status_code, again.json()["code"]) == (401, "people.invitation_over")
    assert open_ == []
    async with desk.client(None) as client:
        wish = {"email": "grace@example.org", "password": PASSWORD}
        assert (await client.post("/api/v1/auth/login", json=wish)).is_success


async def test_an_invitation_that_was_taken_back_or_has_expired_lets_nobody_in(
    desk: Desk, migrated_url: str
) -> None:
    async with somebody(desk, "admin") as (_, admin):
        tokens = [await invited(admin) for _ in range(2)]
        newest, oldest = (await admin.get("/api/v1/invitations")).json()["items"]
        await admin.delete(f"/api/v1/invitations/{newest['invitation_id']}")
        with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "UPDATE invitations SET expires_at = now() WHERE id = %s",
                (oldest["invitation_id"],),
            )
        assert (await admin.get("/api/v1/invitations")).json()["items"] == []
        gone = await admin.delete(f"/api/v1/invitations/{newest['invitation_id']}")

    assert gone.status_code == 404
    for token in (*tokens, "nonsense"):
        assert (await join(desk, token)).status_code == 401


@pytest.mark.parametrize("role", ["admin", "owner"])
async def test_nobody_invites_to_a_role_of_their_own_rank_or_above(desk: Desk, role: str) -> None:
    async with somebody(desk, "admin") as (_, admin):
        answer = await admin.post("/api/v1/invitations", json={"role": role})

    assert answer.status_code in {403, 422}


async def test_a_weak_password_or_a_taken_address_uses_no_invitation_up(desk: Desk) -> None:
    async with somebody(desk, "admin") as (_, admin):
        first, second = [await invited(admin) for _ in range(2)]
    weak = await join(desk, first, password="grace-sophia-12")
    assert (weak.status_code, weak.json()["code"]) == (422, "auth.password_weak")
    assert (await join(desk, first, email="grace@example.org")).is_success
    taken = await join(desk, second, email="grace@example.org")
    assert taken.status_code == 409
    assert (await join(desk, second, email="hopper@example.org")).is_success


async def test_no_invitation_s_token_stands_in_the_database(desk: Desk, migrated_url: str) -> None:
    async with somebody(desk, "admin") as (_, admin):
        token = await invited(admin)
    with psycopg.connect(migrated_url.replace("+psycopg", "")) as connection:
        rows = connection.execute("SELECT invitations::text FROM invitations").fetchall()

    assert rows
    assert not any(token in row[0] for row in rows)
