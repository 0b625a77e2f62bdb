"""People in the console: invited, joined, changed, shut out; by pointer and on a phone."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk

pytestmark = pytest.mark.timeout(90)


async def test_somebody_is_invited_joins_and_is_shut_out(desk: Desk, console: Console) -> None:
    page = console.page
    await console.open(await desk.sign_in_link())
    await page.get_by_role("button", name="Account of Owner").click()
    await page.get_by_role("menuitem", name="People").click()
    await expect(page.get_by_role("heading", name="People", exact=True)).to_be_visible()

    await page.get_by_role("button", name="Invite").click()
    await page.get_by_label("E-mail").fill("grace@example.org")
    await page.get_by_label("Role", exact=True).select_option("admin")
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_text("/join#").text_content()
    assert link is not None
    await page.get_by_role("button", name="Done").click()
    await expect(page.get_by_text("grace@example.org")).to_be_visible()
    await console.picture("people")

    wish = {
        "token": link.partition("#")[2],
        "name": "Grace",
        "password": "seven green umbrellas sing",
    }
    async with desk.client(None) as client:
        assert (await client.post("/api/v1/auth/join", json=wish)).is_success
    await page.reload()
    await page.get_by_label("Role of Grace").select_option("viewer")
    await page.get_by_role("button", name="Shut out Grace").click()
    await expect(page.get_by_role("button", name="Let in Grace")).to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    await console.picture("people-phone")
    people = {one["name"]: one for one in await desk.identity.users()}
    assert people["Grace"]["role"] == "viewer"


async def test_an_invitation_s_link_makes_an_account_and_leads_inside(
    desk: Desk, console: Console
) -> None:
    page = console.page
    made = await desk.command("users", "invite", "--role", "member")
    await page.goto(made.out.strip())
    await page.get_by_label("Your name").fill("Grace")
    await page.get_by_role("textbox", name="Password").fill("seven green umbrellas sing")
    await console.picture("join")
    await page.get_by_role("button", name="Join").click()
    await expect(page.get_by_role("button", name="Account of Grace")).to_be_visible()
    await page.get_by_role("button", name="Account of Grace").click()
    await expect(page.get_by_role("menuitem", name="People")).not_to_be_visible()


async def test_a_team_is_made_named_filled_and_left(desk: Desk, console: Console) -> None:
    page = console.page
    await desk.add_user("Grace")
    await console.open(await desk.sign_in_link())
    await page.goto(f"{desk.settings.console_url}/people")
    await page.get_by_role("button", name="Make a team").click()
    await page.get_by_role("textbox", name="Name").fill("Sail")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Rename Sail").click()
    await page.get_by_role("textbox", name="Name").fill("Sales")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Members of Sales").click()
    await page.get_by_label("Take somebody into Sales").select_option(label="Grace")
    await page.get_by_label("Role of Grace in Sales").select_option("maintainer")
    await expect(page.get_by_label("Role of Grace in Sales")).to_have_value("maintainer")
    await page.get_by_label("Take somebody into Sales").select_option(label="Owner")
    await expect(page.get_by_role("button", name="Leave Sales")).to_be_visible()
    assert await console.nameless() == []
    await console.picture("teams")
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.emulate_media(color_scheme="dark")
    await console.picture("teams-phone")


async def test_who_manages_nobody_has_their_own_teams_alone(desk: Desk, console: Console) -> None:
    page = console.page
    grace_id, _ = await desk.add_user("Grace")
    owner_id = await desk.identity.ensure_owner()
    async with desk.client(await desk.identity.mint_access(owner_id, ttl_s=600)) as client:
        team_id = (await client.post("/api/v1/teams", json={"name": "Sales"})).json()["team_id"]
        for user_id, role in ((grace_id, "maintainer"), (owner_id, "member")):
            path = f"/api/v1/teams/{team_id}/members/{user_id}"
            assert (await client.put(path, json={"role": role})).is_success

    token = await desk.identity.issue_link(grace_id)
    await console.open(f"{desk.settings.console_url}/sign-in#{token}")
    await page.get_by_role("button", name="Account of Grace").click()
    await page.get_by_role("menuitem", name="Teams").click()
    await page.get_by_role("button", name="Members of Sales").click()
    await page.get_by_role("button", name="Take Owner out of Sales").click()
    await expect(page.get_by_text("1 member")).to_be_visible()
    await expect(page.get_by_role("button", name="Delete Sales")).not_to_be_visible()
    await console.picture("own-teams")
    await page.get_by_role("button", name="Leave Sales").click()
    await expect(page.get_by_text("You are in none.")).to_be_visible()
