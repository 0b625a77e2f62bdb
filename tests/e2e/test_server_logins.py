"""Logging in to an MCP server of somebody else, in a browser."""

from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.upstream import scripted_login


async def test_a_person_logs_in_to_a_server_and_out_again(desk: Desk, console: Console) -> None:
    page = console.page
    _, root = await desk.add_user("Root", role="owner")
    async with scripted_login() as login, desk.client(root) as client:
        wanted = {"name": "notes", "url": login.url, "wants_login": True}
        await client.post("/api/v1/mcp/servers", json=wanted)
        await console.open(await desk.sign_in_link())
        await page.goto(f"{desk.settings.console_url}/account")
        await page.get_by_role("button", name="Log in to notes").click()
        await expect(page.get_by_text("You are logged in to notes.")).to_be_visible()
        await page.emulate_media(color_scheme="dark")
        await console.picture("server-login")
        await page.get_by_role("button", name="To your account").click()
        await expect(page.get_by_role("button", name="Log out of notes")).to_be_visible()
        assert await console.nameless() == []
        await page.set_viewport_size({"width": 390, "height": 800})
        await page.get_by_role("button", name="Log out of notes").scroll_into_view_if_needed()
        await console.picture("server-logins-phone")
        await page.get_by_role("button", name="Log out of notes").click()
        await expect(page.get_by_role("button", name="Log in to notes")).to_be_visible()
        await client.delete("/api/v1/mcp/servers/notes")


async def test_a_login_that_nobody_began_says_what_to_do(desk: Desk, console: Console) -> None:
    await console.open(await desk.sign_in_link())
    await console.page.goto(f"{desk.settings.console_url}/connected?state=x&code=y")
    await expect(console.page.get_by_role("alert")).to_contain_text("begin again")
    console.complaints.clear()  # the refusal stands in the browser's log
