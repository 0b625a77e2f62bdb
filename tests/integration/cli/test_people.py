"""`sophia users` and `sophia keys rotate`: the operator's hand on people."""

import json

import pytest

from tests.support.desk import Desk


@pytest.mark.timeout(120)
async def test_the_operator_invites_changes_shuts_out_and_deletes(desk: Desk) -> None:
    made = await desk.command("users", "invite", "--role", "viewer", "--email", "g@example.org")
    token = made.out.strip().partition("/join#")[2]
    wish = {"token": token, "name": "Grace", "password": "seven green umbrellas sing"}
    async with desk.client(None) as client:
        assert (await client.post("/api/v1/auth/join", json=wish)).is_success

    assert (await desk.command("users", "role", "g@example.org", "admin")).code == 0
    assert (await desk.command("users", "disable", "g@example.org")).code == 0
    listed = json.loads((await desk.command("users", "list", "--json")).out)
    (grace,) = [one for one in listed if one["name"] == "Grace"]
    assert (grace["role"], grace["is_disabled"]) == ("admin", True)
    assert (await desk.command("users", "enable", grace["user_id"])).code == 0
    link = await desk.command("users", "link", "g@example.org")
    async with desk.client(None) as client:
        body = {"token": link.out.strip().partition("#")[2]}
        assert (await client.post("/api/v1/auth/link", json=body)).is_success

    assert (await desk.command("users", "delete", "g@example.org")).code != 0  # nobody said yes
    assert (await desk.command("users", "delete", "g@example.org", "--yes")).code == 0
    gone = await desk.command("users", "role", "g@example.org", "admin")
    assert (gone.code, "sophia users list" in gone.err) == (66, True)


async def test_a_rotated_key_and_its_successor_are_good_for_a_while(desk: Desk) -> None:
    old = (await desk.command("keys", "create", "ci", "--scope", "account:read")).out.strip()
    (key,) = json.loads((await desk.command("keys", "list", "--json")).out)
    rotated = await desk.command("keys", "rotate", key["key_id"], "--overlap-hours", "1")
    successor = rotated.out.strip()
    for one in (old, successor):
        async with desk.client(one) as client:
            assert (await client.get("/api/v1/me")).is_success

    await desk.command("keys", "rotate", key["key_id"], "--overlap-hours", "0")
    async with desk.client(old) as client, desk.client(successor) as other:
        assert (await client.get("/api/v1/sessions")).status_code in {200, 401}
        keys = (await other.get("/api/v1/keys")).json()["items"]
    assert {one["rotated_from"] for one in keys} == {None, key["key_id"]}
