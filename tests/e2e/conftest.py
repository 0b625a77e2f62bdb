"""A browser, and a desk as newcomers find it: no model but the built-in assistant."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from sophia.api.console_files import FOLDER
from tests.support import servers
from tests.support.browser import ARGUMENTS, Console, chromium
from tests.support.desk import Desk

_WAIT_MS = 5000


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """A Chromium without a window."""
    executable = chromium()
    if executable is None:
        pytest.skip("no chromium is installed: apt-get install chromium")
    if not (FOLDER / "index.html").is_file():
        pytest.fail("the console is not built: run `make console`")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield found
        await found.close()


@pytest_asyncio.fixture(loop_scope="session")
async def console(browser: Browser) -> AsyncGenerator[Console]:
    """A page in a browser of its own, whose complaints fail the test."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(_WAIT_MS)
    opened = Console(await context.new_page())
    opened.watch()
    yield opened
    await context.close()
    assert opened.complaints == []


@pytest.fixture(scope="session")
def plain_url(worker_number: int) -> str:
    """A database that no other desk runs over."""
    return servers.migrated_database(f"sophia_plain_{worker_number}")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_plain_desk(
    worker_number: int, plain_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Desk]:
    """Sophia's processes without any model provider, and with a database of their own."""
    desk = Desk(
        tmp_path_factory.mktemp("plain-desk"),
        number=worker_number + 24,
        database_url=plain_url,
        redis_url=servers.servers().redis_url(worker_number + 48),
        provider_url=None,
    )
    try:
        await desk.start("api", "worker", "mcp")
        yield desk
    finally:
        await desk.close()


@pytest.fixture
def plain_desk(running_plain_desk: Desk, plain_url: str) -> Desk:
    """The desk as on its first day."""
    servers.empty(plain_url)
    return running_plain_desk
