"""Messages that are changed and answers that are asked for again, in the console."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

pytestmark = pytest.mark.timeout(90)


async def test_a_changed_message_and_a_second_answer_are_versions_beside_the_first(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    for answer in ("The first answer.", "The second answer.", "Changed.", "And so on."):
        provider.say(answer)
    await console.open(await desk.sign_in_link())

    await console.say("Tell me something")
    assert "The first answer." in await console.answered()
    await page.get_by_role("button", name="Answer again").click()
    await expect(page.get_by_text("The second answer.", exact=True)).to_be_visible()
    await expect(page.get_by_text("The first answer.", exact=True)).not_to_be_visible()
    await expect(page.get_by_text("2 / 2")).to_be_visible()

    await page.get_by_role("button", name="Change this message").click()
    field = page.get_by_label("Change the message")
    await field.fill("Tell me something else")
    await field.press("Control+Enter")
    await expect(page.get_by_text("Changed.", exact=True)).to_be_visible()
    await expect(page.get_by_text("3 / 3")).to_be_visible()
    await console.picture("versions")

    await page.get_by_role("button", name="Earlier version").click()
    await page.get_by_role("button", name="Earlier version").click()
    await expect(page.get_by_text("The first answer.", exact=True)).to_be_visible()
    await expect(page.get_by_text("1 / 3")).to_be_visible()

    # What is said now follows on what is shown.
    await console.say("Go on")
    await expect(page.get_by_text("And so on.", exact=True)).to_be_visible()
    told = [message["content"] for message in provider.requests[-1].body["messages"]]
    assert told[-3:] == ["Tell me something", "The first answer.", "Go on"]

    await page.reload()
    await expect(page.get_by_text("And so on.", exact=True)).to_be_visible()
    await expect(page.get_by_text("The first answer.", exact=True)).to_be_visible()
