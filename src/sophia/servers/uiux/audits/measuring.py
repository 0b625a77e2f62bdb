"""A page measured in Chromium while it is loaded."""

from collections.abc import Sequence
from typing import Any, cast

from playwright.async_api import CDPSession, Error, Page, Response, Route

from sophia.servers.uiux.audits.port import Measured, SeenImage
from sophia.servers.uiux.audits.schemas import Measures

# Loaded as from a server, since a text that is written into a window blocks nothing.
_ADDRESS = "https://page.invalid/"
_SETTLE_MS = 500
_OBSERVE = """
window.sophiaSeen = { tasks: [], shift: 0 };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) window.sophiaSeen.tasks.push(one.duration);
}).observe({ type: 'longtask', buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries())
    if (!one.hadRecentInput) window.sophiaSeen.shift += one.value;
}).observe({ type: 'layout-shift', buffered: true });
"""
# Boxes are compared with and without the size, since CSS may make it draw another one.
_READ = """
(selectors) => {
  const box = (image) => {
    const { width, height } = image.getBoundingClientRect();
    return `${Math.round(width)}x${Math.round(height)}`;
  };
  const images = [...document.images].map((image) => {
    const below = image.getBoundingClientRect().top > innerHeight;
    const sized = image.hasAttribute('width') && image.hasAttribute('height');
    let keeps = image.naturalWidth > 0;
    if (!sized && keeps) {
      const before = box(image);
      const given = ['width', 'height'].map((name) => [name, image.getAttribute(name)]);
      image.setAttribute('width', image.naturalWidth);
      image.setAttribute('height', image.naturalHeight);
      keeps = box(image) === before;
      for (const [name, value] of given)
        if (value === null) image.removeAttribute(name); else image.setAttribute(name, value);
    }
    return {
      src: image.getAttribute('src') ?? '', width: image.naturalWidth,
      height: image.naturalHeight, is_below: below, keeps_its_box: keeps,
    };
  });
  const matches = (selector) => {
    try { return document.querySelector(selector) !== null; } catch { return true; }
  };
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  return {
    images, ...window.sophiaSeen, paint: paint?.startTime ?? null,
    unmatched: selectors.filter((selector) => !matches(selector)),
  };
}
"""


async def measure(page: Page, html: str, selectors: Sequence[str]) -> Measured:
    """Load a page and say what that took; of the selectors give those that match nothing."""
    answers: list[Response] = []

    def answered(answer: Response) -> None:  # playwright marks what it calls: append has no room
        answers.append(answer)

    page.on("response", answered)
    await page.add_init_script(_OBSERVE)
    body = html.encode()

    async def give(route: Route) -> None:
        await route.fulfill(body=body, content_type="text/html; charset=utf-8")

    await page.route(_ADDRESS, give)
    session = await page.context.new_cdp_session(page)
    sheets = await _follow(session)
    await page.goto(_ADDRESS, wait_until="load")
    await page.wait_for_timeout(_SETTLE_MS)
    seen = cast("dict[str, Any]", await page.evaluate(_READ, list(selectors)))
    loaded = [one for one in answers if one.url != _ADDRESS]
    css, css_unused = await _css(session, sheets)
    js, js_unused = await _js(session)
    measures = Measures(
        html_bytes=len(body),
        requests=len(loaded),
        loaded_bytes=await _sizes(loaded),
        css_chars=css,
        css_unused_chars=css_unused,
        js_chars=js,
        js_unused_chars=js_unused,
        long_tasks=len(seen["tasks"]),
        long_tasks_ms=round(sum(seen["tasks"]), 1),
        layout_shift=round(seen["shift"], 4),
        first_paint_ms=seen["paint"] and round(seen["paint"], 1),
    )
    images = [SeenImage(**one) for one in seen["images"]]
    return Measured(measures, images, frozenset(seen["unmatched"]))


async def _follow(session: CDPSession) -> dict[str, int]:
    sheets: dict[str, int] = {}

    def added(event: dict[str, Any]) -> None:
        header = event["header"]
        sheets[header["styleSheetId"]] = int(header["length"])

    session.on("CSS.styleSheetAdded", added)
    for command in ("DOM.enable", "CSS.enable", "CSS.startRuleUsageTracking", "Profiler.enable"):
        await session.send(command)
    await session.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": True})
    return sheets


async def _css(session: CDPSession, sheets: dict[str, int]) -> tuple[int, int]:
    usage = cast("dict[str, Any]", await session.send("CSS.stopRuleUsageTracking"))["ruleUsage"]
    used = {
        (one["styleSheetId"], int(one["startOffset"]), int(one["endOffset"]))
        for one in usage
        if one["used"] and one["styleSheetId"] in sheets
    }
    total = sum(sheets.values())
    return total, total - sum(end - start for _, start, end in used)


async def _js(session: CDPSession) -> tuple[int, int]:
    answer = cast("dict[str, Any]", await session.send("Profiler.takePreciseCoverage"))
    total = ran = 0
    for script in answer["result"]:
        if not script["url"].startswith("http"):  # the measurement's own
            continue
        ranges = [part for one in script["functions"] for part in one["ranges"]]
        length = max(int(part["endOffset"]) for part in ranges)
        # Those that lie within others say more of their place.
        drawn = bytearray(length)
        for part in sorted(ranges, key=lambda one: (one["startOffset"], -one["endOffset"])):
            start, end = int(part["startOffset"]), int(part["endOffset"])
            drawn[start:end] = (b"\1" if part["count"] else b"\0") * (end - start)
        total, ran = total + length, ran + sum(drawn)
    return total, total - ran


async def _sizes(loaded: Sequence[Response]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for one in loaded:
        try:
            length = len(await one.body())
        except Error:  # a redirection has none
            length = 0
        kind = one.request.resource_type
        sizes[kind] = sizes.get(kind, 0) + length
    return sizes
