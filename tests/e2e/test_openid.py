"""Signing in through a certified OpenID provider and linking its accounts, by keyboard alone."""

from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support import servers
from tests.support.browser import Console
from tests.support.desk import Desk
from tests.support.openid.providers import CLIENT_SECRET, certified_provider
from tests.support.people import with_password

pytestmark = pytest.mark.timeout(120)


@pytest_asyncio.fixture(loop_scope="session")
async def openid_desk(
    worker_number: int, migrated_url: str, tmp_path: Path
) -> AsyncGenerator[Desk]:
    """An API that a provider is configured for."""
    with psycopg.connect(migrated_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("TRUNCATE users, memories, teams CASCADE")
    desk = Desk(
        tmp_path,
        number=worker_number + 48,
        database_url=migrated_url,
        redis_url=servers.servers().redis_url(worker_number + 32),
        provider_url=None,
    )
    async with certified_provider(
        f"{desk.settings.console_url}/api/v1/auth/oidc/callback"
    ) as issuer:
        desk.give(
            SOPHIA_OIDC_ISSUER=issuer,
            SOPHIA_OIDC_CLIENT_ID="sophia",
            SOPHIA_OIDC_CLIENT_SECRET=CLIENT_SECRET,
            SOPHIA_OIDC_NAME="Example",
            SOPHIA_OIDC_ALLOWED_DOMAINS="example.org",
        )
        try:
            await desk.start("api")
            yield desk
        finally:
            await desk.close()


async def test_somebody_signs_in_unlinks_and_links_by_keyboard_alone(
    openid_desk: Desk, console: Console
) -> None:
    page, origin = console.page, openid_desk.settings.console_url
    await page.goto(f"{origin}/")
    await page.get_by_role("link", name="Continue with Example").wait_for()
    assert await console.nameless() == []
    await console.picture("sign-in")
    await console.tab_to("Continue with Example")
    await page.keyboard.press("Enter")
    await log_in(page, "ada")
    await page.get_by_role("heading", name="What can I do for you?").wait_for()

    await page.goto(f"{origin}/account")
    unlink = page.get_by_role("button", name="Unlink ada@example.org")
    await unlink.wait_for()
    assert await console.nameless() == []
    await console.tab_to("Unlink ada@example.org", at_most=60)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Link an account").wait_for()
    await console.tab_to("Link an account", at_most=60)
    await page.keyboard.press("Enter")
    # The provider knows ada still: she is not asked again.
    await expect(unlink).to_be_visible()
    assert page.url == f"{origin}/account"
    await console.picture("account-linked")
    forget_strangers(console, origin)


async def test_whoever_links_what_is_linked_elsewhere_is_told_on_the_account_page(
    openid_desk: Desk, console: Console
) -> None:
    page, origin = console.page, openid_desk.settings.console_url
    await page.goto(f"{origin}/")
    await page.get_by_role("link", name="Continue with Example").click()
    await log_in(page, "ada")
    await page.get_by_role("button", name="Account of ada").click()
    await page.get_by_role("menuitem", name="Sign out").click()

    email, password = await with_password(openid_desk, "Grace")
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_role("textbox", name="Password").fill(password)
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Account of Grace").wait_for()
    await page.goto(f"{origin}/account")
    await page.get_by_role("button", name="Link an account").click()

    told = page.get_by_role("alert").filter(has_text="linked already")
    await expect(told).to_be_visible()
    await expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    forget_strangers(console, origin)


async def log_in(page: Page, login: str) -> None:
    """Fill in the provider's forms without a pointer."""
    await page.get_by_placeholder("Enter any login").wait_for()
    await page.keyboard.type(login)
    await page.keyboard.press("Tab")
    await page.keyboard.type("any")
    await page.keyboard.press("Enter")
    agree = page.get_by_role("button", name="Continue")
    await agree.focus()
    await page.keyboard.press("Enter")


def forget_strangers(console: Console, origin: str) -> None:
    """Hold the console to its own pages; that nobody was signed in at first is no fault."""
    own = [one for one in console.complaints if f"({origin}" in one]
    assert [one for one in own if "/auth/refresh" not in one] == []
    console.complaints.clear()
