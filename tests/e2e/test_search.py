"""Finding again what was said, in the console."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

pytestmark = pytest.mark.timeout(90)


async def test_a_hit_opens_its_conversation_where_it_was_said(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say("The <b>vault</b> is ultramarine.")
    for number in range(24):
        provider.say(f"Answer {number}. " + "More words. " * 30)
    await console.open(await desk.sign_in_link())
    await console.say("What colour is the vault?")
    await console.answered()
    session_id = page.url.rpartition("/")[2]
    owner = await desk.identity.mint_access(await desk.identity.ensure_owner(), ttl_s=600)
    async with desk.client(owner) as client:
        # So many that the first is not among those which the page reads at first.
        for number in range(23):
            said = {"message": f"Question {number}", "session_id": session_id}
            (await client.post("/api/v1/chat", json=said)).raise_for_status()
    await console.begin_anew()

    box = page.get_by_role("searchbox", name="Search conversations")
    await box.fill("ultramar")
    results = page.get_by_role("region", name="Search results")
    await expect(results.get_by_role("link")).to_have_count(1)
    await expect(results.locator("mark")).to_have_text("ultramarine")
    await expect(results).to_contain_text("The <b>vault</b> is")
    await console.picture("search")
    assert await console.nameless() == []

    await results.get_by_role("link").click()
    said = page.get_by_role("main").get_by_text("What colour is the vault?", exact=True)
    await expect(said).to_be_in_viewport()

    await box.fill("nothing like it")
    await expect(results).to_contain_text("Nothing was said that matches.")
    await box.press("Escape")
    await expect(page.get_by_role("link", name="What colour is the vault?")).to_be_visible()
