"""Components: made as HTML and as React, in a theme, and sound before they are given."""

import re
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from sophia.servers.uiux.audits.port import Eyes, Scheme, Shown, Size, View
from sophia.servers.uiux.audits.static import WithoutBrowser
from sophia.servers.uiux.audits.tree import read_html
from sophia.servers.uiux.components.catalogue import COMPONENTS
from sophia.servers.uiux.server import open_eyes, uiux_parts
from tests.support.browser import PICTURES
from tests.support.react import drawn_by_react, needs_typescript
from tests.support.serving import serving
from tests.support.uiux import Agent

PATTERNS = {
    "glassmorphism_card",
    "responsive_grid",
    "accessible_form",
    "progressive_disclosure",
    "dark_mode_toggle",
}
STYLES: list[dict[str, Any]] = [
    {},
    {"seed": "#c2410c", "density": "spacious", "radius": "large"},
]
MORE: dict[str, dict[str, Any]] = {
    "form_field": {"kind": "select", "options": ["Ghana", "Peru"], "error": "Choose one."},
    "chart": {"kind": "line"},
    "progressive_disclosure": {"exclusive": True},
    "button": {"variant": "secondary", "busy": True},
}


@pytest.fixture(scope="module", name="static")
async def _static() -> AsyncGenerator[Agent]:
    async with serving(uiux_parts(WithoutBrowser())) as served:
        yield Agent(served)


async def made(agent: Agent, name: str, **arguments: Any) -> dict[str, str]:
    found = await agent.ask("generate_component", component_type=name, **arguments)
    return {file["path"]: file["content"] for file in found["files"]}


def body(page: str) -> str:
    found = re.search(r"</h1>(.*)</main>", page, re.DOTALL)
    assert found
    return found[1]


def together(bodies: Sequence[str], sheets: dict[str, str]) -> str:
    """Put many components on one page, with all open that opens."""
    shown = "\n".join(bodies)
    for tag in ("details", "dialog"):
        shown = shown.replace(f"<{tag}", f"<{tag} open")
    order = sorted(sheets, key=lambda path: (path != "theme.css", path != "page.css"))
    styles = "".join(sheets[path] for path in order) + ".ui-dialog { position: static }"
    return (
        f'<!doctype html><html lang="en"><head><title>All</title><style>{styles}</style></head>'
        f"<body><main><h1>All</h1>{shown}</main></body></html>"
    )


def browser() -> Eyes:
    eyes = open_eyes("")
    if isinstance(eyes, WithoutBrowser):
        pytest.skip("no chromium is installed: apt-get install chromium")
    return eyes


def sheets_of(files: dict[str, str]) -> dict[str, str]:
    return {path: content for path, content in files.items() if path.endswith(".css")}


async def passes(eyes: Eyes, html: str) -> None:
    found = await eyes.accessibility(Shown(html=html), "AA", ("light", "dark"))
    assert found.engine == "axe"
    assert found.violations == []


async def pictured(eyes: Eyes, html: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        seen = await eyes.picture(Shown(html=html), View(Size(1280, 800), scheme))
        assert seen.height_px == seen.whole_px
        (PICTURES / f"components-{scheme}.jpg").write_bytes(seen.data)


async def test_the_named_patterns_and_the_library_are_listed_with_their_props(
    static: Agent,
) -> None:
    found = {
        one["component_type"]: one for one in (await static.ask("list_components"))["components"]
    }

    assert set(found) == set(COMPONENTS)
    assert set(found) > PATTERNS
    assert {"label", "variant", "busy"} <= set(found["button"]["props"]["properties"])


@pytest.mark.parametrize("style", STYLES, ids=["usual", "other"])
async def test_every_component_is_sound_as_html_in_the_light_and_the_dark_theme(
    static: Agent, style: dict[str, Any]
) -> None:
    eyes = browser()
    bodies: list[str] = []
    sheets: dict[str, str] = {}
    for name in COMPONENTS:
        props = MORE.get(name, {}) if style else {}
        files = await made(static, name, style=style, props=props)
        page = next(content for path, content in files.items() if path.endswith(".html"))
        bodies.append(body(page))
        sheets |= sheets_of(files)

    page = together(bodies, sheets)
    await passes(eyes, page)
    if not style:
        await pictured(eyes, page)


def drawn(html: str) -> list[tuple[str, dict[str, str], str]]:
    """Give the elements without what each framework has of its own: ids, commands, handlers."""
    own = {"id", "for", "aria-labelledby", "aria-describedby", "commandfor", "command", "open"}
    nodes, _ = read_html(html)
    return [
        (
            node.tag,
            {
                name: " ".join(value.split())
                for name, value in node.attributes.items()
                if name not in own
                and not (node.tag in ("details", "a") and name in ("name", "href"))
            },
            node.text.strip(),
        )
        for node in nodes
    ]


async def test_react_compiles_strictly_and_draws_the_elements_that_html_has(
    static: Agent, tmp_path: Path
) -> None:
    needs_typescript()
    files: dict[str, str] = {}
    pages: dict[str, str] = {}
    for name in COMPONENTS:
        for number, props in enumerate([{}, *filter(None, [MORE.get(name)])]):
            react = await made(static, name, framework="react", style=STYLES[1], props=props)
            html = await made(static, name, style=STYLES[1], props=props)
            stem = name.replace("_", "-")
            files |= react | {f"{stem}-{number}.stories.tsx": react[f"{stem}.stories.tsx"]}
            pages[f"{stem}-{number}"] = html[f"{stem}.html"]

    seen = await drawn_by_react(tmp_path, files)

    assert set(pages) < set(seen)
    for stem, page in pages.items():
        assert drawn(seen[stem]) == drawn(body(page)), stem
    shown = [seen[f"{name.replace('_', '-')}-0"] for name in COMPONENTS]
    await passes(browser(), together(shown, sheets_of(files)))
