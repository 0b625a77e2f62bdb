"""An application that sends somebody to Sophia: signing in, allowing less, back, disconnecting."""

import httpx2
import pytest
from playwright.async_api import Page, Route, expect

from sophia.core import registry
from tests.support.applications import CALLBACK, Application, query_of
from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.people import with_password

pytestmark = pytest.mark.timeout(90)


async def test_somebody_signs_in_allows_less_than_was_asked_and_takes_it_back(
    desk: Desk, console: Console
) -> None:
    page = console.page
    arrived = await listen(page)
    gateway = f"{desk.url}/mcp"
    origin = f"http://127.0.0.1:{desk.settings.port(registry.CONSOLE_PORT)}"
    async with httpx2.AsyncClient(base_url=origin) as client:
        application = Application(client, client)
        assert (await application.register()).is_success
        query = application.query(resource=gateway, scope="tools:read tools:call")

        await page.goto(f"{origin}/oauth/authorize?{query}")
        await sign_in(page, desk)
        await expect(page.get_by_role("heading", name="Connect Notes?")).to_be_visible()
        await expect(page.get_by_text("127.0.0.1:4711")).to_be_visible()
        await console.picture("consent")
        await page.get_by_label("Use tools that change things").uncheck()
        assert await console.nameless() == []
        await console.tab_to("Allow")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("Back.")).to_be_visible()

        answer = await application.redeem(query_of(arrived[0])["code"], resource=gateway)
        assert answer.json()["scope"] == "tools:read"
        assert query_of(arrived[0])["iss"] == origin

        await disconnect(page, origin)
        refreshed = await application.refresh(answer.json()["refresh_token"])
        assert refreshed.json()["error"] == "invalid_grant"
    # Nobody was signed in at first, which the browser notes.
    assert [one for one in console.complaints if "/auth/refresh" not in one] == []
    console.complaints.clear()


async def listen(page: Page) -> list[str]:
    """Answer where the application would, and note what came."""
    arrived: list[str] = []

    async def receive(route: Route) -> None:
        arrived.append(route.request.url)
        await route.fulfill(body="Back.")

    await page.route(f"{CALLBACK}**", receive)
    return arrived


async def sign_in(page: Page, desk: Desk) -> None:
    email, password = await with_password(desk, role="admin")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_role("textbox", name="Password").fill(password)
    await page.keyboard.press("Enter")


async def disconnect(page: Page, origin: str) -> None:
    await page.goto(f"{origin}/account")
    await expect(page.get_by_text("Connected applications")).to_be_visible()
    await page.get_by_role("button", name="Disconnect Notes").click()
    await expect(page.get_by_text("None. Add Sophia in an MCP client")).to_be_visible()


async def test_a_request_that_leads_astray_is_shown_and_goes_nowhere(
    desk: Desk, console: Console
) -> None:
    page = console.page
    await console.open(await desk.sign_in_link())
    origin = f"http://127.0.0.1:{desk.settings.port(registry.CONSOLE_PORT)}"
    async with httpx2.AsyncClient(base_url=origin) as client:
        application = Application(client, client)
        await application.register()
        query = application.query(redirect_uri="https://evil.example/")
    await page.goto(f"{origin}/oauth/authorize?{query}")
    await expect(page.get_by_role("alert")).to_contain_text("never said it would")
    await expect(page.get_by_role("button", name="Allow")).not_to_be_visible()
    await page.set_viewport_size({"width": 390, "height": 800})
    await page.emulate_media(color_scheme="dark")
    await console.picture("consent-refused")
    assert [one for one in console.complaints if "consent/review" not in one] == []
    console.complaints.clear()


async def test_who_signed_in_elsewhere_comes_back_to_what_was_asked(
    desk: Desk, console: Console
) -> None:
    page = console.page
    origin = f"http://127.0.0.1:{desk.settings.port(registry.CONSOLE_PORT)}"
    async with httpx2.AsyncClient(base_url=origin) as client:
        application = Application(client, client)
        await application.register()
        query = application.query(resource=f"{desk.url}/mcp")
    await page.goto(f"{origin}/oauth/authorize?{query}")
    await expect(page.get_by_role("heading", name="Sign in to Sophia")).to_be_visible()
    # As the button of a provider does it, which leads away and back to the beginning.
    await page.evaluate(
        "sessionStorage.setItem('sophia-awaited', location.pathname + location.search)"
    )
    await page.goto(await desk.sign_in_link())
    arrived = await listen(page)
    await page.get_by_role("button", name="Deny").click()
    await expect(page.get_by_text("Back.")).to_be_visible()

    assert query_of(arrived[0])["error"] == "access_denied"
    assert [one for one in console.complaints if "/auth/refresh" not in one] == []
    console.complaints.clear()
