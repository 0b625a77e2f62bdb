"""The account page and the list beside it: keys that take each other's place, by keyboard alone."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk

pytestmark = pytest.mark.timeout(90)


async def test_a_key_is_made_and_rotated_by_keyboard_alone(desk: Desk, console: Console) -> None:
    page = console.page
    await console.open(await desk.sign_in_link())
    await page.goto(f"{desk.settings.console_url}/account")
    await page.get_by_role("button", name="Make a key").wait_for()
    await console.tab_to("Toggle password visibility")
    await console.tab_to("Make a key", at_most=60)
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog").get_by_role("textbox").first.wait_for()
    await page.keyboard.type("ci")
    await page.keyboard.press("Enter")
    old = await page.get_by_role("dialog").locator("code").inner_text()
    await page.keyboard.press("Enter")

    fresh = await rotate(console, old[-4:])
    keys = page.get_by_role("list", name="API keys").get_by_role("listitem")
    await expect(keys).to_have_count(2)

    assert fresh != old
    for key in (old, fresh):
        async with desk.client(key) as client:
            assert (await client.get("/api/v1/me")).is_success
    await page.emulate_media(color_scheme="dark")
    await console.picture("account-dark")
    await page.set_viewport_size({"width": 390, "height": 800})
    await console.picture("account-phone")


async def rotate(console: Console, last4: str) -> str:
    """Put another key in a key's place; gives it."""
    page = console.page
    await page.get_by_role("button", name=f"Rotate ci …{last4}").wait_for()
    await console.tab_to(f"Rotate ci …{last4}", at_most=60)
    await page.keyboard.press("Enter")
    await page.get_by_label("The old key still works").wait_for()
    await console.picture("rotate")
    await console.tab_to("Rotate")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("The old one works until")).to_be_visible()
    fresh = await dialog.locator("code").inner_text()
    await console.picture("rotated")
    await page.keyboard.press("Enter")
    await expect(dialog).not_to_be_visible()
    return fresh


async def test_a_conversation_that_began_elsewhere_is_listed_by_itself(
    desk: Desk, console: Console
) -> None:
    page = console.page
    await page.clock.install()
    await console.open(await desk.sign_in_link())
    await page.get_by_text("Your conversations will be listed here.").wait_for()
    token = await desk.identity.mint_access(await desk.identity.ensure_owner(), ttl_s=600)
    async with desk.client(token) as client:
        begun = await client.post("/api/v1/chat", json={"message": "Anything", "stream": True})
        assert begun.is_success

    await page.clock.fast_forward("00:20")
    await expect(page.get_by_role("link", name="Anything")).not_to_be_visible()
    await page.clock.fast_forward("00:20")
    await expect(page.get_by_role("link", name="Anything")).to_be_visible()
