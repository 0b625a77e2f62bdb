"""Teams: who sees them, who changes them, and how an invitation leads into one."""

from tests.integration.people.test_people import invited, join, somebody
from tests.support.desk import Desk


async def test_a_team_is_made_renamed_and_deleted_by_administrators(desk: Desk) -> None:
    async with somebody(desk, "admin") as (_, admin), somebody(desk, "member") as (_, user):
        made = await admin.post("/api/v1/teams", json={"name": "Platform"})
        path = f"/api/v1/teams/{made.json()['team_id']}"
        assert made.json()["members"] == []
        twice = await admin.post("/api/v1/teams", json={"name": "Platform"})
        assert (twice.status_code, twice.json()["code"]) == (409, "people.team_name_taken")
        assert (await user.post("/api/v1/teams", json={"name": "Mine"})).status_code == 403
        assert (await user.patch(path, json={"name": "Mine"})).status_code == 403

        await admin.patch(path, json={"name": "Ground"})
        assert [one["name"] for one in (await admin.get("/api/v1/teams")).json()["items"]] == [
            "Ground"
        ]
        assert (await admin.delete(path)).status_code == 204
        assert (await admin.delete(path)).status_code == 404


async def test_one_sees_one_s_own_teams_alone_and_who_is_in_them(desk: Desk) -> None:
    async with (
        somebody(desk, "admin") as (_, admin),
        somebody(desk, "member") as (user_id, user),
        somebody(desk, "viewer") as (_, outsider),
    ):
        team = (await admin.post("/api/v1/teams", json={"name": "Platform"})).json()
        path = f"/api/v1/teams/{team['team_id']}/members/{user_id}"
        assert (await outsider.put(path, json={})).status_code == 404
        assert (await admin.put(path, json={})).status_code == 204

        (mine,) = (await user.get("/api/v1/teams")).json()["items"]
        assert [one["role"] for one in mine["members"]] == ["member"]
        assert (await outsider.get("/api/v1/teams")).json()["items"] == []


async def test_a_maintainer_changes_a_team_and_a_member_may_only_leave(desk: Desk) -> None:
    async with (
        somebody(desk, "admin") as (_, admin),
        somebody(desk, "member") as (ada_id, ada),
        somebody(desk, "member") as (eve_id, eve),
    ):
        team = (await admin.post("/api/v1/teams", json={"name": "Platform"})).json()
        members = f"/api/v1/teams/{team['team_id']}/members"
        await admin.put(f"{members}/{ada_id}", json={"role": "maintainer"})
        assert (await ada.put(f"{members}/{eve_id}", json={})).status_code == 204
        refused = await eve.put(f"{members}/{eve_id}", json={"role": "maintainer"})
        assert (refused.status_code, refused.json()["code"]) == (403, "people.role_too_high")
        assert (await eve.delete(f"{members}/{ada_id}")).status_code == 403
        assert (await eve.delete(f"{members}/{eve_id}")).status_code == 204
        assert (await eve.get("/api/v1/teams")).json()["items"] == []


async def test_an_invitation_leads_into_the_teams_that_there_still_are(desk: Desk) -> None:
    async with somebody(desk, "admin") as (_, admin):
        made = [
            (await admin.post("/api/v1/teams", json={"name": name})).json()["team_id"]
            for name in ("Platform", "Gone")
        ]
        token = await invited(admin, team_ids=made)
        await admin.delete(f"/api/v1/teams/{made[1]}")
        joined = await join(desk, token)
        (team,) = (await admin.get("/api/v1/teams")).json()["items"]

    assert [one["user_id"] for one in team["members"]] == [joined.json()["user"]["user_id"]]
