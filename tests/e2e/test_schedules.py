"""Schedules in the console: added with a preview, run at once, paused, deleted."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

pytestmark = pytest.mark.timeout(120)


async def test_a_schedule_is_added_run_paused_and_deleted(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say("All is quiet.")
    await console.open(await desk.sign_in_link())
    await page.get_by_role("button", name="Account of Owner").click()
    await page.get_by_role("menuitem", name="Schedules").click()
    await page.get_by_role("button", name="Add").click()
    await page.get_by_label("Message", exact=True).fill("What happened since yesterday?")
    await page.get_by_label("When").select_option(label="Every day at 8:00")
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("ol > li")).to_have_count(5)
    await console.picture("schedule")
    await dialog.get_by_role("button", name="Add").click()
    await expect(dialog).not_to_be_visible()

    await page.get_by_role("button", name="Run What happened since yesterday? now").click()
    await page.get_by_role("button", name="Runs of What happened since yesterday?").click()
    done = page.get_by_role("link", name="done")
    await expect(done).to_be_visible(timeout=40_000)
    await page.get_by_role("button", name="Pause What happened since yesterday?").click()
    await expect(page.get_by_text("paused", exact=False)).to_be_visible()
    await console.picture("schedules")
    await page.set_viewport_size({"width": 390, "height": 800})
    await console.picture("schedules-phone")

    await page.get_by_role("button", name="Delete What happened since yesterday?").click()
    await page.get_by_role("button", name="Really delete What happened since yesterday?").click()
    await expect(page.get_by_text("Nothing yet")).to_be_visible()
