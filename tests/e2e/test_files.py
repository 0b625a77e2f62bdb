"""Conversations as files, in the console."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

pytestmark = pytest.mark.timeout(90)


async def test_a_conversation_is_saved_and_opened_again(
    desk: Desk, provider: ScriptedProvider, console: Console, tmp_path: Path
) -> None:
    page = console.page
    provider.say("It is ultramarine.")
    await console.open(await desk.sign_in_link())
    await console.say("What colour is the vault?")
    await console.answered()
    first = page.url

    await page.get_by_role("button", name="Options of What colour is the vault?").click()
    async with page.expect_download() as download:
        await page.get_by_role("menuitem", name="Export as JSON").click()
    saved = tmp_path / "conversation.json"
    await (await download.value).save_as(saved)

    await page.get_by_role("button", name="Options of What colour is the vault?").click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await page.get_by_role("heading", name="What can I do for you?").wait_for()

    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Import a conversation").click()
    await (await chooser.value).set_files(saved)
    await expect(page.get_by_role("main").get_by_text("It is ultramarine.")).to_be_visible()
    assert page.url != first
    assert await console.nameless() == []
