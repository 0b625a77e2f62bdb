"""The API's description, as people read it."""

import pytest
from playwright.async_api import expect

from tests.support.browser import Console
from tests.support.desk import Desk

pytestmark = pytest.mark.timeout(90)


async def test_the_api_can_be_read_without_anything_from_elsewhere(
    plain_desk: Desk, console: Console
) -> None:
    asked: list[str] = []
    console.page.on("request", lambda request: asked.append(request.url))
    await console.page.goto(f"{plain_desk.url}/docs")
    await expect(console.page.get_by_text("/api/v1/chat", exact=True)).to_be_visible()
    await console.picture("api-docs")
    own = (plain_desk.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []
