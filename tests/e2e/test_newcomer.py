"""The newcomer's story in a browser, and what a chat console must never get wrong."""

import pytest
from playwright.async_api import Page, expect

from sophia.kit.clock import SystemClock
from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.providers import ScriptedProvider

# Starting the processes and a browser takes its time on a busy machine.
pytestmark = pytest.mark.timeout(90)

_WORDS = tuple(f"word{number} " for number in range(60))
_WHOLE = "".join(_WORDS).strip()


async def test_newcomer_tells_something_and_is_told_it_with_source_and_date(
    plain_desk: Desk, console: Console
) -> None:
    page = console.page
    await console.open(await plain_desk.sign_in_link())
    await expect(page.get_by_text("OPENAI_API_KEY")).to_be_visible()
    await console.picture("1-empty")

    await console.say("Remember that our deploy window is Friday 15:00 UTC")
    await expect(
        console.answer().get_by_role("button", name="memory__store_memory")
    ).to_be_visible()
    assert "Friday 15:00 UTC" in await console.answered()
    await console.picture("2-stored")

    await console.begin_anew()
    await console.say("When is our deploy window?")
    card = console.answer().get_by_role("button", name="memory__search_memories")
    await card.click()
    await expect(console.answer().get_by_label("Arguments", exact=True)).to_contain_text(
        "deploy window"
    )
    await expect(console.answer().get_by_label("Result", exact=True)).to_contain_text(
        "Friday 15:00 UTC"
    )
    answer = await console.answered()
    assert "deploy window is Friday 15:00 UTC" in answer
    assert f"said by Owner on {SystemClock().now().date().isoformat()}" in answer
    await console.picture("3-recalled")

    assert "#" not in page.url
    conversations = page.get_by_role("navigation", name="Conversations").get_by_role("listitem")
    await expect(conversations).to_have_count(2)


async def test_story_works_by_keyboard_alone(plain_desk: Desk, console: Console) -> None:
    page = console.page
    await console.open(await plain_desk.sign_in_link())
    await page.keyboard.type("Remember that our deploy window is Friday 15:00 UTC")
    await page.keyboard.press("Enter")
    await console.answered()
    await console.tab_to("New conversation")
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="What can I do for you?").wait_for()
    await page.keyboard.type("When is our deploy window?")
    await page.keyboard.press("Enter")
    await console.answered()
    await console.tab_to("memory__search_memories")
    await page.keyboard.press("Enter")
    await expect(console.answer().get_by_label("Result", exact=True)).to_contain_text(
        "Friday 15:00 UTC"
    )
    await console.tab_to("Account of Owner")
    await page.keyboard.press("Enter")
    await page.get_by_role("menuitem", name="Sign out").focus()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Sign in to Sophia").wait_for()


async def test_stopped_answer_keeps_what_was_said(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say(*_WORDS, pause_s=0.1)
    await console.open(await desk.sign_in_link())
    await console.say("Go on and on")
    await expect(console.answer()).to_contain_text("word3")
    await page.get_by_role("button", name="Stop").click()
    await expect(console.answer()).to_contain_text("Stopped.")
    await expect(page.get_by_role("button", name="Send")).to_be_visible()
    await expect(page.get_by_label("Message", exact=True)).to_be_focused()
    said = await console.answered()
    assert "word3" in said
    assert "word59" not in said
    await console.picture("4-stopped")
    await page.reload()
    assert await console.answered() == said


async def test_reload_mid_answer_loses_and_doubles_nothing(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.call("memory__search_memories", {"query": "deploy"}, text="Let me look. 🔎")
    provider.say(*_WORDS, pause_s=0.05)
    await console.open(await desk.sign_in_link())
    await console.say("Tell me a long story")
    await expect(console.answer()).to_contain_text("word9")
    await page.reload()
    await expect(page.get_by_role("button", name="Stop")).to_be_visible()
    await console.picture("5-reloaded")
    live = _flat(await console.answered())
    assert _in_order(live) == ["Let me look. 🔎", "memory__search_memories", _WHOLE]
    await page.reload()
    assert _in_order(_flat(await console.answered())) == _in_order(live)


async def test_answer_goes_on_in_the_page_when_the_api_was_replaced(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say(*_WORDS, pause_s=0.05)
    await console.open(await desk.sign_in_link())
    await console.say("Tell me a long story")
    await expect(console.answer()).to_contain_text("word9")
    desk.kill("api")
    await expect(console.answer()).to_contain_text("The connection broke")
    await desk.start("api")
    await expect(page.get_by_role("button", name="Copy answer")).to_be_visible(timeout=15_000)
    assert _in_order(_flat(await console.answered())) == [_WHOLE]
    # The browser itself says that nobody answered, here on purpose.
    assert [complaint for complaint in console.complaints if "net::ERR" not in complaint] == []
    console.complaints.clear()


async def test_message_that_cannot_be_sent_stays_in_the_composer(
    desk: Desk, provider: ScriptedProvider, console: Console
) -> None:
    page = console.page
    provider.say("Hello.")
    await console.open(await desk.sign_in_link())
    refusal = {"detail": "Sophia is starting: try again.", "code": "sophia.starting"}
    await page.route("**/api/v1/chat", lambda route: route.fulfill(status=503, json=refusal))
    await console.say("Hello?")
    await expect(page.get_by_role("alert")).to_contain_text("Sophia is starting")
    await expect(page.get_by_label("Message", exact=True)).to_have_value("Hello?")
    # The browser itself says that a request was refused, here on purpose.
    assert [complaint for complaint in console.complaints if "503" not in complaint] == []
    console.complaints.clear()
    await page.unroute("**/api/v1/chat")
    await page.get_by_role("button", name="Send").click()
    assert "Hello." in await console.answered()
    await expect(page.get_by_label("Message", exact=True)).to_have_value("")


async def test_every_control_has_a_name(plain_desk: Desk, console: Console) -> None:
    page = console.page
    await console.open(await plain_desk.sign_in_link())
    await console.say("What do you remember?")
    await console.answered()
    assert await console.nameless() == []
    await _check_outline(page)
    await page.get_by_role("button", name="Account of Owner").click()
    assert await console.nameless() == []
    await page.get_by_role("menuitem", name="Account").click()
    await page.get_by_role("heading", name="API keys").wait_for()
    assert await console.nameless() == []
    await _check_outline(page)
    await console.picture("6-account")


async def test_phone_shows_everything_without_scrolling_sideways(
    plain_desk: Desk, console: Console
) -> None:
    page = console.page
    await page.set_viewport_size({"width": 390, "height": 780})
    await console.open(await plain_desk.sign_in_link())
    await console.say("Remember that our deploy window is Friday 15:00 UTC")
    await console.answered()
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    await console.picture("7-phone")
    await page.get_by_role("button", name="Conversations").click()
    await page.get_by_role("dialog").get_by_role("link", name="New conversation").click()
    await page.get_by_role("heading", name="What can I do for you?").wait_for()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def _check_outline(page: Page) -> None:
    assert await page.locator("html").get_attribute("lang") == "en"
    assert await page.get_by_role("main").count() == 1
    assert "Sophia" in await page.title()


def _flat(text: str) -> str:
    return " ".join(text.split())


def _in_order(text: str) -> list[str]:
    """Give what was said and called, each as often as it stands in the answer, in its order."""
    sought = ("Let me look. 🔎", "memory__search_memories", _WHOLE)
    found = [
        (position, part)
        for part in sought
        for position in range(len(text))
        if text.startswith(part, position)
    ]
    return [part for _, part in sorted(found)]
