"""A headless Chromium that sees one page and reaches nothing by itself.

What the page asks for is fetched by the one outgoing client, which refuses private addresses; the
browser's own network leads nowhere. It never runs as root, and in its own sandbox where the system
lets it.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from playwright.async_api import (
    BrowserContext,
    Error,
    Page,
    Playwright,
    Route,
    async_playwright,
)

from sophia.embedded.launch import unprivileged_ids
from sophia.outgoing.client import fetch
from sophia.outgoing.errors import OutgoingError
from sophia.servers.uiux.audits.axe import Found, run_axe
from sophia.servers.uiux.audits.measuring import measure
from sophia.servers.uiux.audits.port import MAX_HEIGHT, Measured, Picture, Scheme, Shown, Size, View
from sophia.servers.uiux.audits.schemas import Accessibility, WcagLevel, told
from sophia.servers.uiux.errors import BrowserFailedError, PageFailedError

_ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing is resolved and nothing reached but through the handler of requests.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
]
_AT_ONCE = 2
_START_MS = 20_000
_LOAD_MS = 20_000
_SETTLE_MS = 300  # what a page still moves after it was loaded
_MAX_REQUESTS = 300
_MAX_BYTES = 30 * 1024 * 1024
# Headers that describe a body as it was on the wire, which it no longer is.
_OF_THE_WIRE = {"content-encoding", "content-length", "transfer-encoding", "connection"}


_HIGHLIGHT = """
(selectors) => {
  for (const selector of selectors)
    for (const element of document.querySelectorAll(selector)) {
      element.style.setProperty('outline', '3px solid #e11d48', 'important');
      element.style.setProperty('outline-offset', '2px', 'important');
    }
}
"""
_DESKTOP = View(Size(1280, 800), "light")


@dataclass(slots=True)
class Chromium:
    """Looks at pages, each in a browser of its own that is gone afterwards."""

    executable: str
    open_client: Callable[[], AbstractAsyncContextManager[httpx2.AsyncClient]]
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def accessibility(
        self, shown: Shown, level: WcagLevel, schemes: Sequence[Scheme] = ("light",)
    ) -> Accessibility:
        """Look for what keeps people out, by axe-core."""
        found: list[Found] = []
        async with self._page(shown, _DESKTOP) as page:
            for scheme in schemes:
                await page.emulate_media(color_scheme=scheme)
                await page.wait_for_timeout(_SETTLE_MS)
                found.append(await run_axe(page, level))
        first = found[0]
        violations = {one.rule: one for seen in reversed(found) for one in seen.violations}
        return told(
            list(violations.values()),
            engine="axe",
            note=f"In Chromium by axe-core, {' and '.join(schemes)}, on a desktop.",
            wcag_level=level,
            rules_passed=first.passed,
            to_review=sorted({rule for seen in found for rule in seen.to_review}),
        )

    async def picture(self, shown: Shown, view: View) -> Picture:
        """Show a page."""
        async with self._page(shown, view) as page:
            await page.evaluate(_HIGHLIGHT, list(view.highlight))
            whole = int(await page.evaluate("document.documentElement.scrollHeight"))
            height = view.size.height
            if view.is_full_page:
                height = min(max(whole, height), MAX_HEIGHT)
                await page.set_viewport_size({"width": view.size.width, "height": height})
            data = await page.screenshot(type="jpeg", quality=80)
        return Picture(data, height, whole)

    async def performance(self, html: str, selectors: Sequence[str]) -> Measured:
        """Measure a page while it is loaded."""
        async with self._page(None, _DESKTOP) as page:
            return await measure(page, html, selectors)

    @asynccontextmanager
    async def _page(self, shown: Shown | None, view: View) -> AsyncGenerator[Page]:
        """Give a page that is loaded, or an empty one."""
        async with self._slots, async_playwright() as playwright, self.open_client() as client:
            with tempfile.TemporaryDirectory(prefix="sophia-browser-") as folder:
                context = await self._start(playwright, Path(folder), view)
                try:
                    await context.route("**/*", _Fetcher(client).answer)
                    await context.route_web_socket("**/*", lambda socket: socket.close())
                    page = await context.new_page()
                    page.set_default_timeout(_LOAD_MS)
                    if shown is not None:
                        await _load(page, shown)
                    yield page
                except Error as error:
                    raise PageFailedError(
                        f"The page cannot be shown: {error.message.splitlines()[0][:300]}"
                    ) from error
                finally:
                    with suppress(Error):
                        await context.close()

    async def _start(self, playwright: Playwright, folder: Path, view: View) -> BrowserContext:
        size = view.size
        program, profile = _made_ready(folder, self.executable)
        problem = ""
        for is_sandboxed in (True, False):  # containers may not allow it
            try:
                return await playwright.chromium.launch_persistent_context(
                    str(profile),
                    executable_path=program,
                    chromium_sandbox=is_sandboxed,
                    args=_ARGUMENTS,
                    timeout=_START_MS,
                    viewport={"width": size.width, "height": size.height},
                    has_touch=size.is_touch,
                    is_mobile=size.is_touch,
                    color_scheme=view.scheme,
                    reduced_motion="reduce",
                    accept_downloads=False,
                    service_workers="block",
                )
            except Error as error:
                problem = error.message.splitlines()[0][:300]
        raise BrowserFailedError(f"{self.executable} does not start: {problem}")


@dataclass  # playwright adds to the objects whose methods it calls
class _Fetcher:
    """Answers what a page asks for."""

    client: httpx2.AsyncClient
    requests: int = 0
    read_bytes: int = 0

    async def answer(self, route: Route) -> None:
        request = route.request
        self.requests += 1
        is_read = request.method in ("GET", "HEAD")
        if not is_read or self.requests > _MAX_REQUESTS or self.read_bytes > _MAX_BYTES:
            await route.abort()
            return
        try:
            answer = await fetch(self.client, request.url, headers={"Accept": "*/*"})
            body = await answer.aread()
        except (OutgoingError, httpx2.HTTPError):
            await route.abort()
            return
        self.read_bytes += len(body)
        headers = {
            name: value for name, value in answer.headers.items() if name not in _OF_THE_WIRE
        }
        await route.fulfill(status=answer.status_code, headers=headers, body=body)


async def _load(page: Page, shown: Shown) -> None:
    if shown.url is not None:
        await page.goto(shown.url, wait_until="load")
    else:
        await page.set_content(shown.html or "", wait_until="load")
    await page.wait_for_timeout(_SETTLE_MS)


def _made_ready(folder: Path, executable: str) -> tuple[str, Path]:
    """Give the program and the profile with which it runs as nobody, should we be root."""
    profile = folder / "profile"
    profile.mkdir()
    ids = unprivileged_ids()
    if ids is None:
        return executable, profile
    uid, gid = ids
    folder.chmod(0o711)
    os.chown(profile, uid, gid)
    program = folder / "chromium"
    program.write_text(
        "#!/bin/sh\n"
        f'exec setpriv --reuid={uid} --regid={gid} --clear-groups env HOME="{profile}"'
        f' "{executable}" "$@"\n'
    )
    program.chmod(0o755)
    return str(program), profile
