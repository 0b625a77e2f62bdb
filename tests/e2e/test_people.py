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
