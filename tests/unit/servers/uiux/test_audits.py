"""Audits of pages: in a real browser, and without one."""

import base64
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from socket import create_server

import pytest
from mcp_types import ImageContent
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Route

from sophia.servers.uiux.audits.port import Eyes
from sophia.servers.uiux.audits.static import WithoutBrowser
from sophia.servers.uiux.server import open_eyes, uiux_parts
from tests.support.serving import Served, connected, listening_on, serving
from tests.support.uiux import Agent

FAULTY = """<!doctype html><html><head><meta name="viewport" content="width=device-width,
user-scalable=no"></head><body><main><h1>Shop</h1><h3>Fish</h3><img src="data:,x">
<input type="text"><button></button><a href="/x"></a><iframe src="about:blank"></iframe>
<p style="color:#aaa;background:#fff">Hardly seen</p></main></body></html>"""
SOUND = """<!doctype html><html lang="en"><head><title>Shop</title></head><body><main><h1>Shop</h1>
<img src="data:," alt="A cod"><label>Name <input></label><button>Buy</button>
<a href="/x">Prices</a></main></body></html>"""
FOUND_STATICALLY = {
    "image-alt",
    "label",
    "button-name",
    "link-name",
    "frame-title",
    "meta-viewport",
    "html-has-lang",
    "document-title",
    "heading-order",
}


@pytest.fixture(scope="module", name="static")
async def _static() -> AsyncGenerator[Agent]:
    async with serving(uiux_parts(WithoutBrowser())) as served:
        yield Agent(served)


async def test_without_a_browser_html_is_read_and_the_answer_says_so(static: Agent) -> None:
    found = await static.ask("check_accessibility", html=FAULTY)

    assert found["engine"] == "static"
    assert "were not looked at" in found["note"]
    assert {one["rule"] for one in found["violations"]} == FOUND_STATICALLY
    assert found["violations"][0]["impact"] == "critical"
    image = next(one for one in found["violations"] if one["rule"] == "image-alt")
    assert image["criteria"] == ["1.1.1"]
    assert image["elements"][0]["selector"] == "html > body > main > img"
    assert (await static.ask("check_accessibility", html=SOUND))["passes"]


async def test_a_level_asks_no_more_than_it_does(static: Agent) -> None:
    found = await static.ask("check_accessibility", html=FAULTY, wcag_level="A")

    assert "meta-viewport" not in {one["rule"] for one in found["violations"]}


@pytest.mark.parametrize("html", ["<p", "</p></p>", "<a><b></a></b>" * 500, "<div>" * 3000, "\0"])
async def test_html_of_any_form_is_read(static: Agent, html: str) -> None:
    assert (await static.ask("check_accessibility", html=html))["engine"] == "static"


async def test_what_needs_a_browser_says_how_to_have_one(static: Agent) -> None:
    for tool in ("check_accessibility", "take_screenshot"):
        assert "install Chromium" in await static.refusal(tool, url="https://example.org/")


async def test_html_or_an_address_is_needed_and_not_both(static: Agent) -> None:
    assert "either html or a url" in await static.refusal("check_accessibility")


def browser(*allowed: str) -> Eyes:
    eyes = open_eyes(",".join(allowed))
    if isinstance(eyes, WithoutBrowser):
        pytest.skip("no chromium is installed: apt-get install chromium")
    return eyes


async def test_a_browser_finds_what_can_only_be_seen_and_mends_it() -> None:
    async with serving(uiux_parts(browser())) as served:
        found = await Agent(served).ask("check_accessibility", html=FAULTY)

    assert found["engine"] == "axe"
    rules = {one["rule"]: one for one in found["violations"]}
    assert set(rules) >= FOUND_STATICALLY
    contrast = rules["color-contrast"]["elements"][0]
    assert contrast["selector"] == "p"
    assert "#aaaaaa on #ffffff has 2.32:1 of 4.5:1; use #" in contrast["fix"]


@asynccontextmanager
async def site() -> AsyncGenerator[tuple[str, list[str]]]:
    asked: list[str] = []

    async def page(request: Request) -> HTMLResponse:
        asked.append(request.url.path)
        return HTMLResponse(
            SOUND.replace("<main>", '<main><script src="http://127.0.0.1:1/x.js"></script>')
        )

    async def away(_: Request) -> RedirectResponse:
        return RedirectResponse("http://127.0.0.2/")

    app = Starlette(routes=[Route("/", page), Route("/away", away)])
    bound = create_server(("127.0.0.1", 0))
    async with listening_on(bound, app):
        yield f"http://127.0.0.1:{bound.getsockname()[1]}", asked


async def test_a_page_is_fetched_and_shown_in_the_sizes_and_themes_asked_for() -> None:
    async with (
        site() as (origin, asked),
        serving(uiux_parts(browser(origin.removeprefix("http://")))) as served,
    ):
        found = await Agent(served).ask("check_accessibility", url=origin)
        pictures = await screenshots(served, url=origin, devices=["phone"], highlight=["button"])

    assert found["passes"]
    assert asked == ["/", "/"]
    (picture,) = pictures
    assert picture.startswith(b"\xff\xd8")


async def screenshots(served: Served, **arguments: object) -> list[bytes]:
    async with connected(served) as client:
        result = await client.call_tool("take_screenshot", dict(arguments))
    return [base64.b64decode(one.data) for one in result.content if isinstance(one, ImageContent)]


@pytest.mark.parametrize("path", ["/", "/away"])
async def test_a_page_inside_of_the_network_is_not_shown(path: str) -> None:
    async with site() as (origin, asked):
        allowed = [origin.removeprefix("http://")] * (path != "/")
        async with serving(uiux_parts(browser(*allowed))) as served:
            said = await Agent(served).refusal("check_accessibility", url=f"{origin}{path}")

    assert "The page cannot be shown" in said
    assert asked == []


async def test_html_reaches_nothing_inside_of_the_network() -> None:
    async with site() as (origin, asked), serving(uiux_parts(browser())) as served:
        html = SOUND.replace(
            "<main>",
            f'<main><img alt="" src="{origin}/"><script>fetch("{origin}/");'
            f'new WebSocket("{origin.replace("http", "ws")}/")</script>',
        )
        await Agent(served).ask("check_accessibility", html=html)

    assert asked == []
