"""Files that go with a message, in the console."""

import pytest
from playwright.async_api import FilePayload, expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.files import png
from tests.support.providers import ScriptedProvider

pytestmark = pytest.mark.timeout(90)


async def test_files_are_attached_sent_and_saved_again(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say("I have read it.")
    await console.open(await desk.sign_in_link())

    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Attach files").click()
    plan = FilePayload(name="plan.md", mimeType="text/markdown", buffer=b"# On Friday")
    red = FilePayload(name="red.png", mimeType="image/png", buffer=png())
    await (await chooser.value).set_files([plan, red])
    attached = page.get_by_role("list", name="Attached files")
    await expect(attached.get_by_role("listitem")).to_have_count(2)
    await page.get_by_role("button", name="Remove red.png").click()
    await expect(page.get_by_label("Uploading")).to_have_count(0)
    await console.picture("attachments")
    assert await console.nameless() == []

    await console.say("What does it say?")
    await console.answered()
    assert "# On Friday" in provider.requests[-1].body["messages"][-1]["content"]
    await expect(attached.get_by_role("listitem")).to_have_count(1)

    await page.reload()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="plan.md").click()
    saved = await (await download.value).path()
    assert saved.read_bytes() == b"# On Friday"
